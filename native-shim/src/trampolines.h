/*
 * The tables HDF5 gets from this plugin: every callback packs its arguments into 64-bit words and
 * hands them to Java under its slot number. They and what follows here are made of the table
 * callbacks.txt.
 */
#ifndef VOL_SPARSE_TRAMPOLINES_H
#define VOL_SPARSE_TRAMPOLINES_H

#include "hdf5.h"

extern const H5VL_class_t vol_sparse_class;
extern const H5Z_class2_t vol_sparse_filter;

extern const H5D_chunk_iter_op_t vol_sparse_chunk_iteration;

#endif
