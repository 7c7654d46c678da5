package io.github.volsparse.hdf5;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/**
 * The arguments of the native connector's {@code CHUNK_READ} and {@code CHUNK_WRITE}, which are
 * laid out differently in HDF5 1.14 ({@code H5VL_native_dataset_chunk_write_t} with a 32-bit size)
 * and in 2.x (with a {@code size_t}; a read says how large its buffer is).
 *
 * <pre>
 *            offset  0         8         12     16      24
 *   write  1.14      offset*   filters   size   buf*
 *   write  2.x       offset*   filters          size    buf*
 *   read   1.14      offset*   filters          buf*
 *   read   2.x       offset*   filters          buf*    buf_size*
 * </pre>
 */
public final class ChunkArguments {
  /** Bytes of the larger of the layouts. */
  public static final long BYTES = 32;

  private static final long OFFSET = 0;
  private static final long FILTERS = 8;
  private static final long BUFFER_OF_READ = 16;
  private static final long BUFFER_SIZE_OF_READ = 24;

  /** The function that came into HDF5 together with the second layout. */
  private static final boolean WIDE = Hdf5Library.has("H5Dread_chunk2");

  private static final long SIZE = WIDE ? 16 : 12;
  private static final long BUFFER_OF_WRITE = WIDE ? 24 : 16;

  private ChunkArguments() {}

  /** Sets the arguments of a write of {@code size} bytes (less than 4 GiB). */
  public static void setWrite(
      MemorySegment arguments, MemorySegment offset, int filterMask, long size, long buffer) {
    Pointers.set(arguments, OFFSET, offset);
    arguments.set(JAVA_INT, FILTERS, filterMask);
    if (WIDE) {
      arguments.set(JAVA_LONG, SIZE, size);
    } else {
      arguments.set(JAVA_INT, SIZE, (int) size);
    }
    arguments.set(JAVA_LONG, BUFFER_OF_WRITE, buffer);
  }

  /**
   * Sets the arguments of a read.
   *
   * @param bufferSize holds the bytes of the buffer and gets those of the chunk; used by 2.x
   */
  public static void setRead(
      MemorySegment arguments, MemorySegment offset, long buffer, MemorySegment bufferSize) {
    Pointers.set(arguments, OFFSET, offset);
    arguments.set(JAVA_INT, FILTERS, 0);
    arguments.set(JAVA_LONG, BUFFER_OF_READ, buffer);
    Pointers.set(arguments, BUFFER_SIZE_OF_READ, WIDE ? bufferSize : MemorySegment.NULL);
  }

  /** The offset of the chunk in elements, as a program passed it: {@code hsize_t[rank]}. */
  public static MemorySegment offset(MemorySegment arguments) {
    return Pointers.get(arguments, OFFSET);
  }

  /** The filter mask: given to a write, got from a read. */
  public static int filterMask(MemorySegment arguments) {
    return arguments.get(JAVA_INT, FILTERS);
  }

  /** Sets the filter mask. */
  public static void setFilterMask(MemorySegment arguments, int mask) {
    arguments.set(JAVA_INT, FILTERS, mask);
  }

  /** The bytes a write was given. */
  public static long sizeOfWrite(MemorySegment arguments) {
    return WIDE
        ? arguments.get(JAVA_LONG, SIZE)
        : Integer.toUnsignedLong(arguments.get(JAVA_INT, SIZE));
  }

  /** The address of the buffer of a write. */
  public static long bufferOfWrite(MemorySegment arguments) {
    return arguments.get(JAVA_LONG, BUFFER_OF_WRITE);
  }

  /** The address of the buffer of a read. */
  public static long bufferOfRead(MemorySegment arguments) {
    return arguments.get(JAVA_LONG, BUFFER_OF_READ);
  }

  /**
   * Where a read in 2.x says how large its buffer is; null in 1.14, or if the program gave none.
   */
  public static MemorySegment bufferSizeOfRead(MemorySegment arguments) {
    MemorySegment size = WIDE ? Pointers.get(arguments, BUFFER_SIZE_OF_READ) : MemorySegment.NULL;
    return size.equals(MemorySegment.NULL) ? null : size.reinterpret(8);
  }
}
