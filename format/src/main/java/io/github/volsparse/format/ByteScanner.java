package io.github.volsparse.format;

import java.lang.foreign.MemorySegment;

/**
 * Scans elements of any size. Each is compared with the fill value eight bytes at a time, wherever
 * they lie in the words of a block; runs of those that differ are copied as they are.
 */
final class ByteScanner extends DefinedScanner {
  /** About what is in an array at a time; one element at least. */
  private static final int BLOCK_BYTES = Packer.BLOCK_BYTES;

  private final int blockElements;

  /** The block, and a word behind it. */
  private final long[] words;

  /** The same bytes, to be packed. */
  private final byte[] block;

  /** The fill value, and zeros up to a whole word. */
  private final long[] fillWords;

  /** The bits that an element has in its last word. */
  private final long lastBits;

  ByteScanner(int elementSize) {
    super(elementSize);
    blockElements = Math.max(1, BLOCK_BYTES / elementSize);
    words = new long[Math.ceilDiv(blockElements * elementSize, Long.BYTES) + 1];
    block = new byte[blockElements * elementSize];
    fillWords = new long[Math.ceilDiv(elementSize, Long.BYTES)];
    lastBits = -1L >>> -elementSize * Byte.SIZE;
  }

  @Override
  long memoryBytes() {
    return ContainerBits.MEMORY_BYTES + (long) Long.BYTES * (2 * words.length + fillWords.length);
  }

  @Override
  int scan(
      MemorySegment elements, long from, long to, Fill fill, MemorySegment packed, long packedAt) {
    fill.copyTo(fillWords);
    found.beginBits((int) ((to - from) / elementSize));
    long next = packedAt;
    int first = 0;
    for (long at = from; at < to; ) {
      int count = (int) Math.min(blockElements, (to - at) / elementSize);
      int bytes = count * elementSize;
      words[bytes / Long.BYTES] = 0;
      MemorySegment.copy(elements, at, MemorySegment.ofArray(words), 0, bytes);
      flag(words, elementSize, count, fillWords, lastBits, found.bits(), first);
      if (packed != null) {
        MemorySegment.copy(elements, at, MemorySegment.ofArray(block), 0, bytes);
        int length = pack(first, count);
        Elements.copy(MemorySegment.ofArray(block), 0, packed, next, length);
        next += length;
      }
      first += count;
      at += bytes;
    }
    found.endBits();
    return found.cardinality();
  }

  /** Sets the bits of the elements that differ. */
  private static void flag(
      long[] w, int size, int count, long[] fill, long lastBits, long[] bits, int first) {
    for (int i = 0; i < count; i++) {
      if (differs(w, i * size, fill, lastBits)) {
        bits[first + i >>> 6] |= 1L << first + i;
      }
    }
  }

  private static boolean differs(long[] w, int at, long[] fill, long lastBits) {
    int word = at >>> 3;
    int shift = (at & 7) << 3;
    int last = fill.length - 1;
    for (int i = 0; i < last; i++) {
      if ((w[word + i] >>> shift | w[word + i + 1] << 1 << 63 - shift) != fill[i]) {
        return true;
      }
    }
    long x = w[word + last] >>> shift | w[word + last + 1] << 1 << 63 - shift;
    return ((x ^ fill[last]) & lastBits) != 0;
  }

  /** Moves the elements whose bits are set to the front of the block; returns their bytes. */
  private int pack(int first, int count) {
    long[] bits = found.bits();
    int length = 0;
    int end = first + count;
    for (int start = ContainerBits.next(bits, first, end, true); start < end; ) {
      int stop = ContainerBits.next(bits, start, end, false);
      int bytes = (stop - start) * elementSize;
      System.arraycopy(block, (start - first) * elementSize, block, length, bytes);
      length += bytes;
      start = ContainerBits.next(bits, stop, end, true);
    }
    return length;
  }
}
