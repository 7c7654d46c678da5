/**
 * The C interface of HDF5 for a Java program that is not a connector.
 *
 * <p>Identifiers are {@link io.github.volsparse.tool.hdf5.Id}, which are closed like any resource;
 * failures are {@link io.github.volsparse.tool.hdf5.Hdf5Failure}. Functions are called by their C
 * names through {@link io.github.volsparse.tool.hdf5.H5}, their arguments as 64-bit words: so two
 * signatures of the foreign function interface are enough for all of them, and a command starts
 * quickly.
 *
 * <p>One libhdf5 is loaded in a process, and all calls are made on the main thread.
 */
package io.github.volsparse.tool.hdf5;
