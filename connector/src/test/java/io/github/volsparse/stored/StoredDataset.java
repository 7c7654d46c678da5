package io.github.volsparse.stored;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.github.volsparse.format.ChunkSpec.Keep;
import io.github.volsparse.format.Codec;
import io.github.volsparse.format.SparseBlob;
import io.github.volsparse.format.SparseFilter;
import io.github.volsparse.hdf5.PropertyLists.Filter;
import io.github.volsparse.selection.ChunkGrid;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A dataset of 40 × 40 elements of two bytes in chunks of 10 × 10, in memory in place of a file.
 */
public final class StoredDataset {
  public static final int ELEMENTS = 100;
  public static final int CHUNK_BYTES = 2 * ELEMENTS;

  private static final long[] CHUNK_SHAPE = {10, 10};

  public final ChunksInMemory file;
  public final ChunkBuffers buffers = new ChunkBuffers();
  public final SparseFilter filter;
  public final StoredChunks chunks;

  /** The grid that the chunks see from now on. */
  public ChunkGrid grid;

  private StoredDataset(Builder builder) {
    file = builder.file;
    filter =
        new SparseFilter(
            2,
            new byte[2],
            builder.keep,
            Codec.NONE,
            builder.allocationTime,
            false,
            false,
            builder.userFilters > 0,
            ELEMENTS,
            4711);
    grid = new ChunkGrid(builder.extent, CHUNK_SHAPE);
    chunks =
        new StoredChunks(
            file,
            buffers,
            filter,
            filters(builder.userFilters),
            builder.fillsWhatIsNotStored,
            () -> grid,
            builder.maximum);
  }

  /** Of a number that is nobody's. */
  private static Filter[] filters(int count) {
    Filter[] filters = new Filter[count];
    Arrays.fill(filters, new Filter(499, 0, new int[0]));
    return filters;
  }

  /** What the dataset is: without filters of the program's, and of a fixed extent. */
  public static final class Builder {
    private ChunksInMemory file = new ChunksInMemory();
    private int userFilters;
    private Keep keep = Keep.NONFILL;
    private boolean fillsWhatIsNotStored = true;
    private int allocationTime;
    private long[] extent = {40, 40};
    private long[] maximum = {40, 40};

    /** A file that has chunks already. */
    public Builder file(ChunksInMemory existing) {
      file = existing;
      return this;
    }

    public Builder userFilters(int number) {
      userFilters = number;
      return this;
    }

    public Builder keep(Keep which) {
      keep = which;
      return this;
    }

    public Builder withoutFillValue() {
      fillsWhatIsNotStored = false;
      return this;
    }

    public Builder allocationTime(int time) {
      allocationTime = time;
      return this;
    }

    public Builder extent(long... elements) {
      extent = elements;
      maximum = elements;
      return this;
    }

    public Builder maximum(long... elements) {
      maximum = elements;
      return this;
    }

    public StoredDataset build() {
      return new StoredDataset(this);
    }
  }

  /** Elements of a chunk, of which some are defined. */
  public static MemorySegment elements(int defined) {
    MemorySegment elements = Arena.ofAuto().allocate(CHUNK_BYTES, 8);
    for (int i = 0; i < defined; i++) {
      elements.set(JAVA_BYTE, 2L * i, (byte) (i % 100 + 1));
    }
    return elements;
  }

  /** The blob of elements of a chunk, until the next one. */
  MemorySegment blob(long[] scaled, MemorySegment elements) {
    SparseBlob.encodeElements(
        chunks.spec(), chunks.binding(scaled), elements, filter.codec(), buffers.blob());
    return buffers.blob().blob();
  }

  /** Stores elements of a chunk. */
  public void store(long[] scaled, MemorySegment elements) {
    chunks.store(scaled, blob(scaled, elements), () -> elements, false);
  }
}
