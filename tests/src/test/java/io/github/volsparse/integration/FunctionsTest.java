package io.github.volsparse.integration;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.volsparse.hdf5.Hdf5Library;
import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The generated functions themselves. */
@ExtendWith(Library.class)
class FunctionsTest {
  /** HDF5 1.14 has the one, 2.x the other. */
  @Test
  void nameWhatTheLibraryDoesNotHave() {
    boolean isOld = Hdf5Library.has("H5VLstart_lib_state");
    UnsupportedOperationException missing =
        assertThrows(
            UnsupportedOperationException.class,
            isOld ? () -> hdf5_h.H5VLclose_lib_context(0) : () -> hdf5_h.H5VLfinish_lib_state());
    String name = isOld ? "H5VLclose_lib_context" : "H5VLfinish_lib_state";
    assertTrue(missing.getMessage().contains(name), missing.getMessage());
  }

  @Test
  void takeNoArraysOfJava() {
    MemorySegment array = MemorySegment.ofArray(new byte[8]);
    assertThrows(IllegalArgumentException.class, () -> hdf5_h.H5Fis_accessible(array, 0));
  }

  @Test
  void takeAddressesAndSegmentsAlike() {
    long type = hdf5_h.H5T_NATIVE_INT_g();
    long before = 1L << Integer.SIZE | 7; // conversion takes its four bytes
    try (Arena arena = Arena.ofConfined()) {
      for (int i = 0; i < 2; i++) {
        MemorySegment value = arena.allocate(Long.BYTES, Long.BYTES);
        value.set(JAVA_LONG, 0, before);
        int status =
            i == 0
                ? hdf5_h.H5Tconvert(type, hdf5_h.H5T_STD_I32BE_g(), 1, value, MemorySegment.NULL, 0)
                : hdf5_h.H5Tconvert(type, hdf5_h.H5T_STD_I32BE_g(), 1, value.address(), 0, 0);
        assertEquals(0, status);
        assertEquals(
            1L << Integer.SIZE | Integer.toUnsignedLong(Integer.reverseBytes(7)),
            value.get(JAVA_LONG, 0));
      }
    }
  }
}
