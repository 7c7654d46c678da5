package io.github.volsparse.dataset;

import io.github.volsparse.dataset.SparseDataset.ProgramChunk;
import io.github.volsparse.hdf5.Hdf5;
import io.github.volsparse.hdf5.UnderObject;
import java.lang.foreign.MemorySegment;

/**
 * Puts the elements of a chunk through the program's own filters.
 *
 * <p>HDF5 has no function for that alone. So a file in memory gets a dataset of one chunk with
 * these filters, the elements are written into it, and the chunk is read as it was stored.
 */
final class UserPipeline {
  private UserPipeline() {}

  /**
   * Filters the elements of a chunk.
   *
   * @param dataset whose filters, but ours, are used
   * @param chunkShape its chunk shape
   * @param type its datatype
   * @param elements all elements of the chunk
   */
  static ProgramChunk encode(
      UnderObject dataset, long[] chunkShape, long type, MemorySegment elements) {
    long dcpl = UnderDataset.creationList(dataset);
    long file = 0;
    long space = 0;
    long scratch = 0;
    try {
      CreationProperties.removeSparseFilter(dcpl);
      file = Hdf5.createFileInMemory(dataset.connector());
      space = Hdf5.H5Screate_simple(chunkShape);
      scratch = Hdf5.H5Dcreate_anon(file, type, space, dcpl);
      Hdf5.writeAll(scratch, type, elements.address());
      UnderObject under = new UnderObject(Hdf5.H5VLobject(scratch), dataset.connector());
      ChunkStore.Stored stored = new ChunkStore().read(under, new long[chunkShape.length]);
      return new ProgramChunk(stored.bytes(), stored.filterMask());
    } finally {
      if (scratch != 0) {
        Hdf5.H5Dclose(scratch);
      }
      if (space != 0) {
        Hdf5.H5Sclose(space);
      }
      if (file != 0) {
        Hdf5.H5Fclose(file);
      }
      Hdf5.H5Pclose(dcpl);
    }
  }
}
