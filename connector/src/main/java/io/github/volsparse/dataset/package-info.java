/**
 * Sparse datasets: native chunked datasets whose chunks are sparse blobs. {@link
 * io.github.volsparse.dataset.SparseDatasets} are those that are open in one libhdf5; {@link
 * io.github.volsparse.dataset.CreationProperties} says which datasets become sparse, and how.
 *
 * <p>Everything here runs on the thread of a callback and may call HDF5.
 */
package io.github.volsparse.dataset;
