package io.github.volsparse.chunk;

import java.lang.foreign.MemorySegment;

/**
 * The fill value as a pattern: fills memory with it, and finds the elements that differ from it.
 *
 * <p>Elements of 1, 2, 4 and 8 bytes are compared eight bytes at a time with the fill value
 * repeated to fill a {@code long}: equal words, nearly all of them in sparse data, cost an XOR and
 * an OR. Every other size is compared with a block of repeated fill values by {@link
 * MemorySegment#mismatch}, which is vectorised. Byte order does not matter: only equality does.
 */
final class Fill {

  /** Bytes compared in one step of the word scan: one cache line. */
  private static final int LINE_BYTES = 64;

  /** About how long a block of repeated fill values is: small enough to stay in the L1 cache. */
  private static final int BLOCK_BYTES = 4096;

  private final byte[] value;
  private final int elementSize;
  private final boolean uniform;
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
    if (block == null) {
      byte[] bytes = new byte[Math.max(1, BLOCK_BYTES / elementSize) * elementSize];
      for (int at = 0; at < bytes.length; at += elementSize) {
        System.arraycopy(value, 0, bytes, at, elementSize);
      }
      block = MemorySegment.ofArray(bytes);
    }
    return block;
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

  /**
   * Finds the elements that differ from the fill value.
   *
   * @param covered the positions whose values are given; the others are taken for fill
   * @param values their values, packed
   * @param found receives the positions
   */
  void findDefined(Runs covered, MemorySegment values, Runs found) {
    for (int run = 0; run < covered.size(); run++) {
      long offset = covered.rank(run) * elementSize;
      long bytes = covered.length(run) * elementSize;
      if (Long.BYTES % elementSize == 0) {
        scanWords(values, offset, bytes, covered.start(run), found);
      } else {
        scanBlocks(values, offset, bytes, covered.start(run), found);
      }
    }
  }

  private void scanWords(MemorySegment values, long offset, long bytes, long position, Runs found) {
    long pattern = block().get(Elements.LONG, 0);
    Lanes lanes = Lanes.of(elementSize);
    long at = 0;
    for (; at + LINE_BYTES <= bytes; at += LINE_BYTES) {
      if (lineDiffers(values, offset + at, pattern)) {
        for (long word = at; word < at + LINE_BYTES; word += Long.BYTES) {
          long difference = values.get(Elements.LONG, offset + word) ^ pattern;
          lanes.append(difference, position + word / elementSize, found);
        }
      }
    }
    for (; at < bytes; at += Long.BYTES) {
      long rest = Math.min(Long.BYTES, bytes - at);
      long difference = partialWord(values, offset + at, rest, pattern) ^ pattern;
      lanes.append(difference, position + at / elementSize, found);
    }
  }

  private static boolean lineDiffers(MemorySegment values, long at, long pattern) {
    long a = values.get(Elements.LONG, at) ^ pattern;
    long b = values.get(Elements.LONG, at + 8) ^ pattern;
    long c = values.get(Elements.LONG, at + 16) ^ pattern;
    long d = values.get(Elements.LONG, at + 24) ^ pattern;
    long e = values.get(Elements.LONG, at + 32) ^ pattern;
    long f = values.get(Elements.LONG, at + 40) ^ pattern;
    long g = values.get(Elements.LONG, at + 48) ^ pattern;
    long h = values.get(Elements.LONG, at + 56) ^ pattern;
    return ((a | b) | (c | d) | (e | f) | (g | h)) != 0;
  }

  /** Reads 1 to 8 bytes; those behind them are taken from the pattern and so do not differ. */
  private static long partialWord(MemorySegment values, long at, long bytes, long pattern) {
    if (bytes == Long.BYTES) {
      return values.get(Elements.LONG, at);
    }
    long word = pattern;
    for (int i = 0; i < bytes; i++) {
      int shift = i * Byte.SIZE;
      word &= ~(0xFFL << shift);
      word |= (values.get(Elements.BYTE, at + i) & 0xFFL) << shift;
    }
    return word;
  }

  /** The elements in one {@code long}, the first in its lowest bits. */
  private record Lanes(int elementSize, int count, long low, long high) {

    private static final Lanes ONE = of(1, 0x7F7F_7F7F_7F7F_7F7FL);
    private static final Lanes TWO = of(2, 0x7FFF_7FFF_7FFF_7FFFL);
    private static final Lanes FOUR = of(4, 0x7FFF_FFFF_7FFF_FFFFL);
    private static final Lanes EIGHT = of(8, 0x7FFF_FFFF_FFFF_FFFFL);

    private static Lanes of(int elementSize, long low) {
      return new Lanes(elementSize, Long.BYTES / elementSize, low, ~low);
    }

    static Lanes of(int elementSize) {
      return switch (elementSize) {
        case 1 -> ONE;
        case 2 -> TWO;
        case 4 -> FOUR;
        default -> EIGHT;
      };
    }

    /** Appends the lanes of {@code word} that are not zero; lane 0 is {@code position}. */
    void append(long word, long position, Runs found) {
      if (word == 0) {
        return;
      }
      // The highest bit of each lane that is not zero: no lane's sum carries into the next.
      long set = ((word & low) + low | word) & high;
      if (set == high) {
        found.append(position, position + count);
        return;
      }
      for (; set != 0; set &= set - 1) {
        long at = position + Long.numberOfTrailingZeros(set) / (elementSize * Byte.SIZE);
        found.append(at, at + 1);
      }
    }
  }

  private void scanBlocks(
      MemorySegment values, long offset, long bytes, long position, Runs found) {
    MemorySegment fills = block();
    long at = 0;
    while (at < bytes) {
      long length = Math.min(fills.byteSize(), bytes - at);
      long from = offset + at;
      long equal = MemorySegment.mismatch(values, from, from + length, fills, 0, length);
      if (equal < 0) {
        at += length;
        continue;
      }
      long element = (at + equal) / elementSize;
      found.append(position + element, position + element + 1);
      at = (element + 1) * elementSize;
    }
  }
}
