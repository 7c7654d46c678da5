/*
 * Python, where it runs in this process: its package h5py has a lock of its own around HDF5.
 */
#ifndef VOL_SPARSE_PYTHON_H
#define VOL_SPARSE_PYTHON_H

enum h5py_lock {
    H5PY_LOCK_NONE, /* the calling thread is not Python's, or h5py uses another libhdf5 */
    H5PY_LOCK_HELD, /* by the calling thread now: no other one is inside HDF5 by h5py */
    H5PY_LOCK_BUSY  /* held by another thread, or it cannot be told */
};

/*
 * Takes the lock by which h5py lets one thread at a time into a libhdf5, if that is possible
 * without waiting. It may be held by the calling thread already: h5py takes it before os.fork().
 *
 * library  handle of the libhdf5
 */
enum h5py_lock vol_sparse_take_h5py_lock(void *library);

/* Gives the lock back that was held. */
void vol_sparse_give_h5py_lock(void);

#endif
