package io.github.volsparse.format;

import java.lang.foreign.MemorySegment;

/**
 * Finds the elements of a block that differ from the fill value, and packs them: on words of 64
 * bits, in arrays that stay in the nearest cache.
 *
 * <p>The work is in small static methods on arrays, with one loop each: the JVM compiles these
 * early, and vectorises the plain ones. An instance belongs to one thread.
 */
abstract class Packer {
  static final int BLOCK_BYTES = 1 << 13;
  static final int BLOCK_WORDS = BLOCK_BYTES / Long.BYTES;

  /** Words that are compared in one step where few elements differ: one cache line. */
  static final int LINE_WORDS = 8;

  /** Room behind the packed elements of a block, which are written several at a time. */
  static final int SLACK = Long.SIZE;

  /** Of more lines than these, {@link #list} does not list the elements. */
  static final int MOST_LINES = 32;

  /** The block. One word more than it has: bits that run out name the element behind it. */
  final long[] words = new long[BLOCK_WORDS + 1];

  /** A flag for each element of the block, as {@link #scan} finds it. */
  final long[] flags = new long[BLOCK_WORDS];

  final int elementSize;

  /** A word in which the lowest bit of each element is set, and one with the highest bits. */
  private final long lowest;

  private final long highest;

  Packer(int elementSize) {
    this.elementSize = elementSize;
    int bits = elementSize * Byte.SIZE;
    lowest = Long.divideUnsigned(-1L, -1L >>> (Long.SIZE - bits));
    highest = lowest << (bits - 1);
  }

  /** Whether there is a packer for elements of this size. */
  static boolean packs(int elementSize) {
    return Long.BYTES % elementSize == 0;
  }

  static Packer of(int elementSize) {
    return switch (elementSize) {
      case 1 -> new PackerBytes();
      case 2 -> new PackerShorts();
      case 4 -> new PackerInts();
      case 8 -> new PackerLongs();
      default -> throw new IllegalArgumentException("elements of " + elementSize + " bytes");
    };
  }

  final int blockElements() {
    return BLOCK_BYTES / elementSize;
  }

  /** Whether any element of the block differs. */
  final boolean anyDiffers(long pattern) {
    return anyDiffers(words, pattern);
  }

  private static boolean anyDiffers(long[] w, long pattern) {
    long any = 0;
    for (int i = 0; i < BLOCK_WORDS; i++) {
      any |= w[i] ^ pattern;
    }
    return any != 0;
  }

  /** Whether all elements of the block differ. */
  final boolean allDiffer(long pattern) {
    return allDiffer(words, LINE_WORDS, pattern, lowest, highest)
        && allDiffer(words, BLOCK_WORDS, pattern, lowest, highest);
  }

  private static boolean allDiffer(long[] w, int count, long pattern, long lowest, long highest) {
    long equal = 0;
    for (int i = 0; i < count; i++) {
      long x = w[i] ^ pattern;
      equal |= (x - lowest) & ~x & highest; // not 0 if and only if an element of x is 0
    }
    return equal == 0;
  }

  static boolean lineDiffers(long[] w, int at, long pattern) {
    long a = w[at] ^ pattern;
    long b = w[at + 1] ^ pattern;
    long c = w[at + 2] ^ pattern;
    long d = w[at + 3] ^ pattern;
    long e = w[at + 4] ^ pattern;
    long f = w[at + 5] ^ pattern;
    long g = w[at + 6] ^ pattern;
    long h = w[at + 7] ^ pattern;
    return ((a | b) | (c | d) | (e | f) | (g | h)) != 0;
  }

  /**
   * Packs the elements that differ, where they are in few lines, and lists their positions.
   *
   * @param pattern the fill value, repeated to fill a word
   * @param base the position of the block's first element
   * @param positions receives the positions' low 16 bits
   * @param size where in {@code positions} the first comes; there is room for a block more
   * @return how many they are, in the low 16 bits, and above how many lines have one; -1 if these
   *     are not few, and what was done is of no use
   */
  abstract int list(long pattern, int base, short[] positions, int size);

  /**
   * Sets a bit for each element that differs.
   *
   * @param bits receives the bits of the block, from the word {@code at} on
   */
  abstract void scan(long pattern, long[] bits, int at);

  /**
   * Packs the elements of the block whose bits are set.
   *
   * @return how many they are
   */
  abstract int pack(long[] bits, int at);

  /** The same, and lists the positions, as {@link #list}; the first bit is position 0. */
  abstract int pack(long[] bits, int at, short[] positions, int size);

  /** Copies the first of the packed elements. */
  abstract void copyOut(int count, MemorySegment to, long toAt);
}
