package io.github.volsparse.format;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The fill value as a pattern: fills memory with it, and finds the elements that differ from it.
 *
 * <p>Elements of 1, 2, 4 and 8 bytes are compared eight bytes at a time with the fill value
 * repeated to fill a {@code long}: equal words, nearly all of them in sparse data, cost an XOR and
 * an OR. Every other size is compared with a block of repeated fill values by {@link
 * Arrays#mismatch(byte[], int, int, byte[], int, int)}, which is vectorised. Byte order does not
 * matter: only equality does.
 */
final class Fill {

  /** Words compared in one step of the word scan: one cache line. */
  private static final int LINE_WORDS = 8;

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

  /**
   * Finds the elements that differ from the fill value.
   *
   * @param values packed elements
   * @param elements how many
   * @param found receives their indexes
   */
  void findDefined(MemorySegment values, long elements, Runs found) {
    if (Long.BYTES % elementSize == 0) {
      scanWords(values, elements * elementSize, found, null);
    } else {
      scanBlocks(values, elements * elementSize, found);
    }
  }

  /**
   * Finds the elements that differ from the fill value, and packs them.
   *
   * @param values packed elements
   * @param elements how many
   * @param found receives their indexes
   * @param packed receives those that differ; may be the same memory as {@code values}
   */
  void packDefined(MemorySegment values, long elements, Runs found, MemorySegment packed) {
    if (Long.BYTES % elementSize == 0) {
      scanWords(values, elements * elementSize, found, packed);
      return;
    }
    scanBlocks(values, elements * elementSize, found);
    for (int run = 0; run < found.size(); run++) {
      long from = found.start(run) * elementSize;
      long to = found.rank(run) * elementSize;
      Elements.copy(values, from, packed, to, found.length(run) * elementSize);
    }
  }

  /**
   * Undoes the packing: lays the values out at their positions, with the fill value between them.
   *
   * @param defined their positions
   * @param values the packed values; receives all elements
   * @param elements how many that are
   */
  void spread(Runs defined, MemorySegment values, long elements) {
    long next = elements;
    for (int run = defined.size() - 1; run >= 0; run--) {
      long start = defined.start(run);
      long end = defined.end(run);
      fill(values, end * elementSize, (next - end) * elementSize);
      if (defined.rank(run) < start) {
        long bytes = defined.length(run) * elementSize;
        Elements.copy(values, defined.rank(run) * elementSize, values, start * elementSize, bytes);
      }
      next = start;
    }
    fill(values, 0, next * elementSize);
  }

  /**
   * Scans block by block, each copied into an array first, as {@link #scanBlocks} does. That costs
   * a tenth of the time and makes the rest plain array code: loads from a segment become several
   * times slower once the JIT compiler has seen both native segments and arrays.
   *
   * <p>Values are packed while their block is in the cache. Packed values never reach behind their
   * own block, so they may take the place of the values.
   */
  private void scanWords(MemorySegment values, long bytes, Runs found, MemorySegment packed) {
    long[] words = new long[BLOCK_BYTES / Long.BYTES];
    long[] differing = new long[BLOCK_BYTES / elementSize / Long.SIZE];
    long pattern = pattern();
    Lanes lanes = Lanes.of(elementSize);
    for (long at = 0; at < bytes; at += BLOCK_BYTES) {
      copyBlock(values, at, bytes, pattern, words);
      long packedAt = found.total() * elementSize;
      if (words[0] != pattern && lanes.allDiffer(words, pattern)) {
        found.append(at / elementSize, (at + BLOCK_BYTES) / elementSize);
        if (packed != null && (packed != values || packedAt < at)) {
          Elements.copy(words, words.length, packed, packedAt);
        }
      } else if (scanBlock(words, pattern, lanes, differing)) {
        found.appendBits(differing, differing.length, at / elementSize);
        if (packed != null) {
          int length = lanes.pack(words, differing) * elementSize;
          copyBytes(words, length, packed, packedAt);
        }
      }
    }
  }

  /** Copies the first bytes of an array; there may be no room for its last word as a whole. */
  private static void copyBytes(long[] words, int bytes, MemorySegment to, long at) {
    int whole = bytes / Long.BYTES;
    Elements.copy(words, whole, to, at);
    for (int rest = whole * Long.BYTES; rest < bytes; rest++) {
      to.set(Elements.BYTE, at + rest, (byte) (words[whole] >>> rest % Long.BYTES * Byte.SIZE));
    }
  }

  /**
   * Copies up to a block; behind the end of the values comes the pattern, which is no difference.
   */
  private static void copyBlock(
      MemorySegment values, long at, long end, long pattern, long[] words) {
    copyBlock(values, at, end, pattern, words, BLOCK_BYTES);
  }

  /** The same with blocks of another size. */
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

  /** Sets a bit for each element that differs; returns whether any does. */
  private static boolean scanBlock(long[] words, long pattern, Lanes lanes, long[] differing) {
    Arrays.fill(differing, 0);
    boolean any = false;
    for (int line = 0; line < words.length; line += LINE_WORDS) {
      if (lineDiffers(words, line, pattern)) {
        any = true;
        long bits = 0;
        for (int word = LINE_WORDS - 1; word >= 0; word--) {
          bits = bits << lanes.count | lanes.differing(words[line + word] ^ pattern);
        }
        // The elements of a line never straddle two longs; shifts count modulo 64.
        int element = line * lanes.count;
        differing[element / Long.SIZE] |= bits << element;
      }
    }
    return any;
  }

  private static boolean lineDiffers(long[] words, int at, long pattern) {
    long a = words[at] ^ pattern;
    long b = words[at + 1] ^ pattern;
    long c = words[at + 2] ^ pattern;
    long d = words[at + 3] ^ pattern;
    long e = words[at + 4] ^ pattern;
    long f = words[at + 5] ^ pattern;
    long g = words[at + 6] ^ pattern;
    long h = words[at + 7] ^ pattern;
    return ((a | b) | (c | d) | (e | f) | (g | h)) != 0;
  }

  /**
   * The elements in one {@code long}, the first in its lowest bits.
   *
   * @param count how many
   * @param low all bits but the highest of every element
   * @param ones the lowest bit of every element
   * @param gather factor that moves the lowest bits of all elements side by side to the top
   */
  private record Lanes(int count, long low, long ones, long gather) {

    private static final Lanes BYTES =
        new Lanes(8, 0x7F7F_7F7F_7F7F_7F7FL, 0x0101_0101_0101_0101L, 0x0102_0408_1020_4080L);
    private static final Lanes SHORTS =
        new Lanes(4, 0x7FFF_7FFF_7FFF_7FFFL, 0x0001_0001_0001_0001L, 0x1000_2000_4000_8000L);
    private static final Lanes INTS =
        new Lanes(2, 0x7FFF_FFFF_7FFF_FFFFL, 0x0000_0001_0000_0001L, 0x4000_0000_8000_0000L);
    private static final Lanes LONGS = new Lanes(1, 0x7FFF_FFFF_FFFF_FFFFL, 1, 1L << 63);

    static Lanes of(int elementSize) {
      return switch (elementSize) {
        case 1 -> BYTES;
        case 2 -> SHORTS;
        case 4 -> INTS;
        default -> LONGS;
      };
    }

    /** Whether no element of any word equals the pattern: so plain that it is vectorised. */
    boolean allDiffer(long[] words, long pattern) {
      long zeros = 0;
      for (int i = 0; i < words.length; i++) {
        long word = words[i] ^ pattern;
        // Highest bits of elements that are zero, and by borrowing of some above such a one.
        zeros |= word - ones & ~word & ~low;
      }
      return zeros == 0;
    }

    /**
     * Moves the elements whose bits are set to the front.
     *
     * @return how many there are
     */
    int pack(long[] words, long[] chosen) {
      int width = Long.SIZE / count;
      long mask = -1L >>> (Long.SIZE - width);
      int log = Integer.numberOfTrailingZeros(count);
      int packed = 0;
      long word = 0;
      for (int i = 0; i < chosen.length; i++) {
        for (long bits = chosen[i]; bits != 0; bits &= bits - 1) {
          int element = i * Long.SIZE + Long.numberOfTrailingZeros(bits);
          word |= (words[element >>> log] >>> element * width & mask) << packed * width;
          if ((++packed & count - 1) == 0) {
            // Behind elements that were read: as many at least as were packed.
            words[(packed >>> log) - 1] = word;
            word = 0;
          }
        }
      }
      if ((packed & count - 1) != 0) {
        words[packed >>> log] = word;
      }
      return packed;
    }

    /** One bit for each element, set if any bit of the element is. */
    long differing(long word) {
      // The sum sets an element's highest bit if a lower one is set, and carries no further.
      long highest = ((word & low) + low | word) & ~low;
      return (highest >>> (Long.SIZE / count - 1)) * gather >>> (Long.SIZE - count);
    }
  }

  private void scanBlocks(MemorySegment values, long bytes, Runs found) {
    byte[] block = new byte[(int) block().byteSize()];
    byte[] fills = block().toArray(Elements.BYTE);
    for (long at = 0; at < bytes; at += block.length) {
      int length = (int) Math.min(block.length, bytes - at);
      Elements.copy(values, at, block, length);
      scanBlock(block, length, fills, at / elementSize, found);
    }
  }

  private void scanBlock(byte[] block, int length, byte[] fills, long first, Runs found) {
    int at = 0;
    while (at < length) {
      int equal = Arrays.mismatch(block, at, length, fills, at, length);
      if (equal < 0) {
        return;
      }
      int element = (at + equal) / elementSize;
      int end = element + 1;
      while (end * elementSize < length && differs(block, end * elementSize)) {
        end++;
      }
      found.append(first + element, first + end);
      at = end * elementSize;
    }
  }

  /** Compares one element. Most that differ do so in their first byte. */
  private boolean differs(byte[] block, int at) {
    for (int i = 0; i < elementSize; i++) {
      if (block[at + i] != value[i]) {
        return true;
      }
    }
    return false;
  }
}
