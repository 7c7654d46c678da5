package io.github.volsparse.dataset;

import io.github.volsparse.hdf5.UnderObject;
import java.util.List;

/** Lists the chunks of a dataset that are stored ({@code H5Dchunk_iter}). */
@FunctionalInterface
public interface StoredChunks {
  /**
   * A chunk that is stored.
   *
   * @param offset of its first element, in elements
   * @param filterMask the filters of the stored pipeline that were skipped, the first in bit 0
   * @param address where it is in the file, in bytes
   * @param size its bytes there
   */
  record StoredChunk(long[] offset, int filterMask, long address, long size) {}

  /**
   * The stored chunks, in the order of HDF5's index.
   *
   * @param dataset in the connector below
   * @param rank its number of dimensions
   */
  List<StoredChunk> list(UnderObject dataset, int rank);
}
