package io.github.volsparse.hdf5;

/**
 * A function of the C library that takes four words or fewer, and returns -1 and an error number
 * where it fails. It is looked up when it is first called.
 */
public final class SystemFunction {
  private final String name;
  private long address;

  /** A function of that name. */
  public SystemFunction(String name) {
    this.name = name;
  }

  /** Its name. */
  public String name() {
    return name;
  }

  /**
   * Calls it.
   *
   * @return its result; the complement of the error number, which is negative, if it failed
   */
  public long call(long a, long b, long c, long d) {
    if (address == 0) {
      address = Native.systemSymbol(name);
      if (address == 0) {
        throw new UnsupportedOperationException("the C library has no " + name);
      }
    }
    return Native.invokeSystem(address, a, b, c, d);
  }
}
