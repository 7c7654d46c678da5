/*
 * The file driver that the connector puts under the native connector, in place of HDF5's default
 * one. It is stacked on that one, which opens, locks and closes the file. Of a file that is open
 * for writing it keeps what was flushed as it is until the next flush: what would overwrite that,
 * Java holds (package io.github.volsparse.driver). Everything else passes through here.
 */
#ifndef VOL_SPARSE_DRIVER_H
#define VOL_SPARSE_DRIVER_H

#include "hdf5.h"

#include "H5FDdevelop.h"

#include <stdint.h>

/* The driver of one libhdf5. Java knows the order of the words (class FileDriver). */
struct driver {
    int64_t
        below; /* address of the H5FD_class_t of HDF5's default driver; 0 before Java registers */
    int64_t info_of; /* address of H5Pget_driver_info */
    int64_t held;    /* how many files Java holds something of */
    int64_t changes; /* in a child of fork(): whether it has changed what it inherited */
};

/* The driver's own property of an access list. */
struct driver_info {
    int64_t
        strength; /* how flushed bytes are kept; 0 if they are not. The ordinal of a Java enum. */
};

/* What HDF5 has done with a file last. */
enum progress {
    PROGRESS_WRITTEN   = 0,
    PROGRESS_TRUNCATED = 1, /* set to its size: HDF5 does so once all is written but metadata */
    PROGRESS_FLUSHED   = 2, /* and then flushed, as a whole */
    PROGRESS_CLOSING   = 3  /* set to its size before it closes */
};

/* What C and Java tell one another of a file. Java (class DriverFile) knows the order. */
struct driver_words {
    int64_t number;     /* Java's for the file; 0 if everything passes through */
    int64_t end;        /* the bytes before it are as they were flushed last */
    int64_t held_from;  /* Java holds bytes from here … */
    int64_t held_to;    /* … to here */
    int64_t size;       /* of the file for HDF5, if that is less than the driver below has; or -1 */
    int64_t progress;   /* an enum progress */
    int64_t failed;     /* the number of the call in which a write failed last */
    int64_t call;       /* the number of the call in which Java is asked */
    int64_t descriptor; /* of the file */
    int64_t base;       /* where HDF5's superblock is; as HDF5 has it when Java is asked */
    int64_t serial;     /* HDF5's serial number of the file, once it is open */
    int64_t strength;   /* of struct driver_info */
    int64_t journal;    /* descriptor of the journal; -1 if there is none */
    int64_t memory;     /* address of what is held in memory */
    int64_t memory_from; /* the position in the journal that it stands for */
    int64_t memory_size; /* how many bytes it is */
    int64_t pieces;      /* address of struct driver_piece: what is held, for a child of fork() */
    int64_t piece_count; /* how many there are; -1 if nobody has listed them */
    int64_t refused;     /* whether the driver below could not write what Java is asked to write */
    int64_t own;         /* address of what C has of the file */
};

/* Bytes that are held: as in the journal's index. */
struct driver_piece {
    int64_t address;  /* in the file */
    int64_t size;     /* bytes */
    int64_t position; /* in the journal; -1 for zeros */
};

/*
 * Makes the class of the driver, for H5FDregister, which copies it.
 *
 * below  the class of HDF5's default driver
 *
 * Returns NULL if that is not such a class as this driver was made for.
 */
const H5FD_class_t *vol_sparse_driver_class(const H5FD_class_t *below);

/* What Java has the driver below do. */
enum below {
    BELOW_READ     = 0,
    BELOW_WRITE    = 1,
    BELOW_TRUNCATE = 2, /* makes the file "size" bytes long */
    BELOW_END      = 3  /* where the file ends */
};

/* Calls the driver below; returns what that returns. */
int64_t vol_sparse_driver_below(struct driver_words *words, int64_t operation, int64_t address,
                                int64_t size, void *buffer);

#endif
