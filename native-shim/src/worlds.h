/*
 * A world is the Java side of one libhdf5. A process may hold several libhdf5 (h5py, PyTables and
 * netCDF4 bring one each); every one has its own identifiers and objects, so every one gets its own
 * class loader with its own static state.
 */
#ifndef VOL_SPARSE_WORLDS_H
#define VOL_SPARSE_WORLDS_H

#include "callbacks.h"

#include <stdint.h>

/*
 * Calls Java's handler of a slot, opening the world of the calling libhdf5 first if need be.
 *
 * caller   an address inside the libhdf5 that calls: the return address of the callback
 *
 * If Java cannot be reached or fails, this returns what the callback returns then; an entry on the
 * error stack of the calling libhdf5 says why.
 */
int64_t vol_sparse_upcall(void *caller, enum slot slot, const int64_t *words, int count);

#endif
