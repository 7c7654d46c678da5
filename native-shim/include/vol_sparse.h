/*
 * Defined elements of sparse datasets, for programs in C and C++.
 *
 * A sparse dataset knows which of its elements are defined: those that differ from the fill value,
 * or, where the connector was told keep=written, those that were written. These functions ask for
 * them and take that away again. They are for datasets of files that were opened through the
 * connector of vol-sparse, and fail for others.
 *
 * There is nothing to link: the functions are inline, and find the connector through HDF5 1.14 or
 * newer. They follow HDF5's own conventions: identifiers and sizes as everywhere in HDF5, failure
 * as a negative value with the reasons on the error stack, printed as HDF5 prints its errors. What
 * they need of HDF5's thread safety is what H5Dread needs.
 *
 *     hid_t   defined = vol_sparse_get_defined(dset, H5S_ALL, H5P_DEFAULT);
 *     hsize_t n       = (hsize_t)H5Sget_select_npoints(defined);
 *     hid_t   packed  = H5Screate_simple(1, &n, NULL);
 *     H5Dread(dset, H5T_NATIVE_INT, packed, defined, H5P_DEFAULT, values);
 *
 * Compile with the folders of this file and of hdf5.h as include folders.
 */
#ifndef VOL_SPARSE_H
#define VOL_SPARSE_H

#include <hdf5.h>

#if H5_VERSION_GE(1, 14, 0)
#include <H5VLconnector.h>
#else
#error "vol_sparse.h needs HDF5 1.14 or newer"
#endif

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Names of the optional operations of datasets (H5VLfind_opt_operation, H5VLdataset_optional_op) on
 * which the functions below are built, for programs in other languages. The argument of each is one
 * of the structs, as long as the operation has that name.
 */
#define VOL_SPARSE_GET_DEFINED     "vol-sparse.get_defined"
#define VOL_SPARSE_GET_NUM_DEFINED "vol-sparse.get_num_defined"
#define VOL_SPARSE_ITERATE_DEFINED "vol-sparse.iterate_defined"
#define VOL_SPARSE_ERASE           "vol-sparse.erase"

/*
 * Takes some of the defined elements of a dataset. Elements of one call are of one chunk, in
 * row-major order.
 *
 *     count    how many, at least 1
 *     coords   their coordinates in the dataset, hsize_t[count][rank]: as H5Sselect_elements takes
 * them values   their values, one after another, in the datatype asked for; NULL if none was
 *     op_data  what was given to vol_sparse_iterate_defined
 *
 * Coordinates and values belong to the connector and are gone after the call. Returns 0 to go on, a
 * positive value to end the iteration with that value, a negative one to make it fail. Must not
 * change or close the dataset.
 */
typedef int (*vol_sparse_defined_op_t)(size_t count, const hsize_t *coords, const void *values,
                                       void *op_data);

/* Argument of VOL_SPARSE_GET_DEFINED. */
typedef struct vol_sparse_get_defined_args_t {
    hid_t file_space_id; /* in: where to look */
    hid_t space_id;      /* out: what was found */
} vol_sparse_get_defined_args_t;

/* Argument of VOL_SPARSE_GET_NUM_DEFINED. */
typedef struct vol_sparse_get_num_defined_args_t {
    hid_t   file_space_id; /* in: where to look */
    hsize_t count;         /* out: how many were found */
} vol_sparse_get_num_defined_args_t;

/* Argument of VOL_SPARSE_ITERATE_DEFINED. */
typedef struct vol_sparse_iterate_defined_args_t {
    hid_t                   file_space_id; /* in: where to look */
    hid_t                   mem_type_id;   /* in: datatype of the values, or H5I_INVALID_HID */
    vol_sparse_defined_op_t op;            /* in: what takes them */
    void                   *op_data;       /* in: handed to it */
    int                     op_result;     /* out: what it returned last */
} vol_sparse_iterate_defined_args_t;

/* Argument of VOL_SPARSE_ERASE. */
typedef struct vol_sparse_erase_args_t {
    hid_t file_space_id; /* in: what to erase */
} vol_sparse_erase_args_t;

/*
 * The functions:
 *
 *     dset_id        a dataset
 *     file_space_id  a dataspace of the dataset's extent, in whose selection to look, as in
 * H5Dread; or H5S_ALL dxpl_id        a transfer property list, or H5P_DEFAULT. It counts where
 * values are converted, as in H5Dread; one with a data transform is refused there.
 *
 * What was written and not flushed yet counts. The work, and the memory, follow the number of
 * defined elements and of stored chunks, not the extent.
 */

/*
 * Selects the defined elements.
 *
 * Returns a dataspace of the dataset's extent, for H5Dread and the like; the caller closes it
 * (H5Sclose). Its selection goes through the elements in row-major order. It is a hyperslab where
 * they come in blocks, otherwise points; H5Sget_select_type tells, and of no elements H5S_SEL_NONE.
 * Returns H5I_INVALID_HID on failure.
 */
static inline hid_t vol_sparse_get_defined(hid_t dset_id, hid_t file_space_id, hid_t dxpl_id);

/*
 * Counts the defined elements.
 *
 * Returns a non-negative value, and the count in *count; a negative value on failure.
 */
static inline herr_t vol_sparse_get_num_defined(hid_t dset_id, hid_t file_space_id, hid_t dxpl_id,
                                                hsize_t *count);

