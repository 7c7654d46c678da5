/**
 * HDF5's C interface in Java.
 *
 * <p>{@code generated} is jextract's output for HDF5's headers, rewritten to call by words. It is
 * the only declaration of functions, structs and constants; {@code src/main/jextract} has its
 * sources. The classes of this package are written by hand, for what jextract cannot provide:
 *
 * <ul>
 *   <li>{@link io.github.volsparse.hdf5.Words}: calls by words of 64 bits, of which the generated
 *       functions are made. Linking one downcall costs milliseconds for each new signature in a
 *       cold JVM; by words there is one signature.
 *   <li>{@link io.github.volsparse.hdf5.Hdf5Library}: which libhdf5 is called.
 *   <li>{@link io.github.volsparse.hdf5.Hdf5}, {@link io.github.volsparse.hdf5.PropertyLists},
 *       {@link io.github.volsparse.hdf5.Dataspaces}, {@link io.github.volsparse.hdf5.Datatypes},
 *       {@link io.github.volsparse.hdf5.Connectors}: HDF5 as the connector calls it, with failures
 *       as exceptions and values in place of pointers.
 *   <li>{@link io.github.volsparse.hdf5.Hdf5Exception}: what a failure of any of them becomes.
 *   <li>{@link io.github.volsparse.hdf5.ChunkArguments}, {@link
 *       io.github.volsparse.hdf5.CallContext}: where HDF5 1.14 and 2.x differ.
 * </ul>
 */
package io.github.volsparse.hdf5;
