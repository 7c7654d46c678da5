/*
 * Defined elements of sparse datasets, for programs in C and C++.
 *
 * In a sparse dataset an element is defined if it differs from the fill value. With the connector's
 * option keep=written it is defined if it was written. The functions below select, count, visit and
 * erase defined elements. The file must have been opened through the vol-sparse connector; otherwise
 * the functions fail.
 *
 * The functions are inline, and there is no library to link. They need HDF5 1.14 or newer. They
 * follow HDF5's conventions: they use HDF5's identifiers and sizes, and report a failure by a
 * negative value and entries on the error stack. Their requirements on threads are those of H5Dread.
 *
 *     hid_t   defined = vol_sparse_get_defined(dset, H5S_ALL, H5P_DEFAULT);
 *     hsize_t n       = (hsize_t)H5Sget_select_npoints(defined);
 *     hid_t   packed  = H5Screate_simple(1, &n, NULL);
 *     H5Dread(dset, H5T_NATIVE_INT, packed, defined, H5P_DEFAULT, values);
 *
 * To compile, add the folders of this file and of hdf5.h to the include path.
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
 * Names of the optional dataset operations that the functions below call, for bindings to other
 * languages (H5VLfind_opt_operation, H5VLdataset_optional_op). The argument of each operation is the
 * struct below that is named after it. An operation keeps its argument for as long as it keeps its
 * name.
 */
#define VOL_SPARSE_GET_DEFINED     "vol-sparse.get_defined"
#define VOL_SPARSE_GET_NUM_DEFINED "vol-sparse.get_num_defined"
#define VOL_SPARSE_ITERATE_DEFINED "vol-sparse.iterate_defined"
#define VOL_SPARSE_ERASE           "vol-sparse.erase"

/*
 * Called by vol_sparse_iterate_defined with a batch of defined elements. All elements of a batch
 * belong to one chunk and are in row-major order.
 *
 *     count    the number of elements, at least 1
 *     coords   their coordinates in the dataset: hsize_t[count][rank], as for H5Sselect_elements
 *     values   their values, contiguous, in the datatype requested; NULL if none was requested
 *     op_data  the pointer that was passed to vol_sparse_iterate_defined
 *
 * Return 0 to continue, a positive value to stop and return that value, or a negative value to fail.
 * The connector owns coords and values; they are valid only during the call. The function must not
 * change or close the dataset.
 */
typedef int (*vol_sparse_defined_op_t)(size_t count, const hsize_t *coords, const void *values,
                                       void *op_data);

/* Argument of VOL_SPARSE_GET_DEFINED. */
typedef struct vol_sparse_get_defined_args_t {
    hid_t file_space_id; /* in: the elements to look at */
    hid_t space_id;      /* out: the defined ones among them */
} vol_sparse_get_defined_args_t;

/* Argument of VOL_SPARSE_GET_NUM_DEFINED. */
typedef struct vol_sparse_get_num_defined_args_t {
    hid_t   file_space_id; /* in: the elements to look at */
    hsize_t count;         /* out: the number of defined ones */
} vol_sparse_get_num_defined_args_t;

/* Argument of VOL_SPARSE_ITERATE_DEFINED. */
typedef struct vol_sparse_iterate_defined_args_t {
    hid_t                   file_space_id; /* in: the elements to look at */
    hid_t                   mem_type_id;   /* in: datatype of the values, or H5I_INVALID_HID */
    vol_sparse_defined_op_t op;            /* in: the function to call */
    void                   *op_data;       /* in: its last argument */
    int                     op_result;     /* out: what it returned last */
} vol_sparse_iterate_defined_args_t;

/* Argument of VOL_SPARSE_ERASE. */
typedef struct vol_sparse_erase_args_t {
    hid_t file_space_id; /* in: the elements to erase */
} vol_sparse_erase_args_t;

/*
 * Parameters that the functions share:
 *
 *     dset_id        a dataset
 *     file_space_id  a dataspace of the dataset's extent whose selection is looked at, as for
 *                    H5Dread; or H5S_ALL
 *     dxpl_id        a transfer property list, or H5P_DEFAULT. It is used where values are
 *                    converted, as by H5Dread. A list with a data transform is refused there.
 *
 * Data that were written and not flushed yet are included. Time and memory grow with the number of
 * defined elements and of stored chunks, not with the extent.
 */

/*
 * Selects the defined elements.
 *
 * Returns a dataspace of the dataset's extent, for use with H5Dread and similar functions, or
 * H5I_INVALID_HID on failure. The caller closes it (H5Sclose). The selection is in row-major order.
 * It is a hyperslab if the elements form blocks, points otherwise, and H5S_SEL_NONE if no element is
 * defined; H5Sget_select_type tells which.
 */
static inline hid_t vol_sparse_get_defined(hid_t dset_id, hid_t file_space_id, hid_t dxpl_id);

/*
 * Counts the defined elements.
 *
 * Stores the number in *count. Returns a non-negative value, or a negative value on failure.
 */
static inline herr_t vol_sparse_get_num_defined(hid_t dset_id, hid_t file_space_id, hid_t dxpl_id,
                                                hsize_t *count);

/*
 * Calls a function with the defined elements, chunk by chunk, in row-major order of the chunks.
 *
 *     mem_type_id  the datatype of the values that the function gets; H5I_INVALID_HID if it needs
 *                  coordinates only
 *     op, op_data  the function, and its last argument
 *
 * Returns what the function returned last, 0 if no element is defined, or a negative value on
 * failure.
 */
static inline herr_t vol_sparse_iterate_defined(hid_t dset_id, hid_t file_space_id,
                                                hid_t mem_type_id, hid_t dxpl_id,
                                                vol_sparse_defined_op_t op, void *op_data);

/*
 * Makes elements undefined. They then read as the fill value, and take no space in the file after
 * the next flush. (A chunk without defined elements takes about 40 bytes.)
 *
 * Returns a non-negative value, or a negative value on failure: for example, if the file is open for
 * reading only.
 */
static inline herr_t vol_sparse_erase(hid_t dset_id, hid_t file_space_id, hid_t dxpl_id);

/* ---- implementation ---- */

/* Pushes an error and prints the error stack, as HDF5's functions do when they fail. */
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

/* Calls an optional operation of a dataset. */
static inline herr_t
vol_sparse_call_(const char *function, const char *operation, hid_t dset_id, void *args,
                 hid_t dxpl_id)
{
    H5VL_optional_args_t optional = {0, NULL};
    uint64_t             flags    = 0;
    herr_t               found    = -1;

    if (H5Iget_type(dset_id) != H5I_DATASET) {
        vol_sparse_fail_(function, "the identifier is not that of an open dataset");
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
            "and HDF5_PLUGIN_PATH before the program starts, or set the connector in the file "
            "access property list");
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
