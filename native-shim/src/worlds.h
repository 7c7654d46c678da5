/*
 * A world is the Java side of one libhdf5. A process may hold several libhdf5 (h5py, PyTables and
 * netCDF4 bring one each); every one has its own identifiers and objects, so every one gets its own
 * class loader with its own static state.
 */
#ifndef VOL_SPARSE_WORLDS_H
#define VOL_SPARSE_WORLDS_H

#include "slots.h"

#include <stdint.h>

/* How many words Entry.call takes. */
#define MAXIMUM_UPCALL_WORDS 10

/*
 * Calls Java's handler of a slot, opening the world of the calling libhdf5 first if need be.
 *
 * caller   an address inside the libhdf5 that calls: the return address of the callback
 * failure  what to return if Java cannot be reached or fails unexpectedly; an entry on the error
 *          stack of the calling libhdf5 then says why
 */
int64_t vol_sparse_upcall(void *caller, enum slot slot, int64_t failure, const int64_t *words,
                          int count);

#endif
