package io.github.volsparse.format;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Reusable native memory for one blob, with the scratch space for encoding it.
 *
 * <p>The encoder owns the buffer and uses it for many blobs, one after another. The blob stays at
 * its address until the next {@link #reserve} or the next encoding into this buffer. A buffer moves
 * when it grows. If its owner gives the buffer back ({@link #ofOwner}), earlier segments are
 * invalid after it has moved. Otherwise the garbage collector frees the old memory, and the buffer
 * itself.
 *
 * <p>One thread at a time. Handing a buffer to another thread is fine if the hand-over is a
 * happens-before edge, such as a queue or a future; nothing here is bound to a thread.
 */
public final class BlobBuffer {

  private static final long PAGE_BYTES = 4096;

  /** Scratch space of no more than this is kept from one blob to the next. */
  private static final long KEPT_SCRATCH_BYTES = 256 << 10;

  private final boolean isGivenBack;
  private MemorySegment memory = MemorySegment.NULL;

  /** Where {@link #memory} is, if it is given back. */
  private Block block = Block.nothing();

  private long begin;
  private long length;

  /** Where the values of the blob in the making are. */
  private long valuesBegin;

  private final SelectionCodec selection = new SelectionCodec();
  private ContainerBits container;
  private DefinedScanner scanner;
  private boolean wasNearlyAll;
  private PackedValues.Writer packing;
  private final Block[] scratch = {Block.nothing(), Block.nothing()};

  /** Creates an empty buffer that the garbage collector frees. */
  public BlobBuffer() {
    this(false);
  }

  private BlobBuffer(boolean isGivenBack) {
    this.isGivenBack = isGivenBack;
  }

  /** Returns an empty buffer whose owner gives back its memory, see {@link #giveBack}. */
  public static BlobBuffer ofOwner() {
    return new BlobBuffer(true);
  }

  /** Gives back all memory. The buffer is empty then, and may be used again. */
  public void giveBack() {
    block.giveBack();
    block = Block.nothing();
    memory = MemorySegment.NULL;
    begin = 0;
    length = 0;
    giveBackScratchAbove(0);
  }

  /** Frees the memory that was given back and waits for its next use, if it is much. */
  public static void freeUnused() {
    Block.freeWaiting();
  }

  /** Gives back what is of no use once a blob is made; what is small is kept. */
  void giveBackScratch() {
    giveBackScratchAbove(KEPT_SCRATCH_BYTES);
  }

  private void giveBackScratchAbove(long kept) {
    for (int i = 0; i < scratch.length; i++) {
      if (scratch[i].size() > kept) {
        scratch[i].giveBack();
        scratch[i] = Block.nothing();
      }
    }
  }

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
    makeRoom(bytes);
    begin = 0;
    length = bytes;
    return blob();
  }

  private void makeRoom(long bytes) {
    if (bytes > memory.byteSize()) {
      long capacity = Math.max(bytes, memory.byteSize() + (memory.byteSize() >> 1));
      capacity = Math.ceilDiv(capacity, PAGE_BYTES) * PAGE_BYTES;
      if (isGivenBack) {
        block.giveBack(); // before there is more: what it holds is lost in any case
        memory = MemorySegment.NULL;
        block = Block.outsideHeap(capacity);
        memory = block.segment();
      } else {
        memory = Arena.ofAuto().allocate(capacity, Long.BYTES);
      }
    }
  }

  /** Returns about how many bytes of memory the buffer takes, scratch space included. */
  public long memoryBytes() {
    long bytes = memory.byteSize() + selection.memoryBytes();
    bytes += container == null ? 0 : ContainerBits.MEMORY_BYTES;
    bytes += scanner == null ? 0 : scanner.memoryBytes();
    bytes += packing == null ? 0 : PackedValues.Writer.MEMORY_BYTES;
    for (int i = 0; i < scratch.length; i++) {
      bytes += scratch[i].size();
    }
    return bytes;
  }

  /**
   * Makes room for the values of a blob. What the buffer held is lost.
   *
   * @param head the most that may come before them, a multiple of 8
   * @param bytes the most that they may take
   * @return the segment to put them in
   */
  MemorySegment reserveBehind(long head, long bytes) {
    makeRoom(head + bytes);
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

  /** The room before the reserved values; of use until the blob is set. */
  MemorySegment head() {
    return memory.asSlice(0, valuesBegin);
  }

  /** The scanner for elements of this size. */
  DefinedScanner scanner(int elementSize) {
    if (scanner == null || scanner.elementSize != elementSize) {
      scanner = DefinedScanner.of(elementSize);
    }
    return scanner;
  }

  /** Whether nearly all elements of the last chunk were defined. */
  boolean wasNearlyAll() {
    return wasNearlyAll;
  }

  void rememberNearlyAll(boolean isNearlyAll) {
    wasNearlyAll = isNearlyAll;
  }

  /** Room for the positions of a container. */
  ContainerBits container() {
    if (container == null) {
      container = new ContainerBits();
    }
    return container;
  }

  /** What packs values in few bits. */
  PackedValues.Writer packing() {
    if (packing == null) {
      packing = new PackedValues.Writer();
    }
    return packing;
  }

  SelectionCodec selection() {
    return selection;
  }

  /** One of two pieces of memory of at least {@code bytes} bytes; its content is undefined. */
  MemorySegment scratch(int which, long bytes) {
    if (scratch[which].size() < bytes) {
      scratch[which].giveBack();
      scratch[which] = Block.nothing();
      scratch[which] = Block.outsideHeap(Math.max(bytes, KEPT_SCRATCH_BYTES / 8));
    }
    return scratch[which].segment();
  }
}
