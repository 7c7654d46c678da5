/**
 * Sparse datasets: native chunked datasets whose chunks are sparse blobs, moved with direct chunk
 * I/O and kept decoded in a cache.
 *
 * <p>The way of one {@code H5Dwrite} or {@code H5Dread} is {@link
 * io.github.volsparse.dataset.Transfer}: it turns the dataspaces into runs, chunk by chunk, and
 * copies between the program's memory and the chunks of a {@link
 * io.github.volsparse.dataset.SparseDataset}. What it does not handle it declines, and the caller
 * lets the native connector do it, through the filter.
 *
 * <p>Everything here runs on the thread of a callback and may call HDF5.
 */
package io.github.volsparse.dataset;
