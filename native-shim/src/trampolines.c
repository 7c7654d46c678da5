/*
 * One trampoline for each callback: pack the arguments, name the slot, return what Java returns.
 */
#include "trampolines.h"
#include "jvm.h"
#include "slots.h"
#include "worlds.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The connector's value, from HDF5's testing range (256-511), and the filter's number, from its
 * private range (32768-65535). A public release needs registered ones. */
#define VOL_SPARSE_VALUE   367
#define VOL_SPARSE_FILTER  33003
#define VOL_SPARSE_VERSION 1

/* Which libhdf5 calls is told by the address the callback returns to. */
#define CALLER __builtin_return_address(0)

/* The words of a callback and their number; more than an upcall takes do not compile. */
#define COUNT(...) (sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t))
#define WORDS(...)                 \
    (int64_t[]){__VA_ARGS__},      \
        (int)(COUNT(__VA_ARGS__) * \
              sizeof(char[COUNT(__VA_ARGS__) <= MAXIMUM_UPCALL_WORDS ? 1 : -1]))

#define STATUS(slot, ...) \
    return (herr_t)vol_sparse_upcall(CALLER, SLOT_##slot, -1, WORDS(__VA_ARGS__))
#define OBJECT(slot, ...) \
    return (void *)(intptr_t)vol_sparse_upcall(CALLER, SLOT_##slot, 0, WORDS(__VA_ARGS__))

/* A pointer as a word. */
#define P(pointer) (int64_t)(intptr_t)(pointer)

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

static herr_t
terminate(void)
{
    return (herr_t)vol_sparse_upcall(CALLER, SLOT_TERMINATE, -1, WORDS(0));
}

static void *
wrap_get_object(const void *obj)
{
    OBJECT(WRAP_GET_OBJECT, P(obj));
}

static herr_t
wrap_get_ctx(const void *obj, void **wrap_ctx)
{
    STATUS(WRAP_GET_CTX, P(obj), P(wrap_ctx));
}

static void *
wrap_object(void *obj, H5I_type_t obj_type, void *wrap_ctx)
{
    OBJECT(WRAP_OBJECT, P(obj), (int64_t)obj_type, P(wrap_ctx));
}

static void *
wrap_unwrap_object(void *obj)
{
    OBJECT(WRAP_UNWRAP_OBJECT, P(obj));
}

static herr_t
wrap_free_ctx(void *wrap_ctx)
{
    if ((intptr_t)wrap_ctx < 0)
        return 0; /* it stays, see World.wrapContext; and this would be asked with every operation
                   */
    STATUS(WRAP_FREE_CTX, P(wrap_ctx));
}

static void *
attr_create(void *obj, const H5VL_loc_params_t *loc_params, const char *attr_name, hid_t type_id,
            hid_t space_id, hid_t acpl_id, hid_t aapl_id, hid_t dxpl_id, void **req)
{
    OBJECT(ATTR_CREATE, P(obj), P(loc_params), P(attr_name), type_id, space_id, acpl_id, aapl_id,
           dxpl_id, P(req));
}

static void *
attr_open(void *obj, const H5VL_loc_params_t *loc_params, const char *attr_name, hid_t aapl_id,
          hid_t dxpl_id, void **req)
{
    OBJECT(ATTR_OPEN, P(obj), P(loc_params), P(attr_name), aapl_id, dxpl_id, P(req));
}

static herr_t
attr_read(void *attr, hid_t mem_type_id, void *buf, hid_t dxpl_id, void **req)
{
    STATUS(ATTR_READ, P(attr), mem_type_id, P(buf), dxpl_id, P(req));
}

static herr_t
attr_write(void *attr, hid_t mem_type_id, const void *buf, hid_t dxpl_id, void **req)
{
    STATUS(ATTR_WRITE, P(attr), mem_type_id, P(buf), dxpl_id, P(req));
}

static herr_t
attr_get(void *obj, H5VL_attr_get_args_t *args, hid_t dxpl_id, void **req)
{
    STATUS(ATTR_GET, P(obj), P(args), dxpl_id, P(req));
}

static herr_t
attr_specific(void *obj, const H5VL_loc_params_t *loc_params, H5VL_attr_specific_args_t *args,
              hid_t dxpl_id, void **req)
{
    STATUS(ATTR_SPECIFIC, P(obj), P(loc_params), P(args), dxpl_id, P(req));
}

static herr_t
attr_optional(void *obj, H5VL_optional_args_t *args, hid_t dxpl_id, void **req)
{
    STATUS(ATTR_OPTIONAL, P(obj), P(args), dxpl_id, P(req));
}

static herr_t
attr_close(void *attr, hid_t dxpl_id, void **req)
{
    STATUS(ATTR_CLOSE, P(attr), dxpl_id, P(req));
}

static void *
dataset_create(void *obj, const H5VL_loc_params_t *loc_params, const char *name, hid_t lcpl_id,
               hid_t type_id, hid_t space_id, hid_t dcpl_id, hid_t dapl_id, hid_t dxpl_id,
               void **req)
{
    OBJECT(DATASET_CREATE, P(obj), P(loc_params), P(name), lcpl_id, type_id, space_id, dcpl_id,
           dapl_id, dxpl_id, P(req));
}

static void *
dataset_open(void *obj, const H5VL_loc_params_t *loc_params, const char *name, hid_t dapl_id,
             hid_t dxpl_id, void **req)
{
    OBJECT(DATASET_OPEN, P(obj), P(loc_params), P(name), dapl_id, dxpl_id, P(req));
}

static herr_t
dataset_read(size_t count, void *dset[], hid_t mem_type_id[], hid_t mem_space_id[],
             hid_t file_space_id[], hid_t dxpl_id, void *buf[], void **req)
{
    STATUS(DATASET_READ, (int64_t)count, P(dset), P(mem_type_id), P(mem_space_id), P(file_space_id),
           dxpl_id, P(buf), P(req));
}

static herr_t
dataset_write(size_t count, void *dset[], hid_t mem_type_id[], hid_t mem_space_id[],
              hid_t file_space_id[], hid_t dxpl_id, const void *buf[], void **req)
{
    STATUS(DATASET_WRITE, (int64_t)count, P(dset), P(mem_type_id), P(mem_space_id),
           P(file_space_id), dxpl_id, P(buf), P(req));
}

static herr_t
dataset_get(void *obj, H5VL_dataset_get_args_t *args, hid_t dxpl_id, void **req)
{
    STATUS(DATASET_GET, P(obj), P(args), dxpl_id, P(req));
}

static herr_t
dataset_specific(void *obj, H5VL_dataset_specific_args_t *args, hid_t dxpl_id, void **req)
{
    STATUS(DATASET_SPECIFIC, P(obj), P(args), dxpl_id, P(req));
}

static herr_t
dataset_optional(void *obj, H5VL_optional_args_t *args, hid_t dxpl_id, void **req)
{
    STATUS(DATASET_OPTIONAL, P(obj), P(args), dxpl_id, P(req));
}

/* HDF5 crashes later where this fails. What Java is not told of stays open below until the file is
 * closed. */
static herr_t
dataset_close(void *dset, hid_t dxpl_id, void **req)
{
    return (herr_t)vol_sparse_upcall(CALLER, SLOT_DATASET_CLOSE, 0,
                                     WORDS(P(dset), dxpl_id, P(req)));
}

static void *
datatype_commit(void *obj, const H5VL_loc_params_t *loc_params, const char *name, hid_t type_id,
                hid_t lcpl_id, hid_t tcpl_id, hid_t tapl_id, hid_t dxpl_id, void **req)
{
    OBJECT(DATATYPE_COMMIT, P(obj), P(loc_params), P(name), type_id, lcpl_id, tcpl_id, tapl_id,
           dxpl_id, P(req));
}

static void *
datatype_open(void *obj, const H5VL_loc_params_t *loc_params, const char *name, hid_t tapl_id,
              hid_t dxpl_id, void **req)
{
    OBJECT(DATATYPE_OPEN, P(obj), P(loc_params), P(name), tapl_id, dxpl_id, P(req));
}

static herr_t
datatype_get(void *obj, H5VL_datatype_get_args_t *args, hid_t dxpl_id, void **req)
{
    STATUS(DATATYPE_GET, P(obj), P(args), dxpl_id, P(req));
}

static herr_t
datatype_specific(void *obj, H5VL_datatype_specific_args_t *args, hid_t dxpl_id, void **req)
{
    STATUS(DATATYPE_SPECIFIC, P(obj), P(args), dxpl_id, P(req));
}

static herr_t
datatype_optional(void *obj, H5VL_optional_args_t *args, hid_t dxpl_id, void **req)
{
    STATUS(DATATYPE_OPTIONAL, P(obj), P(args), dxpl_id, P(req));
}

static herr_t
datatype_close(void *dt, hid_t dxpl_id, void **req)
{
    STATUS(DATATYPE_CLOSE, P(dt), dxpl_id, P(req));
}

static void *
file_create(const char *name, unsigned flags, hid_t fcpl_id, hid_t fapl_id, hid_t dxpl_id,
            void **req)
{
    OBJECT(FILE_CREATE, P(name), (int64_t)flags, fcpl_id, fapl_id, dxpl_id, P(req));
}

static void *
file_open(const char *name, unsigned flags, hid_t fapl_id, hid_t dxpl_id, void **req)
{
    OBJECT(FILE_OPEN, P(name), (int64_t)flags, fapl_id, dxpl_id, P(req));
}

static herr_t
file_get(void *obj, H5VL_file_get_args_t *args, hid_t dxpl_id, void **req)
{
    STATUS(FILE_GET, P(obj), P(args), dxpl_id, P(req));
}

static herr_t
file_specific(void *obj, H5VL_file_specific_args_t *args, hid_t dxpl_id, void **req)
{
    STATUS(FILE_SPECIFIC, P(obj), P(args), dxpl_id, P(req));
}

static herr_t
file_optional(void *obj, H5VL_optional_args_t *args, hid_t dxpl_id, void **req)
{
    STATUS(FILE_OPTIONAL, P(obj), P(args), dxpl_id, P(req));
}

static herr_t
file_close(void *file, hid_t dxpl_id, void **req)
{
    STATUS(FILE_CLOSE, P(file), dxpl_id, P(req));
}

static void *
group_create(void *obj, const H5VL_loc_params_t *loc_params, const char *name, hid_t lcpl_id,
             hid_t gcpl_id, hid_t gapl_id, hid_t dxpl_id, void **req)
{
    OBJECT(GROUP_CREATE, P(obj), P(loc_params), P(name), lcpl_id, gcpl_id, gapl_id, dxpl_id,
           P(req));
}

static void *
group_open(void *obj, const H5VL_loc_params_t *loc_params, const char *name, hid_t gapl_id,
           hid_t dxpl_id, void **req)
{
    OBJECT(GROUP_OPEN, P(obj), P(loc_params), P(name), gapl_id, dxpl_id, P(req));
}

static herr_t
group_get(void *obj, H5VL_group_get_args_t *args, hid_t dxpl_id, void **req)
{
    STATUS(GROUP_GET, P(obj), P(args), dxpl_id, P(req));
}

static herr_t
group_specific(void *obj, H5VL_group_specific_args_t *args, hid_t dxpl_id, void **req)
{
    STATUS(GROUP_SPECIFIC, P(obj), P(args), dxpl_id, P(req));
}

static herr_t
group_optional(void *obj, H5VL_optional_args_t *args, hid_t dxpl_id, void **req)
{
    STATUS(GROUP_OPTIONAL, P(obj), P(args), dxpl_id, P(req));
}

static herr_t
group_close(void *grp, hid_t dxpl_id, void **req)
{
    STATUS(GROUP_CLOSE, P(grp), dxpl_id, P(req));
}

static herr_t
link_create(H5VL_link_create_args_t *args, void *obj, const H5VL_loc_params_t *loc_params,
            hid_t lcpl_id, hid_t lapl_id, hid_t dxpl_id, void **req)
{
    STATUS(LINK_CREATE, P(args), P(obj), P(loc_params), lcpl_id, lapl_id, dxpl_id, P(req));
}

static herr_t
link_copy(void *src_obj, const H5VL_loc_params_t *loc_params1, void *dst_obj,
          const H5VL_loc_params_t *loc_params2, hid_t lcpl_id, hid_t lapl_id, hid_t dxpl_id,
          void **req)
{
    STATUS(LINK_COPY, P(src_obj), P(loc_params1), P(dst_obj), P(loc_params2), lcpl_id, lapl_id,
           dxpl_id, P(req));
}

static herr_t
link_move(void *src_obj, const H5VL_loc_params_t *loc_params1, void *dst_obj,
          const H5VL_loc_params_t *loc_params2, hid_t lcpl_id, hid_t lapl_id, hid_t dxpl_id,
          void **req)
{
    STATUS(LINK_MOVE, P(src_obj), P(loc_params1), P(dst_obj), P(loc_params2), lcpl_id, lapl_id,
           dxpl_id, P(req));
}

static herr_t
link_get(void *obj, const H5VL_loc_params_t *loc_params, H5VL_link_get_args_t *args, hid_t dxpl_id,
         void **req)
{
    STATUS(LINK_GET, P(obj), P(loc_params), P(args), dxpl_id, P(req));
}

static herr_t
link_specific(void *obj, const H5VL_loc_params_t *loc_params, H5VL_link_specific_args_t *args,
              hid_t dxpl_id, void **req)
{
    STATUS(LINK_SPECIFIC, P(obj), P(loc_params), P(args), dxpl_id, P(req));
}

static herr_t
link_optional(void *obj, const H5VL_loc_params_t *loc_params, H5VL_optional_args_t *args,
              hid_t dxpl_id, void **req)
{
    STATUS(LINK_OPTIONAL, P(obj), P(loc_params), P(args), dxpl_id, P(req));
}

static void *
object_open(void *obj, const H5VL_loc_params_t *loc_params, H5I_type_t *opened_type, hid_t dxpl_id,
            void **req)
{
    OBJECT(OBJECT_OPEN, P(obj), P(loc_params), P(opened_type), dxpl_id, P(req));
}

static herr_t
object_copy(void *src_obj, const H5VL_loc_params_t *loc_params1, const char *src_name,
            void *dst_obj, const H5VL_loc_params_t *loc_params2, const char *dst_name,
            hid_t ocpypl_id, hid_t lcpl_id, hid_t dxpl_id, void **req)
{
    STATUS(OBJECT_COPY, P(src_obj), P(loc_params1), P(src_name), P(dst_obj), P(loc_params2),
           P(dst_name), ocpypl_id, lcpl_id, dxpl_id, P(req));
}

static herr_t
object_get(void *obj, const H5VL_loc_params_t *loc_params, H5VL_object_get_args_t *args,
           hid_t dxpl_id, void **req)
{
    STATUS(OBJECT_GET, P(obj), P(loc_params), P(args), dxpl_id, P(req));
}

static herr_t
object_specific(void *obj, const H5VL_loc_params_t *loc_params, H5VL_object_specific_args_t *args,
                hid_t dxpl_id, void **req)
{
    STATUS(OBJECT_SPECIFIC, P(obj), P(loc_params), P(args), dxpl_id, P(req));
}

static herr_t
object_optional(void *obj, const H5VL_loc_params_t *loc_params, H5VL_optional_args_t *args,
                hid_t dxpl_id, void **req)
{
    STATUS(OBJECT_OPTIONAL, P(obj), P(loc_params), P(args), dxpl_id, P(req));
}

static herr_t
introspect_get_conn_cls(void *obj, H5VL_get_conn_lvl_t lvl, const H5VL_class_t **conn_cls)
{
    STATUS(INTROSPECT_CONN_CLS, P(obj), (int64_t)lvl, P(conn_cls));
}

static herr_t
introspect_get_cap_flags(const void *info, uint64_t *cap_flags)
{
    STATUS(INTROSPECT_CAP_FLAGS, P(info), P(cap_flags));
}

static herr_t
introspect_opt_query(void *obj, H5VL_subclass_t cls, int opt_type, uint64_t *flags)
{
    STATUS(INTROSPECT_OPT_QUERY, P(obj), (int64_t)cls, (int64_t)opt_type, P(flags));
}

static herr_t
request_wait(void *req, uint64_t timeout, H5VL_request_status_t *status)
{
    STATUS(REQUEST_WAIT, P(req), (int64_t)timeout, P(status));
}

static herr_t
request_notify(void *req, H5VL_request_notify_t cb, void *ctx)
{
    STATUS(REQUEST_NOTIFY, P(req), P(cb), P(ctx));
}

static herr_t
request_cancel(void *req, H5VL_request_status_t *status)
{
    STATUS(REQUEST_CANCEL, P(req), P(status));
}

static herr_t
request_specific(void *req, H5VL_request_specific_args_t *args)
{
    STATUS(REQUEST_SPECIFIC, P(req), P(args));
}

static herr_t
request_optional(void *req, H5VL_optional_args_t *args)
{
    STATUS(REQUEST_OPTIONAL, P(req), P(args));
}

static herr_t
request_free(void *req)
{
    STATUS(REQUEST_FREE, P(req));
}

static herr_t
blob_put(void *obj, const void *buf, size_t size, void *blob_id, void *ctx)
{
    STATUS(BLOB_PUT, P(obj), P(buf), (int64_t)size, P(blob_id), P(ctx));
}

static herr_t
blob_get(void *obj, const void *blob_id, void *buf, size_t size, void *ctx)
{
    STATUS(BLOB_GET, P(obj), P(blob_id), P(buf), (int64_t)size, P(ctx));
}

static herr_t
blob_specific(void *obj, void *blob_id, H5VL_blob_specific_args_t *args)
{
    STATUS(BLOB_SPECIFIC, P(obj), P(blob_id), P(args));
}

static herr_t
blob_optional(void *obj, void *blob_id, H5VL_optional_args_t *args)
{
    STATUS(BLOB_OPTIONAL, P(obj), P(blob_id), P(args));
}

static herr_t
token_cmp(void *obj, const H5O_token_t *token1, const H5O_token_t *token2, int *cmp_value)
{
    STATUS(TOKEN_CMP, P(obj), P(token1), P(token2), P(cmp_value));
}

static herr_t
token_to_str(void *obj, H5I_type_t obj_type, const H5O_token_t *token, char **token_str)
{
    STATUS(TOKEN_TO_STR, P(obj), (int64_t)obj_type, P(token), P(token_str));
}

static herr_t
token_from_str(void *obj, H5I_type_t obj_type, const char *token_str, H5O_token_t *token)
{
    STATUS(TOKEN_FROM_STR, P(obj), (int64_t)obj_type, P(token_str), P(token));
}

static herr_t
optional(void *obj, H5VL_optional_args_t *args, hid_t dxpl_id, void **req)
{
    STATUS(OPTIONAL, P(obj), P(args), dxpl_id, P(req));
}

static size_t
filter(unsigned flags, size_t cd_nelmts, const unsigned cd_values[], size_t nbytes,
       size_t *buf_size, void **buf)
{
    return (size_t)vol_sparse_upcall(CALLER, SLOT_FILTER, 0,
                                     WORDS((int64_t)flags, (int64_t)cd_nelmts, P(cd_values),
                                           (int64_t)nbytes, P(buf_size), P(buf)));
}

static herr_t
filter_set_local(hid_t dcpl_id, hid_t type_id, hid_t space_id)
{
    STATUS(FILTER_SET_LOCAL, dcpl_id, type_id, space_id);
}

int
vol_sparse_chunk_iteration(const hsize_t *offset, unsigned filter_mask, haddr_t addr, hsize_t size,
                           void *op_data)
{
    STATUS(CHUNK_ITERATION, P(offset), (int64_t)filter_mask, (int64_t)addr, (int64_t)size,
           P(op_data));
}

const H5Z_class2_t vol_sparse_filter = {
    .version         = H5Z_CLASS_T_VERS,
    .id              = VOL_SPARSE_FILTER,
    .encoder_present = 1,
    .decoder_present = 1,
    .name            = "sparse",
    .set_local       = filter_set_local,
    .filter          = filter,
};

const H5VL_class_t vol_sparse_class = {
    .version      = H5VL_VERSION,
    .value        = VOL_SPARSE_VALUE,
    .name         = "sparse",
    .conn_version = VOL_SPARSE_VERSION,
    .cap_flags    = H5VL_CAP_FLAG_NATIVE_FILES,
    .initialize   = initialize,
    .terminate    = terminate,
    .info_cls =
        {
            .size     = 1,
            .copy     = info_copy,
            .cmp      = info_cmp,
            .free     = info_free,
            .to_str   = info_to_str,
            .from_str = info_from_str,
        },
    .wrap_cls =
        {
            .get_object    = wrap_get_object,
            .get_wrap_ctx  = wrap_get_ctx,
            .wrap_object   = wrap_object,
            .unwrap_object = wrap_unwrap_object,
            .free_wrap_ctx = wrap_free_ctx,
        },
    .attr_cls =
        {
            .create   = attr_create,
            .open     = attr_open,
            .read     = attr_read,
            .write    = attr_write,
            .get      = attr_get,
            .specific = attr_specific,
            .optional = attr_optional,
            .close    = attr_close,
        },
    .dataset_cls =
        {
            .create   = dataset_create,
            .open     = dataset_open,
            .read     = dataset_read,
            .write    = dataset_write,
            .get      = dataset_get,
            .specific = dataset_specific,
            .optional = dataset_optional,
            .close    = dataset_close,
        },
    .datatype_cls =
        {
            .commit   = datatype_commit,
            .open     = datatype_open,
            .get      = datatype_get,
            .specific = datatype_specific,
            .optional = datatype_optional,
            .close    = datatype_close,
        },
    .file_cls =
        {
            .create   = file_create,
            .open     = file_open,
            .get      = file_get,
            .specific = file_specific,
            .optional = file_optional,
            .close    = file_close,
        },
    .group_cls =
        {
            .create   = group_create,
            .open     = group_open,
            .get      = group_get,
            .specific = group_specific,
            .optional = group_optional,
            .close    = group_close,
        },
    .link_cls =
        {
            .create   = link_create,
            .copy     = link_copy,
            .move     = link_move,
            .get      = link_get,
            .specific = link_specific,
            .optional = link_optional,
        },
    .object_cls =
        {
            .open     = object_open,
            .copy     = object_copy,
            .get      = object_get,
            .specific = object_specific,
            .optional = object_optional,
        },
    .introspect_cls =
        {
            .get_conn_cls  = introspect_get_conn_cls,
            .get_cap_flags = introspect_get_cap_flags,
            .opt_query     = introspect_opt_query,
        },
    .request_cls =
        {
            .wait     = request_wait,
            .notify   = request_notify,
            .cancel   = request_cancel,
            .specific = request_specific,
            .optional = request_optional,
            .free     = request_free,
        },
    .blob_cls =
        {
            .put      = blob_put,
            .get      = blob_get,
            .specific = blob_specific,
            .optional = blob_optional,
        },
    .token_cls =
        {
            .cmp      = token_cmp,
            .to_str   = token_to_str,
            .from_str = token_from_str,
        },
    .optional = optional,
};
