/* The headers jextract reads for vol-sparse's bindings. */
#include <hdf5.h>

#include <H5FDdevelop.h>
#include <H5VLconnector.h>
#include <H5VLconnector_passthru.h>
#include <H5VLnative.h>

/* Functions that newer headers than those of 1.14 declare, as they do. */

/* HDF5 2.0 */
hid_t  H5Tdecode2(const void *buf, size_t buf_size);
herr_t H5VLopen_lib_context(void **context);
herr_t H5VLclose_lib_context(void *context);

/* HDF5 2.2 */
herr_t H5Dread_chunk2(hid_t dset_id, hid_t dxpl_id, const hsize_t *offset, uint32_t *filters, void *buf,
                      size_t *buf_size);

/* Functions that the headers of a parallel HDF5 declare, as they do. */
#ifndef H5_HAVE_PARALLEL
herr_t H5Pset_dxpl_mpio(hid_t dxpl_id, H5FD_mpio_xfer_t xfer_mode);
herr_t H5Pget_dxpl_mpio(hid_t dxpl_id, H5FD_mpio_xfer_t *xfer_mode);
#endif
