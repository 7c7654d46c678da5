# find_package(vol_sparse) gives
#
#   vol_sparse::vol_sparse   target of the header vol_sparse.h. There is nothing to link but the program's own HDF5,
#                            1.14 or newer: find_package(HDF5)
#   vol_sparse_PLUGIN_DIR    the folder for HDF5_PLUGIN_PATH, to run programs with, in tests for instance
get_filename_component(vol_sparse_PLUGIN_DIR "${CMAKE_CURRENT_LIST_DIR}/../../plugin" ABSOLUTE)
get_filename_component(_vol_sparse_include "${CMAKE_CURRENT_LIST_DIR}/../../../include" ABSOLUTE)

if(NOT TARGET vol_sparse::vol_sparse)
  add_library(vol_sparse::vol_sparse INTERFACE IMPORTED)
  set_target_properties(vol_sparse::vol_sparse PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${_vol_sparse_include}")
endif()
unset(_vol_sparse_include)
