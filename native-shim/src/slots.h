/*
 * The callbacks of H5VL_class_t (and the filter), one name each.
 *
 * A slot is the number under which Java knows a callback. The order is the order of the Java enum
 * io.github.volsparse.vol.Slot; the list of names goes to Java when a world opens, which refuses a
 * list that is not its own.
 */
#ifndef VOL_SPARSE_SLOTS_H
#define VOL_SPARSE_SLOTS_H

#define VOL_SPARSE_SLOTS(X) \
    X(TERMINATE)            \
    X(WRAP_GET_OBJECT)      \
    X(WRAP_GET_CTX)         \
    X(WRAP_OBJECT)          \
    X(WRAP_UNWRAP_OBJECT)   \
    X(WRAP_FREE_CTX)        \
    X(ATTR_CREATE)          \
    X(ATTR_OPEN)            \
    X(ATTR_READ)            \
    X(ATTR_WRITE)           \
    X(ATTR_GET)             \
    X(ATTR_SPECIFIC)        \
    X(ATTR_OPTIONAL)        \
    X(ATTR_CLOSE)           \
    X(DATASET_CREATE)       \
    X(DATASET_OPEN)         \
    X(DATASET_READ)         \
    X(DATASET_WRITE)        \
    X(DATASET_GET)          \
    X(DATASET_SPECIFIC)     \
    X(DATASET_OPTIONAL)     \
    X(DATASET_CLOSE)        \
    X(DATATYPE_COMMIT)      \
    X(DATATYPE_OPEN)        \
    X(DATATYPE_GET)         \
    X(DATATYPE_SPECIFIC)    \
    X(DATATYPE_OPTIONAL)    \
    X(DATATYPE_CLOSE)       \
    X(FILE_CREATE)          \
    X(FILE_OPEN)            \
    X(FILE_GET)             \
    X(FILE_SPECIFIC)        \
    X(FILE_OPTIONAL)        \
    X(FILE_CLOSE)           \
    X(GROUP_CREATE)         \
    X(GROUP_OPEN)           \
    X(GROUP_GET)            \
    X(GROUP_SPECIFIC)       \
    X(GROUP_OPTIONAL)       \
    X(GROUP_CLOSE)          \
    X(LINK_CREATE)          \
    X(LINK_COPY)            \
    X(LINK_MOVE)            \
    X(LINK_GET)             \
    X(LINK_SPECIFIC)        \
    X(LINK_OPTIONAL)        \
    X(OBJECT_OPEN)          \
    X(OBJECT_COPY)          \
    X(OBJECT_GET)           \
    X(OBJECT_SPECIFIC)      \
    X(OBJECT_OPTIONAL)      \
    X(INTROSPECT_CONN_CLS)  \
    X(INTROSPECT_CAP_FLAGS) \
    X(INTROSPECT_OPT_QUERY) \
    X(REQUEST_WAIT)         \
    X(REQUEST_NOTIFY)       \
    X(REQUEST_CANCEL)       \
    X(REQUEST_SPECIFIC)     \
    X(REQUEST_OPTIONAL)     \
    X(REQUEST_FREE)         \
    X(BLOB_PUT)             \
    X(BLOB_GET)             \
    X(BLOB_SPECIFIC)        \
    X(BLOB_OPTIONAL)        \
    X(TOKEN_CMP)            \
    X(TOKEN_TO_STR)         \
    X(TOKEN_FROM_STR)       \
    X(OPTIONAL)             \
    X(FILTER)               \
    X(FILTER_SET_LOCAL)     \
    X(CHUNK_ITERATION)

#define VOL_SPARSE_SLOT_NUMBER(name) SLOT_##name,
enum slot {
    VOL_SPARSE_SLOTS(VOL_SPARSE_SLOT_NUMBER) SLOT_COUNT
};

#endif
