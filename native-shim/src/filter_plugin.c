/*
 * What HDF5 asks of the filter plugin, which lets programs read and append to sparse datasets
 * without the connector. HDF5 opens every file in the plugin path while it searches, so nothing
 * here may do more than return a static table.
 */
#include "trampolines.h"

#include "H5PLextern.h"

H5PL_type_t
H5PLget_plugin_type(void)
{
    return H5PL_TYPE_FILTER;
}

const void *
H5PLget_plugin_info(void)
{
    return &vol_sparse_filter;
}