/*
 * Calls a function with the defined elements, chunk by chunk, in row-major order of the chunks.
 *
 *     mem_type_id  the datatype in which it gets the values; H5I_INVALID_HID if it wants
 * coordinates only op, op_data  the function, and what it gets as its last argument
 *
 * Returns what the function returned last; 0 if there is no defined element; a negative value on
 * failure.
 */
static inline herr_t vol_sparse_iterate_defined(hid_t dset_id, hid_t file_space_id,
                                                hid_t mem_type_id, hid_t dxpl_id,
                                                vol_sparse_defined_op_t op, void *op_data);

/*
 * Makes elements undefined: they read as the fill value from now on, and take no room in the file
 * once they are flushed (a chunk of which nothing is left takes some 40 bytes).
 *
 * Returns a non-negative value, a negative one on failure, for instance if the file is open for
 * reading only.
 */
static inline herr_t vol_sparse_erase(hid_t dset_id, hid_t file_space_id, hid_t dxpl_id);

/* ---- how they are made ---- */

/* Pushes an error and prints the stack, as a function of HDF5's does when it fails. */
static inline void
vol_sparse_fail_(const char *function, const char *message)
{
    unsigned    is_v2 = 0;
    H5E_auto2_t print = NULL;
    void       *data  = NULL;
    H5Epush2(H5E_DEFAULT, "vol_sparse.h", function, __LINE__, H5E_ERR_CLS, H5E_VOL, H5E_UNSUPPORTED,
             "%s", message);
    if (H5Eauto_is_v2(H5E_DEFAULT, &is_v2) >= 0 && is_v2 &&
        H5Eget_auto2(H5E_DEFAULT, &print, &data) >= 0 && print != NULL)
        print(H5E_DEFAULT, data);
}

/* Does an operation of a dataset. */
static inline herr_t
vol_sparse_call_(const char *function, const char *operation, hid_t dset_id, void *args,
                 hid_t dxpl_id)
{
    H5VL_optional_args_t optional = {0, NULL};
    uint64_t             flags    = 0;
    herr_t               found    = -1;

    if (H5Iget_type(dset_id) != H5I_DATASET) {
        vol_sparse_fail_(function, "the identifier is not one of an open dataset");
        return -1;
    }
    H5E_BEGIN_TRY
    {
        if (H5VLfind_opt_operation(H5VL_SUBCLS_DATASET, operation, &optional.op_type) >= 0)
            found = H5VLquery_optional(dset_id, H5VL_SUBCLS_DATASET, optional.op_type, &flags);
    }
    H5E_END_TRY
    if (found < 0 || !(flags & H5VL_OPT_QUERY_SUPPORTED)) {
        H5Eclear2(H5E_DEFAULT);
        vol_sparse_fail_(
            function,
            "the dataset's file was not opened through vol-sparse: set HDF5_VOL_CONNECTOR=sparse "
            "and HDF5_PLUGIN_PATH before the program starts, or give the file's access list "
            "the connector");
        return -1;
    }
    optional.args = args;
    return H5VLdataset_optional_op(dset_id, &optional, dxpl_id, H5ES_NONE);
}

static inline hid_t
vol_sparse_get_defined(hid_t dset_id, hid_t file_space_id, hid_t dxpl_id)
{
    vol_sparse_get_defined_args_t args;
    args.file_space_id = file_space_id;
    args.space_id      = H5I_INVALID_HID;
    return vol_sparse_call_("vol_sparse_get_defined", VOL_SPARSE_GET_DEFINED, dset_id, &args,
                            dxpl_id) < 0
               ? H5I_INVALID_HID
               : args.space_id;
}

static inline herr_t
vol_sparse_get_num_defined(hid_t dset_id, hid_t file_space_id, hid_t dxpl_id, hsize_t *count)
{
    vol_sparse_get_num_defined_args_t args;
    herr_t                            status;
    args.file_space_id = file_space_id;
    args.count         = 0;
    status = vol_sparse_call_("vol_sparse_get_num_defined", VOL_SPARSE_GET_NUM_DEFINED, dset_id,
                              &args, dxpl_id);
    if (status >= 0 && count != NULL)
        *count = args.count;
    return status;
}

static inline herr_t
vol_sparse_iterate_defined(hid_t dset_id, hid_t file_space_id, hid_t mem_type_id, hid_t dxpl_id,
                           vol_sparse_defined_op_t op, void *op_data)
{
    vol_sparse_iterate_defined_args_t args;
    herr_t                            status;
    args.file_space_id = file_space_id;
    args.mem_type_id   = mem_type_id;
    args.op            = op;
    args.op_data       = op_data;
    args.op_result     = 0;
    status = vol_sparse_call_("vol_sparse_iterate_defined", VOL_SPARSE_ITERATE_DEFINED, dset_id,
                              &args, dxpl_id);
    return status < 0 ? status : args.op_result;
}

static inline herr_t
vol_sparse_erase(hid_t dset_id, hid_t file_space_id, hid_t dxpl_id)
{
    vol_sparse_erase_args_t args;
    args.file_space_id = file_space_id;
    return vol_sparse_call_("vol_sparse_erase", VOL_SPARSE_ERASE, dset_id, &args, dxpl_id);
}

#ifdef __cplusplus
}
#endif

#endif /* VOL_SPARSE_H */
