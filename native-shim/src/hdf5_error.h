/*
 * Entries on the error stack of the libhdf5 that called.
 */
#ifndef VOL_SPARSE_HDF5_ERROR_H
#define VOL_SPARSE_HDF5_ERROR_H

#include "hdf5.h"

#include <stddef.h>
#include <stdint.h>

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
 * Says in front of what the calling thread's default error stack tells what it is about: an entry
 * becomes the innermost one, of the same kind as the one that was, and with its description after
 * the message. Programs show the innermost entry to their users. An empty stack gets the message
 * alone.
 */
void vol_sparse_explain_error(void *library, const char *function, const char *message);

/*
 * Copies the innermost entry on the calling thread's default error stack, as "function:
 * description"; an empty text if the stack is empty.
 */
void vol_sparse_last_error(void *library, char *text, size_t size);

/*
 * How a libhdf5 prints errors: whenever one of its public functions fails, unless the program
 * forbids it. What the connector calls are public functions, too. If they printed, the program
 * would see an error once more for every connector it comes through, and errors that the connector
 * expects. But functions of the program that run meanwhile (visitors, filters, conversions, file
 * drivers) call HDF5 as well, and what fails there is printed as ever.
 */
struct printing {
    uintptr_t low, high; /* the addresses the libhdf5 is mapped at */
    herr_t (*is_v2)(hid_t, unsigned *);
    herr_t (*get2)(hid_t, H5E_auto2_t *, void **);
    herr_t (*set2)(hid_t, H5E_auto2_t, void *);
    herr_t (*get1)(H5E_auto1_t *,
                   void **); /* NULL in a library without the functions of HDF5 1.6 */
    herr_t (*set1)(H5E_auto1_t, void *);
};

/* What a program chose, to be given back. */
struct printer {
    const struct printing *printing;
    H5E_auto2_t            function2;
    H5E_auto1_t            function1; /* if it was set by the functions of HDF5 1.6 */
    void                  *data;
};

/* Looks up the functions of a libhdf5 that is mapped at these addresses. */
struct printing vol_sparse_printing(void *library, uintptr_t low, uintptr_t high);

/*
 * Stops the printing of what the connector's own calls fail with, until it is resumed; printer
 * stays where it is so long.
 */
void vol_sparse_stop_printing(const struct printing *printing, struct printer *printer);

/*
 * Goes on with it; what the program chose meanwhile is left alone. The error stack stays as it is.
 */
void vol_sparse_resume_printing(const struct printer *printer);

#endif
