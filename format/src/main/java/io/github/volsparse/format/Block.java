package io.github.volsparse.format;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Memory with one owner, which gives it back.
 *
 * <p>A small block is a Java array. A larger one is outside the Java heap: the heap has a fixed
 * limit, and the collector frees memory late, while a program may have chunks of 4 GiB and read
 * thousands of chunks a second. A block that is given back is kept for the next request of its
 * size. If too much is kept, it goes back to the operating system at once.
 *
 * <p>The content of a new block is undefined. Any thread may make and give back a block, and
 * several threads may use it, but not after it was given back.
 */
final class Block {
  /** Up to here a block is an array: there may be a hundred thousand of them. */
  static final long MAX_ARRAY_BYTES = 1 << 13;

  /** What may wait to be used again, all together, unless it is a few large blocks. */
  static final long MAX_WAITING_BYTES = 4L << 20;

  /** So many may wait though they are larger: to make a blob takes two of a chunk's size. */
  private static final int MAX_LARGE_WAITING = 2;

  /** The largest block that waits. */
  private static final long MAX_LARGE_BYTES = 64L << 20;

  private static final int MAX_WAITING = 16;

  /** Blocks are aligned to a cache line. */
  private static final long ALIGNMENT = 64;

  private static final Block NOTHING = new Block(MemorySegment.ofArray(new byte[0]), null);

  /** Memory that waits, what was given back last at the end. */
  private static final List<Native> WAITING = new ArrayList<>(MAX_WAITING);

  private static long waitingBytes;
  private static long bytesInUse;

  /** Memory outside the heap. */
  private record Native(Arena arena, MemorySegment all) {
    private long bytes() {
      return all.byteSize();
    }
  }

  private final MemorySegment segment;

  /** Null on the heap, and once given back. */
  private Native outside;

  private Block(MemorySegment segment, Native outside) {
    this.segment = segment;
    this.outside = outside;
  }

  /** A block of no bytes. */
  static Block nothing() {
    return NOTHING;
  }

  /**
   * A block of this size.
   *
   * @throws OutOfMemoryError if there is no memory left
   */
  static Block of(long bytes) {
    return bytes <= MAX_ARRAY_BYTES
        ? new Block(MemorySegment.ofArray(new byte[(int) bytes]), null)
        : outsideHeap(bytes);
  }

  /**
   * A block of this size with content. It is given back if it cannot be made.
   *
   * @param content puts it into the memory it gets
   */
  static Block filled(long bytes, Consumer<MemorySegment> content) {
    Block block = of(bytes);
    boolean done = false;
    try {
      content.accept(block.segment());
      done = true;
    } finally {
      if (!done) {
        block.giveBack();
      }
    }
    return block;
  }

  /** A block of this size in native memory, even if it is small. */
  static synchronized Block outsideHeap(long bytes) {
    long needed = rounded(bytes);
    Native memory = null;
    for (int i = WAITING.size() - 1; i >= 0 && memory == null; i--) {
      if (WAITING.get(i).bytes() == needed) {
        memory = WAITING.remove(i);
        waitingBytes -= needed;
      }
    }
    if (memory == null) {
      Arena arena = Arena.ofShared();
      memory = new Native(arena, arena.allocate(needed, ALIGNMENT));
    }
    bytesInUse += needed;
    return new Block(memory.all.asSlice(0, bytes), memory);
  }

  /** One of few sizes, so that what one gives back fits another; an eighth more at most. */
  private static long rounded(long bytes) {
    long step = Math.max(ALIGNMENT, Long.highestOneBit(bytes) >> 3);
    return (bytes + step - 1) & -step;
  }

  /** The memory, exactly as long as was asked for. */
  MemorySegment segment() {
    return segment;
  }

  /** How many bytes there are. */
  long size() {
    return segment.byteSize();
  }

  /** How many bytes it takes outside the Java heap. */
  long nativeBytes() {
    return outside == null ? 0 : outside.bytes();
  }

  /** How many bytes of the Java heap it takes. */
  long heapBytes() {
    return outside == null ? segment.byteSize() : 0;
  }

  /** Gives the memory back. Does nothing the second time. */
  void giveBack() {
    if (outside != null) {
      giveBack(outside);
      outside = null;
    }
  }

  private static synchronized void giveBack(Native memory) {
    bytesInUse -= memory.bytes();
    if (memory.bytes() > MAX_LARGE_BYTES) {
      memory.arena.close();
      return;
    }
    WAITING.add(memory);
    waitingBytes += memory.bytes();
    while (WAITING.size() > MAX_WAITING
        || waitingBytes > MAX_WAITING_BYTES && WAITING.size() > MAX_LARGE_WAITING) {
      freeEldest();
    }
  }

  private static void freeEldest() {
    Native eldest = WAITING.removeFirst();
    waitingBytes -= eldest.bytes();
    eldest.arena.close();
  }

  /** Frees what waits; a little may wait on, for to free and make it again takes longer. */
  static synchronized void freeWaiting() {
    while (waitingBytes > MAX_WAITING_BYTES / 4) {
      freeEldest();
    }
  }

  /** How many bytes outside the heap are in use. */
  static synchronized long bytesInUse() {
    return bytesInUse;
  }
}
