/*
 * The tables HDF5 gets from this plugin: every callback packs its arguments into 64-bit words and
 * hands them to Java under its slot number.
 */
#ifndef VOL_SPARSE_TRAMPOLINES_H
#define VOL_SPARSE_TRAMPOLINES_H

#include "hdf5.h"

extern const H5VL_class_t vol_sparse_class;
extern const H5Z_class2_t vol_sparse_filter;

/* An H5D_chunk_iter_op_t. */
int vol_sparse_chunk_iteration(const hsize_t *offset, unsigned filter_mask, haddr_t addr,
                               hsize_t size, void *op_data);

#endif
