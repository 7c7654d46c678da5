package io.github.volsparse.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Packs elements of byte. */
final class PackerBytes extends Packer {
  /** All bits but the highest of every element. */
  private static final long LOW = 0x7F7F_7F7F_7F7F_7F7FL;

  /** The lowest bit of every element. */
  private static final long ONES = 0x0101_0101_0101_0101L;

  /** Elements of a word that are chosen, by their bits. */
  private static final long[] CHOSEN = new long[256];

  // Those of them that move down by one element, then by two, then by four.
  private static final long[] BY_ONE = new long[256];
  private static final long[] BY_TWO = new long[256];
  private static final long[] BY_FOUR = new long[256];

  static {
    for (int chosen = 0; chosen < 256; chosen++) {
      for (int lane = 0; lane < Long.BYTES; lane++) {
        if ((chosen >> lane & 1) != 0) {
          int by = lane - Integer.bitCount(chosen & (1 << lane) - 1);
          CHOSEN[chosen] |= 0xFFL << 8 * lane;
          BY_ONE[chosen] |= (by & 1) == 0 ? 0 : 0xFFL << 8 * lane;
          BY_TWO[chosen] |= (by & 2) == 0 ? 0 : 0xFFL << 8 * (lane - (by & 1));
          BY_FOUR[chosen] |= (by & 4) == 0 ? 0 : 0xFFL << 8 * (lane - (by & 3));
        }
      }
    }
  }

  /**
   * From this many defined elements of 64 on, all of them are packed together, which is faster than
   * one by one.
   */
  private static final int MANY = 14;

  private final byte[] out = new byte[BLOCK_BYTES + SLACK];

  PackerBytes() {
    super(1);
  }

  @Override
  void scan(long pattern, long[] bits, int at) {
    flag(words, pattern, flags);
    gather(flags, bits, at);
  }

  private static void flag(long[] w, long pattern, long[] t) {
    for (int i = 0; i < BLOCK_WORDS; i++) {
      long a = w[i] ^ pattern;
      t[i] = ((a & LOW) + LOW | a) >>> 7 & ONES;
    }
  }

  private static void gather(long[] t, long[] bits, int at) {
    for (int i = 0; i < BLOCK_WORDS; i += 8) {
      long r = 0;
      for (int j = 7; j >= 0; j--) {
        r = r << 8 | t[i + j] * 0x0102_0408_1020_4080L >>> 56;
      }
      bits[at++] = r;
    }
  }

  @Override
  int list(long pattern, int base, short[] positions, int size) {
    return list(words, pattern, base, positions, size, out);
  }

  private static int list(long[] w, long pattern, int base, short[] positions, int size, byte[] o) {
    int k = 0;
    int lines = 0;
    for (int line = 0; line < BLOCK_WORDS; line += LINE_WORDS) {
      if (lineDiffers(w, line, pattern)) {
        if (++lines > MOST_LINES) {
          return -1;
        }
        k = listLine(w, line, pattern, base + line * 8, positions, size, o, k);
      }
    }
    return lines << Integer.SIZE / 2 | k;
  }

  private static int listLine(
      long[] w, int base, long pattern, int first, short[] positions, int size, byte[] o, int k) {
    long b = 0;
    for (int j = LINE_WORDS - 1; j >= 0; j--) {
      long a = w[base + j] ^ pattern;
      b = b << 8 | (((a & LOW) + LOW | a) >>> 7 & ONES) * 0x0102_0408_1020_4080L >>> 56;
    }
    for (; b != 0; b &= b - 1, k++) {
      int e = Long.numberOfTrailingZeros(b);
      o[k] = (byte) (w[base + (e >>> 3)] >>> (e << 3));
      positions[size + k] = (short) (first + e);
    }
    return k;
  }

  @Override
  int pack(long[] bits, int at) {
    return pack(words, bits, at, out);
  }

  private static int pack(long[] w, long[] bits, int at, byte[] o) {
    int k = 0;
    for (int i = 0; i < BLOCK_WORDS / 8; i++) {
      long b = bits[at + i];
      int base = i * 8;
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
        o[j] = (byte) (w[base + (e >>> 3)] >>> (e << 3));
        o[j + 1] = (byte) (w[base + (f >>> 3)] >>> (f << 3));
        o[j + 2] = (byte) (w[base + (g >>> 3)] >>> (g << 3));
        o[j + 3] = (byte) (w[base + (h >>> 3)] >>> (h << 3));
        j += 4;
      } while (j < end);
      k = end;
    }
    return k;
  }

  private static int packMany(long[] w, long b, int base, byte[] o, int k) {
    for (int j = 0; j < 8; j++) {
      int chosen = (int) (b >>> 8 * j) & 0xFF;
      long x = w[base + j] & CHOSEN[chosen];
      long moved = x & BY_ONE[chosen];
      x = x ^ moved | moved >>> 8;
      moved = x & BY_TWO[chosen];
      x = x ^ moved | moved >>> 16;
      moved = x & BY_FOUR[chosen];
      x = x ^ moved | moved >>> 32;
      o[k] = (byte) x;
      o[k + 1] = (byte) (x >>> 8);
      o[k + 2] = (byte) (x >>> 16);
      o[k + 3] = (byte) (x >>> 24);
      o[k + 4] = (byte) (x >>> 32);
      o[k + 5] = (byte) (x >>> 40);
      o[k + 6] = (byte) (x >>> 48);
      o[k + 7] = (byte) (x >>> 56);
      k += Integer.bitCount(chosen);
    }
    return k;
  }

  @Override
  int pack(long[] bits, int at, short[] positions, int size) {
    return pack(words, bits, at, positions, size, out);
  }

  private static int pack(long[] w, long[] bits, int at, short[] positions, int size, byte[] o) {
    int k = 0;
    for (int i = 0; i < BLOCK_WORDS / 8; i++) {
      long b = bits[at + i];
      int base = i * 8;
      int first = (at + i) * Long.SIZE;
      int end = k + Long.bitCount(b);
      int j = k;
      do { // at least once: nobody can predict whether there are any
        int e = Long.numberOfTrailingZeros(b);
        b &= b - 1;
        int f = Long.numberOfTrailingZeros(b);
        b &= b - 1;
        o[j] = (byte) (w[base + (e >>> 3)] >>> (e << 3));
        o[j + 1] = (byte) (w[base + (f >>> 3)] >>> (f << 3));
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
        MemorySegment.ofArray(out), ValueLayout.JAVA_BYTE, 0, to, Elements.BYTE, toAt, count);
  }
}
