package io.github.volsparse.tool.hdf5;

import static io.github.volsparse.tool.hdf5.H5.check;

import io.github.volsparse.hdf5.generated.hdf5_h;

/** An identifier of HDF5 of any kind; closing it releases it. */
public final class Id implements AutoCloseable {
  private long value;

  /** Owns an identifier that HDF5 has returned. */
  public Id(long value) {
    this.value = value;
  }

  /**
   * Owns what a function returned.
   *
   * @param function its name
   * @throws Hdf5Failure if it is negative
   */
  public static Id of(String function, long result) {
    return new Id(H5.check(function, result));
  }

  /** Its number. */
  public long value() {
    return value;
  }

  /** Gives it back; does nothing when called again. */
  @Override
  public void close() {
    if (value > 0) {
      long closed = value;
      value = 0;
      check("H5Idec_ref", hdf5_h.H5Idec_ref(closed));
    }
  }
}
