package io.github.volsparse.stored;

import io.github.volsparse.format.CorruptBlobException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The operations of HDF5 on the chunks of one dataset that this package and the cache need. {@link
 * NativeChunkIO} calls the connector below; the unit tests have an implementation in memory.
 *
 * <p>Offsets are those of a chunk's first element in the dataset, in elements. Filter masks are
 * those of the stored pipeline: filter <i>n</i> was skipped where bit <i>n</i> is set. Memory is
 * native.
 *
 * <p>Every method may throw an {@link io.github.volsparse.hdf5.Hdf5Exception}.
 */
public interface ChunkIO {
  /** The bytes a chunk takes in the file; 0 if it is not stored. */
  long storedBytes(long[] offset);

  /**
   * Reads a chunk as it is stored; null if it is not.
   *
   * @param most the most bytes that a blob of ours may have
   * @param masks tells it by its filter mask
   * @return the chunk, in memory that holds it until the next read of any dataset
   * @throws CorruptBlobException if it claims to be one and to have more
   */
  RawChunk read(long[] offset, long most, FilterMasks masks);

  /** Stores the bytes of a chunk unchanged. */
  void write(long[] offset, MemorySegment bytes, int filterMask);

  /**
   * Takes a chunk, stored or not, out of HDF5's own chunk cache.
   *
   * @param most as for {@link #read}
   * @param masks as for {@link #read}
   * @throws CorruptBlobException as {@link #read}
   */
  void evict(long[] offset, long most, FilterMasks masks);

  /** Whether MPI ranks write the dataset together, and none of them alone. */
  boolean isCollective();

  /** Writes what HDF5's own chunk cache holds of the dataset. */
  void flush();

  /** The stored chunks, as HDF5's index lists them and in its order. */
  List<ChunkInfo> list();

  /** The bytes that all chunks take in the file. */
  long storageSize();

  /**
   * Whether the index keeps the filter masks of chunks that no filter touches, which mean nothing:
   * only HDF5's oldest one has a place for them.
   */
  boolean keepsMasksWithoutFilters();

  /**
   * Lets the connector below read a chunk that is completely within the extent.
   *
   * @param elements gets all its elements
   */
  void readThroughFilters(long[] offset, MemorySegment elements);

  /**
   * Filters the elements of a chunk as all filters of the dataset do.
   *
   * @return the chunk, in memory that holds it until the next call
   */
  RawChunk encode(MemorySegment elements);

  /**
   * Filters the elements of a chunk as the program's own filters do, without ours.
   *
   * @return the chunk, with the filter mask of the program's filters, in memory that holds it until
   *     the next call
   */
  RawChunk encodeForProgram(MemorySegment elements);

  /**
   * Decodes a chunk.
   *
   * @param bytes the chunk as it is stored
   * @param filterMask the filters it did not go through
   * @param elements gets all its elements
   */
  void decode(MemorySegment bytes, int filterMask, MemorySegment elements);

  /** Describes the dataset, for messages. */
  String name();
}
