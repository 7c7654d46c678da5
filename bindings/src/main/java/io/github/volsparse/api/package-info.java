/**
 * For Java programs that work with HDF5: what sparse datasets offer beyond the functions of HDF5.
 *
 * <p>Nothing here depends on how a program calls HDF5: it gives its identifiers ({@code hid_t}) as
 * {@code long}, as all bindings have them, and says where to find the functions of its libhdf5. The
 * package uses nothing of the others.
 */
package io.github.volsparse.api;
