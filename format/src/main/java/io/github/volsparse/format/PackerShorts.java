package io.github.volsparse.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Packs elements of two bytes. */
final class PackerShorts extends Packer {
  /** All bits but the highest of every element. */
  private static final long LOW = 0x7FFF_7FFF_7FFF_7FFFL;

  /** The lowest bit of every element. */
  private static final long ONES = 0x0001_0001_0001_0001L;

  /** Elements of a word that are chosen, by their bits. */
  private static final long[] CHOSEN = new long[16];

  // Those of them that move down by one element, and then by two.
  private static final long[] BY_ONE = new long[16];
  private static final long[] BY_TWO = new long[16];

  static {
    for (int chosen = 0; chosen < 16; chosen++) {
      for (int lane = 0; lane < 4; lane++) {
        if ((chosen >> lane & 1) != 0) {
          int by = lane - Integer.bitCount(chosen & (1 << lane) - 1);
          CHOSEN[chosen] |= 0xFFFFL << 16 * lane;
          BY_ONE[chosen] |= (by & 1) == 0 ? 0 : 0xFFFFL << 16 * lane;
          BY_TWO[chosen] |= (by & 2) == 0 ? 0 : 0xFFFFL << 16 * (lane - (by & 1));
        }
      }
    }
  }

  /**
   * From this many defined elements of 64 on, all of them are packed together, which is faster than
   * one by one.
   */
  private static final int MANY = 20;

  private final short[] out = new short[BLOCK_BYTES / 2 + SLACK];

  PackerShorts() {
    super(2);
  }

  @Override
  void scan(long pattern, long[] bits, int at) {
    flag(words, pattern, flags);
    gather(flags, bits, at);
  }

  private static void flag(long[] w, long pattern, long[] t) {
    for (int i = 0; i < BLOCK_WORDS; i++) {
      long a = w[i] ^ pattern;
      t[i] = ((a & LOW) + LOW | a) >>> 15 & ONES;
    }
  }

  private static void gather(long[] t, long[] bits, int at) {
    for (int i = 0; i < BLOCK_WORDS; i += 16) {
      long r = 0;
      for (int j = 12; j >= 0; j -= 4) {
        long y = t[i + j] | t[i + j + 1] << 4 | t[i + j + 2] << 8 | t[i + j + 3] << 12;
        r = r << 16 | y * 0x0001_0002_0004_0008L >>> 48;
      }
      bits[at++] = r;
    }
  }

  @Override
  int list(long pattern, int base, short[] positions, int size) {
    return list(words, pattern, base, positions, size, out);
  }

  private static int list(
      long[] w, long pattern, int base, short[] positions, int size, short[] o) {
    int k = 0;
    int lines = 0;
    for (int line = 0; line < BLOCK_WORDS; line += LINE_WORDS) {
      if (lineDiffers(w, line, pattern)) {
        if (++lines > MOST_LINES) {
          return -1;
        }
        k = listLine(w, line, pattern, base + line * 4, positions, size, o, k);
      }
    }
    return lines << Integer.SIZE / 2 | k;
  }

  private static int listLine(
      long[] w, int base, long pattern, int first, short[] positions, int size, short[] o, int k) {
    long b = 0;
    for (int j = LINE_WORDS - 1; j >= 0; j--) {
      long a = w[base + j] ^ pattern;
      b = b << 4 | (((a & LOW) + LOW | a) >>> 15 & ONES) * 0x1000_2000_4000_8000L >>> 60;
    }
    for (; b != 0; b &= b - 1, k++) {
      int e = Long.numberOfTrailingZeros(b);
      o[k] = (short) (w[base + (e >>> 2)] >>> (e << 4));
      positions[size + k] = (short) (first + e);
    }
    return k;
  }

  @Override
  int pack(long[] bits, int at) {
    return pack(words, bits, at, out);
  }

  private static int pack(long[] w, long[] bits, int at, short[] o) {
    int k = 0;
    for (int i = 0; i < BLOCK_WORDS / 16; i++) {
      long b = bits[at + i];
      int base = i * 16;
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
        o[j] = (short) (w[base + (e >>> 2)] >>> (e << 4));
        o[j + 1] = (short) (w[base + (f >>> 2)] >>> (f << 4));
        o[j + 2] = (short) (w[base + (g >>> 2)] >>> (g << 4));
        o[j + 3] = (short) (w[base + (h >>> 2)] >>> (h << 4));
        j += 4;
      } while (j < end);
      k = end;
    }
    return k;
  }

  private static int packMany(long[] w, long b, int base, short[] o, int k) {
    for (int j = 0; j < 16; j++) {
      int chosen = (int) (b >>> 4 * j) & 0xF;
      long x = w[base + j] & CHOSEN[chosen];
      long moved = x & BY_ONE[chosen];
      x = x ^ moved | moved >>> 16;
      moved = x & BY_TWO[chosen];
      x = x ^ moved | moved >>> 32;
      o[k] = (short) x;
      o[k + 1] = (short) (x >>> 16);
      o[k + 2] = (short) (x >>> 32);
      o[k + 3] = (short) (x >>> 48);
      k += Integer.bitCount(chosen);
    }
    return k;
  }

  @Override
  int pack(long[] bits, int at, short[] positions, int size) {
    return pack(words, bits, at, positions, size, out);
  }

  private static int pack(long[] w, long[] bits, int at, short[] positions, int size, short[] o) {
    int k = 0;
    for (int i = 0; i < BLOCK_WORDS / 16; i++) {
      long b = bits[at + i];
      int base = i * 16;
      int first = (at + i) * Long.SIZE;
      int end = k + Long.bitCount(b);
      int j = k;
      do { // at least once: nobody can predict whether there are any
        int e = Long.numberOfTrailingZeros(b);
        b &= b - 1;
        int f = Long.numberOfTrailingZeros(b);
        b &= b - 1;
        o[j] = (short) (w[base + (e >>> 2)] >>> (e << 4));
        o[j + 1] = (short) (w[base + (f >>> 2)] >>> (f << 4));
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
        MemorySegment.ofArray(out), ValueLayout.JAVA_SHORT, 0, to, Elements.SHORT, toAt, count);
  }
}
