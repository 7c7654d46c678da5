/**
 * Chunks as they are in the file, what HDF5 says of datasets, and all that works around HDF5.
 *
 * <p>{@link io.github.volsparse.stored.StoredChunks} are those of one dataset. All that they ask of
 * HDF5 is {@link io.github.volsparse.stored.ChunkIO}, so they are tested without it. What HDF5 does
 * wrong is met in a class of its own for each kind, which names the versions it was seen in:
 *
 * <ul>
 *   <li>{@link io.github.volsparse.stored.DirectWrites}: direct chunk writes that are not found
 *       again, keep another filter mask, or have failed
 *   <li>{@link io.github.volsparse.stored.RewrittenChunks}: filter masks of chunks that HDF5 writes
 *       itself
 *   <li>{@link io.github.volsparse.stored.ChunkDecoder}: chunks that such a mask lies about
 *   <li>{@link io.github.volsparse.stored.NativeChunkCache}: what its chunk cache holds
 *   <li>{@link io.github.volsparse.stored.UnlimitedDimension}: lists that name the wrong chunks
 *   <li>{@link io.github.volsparse.stored.DirectChunks}: chunks that are not stored, and sizes that
 *       cannot be true
 *   <li>{@link io.github.volsparse.stored.Pipeline}: filters, which HDF5 applies to datasets only
 *   <li>{@link io.github.volsparse.stored.PageBuffer}: files with a page buffer
 * </ul>
 *
 * <p>Nothing here knows the cache or the state of a dataset. Everything runs on the thread of a
 * callback.
 */
package io.github.volsparse.stored;
