/*
 * The objects that HDF5 holds of the connector, in memory that is not Java's: a child of fork() has
 * it. A JVM that starts there takes the objects over, and what is to be said of them without one is
 * said here.
 */
#ifndef VOL_SPARSE_OBJECTS_H
#define VOL_SPARSE_OBJECTS_H

#include "callbacks.h"

#include <stdbool.h>
#include <stdint.h>

/* One object. Java (class ObjectRows) writes it, and knows the order of the words. */
struct object {
    int64_t handle;    /* what HDF5 holds; its complement once that is released; 0 if never given */
    int64_t under;     /* the same in the connector below */
    int64_t connector; /* identifier of the connector below */
    int64_t options;   /* address of the options of its file, a C string that stays */
    int64_t kind;      /* 1 for a dataset, else 0 */
};

/* The objects of one libhdf5; all words are 0 before Java gets it. */
struct objects {
    int64_t rows;     /* address of the first struct object */
    int64_t capacity; /* how many there are */
    int64_t dirty;    /* how many datasets have data that are not written to their files */
};

/*
 * Answers a callback that a process needs to let go of what it inherited: to close, to tell what is
 * open in a file, and what HDF5 asks on the way. The connector below does the work.
 *
 * Returns whether the callback is one of these; result is then what it returns.
 */
bool vol_sparse_answer_for_inherited(void *library, const struct objects *objects, enum slot slot,
                                     const int64_t *words, int64_t *result);

#endif
