/**
 * For Java programs that work with HDF5: what sparse datasets offer beyond the functions of HDF5.
 *
 * <p>Nothing here depends on how a program calls HDF5: it gives its identifiers ({@code hid_t}) as
 * {@code long}, as all bindings have them, and says where to find the functions of its libhdf5.
 * What else is in the jar is for vol-sparse itself.
 */
package io.github.volsparse.api;
