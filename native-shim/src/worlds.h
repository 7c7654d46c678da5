/*
 * A world is the Java side of one libhdf5. A process may hold several libhdf5 (h5py, PyTables and
 * netCDF4 bring one each); every one has its own identifiers and objects, so every one gets its own
 * class loader with its own static state.
 */
#ifndef VOL_SPARSE_WORLDS_H
#define VOL_SPARSE_WORLDS_H

#include "callbacks.h"

#include <stdbool.h>
#include <stdint.h>

struct driver;

/*
 * Calls Java's handler of a slot, opening the world of the calling libhdf5 first if need be.
 *
 * caller   an address inside the libhdf5 that calls: the return address of the callback
 *
 * If Java cannot be reached or fails, this returns what the callback returns then; an entry on the
 * error stack of the calling libhdf5 says why.
 */
int64_t vol_sparse_upcall(void *caller, enum slot slot, const int64_t *words, int count);

/*
 * The file driver of the libhdf5 that calls from this address; NULL if that has none.
 */
const struct driver *vol_sparse_driver_of(void *caller);

/* Pushes an entry about the file driver on the error stack of the libhdf5 that calls. */
void vol_sparse_driver_error(void *caller, const char *message);

/*
 * The number of the callback that HDF5 has called and that is running on this thread: no two have
 * the same. Outside of one it is that of the last.
 */
int64_t vol_sparse_call_number(void);

/*
 * Whether HDF5 only lets go of something: in a callback that does no more than that, or in none,
 * as when the library closes.
 */
bool vol_sparse_is_releasing(void);

#endif
