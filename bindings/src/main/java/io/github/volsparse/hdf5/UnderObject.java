package io.github.volsparse.hdf5;

/**
 * An object of the connector below.
 *
 * @param address the object, as that connector's callback returned it; that connector owns it
 * @param connector the identifier ({@code hid_t}) of that connector
 */
public record UnderObject(long address, long connector) {
  // Written out: what Java makes for a record takes 15 ms to link in a cold JVM.

  @Override
  public boolean equals(Object other) {
    return other instanceof UnderObject that
        && address == that.address
        && connector == that.connector;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(address);
  }
}
