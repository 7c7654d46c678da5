package io.github.volsparse.dataset;

import io.github.volsparse.format.ChunkSpec;
import io.github.volsparse.hdf5.Connectors;
import io.github.volsparse.hdf5.Dataspaces;
import io.github.volsparse.hdf5.ParallelFiles;
import io.github.volsparse.hdf5.PropertyLists;
import io.github.volsparse.hdf5.generated.hdf5_h;
import io.github.volsparse.selection.ExtentCut;
import io.github.volsparse.stored.FileType;
import io.github.volsparse.stored.RawChunk;
import io.github.volsparse.stored.UnderDataset;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * Prepares a dataset that ranks write together for an extent that cuts through chunks.
 *
 * <p>HDF5 fills the part of such a chunk that is cut off, on each rank: each reads the chunk, fills
 * it and stores it at its own time. If this changes the size of the chunk, a late rank reads what
 * another has written in its place. So the ranks write the fill values collectively before. Each
 * rank then stores bytes that are identical to those in the file.
 *
 * <p>It must do so before the next collective write, which bypasses HDF5's chunk cache. After such
 * a write, HDF5's record of the last stored chunk is wrong. So the dataset must be closed below and
 * opened again.
 *
 * <p>All ranks visit the same chunks, because they all have the same index.
 */
final class CollectiveCut {
  /** How many chunks are filled by one collective write, and how many bytes, at most. */
  private static final int CHUNKS_AT_ONCE = 256;

  private static final long BYTES_AT_ONCE = 16 << 20;

  private final SparseDataset dataset;
  private final long[] other;
  private final ExtentCut cut;

  private CollectiveCut(SparseDataset dataset, long[] other) {
    this.dataset = dataset;
    this.other = other;
    cut = new ExtentCut(dataset.grid(), other);
  }

  /**
   * Fills what an extent cuts off.
   *
   * @param maximumExtent the largest the dataset may get; -1 where there is no limit
   * @param other the new extent
   * @return whether HDF5 will fill chunks, after which the dataset is to be closed below
   * @throws IllegalArgumentException if HDF5 could not do that on several ranks
   */
  static boolean prepare(SparseDataset dataset, long[] maximumExtent, long[] other) {
    for (int d = 0; d < other.length; d++) {
      if (Long.compareUnsigned(other[d], maximumExtent[d]) > 0) {
        return false; // which HDF5 will refuse
      }
    }
    return new CollectiveCut(dataset, other).fill();
  }

  private boolean fill() {
    List<long[]> chunks = cut.chunks(dataset.stored()::isStored);
    if (chunks.isEmpty()) {
      return false;
    }
    requireLink();
    for (long[] chunk : chunks) {
      requireAllFilters(chunk);
    }
    fill(chunks);
    return true;
  }

  /**
   * Refuses a chunk that did not go through all filters: when HDF5 fills it they are all at work,
   * it changes its size, and ranks that are late find no chunk.
   */
  private void requireAllFilters(long[] scaled) {
    RawChunk stored = dataset.stored().raw(scaled);
    if (stored != null && dataset.stored().masks().skipsAny(stored.filterMask())) {
      throw new IllegalArgumentException(
          ("%s cannot get the extent %s while several MPI ranks may have the file open:"
                  + " the extent cuts the chunk at offset %s, which a single process wrote without"
                  + " the dataset's filters. Choose an extent at a chunk boundary, or set it from"
                  + " one process without MPI")
              .formatted(
                  UnderDataset.title(dataset.handle()),
                  Arrays.toString(other),
                  Arrays.toString(dataset.grid().offset(scaled))));
    }
  }

  /** Refuses a dataset that is gone once it is closed. */
  private void requireLink() {
    if (UnderDataset.links(dataset.handle()) == 0) {
      throw new IllegalArgumentException(
          "a dataset without a name cannot get an extent that cuts its chunks while"
              + " several MPI ranks may have the file open: link it into the file first");
    }
  }

  private void fill(List<long[]> chunks) {
    int at = 0;
    while (at < chunks.size()) {
      long perChunk = Math.max(1, dataset.spec().denseBytes());
      int count = Math.clamp(BYTES_AT_ONCE / perChunk, 1, CHUNKS_AT_ONCE);
      int end = Math.min(chunks.size(), at + count);
      fillTogether(chunks.subList(at, end));
      at = end;
    }
  }

  /** Fills what is cut off of some chunks, by one collective write. */
  private void fillTogether(List<long[]> chunks) {
    long space = dataset.nothingSelected();
    long line = 0;
    try (Arena arena = Arena.ofConfined();
        FileType.Open type = dataset.fileType().open()) {
      for (long[] scaled : chunks) {
        cut.forEachBlock(scaled, (start, shape) -> Dataspaces.orBlock(space, start, shape));
      }
      long count = Dataspaces.H5Sget_select_npoints(space);
      long inMemory = Dataspaces.H5Screate_simple(new long[] {count});
      line = inMemory;
      long values = fillValues(count, type.id(), arena);
      ParallelFiles.with(
          PropertyLists.defaultTransferList(),
          hdf5_h.H5FD_MPIO_COLLECTIVE,
          list -> {
            Connectors.H5VLdataset_write(
                dataset.handle(), type.id(), inMemory, space, list, values);
            return 0;
          });
    } finally {
      if (line > 0) {
        Dataspaces.H5Sclose(line);
      }
      Dataspaces.H5Sclose(space);
    }
  }

  /** The address of as many fill values, as HDF5 itself would write them. */
  private long fillValues(long count, long type, Arena arena) {
    ChunkSpec spec = dataset.spec();
    MemorySegment values = arena.allocate(count * spec.elementSize(), 16);
    long dcpl = UnderDataset.creationList(dataset.handle());
    try {
      byte[] value = CreationProperties.fillValueAsSet(dcpl, type, spec.elementSize());
      for (long i = 0; i < count; i++) {
        MemorySegment.copy(MemorySegment.ofArray(value), 0, values, i * value.length, value.length);
      }
    } finally {
      PropertyLists.H5Pclose(dcpl);
    }
    return values.address();
  }
}
