package io.github.volsparse.format;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** The fill value: as a pattern to compare elements with, and to fill memory with. */
final class Fill {

  /** About how long a block of repeated fill values is: small enough to stay in the L1 cache. */
  private static final int BLOCK_BYTES = 4096;

  private final byte[] value;
  private final int elementSize;
  private final boolean uniform;

  /** Made when first needed. Concurrent readers of a chunk may make it twice, which is harmless. */
  private MemorySegment block;

  Fill(byte[] value) {
    this.value = value;
    this.elementSize = value.length;
    this.uniform = isUniform(value);
  }

  private static boolean isUniform(byte[] value) {
    for (byte b : value) {
      if (b != value[0]) {
        return false;
      }
    }
    return true;
  }

  /** Whether all bytes of the fill value are zero. */
  boolean isZero() {
    return uniform && value[0] == 0;
  }

  /** Whole fill values one after another, at least one. */
  private MemorySegment block() {
    MemorySegment fills = block;
    if (fills == null) {
      byte[] bytes = new byte[Math.max(1, BLOCK_BYTES / elementSize) * elementSize];
      for (int at = 0; at < bytes.length; at += elementSize) {
        System.arraycopy(value, 0, bytes, at, elementSize);
      }
      fills = MemorySegment.ofArray(bytes);
      block = fills;
    }
    return fills;
  }

  /** The fill value repeated to fill a word, for elements of 1, 2, 4 or 8 bytes. */
  long pattern() {
    return block().get(Elements.LONG, 0);
  }

  /** Sets {@code bytes} bytes, whole elements, to the fill value. */
  void fill(MemorySegment memory, long offset, long bytes) {
    if (uniform) {
      memory.asSlice(offset, bytes).fill(value[0]);
      return;
    }
    MemorySegment from = block();
    for (long at = 0; at < bytes; at += from.byteSize()) {
      MemorySegment.copy(from, 0, memory, offset + at, Math.min(from.byteSize(), bytes - at));
    }
  }

  /** Copies the fill value, which goes into as many words with zeros behind it. */
  void copyTo(long[] words) {
    words[words.length - 1] = 0;
    MemorySegment.copy(
        MemorySegment.ofArray(value), 0, MemorySegment.ofArray(words), 0, elementSize);
  }

  /** Copies up to a block; behind the end of the values comes the pattern: no difference. */
  static void copyBlock(
      MemorySegment values, long at, long end, long pattern, long[] words, int blockBytes) {
    int length = (int) Math.min(blockBytes, end - at);
    int whole = length / Long.BYTES;
    Elements.copy(values, at, words, whole);
    if (length < blockBytes) {
      Arrays.fill(words, whole, blockBytes / Long.BYTES, pattern);
    }
    for (int rest = whole * Long.BYTES; rest < length; rest++) {
      int shift = rest % Long.BYTES * Byte.SIZE;
      words[whole] &= ~(0xFFL << shift);
      words[whole] |= (values.get(Elements.BYTE, at + rest) & 0xFFL) << shift;
    }
  }
}
