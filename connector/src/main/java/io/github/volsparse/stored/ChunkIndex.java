package io.github.volsparse.stored;

import io.github.volsparse.hdf5.UnderObject;
import java.util.List;

/** Lists the stored chunks of a dataset ({@code H5Dchunk_iter}). */
@FunctionalInterface
public interface ChunkIndex {
  /**
   * The stored chunks, in the order of HDF5's index.
   *
   * @param dataset in the connector below
   * @param rank its number of dimensions
   */
  List<ChunkInfo> list(UnderObject dataset, int rank);
}
