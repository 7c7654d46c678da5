/**
 * Sparse datasets for <a href="https://jhdf.io">jHDF</a>, which reads HDF5 files in plain Java.
 *
 * <p>jHDF finds the filters of this package by itself, as services. {@link
 * io.github.volsparse.jhdf.SparseChunkFilter} decodes a chunk. {@link
 * io.github.volsparse.jhdf.SkippableFilter} replaces those of jHDF's filters that a sparse chunk
 * may have skipped. Neither native code nor HDF5 is needed.
 */
package io.github.volsparse.jhdf;
