package io.github.volsparse.chunk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Reusable native memory for one blob, with the scratch space that making one takes.
 *
 * <p>Whoever encodes owns the buffer and uses it for many blobs, one after another. The blob stays
 * where it is, at the same address, until the next {@link #reserve} or the next encoding into this
 * buffer. When the buffer grows it moves; memory it leaves is freed by the garbage collector once
 * no segment refers to it, so a segment obtained earlier never dangles but holds an old blob.
 *
 * <p>One thread at a time. Handing a buffer to another thread is fine if the hand-over is a
 * happens-before edge, such as a queue or a future; nothing here is bound to a thread.
 */
public final class BlobBuffer {

  private static final long PAGE_BYTES = 4096;

  private MemorySegment memory = MemorySegment.NULL;
  private long begin;
  private long length;

  /** Where the values of the blob in the making are. */
  private long valuesBegin;

  private final Runs[] runs = {new Runs(), new Runs()};
  private final SelectionCodec selection = new SelectionCodec();
  private final byte[][] scratch = {new byte[0], new byte[0]};

  /** Creates an empty buffer. */
  public BlobBuffer() {}

  /** Returns the last blob: a segment of exactly its length, valid as the class comment says. */
  public MemorySegment blob() {
    return memory.asSlice(begin, length);
  }

  /** Returns the length of the last blob in bytes. */
  public long length() {
    return length;
  }

  /**
   * Makes room for a blob, for instance one to be read from a file. What the buffer held is lost.
   *
   * @param bytes length of the blob
   * @return the segment to put it in, exactly as long, aligned to 8 bytes; also {@link #blob}
   */
  public MemorySegment reserve(long bytes) {
    memory = withCapacity(memory, bytes);
    begin = 0;
    length = bytes;
    return blob();
  }

  private static MemorySegment withCapacity(MemorySegment memory, long bytes) {
    if (bytes <= memory.byteSize()) {
      return memory;
    }
    long capacity = Math.max(bytes, memory.byteSize() + (memory.byteSize() >> 1));
    long pages = Math.ceilDiv(capacity, PAGE_BYTES);
    return Arena.ofAuto().allocate(pages * PAGE_BYTES, Long.BYTES);
  }

  /** Returns about how many bytes of memory the buffer takes, scratch space included. */
  public long memoryBytes() {
    long bytes = memory.byteSize() + selection.memoryBytes();
    bytes += runs[0].memoryBytes() + runs[1].memoryBytes();
    return bytes + scratch[0].length + scratch[1].length;
  }

  /**
   * Makes room for the values of a blob. What the buffer held is lost.
   *
   * @param head the most that may come before them, a multiple of 8
   * @param bytes the most that they may take
   * @return the segment to put them in
   */
  MemorySegment reserveBehind(long head, long bytes) {
    memory = withCapacity(memory, head + bytes);
    valuesBegin = head;
    return memory.asSlice(head, bytes);
  }

  /**
   * Sets the blob around the values that were put into reserved memory.
   *
   * @param head what comes before them, in bytes
   * @param bytes how long they are
   */
  void setBlob(long head, long bytes) {
    begin = valuesBegin - head;
    length = head + bytes;
  }

  /** One of two sets, empty. */
  Runs scratchRuns(int which) {
    runs[which].clear();
    return runs[which];
  }

  SelectionCodec selection() {
    return selection;
  }

  /** One of two arrays of at least {@code bytes} bytes; its content is undefined. */
  byte[] scratch(int which, int bytes) {
    if (scratch[which].length < bytes) {
      scratch[which] = new byte[bytes];
    }
    return scratch[which];
  }
}
