package io.github.volsparse.hdf5;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/**
 * A variable of HDF5 that holds an identifier, such as {@code H5T_STD_I32LE_g}; looked up when it
 * is first read.
 *
 * <p>Its value is not kept: when a program closes HDF5 and uses it again, all identifiers are new.
 */
final class Hdf5Identifier {
  private final String name;
  private MemorySegment variable;

  /**
   * @param name the variable's name
   */
  Hdf5Identifier(String name) {
    this.name = name;
  }

  /**
   * Its value now; the identifier belongs to HDF5.
   *
   * @throws UnsupportedOperationException if this HDF5 has no such variable
   */
  long get() {
    if (variable == null) {
      variable =
          MemorySegment.ofAddress(Hdf5Library.symbol(name)).reinterpret(JAVA_LONG.byteSize());
    }
    return variable.get(JAVA_LONG, 0);
  }
}
