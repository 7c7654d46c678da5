package io.github.volsparse.stored;

import io.github.volsparse.format.CorruptBlobException;
import java.lang.foreign.MemorySegment;

/**
 * HDF5's own chunk cache of one dataset, as far as the connector must know what may be in it.
 *
 * <p>It is empty as long as chunks are moved by direct chunk I/O alone. The native connector fills
 * it. Then three things of HDF5's (1.14 to 2.2) are to be met: direct chunk I/O does not find a
 * chunk that was written there and never to the file, so the dataset is flushed before; a look-up
 * finds a chunk that is in it without asking the index, which {@link DirectWrites} must have asked;
 * and {@code H5Ocopy} writes beyond its buffer when it finds several chunks in it that are larger
 * there than in the file, so it is emptied before.
 *
 * <p>Where MPI ranks write a dataset together, they write past it (1.14): what it holds is old
 * afterwards, and a chunk that is in it counts as one that all filters have seen. There nothing may
 * stay in it.
 */
final class NativeChunkCache {
  private final ChunkIO io;
  private final long mostBytes;
  private final FilterMasks masks;
  private boolean mayHold;
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
    mayHold = true;
    mayBeDirty = true;
  }

  /** Whether chunks may be in it. */
  boolean mayHold() {
    return mayHold;
  }

  /** Notes that every chunk was taken out of it. */
  void noteEmpty() {
    mayHold = false;
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
