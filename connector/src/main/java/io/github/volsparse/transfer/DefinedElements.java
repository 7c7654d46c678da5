package io.github.volsparse.transfer;

import io.github.volsparse.dataset.SparseDataset;
import io.github.volsparse.format.BlobBuffer;
import io.github.volsparse.format.CopyRuns;
import io.github.volsparse.format.Defined;
import io.github.volsparse.hdf5.Datatypes;
import io.github.volsparse.hdf5.PropertyLists;
import io.github.volsparse.hdf5.generated.hdf5_h;
import io.github.volsparse.selection.ChunkGrid;
import io.github.volsparse.selection.ChunkRuns;
import io.github.volsparse.stored.FileType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The defined elements of a sparse dataset within a file selection: counts, selects, returns and
 * erases them.
 *
 * <p>Elements that are not stored yet count as well. No chunk enters the cache because of it.
 */
public final class DefinedElements {
  /** What a batch of elements takes, unless a single one is larger. */
  private static final long BATCH_BYTES = 1 << 21;

  private static final long BATCH_ELEMENTS = 1 << 16;

  private final SparseDataset dataset;
  private final long fileSpace;
  private final ChunkGrid grid;
  private final CopyRuns selected;

  /**
   * Asks for nothing yet.
   *
   * @param fileSpace identifier of the dataspace whose selection to look in, or {@code H5S_ALL}
   */
  public DefinedElements(SparseDataset dataset, long fileSpace) {
    this.dataset = dataset;
    this.fileSpace = fileSpace;
    this.grid = dataset.grid();
    this.selected = new CopyRuns(dataset.spec().elementSize());
  }

  /** Takes the defined elements of a chunk, of which there is at least one. */
  private interface Visitor {
    void visit(long[] scaled, Defined defined);
  }

  private void forEachChunk(boolean withValues, Visitor visitor) {
    OccupiedChunks.forEach(
        dataset,
        fileSpace,
        (scaled, inChunk) -> {
          Defined defined = dataset.chunks().defined(scaled, withValues);
          if (defined == null) {
            return;
          }
          if (!isAll(inChunk)) {
            ChunkTransfers.packed(inChunk, selected);
            defined = defined.within(selected);
          }
          if (defined.total() > 0) {
            visitor.visit(scaled, defined);
          }
        });
  }

  /** Whether all elements of a chunk are selected. */
  private boolean isAll(ChunkRuns inChunk) {
    return inChunk.isAscending() && inChunk.count() == dataset.spec().elements();
  }

  /** Counts them. */
  public long count() {
    long[] count = {0};
    forEachChunk(false, (scaled, defined) -> count[0] += defined.total());
    return count[0];
  }

  /**
   * Selects them.
   *
   * @return identifier of a new dataspace of the dataset's extent; the caller closes it
   */
  public long select() {
    ElementSet elements = new ElementSet();
    ChunkPlaces places = new ChunkPlaces(grid);
    forEachChunk(
        false,
        (scaled, defined) -> {
          places.enter(scaled);
          defined.forEachRun(
              (start, length) -> places.forEachStretch(start, length, elements::add));
        });
    elements.sort();
    return elements.dataspace(grid.extent());
  }

  /** Makes them undefined: they read as the fill value. */
  public void erase() {
    dataset.requireOneRank("erased", "Write the fill value with H5Dwrite");
    dataset.requireWritable();
    OccupiedChunks.forEach(
        dataset,
        fileSpace,
        (scaled, inChunk) -> {
          Defined defined = dataset.chunks().defined(scaled, false);
          if (defined != null) {
            ChunkTransfers.packed(inChunk, selected);
            if (defined.within(selected).total() > 0) {
              dataset.chunks().change(scaled, isAll(inChunk), chunk -> chunk.erase(selected));
            }
          }
        });
  }

  // ---- with their values

  /** Takes a batch of elements, all of one chunk. */
  @FunctionalInterface
  public interface Operator {
    /**
     * Takes a batch; all memory belongs to the caller, which reuses it.
     *
     * @param count elements in the batch, at least 1
     * @param coordinates address of their coordinates, {@code hsize_t[count][rank]}
     * @param values address of their values, packed; 0 if there are none
     * @return 0 to continue
     */
    int take(long count, long coordinates, long values);
  }

