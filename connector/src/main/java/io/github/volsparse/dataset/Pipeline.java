package io.github.volsparse.dataset;

import io.github.volsparse.chunk.BlobBuffer;
import io.github.volsparse.hdf5.Hdf5;
import io.github.volsparse.hdf5.UnderObject;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Puts single chunks through a dataset's filters.
 *
 * <p>HDF5 has no function for that alone. So a file in memory gets a dataset with these filters;
 * what is written into its first chunk one way is read the other way. It has a second chunk only
 * because HDF5 must be able to look up another one, see {@link ChunkStore#write}.
 */
final class Pipeline implements AutoCloseable {
  private final long file;
  private final long dataset;
  private final long firstChunk;
  private final long memory;
  private final long type;
  private final UnderObject under;
  private final Arena arena = Arena.ofConfined();
  private final ChunkStore store;
  private final long[] origin;

  /**
   * Makes a dataset of two chunks; the creation list is closed.
   *
   * @param read gets what comes out of the filters
   */
  private Pipeline(long connector, long[] chunkShape, long type, long dcpl, BlobBuffer read) {
    this.type = type;
    store = new ChunkStore(arena, read);
    origin = new long[chunkShape.length];
    long[] extent = chunkShape.clone();
    extent[0] *= 2;
    memory = Hdf5.H5Screate_simple(chunkShape);
    firstChunk = Hdf5.H5Screate_simple(extent);
    long created = 0;
    long made = 0;
    try {
      created = Hdf5.createFileInMemory(connector);
      made = Hdf5.H5Dcreate_anon(created, type, firstChunk, dcpl);
      Hdf5.selectBlock(firstChunk, origin, chunkShape);
      under = new UnderObject(Hdf5.H5VLobject(made), connector);
    } finally {
      if (made == 0) {
        if (created != 0) {
          Hdf5.H5Fclose(created);
        }
        Hdf5.H5Sclose(firstChunk);
        Hdf5.H5Sclose(memory);
        arena.close();
      }
      Hdf5.H5Pclose(dcpl);
    }
    file = created;
    dataset = made;
  }

  @Override
  public void close() {
    Hdf5.H5Dclose(dataset);
    Hdf5.H5Fclose(file);
    Hdf5.H5Sclose(firstChunk);
    Hdf5.H5Sclose(memory);
    arena.close();
  }

  private ChunkStore.Stored filter(MemorySegment elements) {
    Hdf5.H5VLdataset_write(under, type, memory, firstChunk, elements.address());
    return store.read(under, origin, Long.MAX_VALUE, new FilterMasks(0));
  }

  /**
   * Filters the elements of a chunk as all filters of the dataset do.
   *
   * @param like the dataset whose filters are used
   * @param chunkShape its chunk shape
   * @param type its datatype
   * @param elements all elements of the chunk
   * @param filtered gets and holds the bytes
   */
  static ChunkStore.Stored encode(
      UnderObject like, long[] chunkShape, long type, MemorySegment elements, BlobBuffer filtered) {
    long dcpl = UnderDataset.creationList(like);
    try (Pipeline pipeline = new Pipeline(like.connector(), chunkShape, type, dcpl, filtered)) {
      return pipeline.filter(elements);
    }
  }

  /** The same as the program's own filters do, without ours. */
  static ChunkStore.Stored encodeForProgram(
      UnderObject like, long[] chunkShape, long type, MemorySegment elements, BlobBuffer filtered) {
    long dcpl = UnderDataset.creationList(like);
    CreationProperties.removeSparseFilter(dcpl);
    try (Pipeline pipeline = new Pipeline(like.connector(), chunkShape, type, dcpl, filtered)) {
      return pipeline.filter(elements);
    }
  }

  /**
   * Decodes a chunk.
   *
   * @param like the dataset whose filters are used
   * @param chunkShape its chunk shape
   * @param type its datatype
   * @param bytes the chunk as it is stored
   * @param filterMask the filters it did not go through, the first in bit 0
   * @param elements gets all elements of the chunk
   */
  static void decode(
      UnderObject like,
      long[] chunkShape,
      long type,
      MemorySegment bytes,
      int filterMask,
      MemorySegment elements) {
    long[] second = new long[chunkShape.length];
    second[0] = chunkShape[0];
    long dcpl = UnderDataset.creationList(like);
    BlobBuffer none = new BlobBuffer();
    try (Pipeline pipeline = new Pipeline(like.connector(), chunkShape, type, dcpl, none)) {
      pipeline.store.write(pipeline.under, pipeline.origin, bytes, filterMask, second);
      Hdf5.H5VLdataset_read(
          pipeline.under, type, pipeline.memory, pipeline.firstChunk, elements.address());
    }
  }
}
