/*
 * Symbols of the libhdf5 that called.
 */
#ifndef VOL_SPARSE_SYMBOL_H
#define VOL_SPARSE_SYMBOL_H

/*
 * The address of a function or variable, NULL if there is none of that name.
 *
 * library  handle of the libhdf5, as dlopen returned it
 *
 * HDF5 keeps identifiers in variables, such as H5P_CLS_FILE_ACCESS_ID_g. A program that was linked
 * with the library and names one may have it in its own memory: the linker makes a copy there, to
 * which the library is bound as well. What the library's own symbol leads to is then never set.
 */
void *vol_sparse_symbol(void *library, const char *name);

#endif
