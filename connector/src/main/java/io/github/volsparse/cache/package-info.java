/**
 * The chunks of sparse datasets in memory: decoded, limited in size, and written when they are
 * evicted.
 *
 * <p>{@link io.github.volsparse.cache.CachedChunks} are those of one dataset; {@link
 * io.github.volsparse.cache.ChunkMemory} is what all datasets of a library share. HDF5 is only
 * called through a dataset's {@link io.github.volsparse.stored.StoredChunks}.
 */
package io.github.volsparse.cache;
