/**
 * Chunks in the file, queries about datasets, and the workarounds for HDF5.
 *
 * <p>{@link io.github.volsparse.stored.StoredChunks} are the chunks of one dataset. They use HDF5
 * only through {@link io.github.volsparse.stored.ChunkIO}, so they are tested without it. Each kind
 * of fault of HDF5 has a class with the workaround, which names the affected versions:
 *
 * <ul>
 *   <li>{@link io.github.volsparse.stored.DirectWrites}: direct chunk writes that are not found
 *       again, keep a wrong filter mask, or have failed
 *   <li>{@link io.github.volsparse.stored.RewrittenChunks}: filter masks of chunks that HDF5 writes
 *       itself
 *   <li>{@link io.github.volsparse.stored.ChunkDecoder}: chunks with such a wrong mask
 *   <li>{@link io.github.volsparse.stored.NativeChunkCache}: the content of its chunk cache
 *   <li>{@link io.github.volsparse.stored.UnlimitedDimension}: lists with wrong coordinates
 *   <li>{@link io.github.volsparse.stored.DirectChunks}: chunks that are not stored, and impossible
 *       sizes
 *   <li>{@link io.github.volsparse.stored.Pipeline}: filters, which HDF5 applies to datasets only
 *   <li>{@link io.github.volsparse.stored.PageBuffer}: files with a page buffer
 * </ul>
 *
 * <p>Nothing here depends on the cache or the state of a dataset. Everything runs on the thread of
 * a callback.
 */
package io.github.volsparse.stored;
