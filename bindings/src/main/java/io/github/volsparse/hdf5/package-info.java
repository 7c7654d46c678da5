/**
 * HDF5's C interface as the connector sees it.
 *
 * <p>{@code generated} holds what jextract makes of HDF5's headers: struct layouts, constants, and
 * functions linked one by one. It is committed as jextract left it; {@code src/main/jextract} holds
 * what made it. By hand stands here what jextract cannot give:
 *
 * <ul>
 *   <li>{@link io.github.volsparse.hdf5.Native}: the wall between Java and the plugin, three
 *       functions wide. Every call of HDF5 from the connector goes through its {@code invoke}.
 *       Linking one downcall through {@code java.lang.foreign} costs 5 to 10 ms for each new
 *       signature in a cold JVM, and the first one 50 ms and more; a program that lists a file
 *       would pay 200 ms for some thirty signatures. One generic call has one signature and is
 *       bound when the class loads.
 *   <li>{@link io.github.volsparse.hdf5.Hdf5}: the functions of HDF5 by their own names.
 *   <li>{@link io.github.volsparse.hdf5.Hdf5Exception}: what a failure of any of them becomes.
 *   <li>{@link io.github.volsparse.hdf5.ChunkArguments}: where HDF5 1.14 and 2.x differ.
 * </ul>
 */
package io.github.volsparse.hdf5;
