package io.github.volsparse.hdf5;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/**
 * How {@code H5VL_native_dataset_chunk_read_t} and {@code H5VL_native_dataset_chunk_write_t} are
 * laid out: with a 32-bit size, or with a {@code size_t}, and then a read says how large its buffer
 * is.
 *
 * <pre>
 *                offset  0         8         12     16      24
 *   write  narrow        offset*   filters   size   buf*
 *   write  wide          offset*   filters          size    buf*
 *   read   narrow        offset*   filters          buf*
 *   read   wide          offset*   filters          buf*    buf_size*
 * </pre>
 */
enum ChunkLayout {
  NARROW(12, 16),
  WIDE(16, 24);

  static final long OFFSET = 0;
  static final long FILTERS = 8;
  static final long BUFFER_OF_READ = 16;
  private static final long BUFFER_SIZE_OF_READ = 24;

  private final long size;
  private final long bufferOfWrite;

  ChunkLayout(long size, long bufferOfWrite) {
    this.size = size;
    this.bufferOfWrite = bufferOfWrite;
  }

  void setWrite(
      MemorySegment arguments, MemorySegment offset, int filterMask, long bytes, long buffer) {
    arguments.set(JAVA_LONG, OFFSET, offset.address());
    arguments.set(JAVA_INT, FILTERS, filterMask);
    if (this == WIDE) {
      arguments.set(JAVA_LONG, size, bytes);
    } else {
      arguments.set(JAVA_INT, size, (int) bytes);
    }
    arguments.set(JAVA_LONG, bufferOfWrite, buffer);
  }

  void setRead(
      MemorySegment arguments, MemorySegment offset, long buffer, MemorySegment bufferSize) {
    arguments.set(JAVA_LONG, OFFSET, offset.address());
    arguments.set(JAVA_INT, FILTERS, 0);
    arguments.set(JAVA_LONG, BUFFER_OF_READ, buffer);
    arguments.set(JAVA_LONG, BUFFER_SIZE_OF_READ, this == WIDE ? bufferSize.address() : 0);
  }

  long sizeOfWrite(MemorySegment arguments) {
    return this == WIDE
        ? arguments.get(JAVA_LONG, size)
        : Integer.toUnsignedLong(arguments.get(JAVA_INT, size));
  }

  long bufferOfWrite(MemorySegment arguments) {
    return arguments.get(JAVA_LONG, bufferOfWrite);
  }

  /** Null in the narrow layout, or if the program gave none. */
  MemorySegment bufferSizeOfRead(MemorySegment arguments) {
    long where = this == WIDE ? arguments.get(JAVA_LONG, BUFFER_SIZE_OF_READ) : 0;
    return where == 0 ? null : MemorySegment.ofAddress(where).reinterpret(JAVA_LONG.byteSize());
  }
}
