package io.github.volsparse.hdf5;

/**
 * An object of the connector below.
 *
 * @param address the object, as that connector's callback returned it; that connector owns it
 * @param connector the identifier ({@code hid_t}) of that connector
 */
public record UnderObject(long address, long connector) {}
