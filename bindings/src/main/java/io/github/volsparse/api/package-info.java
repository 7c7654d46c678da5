/**
 * For Java programs that use HDF5: operations on sparse datasets beyond the functions of HDF5.
 *
 * <p>Nothing here depends on how a program calls HDF5: it passes its identifiers ({@code hid_t}) as
 * {@code long}, as in all bindings, and tells where to find the functions of its libhdf5.
 * Everything else in the jar is internal to vol-sparse.
 */
package io.github.volsparse.api;
