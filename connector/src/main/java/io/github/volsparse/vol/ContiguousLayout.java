package io.github.volsparse.vol;

import io.github.volsparse.dataset.SparseDataset;
import io.github.volsparse.hdf5.Hdf5Library;
import io.github.volsparse.hdf5.PropertyLists;
import io.github.volsparse.hdf5.generated.hdf5_h;
import java.util.Set;

/**
 * HDF5's behaviour for a contiguous dataset, for sparse datasets that the program created as
 * contiguous. What HDF5 refuses is refused with its own messages, and properties that it ignores
 * have no effect.
 */
final class ContiguousLayout {
  /** Operations on chunks. */
  private static final Set<Integer> ON_CHUNKS =
      Set.of(
          hdf5_h.H5VL_NATIVE_DATASET_CHUNK_ITER,
          hdf5_h.H5VL_NATIVE_DATASET_CHUNK_READ,
          hdf5_h.H5VL_NATIVE_DATASET_CHUNK_WRITE,
          hdf5_h.H5VL_NATIVE_DATASET_GET_CHUNK_INDEX_TYPE,
          hdf5_h.H5VL_NATIVE_DATASET_GET_CHUNK_INFO_BY_COORD,
          hdf5_h.H5VL_NATIVE_DATASET_GET_CHUNK_INFO_BY_IDX,
          hdf5_h.H5VL_NATIVE_DATASET_GET_CHUNK_STORAGE_SIZE,
          hdf5_h.H5VL_NATIVE_DATASET_GET_NUM_CHUNKS);

  private ContiguousLayout() {}

  /** Whether the program created a dataset with this layout. */
  static boolean isOf(SparseDataset dataset) {
    return dataset != null && dataset.filter().contiguous();
  }

  /** Whether an optional operation is one on chunks. */
  static boolean isOnChunks(int operation) {
    return ON_CHUNKS.contains(operation);
  }

  /** Reports that there are no chunks; returns the failure value. */
  static long refuseChunks() {
    Hdf5Library.pushError(
        "H5VL__native_dataset_optional", "H5E_ARGS", "H5E_BADTYPE", "not a chunked dataset");
    return -1;
  }

  /** Says that the extent cannot be changed; returns the failure value. */
  static long refuseExtent() {
    Hdf5Library.pushError(
        "H5D__set_extent", "H5E_ARGS", "H5E_BADRANGE", "dataset has contiguous storage");
    Hdf5Library.pushError(
        "H5VL__native_dataset_specific",
        "H5E_DATASET",
        "H5E_CANTSET",
        "unable to set extent of dataset");
    return -1;
  }

  /**
   * The access list to create or open such a dataset with: without what concerns chunks, which HDF5
   * would check against the extent.
   *
   * @return a new list, which the caller closes
   */
  static long withoutChunks(long dapl) {
    long copy = PropertyLists.H5Pcopy(dapl);
    PropertyLists.resetChunkAccess(copy);
    return copy;
  }
}
