package io.github.volsparse.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Packs elements of four bytes. */
final class PackerInts extends Packer {
  /** All bits but the highest of every element. */
  private static final long LOW = 0x7FFF_FFFF_7FFF_FFFFL;

  /** The lowest bit of every element. */
  private static final long ONES = 0x0000_0001_0000_0001L;

  /**
   * From this many defined elements of 64 on, all of them are packed together, which is faster than
   * one by one.
   */
  private static final int MANY = 28;

  private final int[] out = new int[BLOCK_BYTES / 4 + SLACK];

  PackerInts() {
    super(4);
  }

  @Override
  void scan(long pattern, long[] bits, int at) {
    flag(words, pattern, flags);
    gather(flags, bits, at);
  }

  private static void flag(long[] w, long pattern, long[] t) {
    for (int i = 0; i < BLOCK_WORDS; i++) {
      long a = w[i] ^ pattern;
      t[i] = ((a & LOW) + LOW | a) >>> 31 & ONES;
    }
  }

  private static void gather(long[] t, long[] bits, int at) {
    for (int i = 0; i < BLOCK_WORDS; i += 32) {
      long y = 0;
      long z = 0;
      for (int j = 15; j >= 0; j--) {
        y = y << 2 | t[i + j];
        z = z << 2 | t[i + j + 16];
      }
      // Every word's two flags are 32 bits apart: those of the second elements follow.
      bits[at++] = y & 0xFFFF_FFFFL | y >>> 31 | (z & 0xFFFF_FFFFL | z >>> 31) << 32;
    }
  }

  @Override
  int list(long pattern, int base, short[] positions, int size) {
    return list(words, pattern, base, positions, size, out);
  }

  private static int list(long[] w, long pattern, int base, short[] positions, int size, int[] o) {
    int k = 0;
    int lines = 0;
    for (int line = 0; line < BLOCK_WORDS; line += LINE_WORDS) {
      if (lineDiffers(w, line, pattern)) {
        if (++lines > MOST_LINES) {
          return -1;
        }
        k = listLine(w, line, pattern, base + line * 2, positions, size, o, k);
      }
    }
    return lines << Integer.SIZE / 2 | k;
  }

  private static int listLine(
      long[] w, int base, long pattern, int first, short[] positions, int size, int[] o, int k) {
    long b = 0;
    for (int j = LINE_WORDS - 1; j >= 0; j--) {
      long a = w[base + j] ^ pattern;
      b = b << 2 | (((a & LOW) + LOW | a) >>> 31 & ONES) * 0x4000_0000_8000_0000L >>> 62;
    }
    for (; b != 0; b &= b - 1, k++) {
      int e = Long.numberOfTrailingZeros(b);
      o[k] = (int) (w[base + (e >>> 1)] >>> (e << 5));
      positions[size + k] = (short) (first + e);
    }
    return k;
  }

  @Override
  int pack(long[] bits, int at) {
    return pack(words, bits, at, out);
  }

  private static int pack(long[] w, long[] bits, int at, int[] o) {
    int k = 0;
    for (int i = 0; i < BLOCK_WORDS / 32; i++) {
      long b = bits[at + i];
      int base = i * 32;
      int count = Long.bitCount(b);
      if (count > MANY) {
        k = packMany(w, b, base, o, k);
        continue;
      }
      int end = k + count;
      int j = k;
      do { // at least once: nobody can predict whether there are any
        int e = Long.numberOfTrailingZeros(b);
        b &= b - 1;
        int f = Long.numberOfTrailingZeros(b);
        b &= b - 1;
        int g = Long.numberOfTrailingZeros(b);
        b &= b - 1;
        int h = Long.numberOfTrailingZeros(b);
        b &= b - 1;
        o[j] = (int) (w[base + (e >>> 1)] >>> (e << 5));
        o[j + 1] = (int) (w[base + (f >>> 1)] >>> (f << 5));
        o[j + 2] = (int) (w[base + (g >>> 1)] >>> (g << 5));
        o[j + 3] = (int) (w[base + (h >>> 1)] >>> (h << 5));
        j += 4;
      } while (j < end);
      k = end;
    }
    return k;
  }

  private static int packMany(long[] w, long b, int base, int[] o, int k) {
    for (int j = 0; j < 32; j++) {
      long x = w[base + j];
      int low = (int) (b >>> 2 * j) & 1;
      int high = (int) (b >>> 2 * j + 1) & 1;
      o[k] = (int) x;
      o[k + low] = (int) (x >>> 32);
      // Where only the first is chosen the second was written behind it, and is overwritten.
      k += low + high;
    }
    return k;
  }

  @Override
  int pack(long[] bits, int at, short[] positions, int size) {
    return pack(words, bits, at, positions, size, out);
  }

  private static int pack(long[] w, long[] bits, int at, short[] positions, int size, int[] o) {
    int k = 0;
    for (int i = 0; i < BLOCK_WORDS / 32; i++) {
      long b = bits[at + i];
      int base = i * 32;
      int first = (at + i) * Long.SIZE;
      int end = k + Long.bitCount(b);
      int j = k;
      do { // at least once: nobody can predict whether there are any
        int e = Long.numberOfTrailingZeros(b);
        b &= b - 1;
        int f = Long.numberOfTrailingZeros(b);
        b &= b - 1;
        o[j] = (int) (w[base + (e >>> 1)] >>> (e << 5));
        o[j + 1] = (int) (w[base + (f >>> 1)] >>> (f << 5));
        positions[size + j] = (short) (first + e);
        positions[size + j + 1] = (short) (first + f);
        j += 2;
      } while (j < end);
      k = end;
    }
    return k;
  }

  @Override
  void copyOut(int count, MemorySegment to, long toAt) {
    MemorySegment.copy(
        MemorySegment.ofArray(out), ValueLayout.JAVA_INT, 0, to, Elements.INT, toAt, count);
  }
}
