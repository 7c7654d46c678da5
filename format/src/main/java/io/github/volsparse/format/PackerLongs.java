package io.github.volsparse.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Packs elements of eight bytes. */
final class PackerLongs extends Packer {
  /**
   * From this many defined elements of 64 on, all of them are packed together, which is faster than
   * one by one.
   */
  private static final int MANY = 28;

  private final long[] out = new long[BLOCK_BYTES / 8 + SLACK];

  PackerLongs() {
    super(8);
  }

  @Override
  void scan(long pattern, long[] bits, int at) {
    flag(words, pattern, flags);
    gather(flags, bits, at);
  }

  private static void flag(long[] w, long pattern, long[] t) {
    for (int i = 0; i < BLOCK_WORDS; i++) {
      long a = w[i] ^ pattern;
      t[i] = (a | -a) >>> 63;
    }
  }

  private static void gather(long[] t, long[] bits, int at) {
    for (int i = 0; i < BLOCK_WORDS; i += 64) {
      long y = 0;
      for (int j = 56; j >= 0; j -= 8) {
        y =
            y << 8
                | t[i + j]
                | t[i + j + 1] << 1
                | t[i + j + 2] << 2
                | t[i + j + 3] << 3
                | t[i + j + 4] << 4
                | t[i + j + 5] << 5
                | t[i + j + 6] << 6
                | t[i + j + 7] << 7;
      }
      bits[at++] = y;
    }
  }

  @Override
  int list(long pattern, int base, short[] positions, int size) {
    return list(words, pattern, base, positions, size, out);
  }

  private static int list(long[] w, long pattern, int base, short[] positions, int size, long[] o) {
    int k = 0;
    int lines = 0;
    for (int line = 0; line < BLOCK_WORDS; line += LINE_WORDS) {
      if (lineDiffers(w, line, pattern)) {
        if (++lines > MOST_LINES) {
          return -1;
        }
        k = listLine(w, line, pattern, base + line * 1, positions, size, o, k);
      }
    }
    return lines << Integer.SIZE / 2 | k;
  }

  private static int listLine(
      long[] w, int base, long pattern, int first, short[] positions, int size, long[] o, int k) {
    long b = 0;
    for (int j = LINE_WORDS - 1; j >= 0; j--) {
      long a = w[base + j] ^ pattern;
      b = b << 1 | ((a | -a) >>> 63);
    }
    for (; b != 0; b &= b - 1, k++) {
      int e = Long.numberOfTrailingZeros(b);
      o[k] = w[base + e];
      positions[size + k] = (short) (first + e);
    }
    return k;
  }

  @Override
  int pack(long[] bits, int at) {
    return pack(words, bits, at, out);
  }

  private static int pack(long[] w, long[] bits, int at, long[] o) {
    int k = 0;
    for (int i = 0; i < BLOCK_WORDS / 64; i++) {
      long b = bits[at + i];
      int base = i * 64;
      int count = Long.bitCount(b);
      if (b == -1L) {
        System.arraycopy(w, base, o, k, 64);
        k += 64;
        continue;
      }
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
        o[j] = w[base + e];
        o[j + 1] = w[base + f];
        o[j + 2] = w[base + g];
        o[j + 3] = w[base + h];
        j += 4;
      } while (j < end);
      k = end;
    }
    return k;
  }

  private static int packMany(long[] w, long b, int base, long[] o, int k) {
    for (int j = 0; j < 64; j++) {
      o[k] = w[base + j];
      k += (int) (b >>> j) & 1;
    }
    return k;
  }

  @Override
  int pack(long[] bits, int at, short[] positions, int size) {
    return pack(words, bits, at, positions, size, out);
  }

  private static int pack(long[] w, long[] bits, int at, short[] positions, int size, long[] o) {
    int k = 0;
    for (int i = 0; i < BLOCK_WORDS / 64; i++) {
      long b = bits[at + i];
      int base = i * 64;
      int first = (at + i) * Long.SIZE;
      int end = k + Long.bitCount(b);
      int j = k;
      do { // at least once: nobody can predict whether there are any
        int e = Long.numberOfTrailingZeros(b);
        b &= b - 1;
        int f = Long.numberOfTrailingZeros(b);
        b &= b - 1;
        o[j] = w[base + e];
        o[j + 1] = w[base + f];
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
        MemorySegment.ofArray(out), ValueLayout.JAVA_LONG, 0, to, Elements.LONG, toAt, count);
  }
}
