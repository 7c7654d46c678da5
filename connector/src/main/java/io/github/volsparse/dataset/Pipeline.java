package io.github.volsparse.dataset;

import io.github.volsparse.dataset.SparseDataset.ProgramChunk;
import io.github.volsparse.hdf5.Hdf5;
import io.github.volsparse.hdf5.UnderObject;
import java.lang.foreign.MemorySegment;

/**
 * Puts single chunks through a dataset's filters.
 *
 * <p>HDF5 has no function for that alone. So a file in memory gets a dataset of one chunk with
 * these filters; what is written into it one way is read the other way.
 */
final class Pipeline implements AutoCloseable {
  private final long file;
  private final long dataset;
  private final UnderObject under;
  private final long[] origin;

  /** Makes a dataset of one chunk; the creation list is closed. */
  private Pipeline(long connector, long[] chunkShape, long type, long dcpl) {
    origin = new long[chunkShape.length];
    long space = Hdf5.H5Screate_simple(chunkShape);
    long created = 0;
    long made = 0;
    try {
      created = Hdf5.createFileInMemory(connector);
      made = Hdf5.H5Dcreate_anon(created, type, space, dcpl);
      under = new UnderObject(Hdf5.H5VLobject(made), connector);
    } finally {
      if (created != 0 && made == 0) {
        Hdf5.H5Fclose(created);
      }
      Hdf5.H5Sclose(space);
      Hdf5.H5Pclose(dcpl);
    }
    file = created;
    dataset = made;
  }

  @Override
  public void close() {
    Hdf5.H5Dclose(dataset);
    Hdf5.H5Fclose(file);
  }

  /**
   * Filters the elements of a chunk as the program's own filters do, without ours.
   *
   * @param like the dataset whose filters are used
   * @param chunkShape its chunk shape
   * @param type its datatype
   * @param elements all elements of the chunk
   */
  static ProgramChunk encodeForProgram(
      UnderObject like, long[] chunkShape, long type, MemorySegment elements) {
    long dcpl = UnderDataset.creationList(like);
    CreationProperties.removeSparseFilter(dcpl);
    try (Pipeline pipeline = new Pipeline(like.connector(), chunkShape, type, dcpl)) {
      Hdf5.writeAll(pipeline.dataset, type, elements.address());
      ChunkStore.Stored stored = new ChunkStore().read(pipeline.under, pipeline.origin);
      return new ProgramChunk(stored.bytes(), stored.filterMask());
    }
  }

  /**
   * Decodes a chunk that went through all filters of a dataset, whatever its filter mask says.
   *
   * @param like the dataset whose filters are used
   * @param chunkShape its chunk shape
   * @param type its datatype
   * @param bytes the chunk as it is stored
   * @param elements gets all elements of the chunk
   */
  static void decode(
      UnderObject like, long[] chunkShape, long type, MemorySegment bytes, MemorySegment elements) {
    long dcpl = UnderDataset.creationList(like);
    try (Pipeline pipeline = new Pipeline(like.connector(), chunkShape, type, dcpl)) {
      new ChunkStore().write(pipeline.under, pipeline.origin, bytes, 0, pipeline.origin);
      Hdf5.readAll(pipeline.dataset, type, elements.address());
    }
  }
}