  /**
   * Gives them out, chunk by chunk in row-major order of the chunks, within a chunk in the order of
   * its elements.
   *
   * @param memoryType datatype of the values; negative for no values
   * @param transferList for the conversion of values
   * @return what the operator returned last; 0 if it was never called
   */
  public int iterate(long memoryType, long transferList, Operator operator) {
    try (Arena arena = Arena.ofConfined()) {
      Batches batches =
          new Batches(memoryType < 0 ? null : values(memoryType, transferList), operator, arena);
      try {
        forEachChunk(memoryType >= 0, batches::visit);
      } catch (Stopped stopped) {
        return stopped.result;
      } finally {
        batches.ofChunk.giveBack();
      }
      return 0;
    }
  }

  /** How values are given out. */
  private record Values(long type, int size, boolean isConverted, long transferList) {}

  private Values values(long memoryType, long transferList) {
    if (PropertyLists.hasDataTransform(transferList)) {
      throw new IllegalArgumentException(
          "the transfer list has a data transform, which applies to H5Dread only: call"
              + " H5Dread with the selection of the defined elements");
    }
    boolean isConverted;
    try (FileType.Open fileType = dataset.fileType().open()) {
      isConverted = !Datatypes.H5Tequal(memoryType, fileType.id());
      if (isConverted && !Datatypes.canConvert(fileType.id(), memoryType)) {
        throw new IllegalArgumentException(
            "HDF5 cannot convert the dataset's datatype to the memory datatype: give"
                + " another memory datatype");
      }
    }
    return new Values(
        memoryType, (int) Datatypes.H5Tget_size(memoryType), isConverted, transferList);
  }

  /** The operator wants no more. */
  private static final class Stopped extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final int result;

    Stopped(int result) {
      super(null, null, false, false);
      this.result = result;
    }
  }

  /** Cuts what is defined in a chunk into batches, and calls the operator with them. */
  private final class Batches {
    private final Values values;
    private final Operator operator;
    private final long room;
    private final int elementSize = dataset.spec().elementSize();
    private final MemorySegment coordinates;
    private final MemorySegment converted;
    private final MemorySegment background;
    private final BlobBuffer ofChunk = BlobBuffer.ofOwner();
    private final ChunkPlaces places = new ChunkPlaces(grid);
    private MemorySegment packed = MemorySegment.NULL;
    private long done;
    private long count;

    Batches(Values values, Operator operator, Arena arena) {
      this.values = values;
      this.operator = operator;
      long bytes = values == null ? 0 : Math.max(elementSize, values.size);
      long most = bytes == 0 ? BATCH_ELEMENTS : BATCH_BYTES / bytes;
      room = Math.clamp(Math.min(most, dataset.spec().elements()), 1, BATCH_ELEMENTS);
      coordinates = arena.allocate(Math.max(1, room * grid.rank()) * Long.BYTES, Long.BYTES);
      boolean isConverted = values != null && values.isConverted;
      converted = isConverted ? arena.allocate(room * bytes, 64) : MemorySegment.NULL;
      background =
          isConverted && Datatypes.H5Tdetect_class(values.type, hdf5_h.H5T_COMPOUND)
              ? arena.allocate(room * bytes, 64)
              : MemorySegment.NULL;
    }

    void visit(long[] scaled, Defined defined) {
      if (values != null) {
        packed = ofChunk.reserve(defined.total() * elementSize);
        defined.copyValues(packed);
      }
      done = 0;
      count = 0;
      places.enter(scaled);
      defined.forEachRun(this::take);
      if (count > 0) {
        give();
      }
    }

    private void take(long start, long length) {
      for (long taken = 0; taken < length; ) {
        long step = Math.min(length - taken, room - count);
        places.putCoordinates(start + taken, step, coordinates, count);
        count += step;
        taken += step;
        if (count == room) {
          give();
        }
      }
    }

    private void give() {
      int result = operator.take(count, coordinates.address(), batchOfValues());
      done += count;
      count = 0;
      if (result != 0) {
        throw new Stopped(result);
      }
    }

    private long batchOfValues() {
      if (values == null) {
        return 0;
      }
      MemorySegment batch = packed.asSlice(done * elementSize, count * elementSize);
      if (!values.isConverted) {
        return batch.address();
      }
      converted.copyFrom(batch);
      background.fill((byte) 0);
      try (FileType.Open fileType = dataset.fileType().open()) {
        Datatypes.H5Tconvert(
            fileType.id(),
            values.type,
            count,
            converted.address(),
            background.address(),
            values.transferList);
      }
      return converted.address();
    }
  }
}
