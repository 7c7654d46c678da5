package io.github.volsparse.stored;

import io.github.volsparse.format.BlobBuffer;
import io.github.volsparse.format.SparseFilter;
import io.github.volsparse.hdf5.Connectors;
import io.github.volsparse.hdf5.Dataspaces;
import io.github.volsparse.hdf5.Hdf5Exception;
import io.github.volsparse.hdf5.Hdf5Library;
import io.github.volsparse.hdf5.PropertyLists;
import io.github.volsparse.hdf5.PropertyLists.Filter;
import io.github.volsparse.hdf5.UnderObject;
import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Puts single chunks through a dataset's filters.
 *
 * <p>HDF5 has no function for that alone. So a file in memory has a dataset with these filters. The
 * first chunk is written as elements and read as stored bytes, or the other way round. The second
 * chunk exists only because HDF5 must be able to look up another one, see {@link DirectWrites}.
 *
 * <p>It has only the filters, the fill value and a datatype that belongs to no file: the rest of a
 * creation list may refer to the dataset's file. A failure here affects this chunk only.
 */
final class Pipeline implements AutoCloseable {
  private final long[] chunkShape;
  private final long[] origin;

  /** The filters that are there, from the first. */
  private int mask;

  // To be closed; 0 and null until they are made.
  private FileType.Open type;
  private UnderObject file;
  private UnderObject dataset;
  private long memory;
  private long firstChunk;

  private final Arena arena = Arena.ofConfined();
  private final DirectChunks store;

  private Pipeline(long[] chunkShape, BlobBuffer read) {
    store = new DirectChunks(arena, read);
    this.chunkShape = chunkShape;
    this.origin = new long[chunkShape.length];
  }

  /**
   * Makes a dataset of two chunks.
   *
   * @param like the dataset whose filters are used
   * @param without the filters to leave out, the first in bit 0
   * @param read gets what comes out of the filters
   */
  private static Pipeline of(
      UnderObject like, long[] chunkShape, FileType fileType, int without, BlobBuffer read) {
    Pipeline pipeline = new Pipeline(chunkShape, read);
    boolean done = false;
    try {
      pipeline.make(like, fileType, without);
      done = true;
      return pipeline;
    } finally {
      if (!done) {
        pipeline.close();
      }
    }
  }

  private void make(UnderObject like, FileType fileType, int without) {
    long[] extent = chunkShape.clone();
    extent[0] *= 2;
    memory = Dataspaces.H5Screate_simple(chunkShape);
    firstChunk = Dataspaces.H5Screate_simple(extent);
    type = fileType.open();
    long dcpl = PropertyLists.createListOfWholeChunks(chunkShape);
    try {
      setFilters(dcpl, like, without);
      file = Connectors.createFileInMemory(like.connector());
      dataset = Connectors.createAnonymousDataset(file, type.id(), firstChunk, dcpl);
    } finally {
      PropertyLists.H5Pclose(dcpl);
    }
    Dataspaces.selectBlock(firstChunk, origin, chunkShape);
  }

  /** Sets the filters; one that is missing and need not be there is left out, as HDF5 does. */
  private void setFilters(long dcpl, UnderObject like, int without) {
    Filter[] filters = UnderDataset.filters(like);
    SparseFilter sparse = UnderDataset.sparseFilter(filters);
    if (sparse != null && !SparseFilter.isZero(sparse.fillValue())) {
      PropertyLists.H5Pset_fill_value(
          dcpl, type.id(), sparse.fillValue()); // which the filter must fit
    }
    for (int i = 0; i < filters.length; i++) {
      int bit = 1 << i;
      if ((without & bit) != 0) {
        mask |= bit;
        continue;
      }
      try {
        PropertyLists.H5Pset_filter(dcpl, filters[i]);
      } catch (Hdf5Exception e) {
        if ((filters[i].flags() & hdf5_h.H5Z_FLAG_OPTIONAL) == 0) {
          throw e;
        }
        e.discardErrorStack();
        mask |= bit;
      }
    }
  }

  @Override
  public void close() {
    if (dataset != null) {
      Connectors.H5VLdataset_close(dataset);
    }
    if (file != null) {
      Connectors.H5VLgroup_close(file);
    }
    if (type != null) {
      type.close();
    }
    if (firstChunk > 0) {
      Dataspaces.H5Sclose(firstChunk);
    }
    if (memory > 0) {
      Dataspaces.H5Sclose(memory);
    }
    arena.close();
  }

  /** The mask of the dataset's filters from one of those that are here. */
  private int widened(int own) {
    int wide = mask;
    int bit = 0;
    for (int i = 0; i < Integer.SIZE; i++) {
      if ((mask & 1 << i) == 0) {
        wide |= (own >>> bit++ & 1) << i;
      }
    }
    return wide;
  }

  private RawChunk filter(MemorySegment elements) {
    Connectors.H5VLdataset_write(dataset, type.id(), memory, firstChunk, elements.address());
    // The read lets the filters work. What a program is told of a chunk's size and what it reads
    // then
    // must agree, but LZF makes something else each time, by what its table on the stack holds.
    Hdf5Library.clearStack();
    RawChunk stored = store.read(dataset, origin, Long.MAX_VALUE, new FilterMasks(0));
    return new RawChunk(stored.bytes(), widened(stored.filterMask()));
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
  static RawChunk encode(
      UnderObject like,
      long[] chunkShape,
      FileType type,
      MemorySegment elements,
      BlobBuffer filtered) {
    try (Pipeline pipeline = of(like, chunkShape, type, 0, filtered)) {
      return pipeline.filter(elements);
    }
  }

  /**
   * The same as the program's own filters do, without ours.
   *
   * @return the chunk, with the filter mask of the program's filters
   */
  static RawChunk encodeForProgram(
      UnderObject like,
      long[] chunkShape,
      FileType type,
      MemorySegment elements,
      BlobBuffer filtered) {
    try (Pipeline pipeline = of(like, chunkShape, type, 1, filtered)) {
      RawChunk stored = pipeline.filter(elements);
      return new RawChunk(stored.bytes(), stored.filterMask() >>> 1);
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
      FileType type,
      MemorySegment bytes,
      int filterMask,
      MemorySegment elements) {
    long[] second = new long[chunkShape.length];
    second[0] = chunkShape[0];
    try (Pipeline pipeline = of(like, chunkShape, type, filterMask, new BlobBuffer())) {
      pipeline.store.write(pipeline.dataset, pipeline.origin, bytes, 0);
      pipeline.store.storedBytes(pipeline.dataset, second);
      Connectors.H5VLdataset_read(
          pipeline.dataset,
          pipeline.type.id(),
          pipeline.memory,
          pipeline.firstChunk,
          elements.address());
    }
  }
}
