/**
 * Sparse chunks: a chunk of a dataset in memory, and the blob that holds it in a file.
 *
 * <p>{@link io.github.volsparse.format.Chunk} is a chunk in the cache: the elements that were
 * written or read, and nothing for the others. {@link io.github.volsparse.format.SparseBlob} is the
 * file format of a chunk. {@link io.github.volsparse.format.CopyRuns} says which elements move
 * between a chunk and a program's memory.
 *
 * <p>The package works on memory only and is independent of HDF5. Elements are opaque bytes in the
 * order of the file's datatype: they are compared and copied, never interpreted. Positions are
 * linear (row-major) element numbers in the whole chunk.
 */
package io.github.volsparse.format;
