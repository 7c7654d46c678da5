package io.github.volsparse.tool.hdf5;

/** An identifier of HDF5 of whatever kind; closing it gives it back. */
public final class Id implements AutoCloseable {
  private long value;

  /** Owns an identifier that HDF5 has returned. */
  public Id(long value) {
    this.value = value;
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
      H5.status("H5Idec_ref", closed);
    }
  }
}
