package io.github.volsparse.stored;

import io.github.volsparse.format.CorruptBlobException;
import java.lang.foreign.MemorySegment;

/**
 * Tracks what HDF5's own chunk cache of one dataset may contain.
 *
 * <p>It is empty while only direct chunk I/O moves chunks. The native connector fills it. HDF5
 * (1.14 to 2.2) then has three faults. Direct chunk I/O does not find a chunk that is only in the
 * cache, so the dataset is flushed before. A look-up of a cached chunk does not use the index,
 * which {@link DirectWrites} needs. {@code H5Ocopy} writes beyond its buffer if several cached
 * chunks are larger than in the file, so the cache is emptied before.
 *
 * <p>Collective writes of MPI ranks bypass the cache (1.14): its content is old afterwards, and
 * HDF5 assumes that a cached chunk went through all filters. So nothing may stay in it there.
 */
final class NativeChunkCache {
  private final ChunkIO io;
  private final long mostBytes;
  private final FilterMasks masks;
  private boolean mayHold;
  private boolean mayHoldStored;
  private boolean mayBeDirty;

  /**
   * The cache of a dataset, empty.
   *
   * @param mostBytes the most bytes that a blob of ours may have
   * @param masks tells it by its filter mask
   */
  NativeChunkCache(ChunkIO io, long mostBytes, FilterMasks masks) {
    this.io = io;
    this.mostBytes = mostBytes;
    this.masks = masks;
  }

  /** Notes that the native connector is about to read chunks. */
  void noteRead() {
    mayHold = true;
    mayHoldStored = true;
  }

  /** Lets the native connector read a chunk; see {@link ChunkIO#readThroughFilters}. */
  void readThroughFilters(long[] offset, MemorySegment elements) {
    if (io.isCollective()) {
      io.readThroughFilters(offset, elements);
      evict(offset);
    } else {
      noteRead();
      io.readThroughFilters(offset, elements);
    }
  }

  /** Notes that the native connector is about to write chunks. */
  void noteWrite() {
    noteRead();
    mayBeDirty = true;
  }

  /** Whether chunks may be in it, stored or not: it holds fill values for one that is not. */
  boolean mayHold() {
    return mayHold;
  }

  /** Whether chunks that are stored may be in it. */
  boolean mayHoldStored() {
    return mayHoldStored;
  }

  /** Notes that every chunk that is stored was taken out of it. */
  void noteStoredAreOut() {
    mayHoldStored = false;
  }

  /** Sees to it that all chunks are in the file. */
  void flush() {
    if (mayBeDirty) {
      io.flush();
      mayBeDirty = false;
    }
  }

  /**
   * Reads a chunk as it is stored; null if it is not.
   *
   * @throws SparseIOException if what the index says of it cannot be true
   */
  RawChunk read(long[] offset) {
    flush();
    try {
      return io.read(offset, mostBytes, masks);
    } catch (CorruptBlobException e) {
      throw SparseIOException.ofChunk("read", offset, io, e);
    }
  }

  /** The bytes a chunk takes in the file; 0 if it is not stored. */
  long storedBytes(long[] offset) {
    flush();
    return io.storedBytes(offset);
  }

  /**
   * Takes a chunk, stored or not, out of it.
   *
   * @throws SparseIOException if what the index says of it cannot be true
   */
  void evict(long[] offset) {
    flush();
    try {
      io.evict(offset, mostBytes, masks);
    } catch (CorruptBlobException e) {
      throw SparseIOException.ofChunk("read", offset, io, e);
    }
  }
}
