/**
 * Sparse datasets: native chunked datasets whose chunks are sparse blobs, moved with direct chunk
 * I/O and kept decoded in a cache. {@link io.github.volsparse.dataset.SparseDatasets} are those
 * that are open in one libhdf5.
 *
 * <p>Everything here runs on the thread of a callback and may call HDF5.
 */
package io.github.volsparse.dataset;
