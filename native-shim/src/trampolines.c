/*
 * The tables HDF5 gets, of the functions that build-support/callbacks makes: each packs the
 * arguments, names its slot, and returns what Java returns.
 */
#include "trampolines.h"
#include "worlds.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The connector's value, from HDF5's testing range (256-511), and the filter's number, from its
 * private range (32768-65535). A public release needs registered ones. */
#define VOL_SPARSE_VALUE   367
#define VOL_SPARSE_FILTER  33003
#define VOL_SPARSE_VERSION 1

#include "trampolines.inc"

/*
 * Nothing is done yet: HDF5 initializes its default connector while it starts itself, and HDF5 2.0
 * crashes later when that fails. What may be wrong (no Java, a bad option) is found when the first
 * file is opened, and then is an error like any other.
 */
static herr_t
initialize(hid_t vipl_id)
{
    (void)vipl_id;
    return 0;
}

/*
 * The connector's info is its string, as the program or the environment gave it. It is read when a
 * file is opened. It comes from malloc, with which H5free_memory agrees.
 */
static void *
info_copy(const void *info)
{
    return strdup(info);
}

static herr_t
info_cmp(int *cmp_value, const void *info1, const void *info2)
{
    *cmp_value = strcmp(info1, info2);
    return 0;
}

static herr_t
info_free(void *info)
{
    free(info);
    return 0;
}

static herr_t
info_to_str(const void *info, char **str)
{
    *str = info == NULL ? NULL : strdup(info);
    return 0;
}

static herr_t
info_from_str(const char *str, void **info)
{
    *info = strdup(str == NULL ? "" : str);
    return *info == NULL ? -1 : 0;
}

const H5Z_class2_t vol_sparse_filter = {
    .version         = H5Z_CLASS_T_VERS,
    .id              = VOL_SPARSE_FILTER,
    .encoder_present = 1,
    .decoder_present = 1,
    .name            = "sparse",
    CALLBACKS_OF_H5Z_class2_t,
};

const H5D_chunk_iter_op_t vol_sparse_chunk_iteration = chunk_iteration;

const H5VL_class_t vol_sparse_class = {
    .version           = H5VL_VERSION,
    .value             = VOL_SPARSE_VALUE,
    .name              = "sparse",
    .conn_version      = VOL_SPARSE_VERSION,
    .cap_flags         = H5VL_CAP_FLAG_NATIVE_FILES,
    .initialize        = initialize,
    .info_cls.size     = 1,
    .info_cls.copy     = info_copy,
    .info_cls.cmp      = info_cmp,
    .info_cls.free     = info_free,
    .info_cls.to_str   = info_to_str,
    .info_cls.from_str = info_from_str,
    CALLBACKS_OF_H5VL_class_t,
};

/* Every member from terminate on has a row in the table, but for those above. */
_Static_assert(sizeof(H5VL_class_t) == offsetof(H5VL_class_t, terminate) +
                                           sizeof(H5VL_info_class_t) +
                                           COUNT_OF_H5VL_class_t * sizeof(void (*)(void)),
               "a callback of H5VL_class_t has no row in callbacks.txt");
