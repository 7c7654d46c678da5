package io.github.volsparse.stored;

import io.github.volsparse.hdf5.Hdf5Exception;
import io.github.volsparse.selection.ChunkGrid;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Direct chunk writes of one dataset that HDF5 finds again. This class works around three of its
 * faults.
 *
 * <ul>
 *   <li>{@code H5D__chunk_direct_write} (1.14.5 to 2.2) remembers the chunk as the last one looked
 *       up, but with its previous filter mask: the next read would run the wrong filters. Looking
 *       up another chunk clears this.
 *   <li>HDF5 (1.14 to 2.2) does not store a new filter mask when the size stays the same. So the
 *       size is changed first.
 *   <li>After a failed write, HDF5 (1.14 to 2.2) has a place for the chunk that is not in its
 *       index: see {@link #afterFailedWrite}.
 * </ul>
 */
final class DirectWrites {
  /** Takes the place of a chunk that is lost. */
  private static final MemorySegment NO_BLOB = Arena.global().allocate(8);

  private final ChunkIO io;
  private final NativeChunkCache below;
  private final Supplier<ChunkGrid> grid;
  private final long[] maximumChunks;
  private final boolean hasUserFilters;
  private final Function<long[], MemorySegment> blobOfNothing;

  /**
   * The writes of a dataset.
   *
   * @param below what HDF5's own chunk cache holds of it
   * @param maximumChunks how many chunks there may ever be along each dimension
   * @param hasUserFilters whether the program has set filters, which masks may skip
   * @param blobOfNothing makes the blob of a chunk in which nothing is defined, from its scaled
   *     coordinates
   */
  DirectWrites(
      ChunkIO io,
      NativeChunkCache below,
      Supplier<ChunkGrid> grid,
      long[] maximumChunks,
      boolean hasUserFilters,
      Function<long[], MemorySegment> blobOfNothing) {
    this.io = io;
    this.below = below;
    this.grid = grid;
    this.maximumChunks = maximumChunks;
    this.hasUserFilters = hasUserFilters;
    this.blobOfNothing = blobOfNothing;
  }

  /**
   * Whether the dataset can ever have another chunk. If not, there is none to look up, and its
   * chunk may have only the filter mask of a chunk that HDF5 wrote itself.
   */
  boolean mayHaveAnotherChunk() {
    for (long most : maximumChunks) {
      if (most > 1) {
        return true;
      }
    }
    return false;
  }

  /**
   * Stores the bytes of a chunk unchanged.
   *
   * @param bytes native memory
   * @param filterMask the filters of the stored pipeline that are skipped when it is read
   * @param isNew whether it is known not to be stored
   */
  void write(long[] scaled, MemorySegment bytes, int filterMask, boolean isNew) {
    below.flush();
    long[] offset = grid.get().offset(scaled);
    boolean hasMaskAsBefore = !hasUserFilters && filterMask == 0 && isNew;
    long[] other = hasMaskAsBefore ? null : offsetOfAnotherChunk(scaled);
    long size = bytes.byteSize();
    long before = isNew ? 0 : io.storedBytes(offset);
    boolean done = false;
    try {
      if (before == size && below.read(offset).filterMask() != filterMask) {
        MemorySegment nothing = blobOfNothing.apply(scaled);
        MemorySegment interim = nothing.byteSize() == size ? nothing.asSlice(1) : nothing;
        write(offset, interim, filterMask, other);
      }
      write(offset, bytes, filterMask, other);
      done = true;
    } finally {
      if (!done) {
        afterFailedWrite(scaled, size, before > 0, filterMask);
      }
    }
  }

  /**
   * Writes, and has HDF5 forget the filter mask from before.
   *
   * @param other the offset of another chunk, see {@link #offsetOfAnotherChunk}; null if the chunk
   *     has the filter mask it had before
   */
  private void write(long[] offset, MemorySegment bytes, int filterMask, long[] other) {
    io.write(offset, bytes, filterMask);
    if (other != null) {
      io.storedBytes(other);
    }
  }

  /**
   * Makes it possible to write a chunk again after a failed write.
   *
   * <p>HDF5 has given a place in the file to the chunk by now, and that of a stored one to others;
   * but its index does not have the new place. It remembers it as that of the chunk last looked up,
   * and would write there next time, without a word to the index. It must forget it, if the chunk
   * was not stored. If it was, the index must have another place, and what is there must not be
   * taken for data: a few bytes are stored that are no blob. They are of another size, for which
   * HDF5 gives up the place it remembers, and the index gets that of the bytes.
   */
  private void afterFailedWrite(long[] scaled, long size, boolean wasStored, int filterMask) {
    try {
      long[] other = offsetOfAnotherChunk(scaled);
      if (wasStored) {
        long bytes = size == NO_BLOB.byteSize() ? size - 1 : NO_BLOB.byteSize();
        write(grid.get().offset(scaled), NO_BLOB.asSlice(0, bytes), filterMask, other);
      } else {
        io.storedBytes(other);
      }
    } catch (Hdf5Exception e) {
      e.discardErrorStack(); // the first failure is the one that counts
    }
  }

  /**
   * The offset of a chunk to look up in place of another, stored or not, that HDF5's own chunk
   * cache does not hold: one beyond the extent where the dataset may grow, for that cache cannot
   * hold it, else a neighbour. In a dataset of one chunk it is one that cannot be: its index does
   * not ask where a chunk is, or finds none.
   */
  private long[] offsetOfAnotherChunk(long[] scaled) {
    ChunkGrid now = grid.get();
    long[] other = scaled.clone();
    for (int d = 0; d < other.length; d++) {
      if (now.chunks(d) < maximumChunks[d]) {
        other[d] = now.chunks(d);
        return now.offset(other);
      }
    }
    for (int d = 0; d < other.length; d++) {
      if (now.chunks(d) > 1) {
        other[d] += other[d] > 0 ? -1 : 1;
        long[] offset = now.offset(other);
        if (below.mayHold()) {
          below.evict(offset);
        }
        return offset;
      }
    }
    other[0] += 1;
    return now.offset(other);
  }
}
