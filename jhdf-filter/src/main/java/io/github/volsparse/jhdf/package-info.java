/**
 * Sparse datasets for <a href="https://jhdf.io">jHDF</a>, which reads HDF5 files in plain Java.
 *
 * <p>jHDF finds the filters of this package by itself, as services. {@link
 * io.github.volsparse.jhdf.SparseChunkFilter} decodes a chunk. {@link
 * io.github.volsparse.jhdf.SkippableFilter} stands in for those of jHDF's filters that a sparse
 * chunk may have skipped. No native code runs, and nothing of HDF5 is needed.
 */
package io.github.volsparse.jhdf;
