package io.github.volsparse.hdf5;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/**
 * The arguments of the native connector's {@code CHUNK_READ} and {@code CHUNK_WRITE}, as the
 * library has them: see {@link ChunkLayout}.
 */
public final class ChunkArguments {
  /** Bytes of the larger of the layouts. */
  public static final long BYTES = 32;

  /** {@code H5Dread_chunk2} came into HDF5 together with the wide layout. */
  private static final ChunkLayout LAYOUT =
      Hdf5Library.has("H5Dread_chunk2") ? ChunkLayout.WIDE : ChunkLayout.NARROW;

  private ChunkArguments() {}

  /** Sets the arguments of a write of {@code size} bytes (less than 4 GiB). */
  public static void setWrite(
      MemorySegment arguments, MemorySegment offset, int filterMask, long size, long buffer) {
    LAYOUT.setWrite(arguments, offset, filterMask, size, buffer);
  }

  /**
   * Sets the arguments of a read.
   *
   * @param bufferSize holds the bytes of the buffer and gets those of the chunk; used by 2.x
   */
  public static void setRead(
      MemorySegment arguments, MemorySegment offset, long buffer, MemorySegment bufferSize) {
    LAYOUT.setRead(arguments, offset, buffer, bufferSize);
  }

  /** The offset of the chunk in elements, as a program passed it: {@code hsize_t[rank]}. */
  public static MemorySegment offset(MemorySegment arguments) {
    return MemorySegment.ofAddress(arguments.get(JAVA_LONG, ChunkLayout.OFFSET));
  }

  /** The filter mask: given to a write, got from a read. */
  public static int filterMask(MemorySegment arguments) {
    return arguments.get(JAVA_INT, ChunkLayout.FILTERS);
  }

  /** Sets the filter mask. */
  public static void setFilterMask(MemorySegment arguments, int mask) {
    arguments.set(JAVA_INT, ChunkLayout.FILTERS, mask);
  }

  /** The bytes a write was given. */
  public static long sizeOfWrite(MemorySegment arguments) {
    return LAYOUT.sizeOfWrite(arguments);
  }

  /** The address of the buffer of a write. */
  public static long bufferOfWrite(MemorySegment arguments) {
    return LAYOUT.bufferOfWrite(arguments);
  }

  /** The address of the buffer of a read. */
  public static long bufferOfRead(MemorySegment arguments) {
    return arguments.get(JAVA_LONG, ChunkLayout.BUFFER_OF_READ);
  }

  /**
   * Where a read in 2.x says how large its buffer is; null in 1.14, or if the program gave none.
   */
  public static MemorySegment bufferSizeOfRead(MemorySegment arguments) {
    return LAYOUT.bufferSizeOfRead(arguments);
  }
}
