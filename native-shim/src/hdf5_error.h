/*
 * Entries on the error stack of the libhdf5 that called.
 */
#ifndef VOL_SPARSE_HDF5_ERROR_H
#define VOL_SPARSE_HDF5_ERROR_H

#include <stddef.h>

/*
 * Pushes one entry on the calling thread's default error stack.
 *
 * library   handle of the libhdf5, as dlopen returned it
 * function  the function shown in the entry
 * major     the name of the major error without its suffix, such as "H5E_VOL"
 * minor     the name of the minor error without its suffix, such as "H5E_CANTINIT"
 * message   the text
 */
void vol_sparse_push_error(void *library, const char *function, const char *major,
                           const char *minor, const char *message);

/*
 * Copies the description of the innermost entry on the calling thread's default error stack; an
 * empty text if the stack is empty.
 */
void vol_sparse_last_error(void *library, char *text, size_t size);

#endif
