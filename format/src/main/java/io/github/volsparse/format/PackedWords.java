package io.github.volsparse.format;

/**
 * Blocks of 64 words whose elements take few bits: each word holds elements side by side, its
 * <em>lanes</em>, and several words are laid into one, at different bits of the lanes.
 *
 * <p>Where a lane has room for {@code p} values, a block is {@code ceil(64 / p)} words, its
 * <em>rows</em>: word {@code j} is in row {@code j % rows}, at bit {@code j / rows * width} of the
 * lanes. So neighbouring words are shifted by the same distance. The most frequent widths have a
 * loop of their own, without an inner one.
 */
final class PackedWords {
  static final int WORDS = 64;

  private PackedWords() {}

  /** How many rows a block has. */
  static int rows(int width, int lane) {
    return width == 0 ? 0 : Math.ceilDiv(WORDS, lane / width);
  }

  /** All bits that any of the words has, less the base. */
  static long union(long[] w, int at, long base) {
    long any = 0;
    for (int i = at; i < at + WORDS; i++) {
      any |= w[i] - base;
    }
    return any;
  }

  /** The bits that all words have. */
  static long intersection(long[] w, int at) {
    long all = -1L;
    for (int i = at; i < at + WORDS; i++) {
      all &= w[i];
    }
    return all;
  }

  /**
   * Packs a block.
   *
   * @param w the words from {@code i} on, no lane less than that of the base
   * @param base taken off them
   * @param o receives the rows from {@code to} on
   */
  static void pack(long[] w, int i, long base, int width, int lane, long[] o, int to) {
    switch (width == 0 ? 0 : lane / width) {
      case 0 -> {}
      case 2 -> pack2(w, i, base, width, o, to);
      case 3 -> pack3(w, i, base, width, o, to);
      case 4 -> pack4(w, i, base, width, o, to);
      case 5 -> pack5(w, i, base, width, o, to);
      case 8 -> pack8(w, i, base, width, o, to);
      case 16 -> pack16(w, i, base, width, o, to);
      default -> packAny(w, i, base, width, rows(width, lane), o, to);
    }
  }

  private static void packAny(long[] w, int i, long base, int width, int rows, long[] o, int to) {
    for (int r = 0; r < rows; r++) {
      o[to + r] = w[i + r] - base;
    }
    int shift = width;
    for (int j = rows; j < WORDS; j += rows, shift += width) {
      int count = Math.min(rows, WORDS - j);
      for (int r = 0; r < count; r++) {
        o[to + r] |= w[i + j + r] - base << shift;
      }
    }
  }

  private static void pack2(long[] w, int i, long base, int s, long[] o, int to) {
    for (int r = 0; r < 32; r++, i++) {
      o[to + r] = w[i] - base | w[i + 32] - base << s;
    }
  }

  private static void pack3(long[] w, int i, long base, int s, long[] o, int to) {
    for (int r = 0; r < 20; r++, i++) {
      o[to + r] = w[i] - base | w[i + 22] - base << s | w[i + 44] - base << 2 * s;
    }
    o[to + 20] = w[i] - base | w[i + 22] - base << s;
    o[to + 21] = w[i + 1] - base | w[i + 23] - base << s;
  }

  private static void pack4(long[] w, int i, long base, int s, long[] o, int to) {
    for (int r = 0; r < 16; r++, i++) {
      o[to + r] =
          (w[i] - base | w[i + 16] - base << s)
              | (w[i + 32] - base << 2 * s | w[i + 48] - base << 3 * s);
    }
  }

  private static void pack5(long[] w, int i, long base, int s, long[] o, int to) {
    for (int r = 0; r < 12; r++, i++) {
      o[to + r] =
          (w[i] - base | w[i + 13] - base << s)
              | (w[i + 26] - base << 2 * s | w[i + 39] - base << 3 * s)
              | w[i + 52] - base << 4 * s;
    }
    o[to + 12] =
        (w[i] - base | w[i + 13] - base << s)
            | (w[i + 26] - base << 2 * s | w[i + 39] - base << 3 * s);
  }

  private static void pack8(long[] w, int i, long base, int s, long[] o, int to) {
    for (int r = 0; r < 8; r++, i++) {
      long a = w[i] - base | w[i + 8] - base << s;
      long b = w[i + 16] - base << 2 * s | w[i + 24] - base << 3 * s;
      long c = w[i + 32] - base << 4 * s | w[i + 40] - base << 5 * s;
      long d = w[i + 48] - base << 6 * s | w[i + 56] - base << 7 * s;
      o[to + r] = a | b | (c | d);
    }
  }

  private static void pack16(long[] w, int i, long base, int s, long[] o, int to) {
    for (int r = 0; r < 4; r++, i++) {
      long a = w[i] - base | w[i + 4] - base << s;
      long b = w[i + 8] - base << 2 * s | w[i + 12] - base << 3 * s;
      long c = w[i + 16] - base << 4 * s | w[i + 20] - base << 5 * s;
      long d = w[i + 24] - base << 6 * s | w[i + 28] - base << 7 * s;
      long e = w[i + 32] - base << 8 * s | w[i + 36] - base << 9 * s;
      long f = w[i + 40] - base << 10 * s | w[i + 44] - base << 11 * s;
      long g = w[i + 48] - base << 12 * s | w[i + 52] - base << 13 * s;
      long h = w[i + 56] - base << 14 * s | w[i + 60] - base << 15 * s;
      o[to + r] = (a | b | (c | d)) | (e | f | (g | h));
    }
  }

  /**
   * Unpacks a block.
   *
   * @param in the rows from {@code at} on
   * @param base added to all words
   * @param mask the lowest {@code width} bits of every lane
   * @param w receives the words from {@code i} on
   */
  static void unpack(
      long[] in, int at, long base, int width, int lane, long mask, long[] w, int i) {
    switch (width == 0 ? 0 : lane / width) {
      case 0 -> fill(base, w, i);
      case 2 -> unpack2(in, at, base, width, mask, w, i);
      case 4 -> unpack4(in, at, base, width, mask, w, i);
      case 5 -> unpack5(in, at, base, width, mask, w, i);
      case 8 -> unpack8(in, at, base, width, mask, w, i);
      case 16 -> unpack16(in, at, base, width, mask, w, i);
      default -> unpackAny(in, at, base, width, rows(width, lane), mask, w, i);
    }
  }

  private static void fill(long base, long[] w, int i) {
    for (int j = i; j < i + WORDS; j++) {
      w[j] = base;
    }
  }

  private static void unpackAny(
      long[] in, int at, long base, int width, int rows, long mask, long[] w, int i) {
    int shift = 0;
    for (int j = 0; j < WORDS; j += rows, shift += width) {
      int count = Math.min(rows, WORDS - j);
      for (int r = 0; r < count; r++) {
        w[i + j + r] = (in[at + r] >>> shift & mask) + base;
      }
    }
  }

  private static void unpack2(long[] in, int at, long base, int s, long mask, long[] w, int i) {
    for (int r = 0; r < 32; r++, i++) {
      long x = in[at + r];
      w[i] = (x & mask) + base;
      w[i + 32] = (x >>> s & mask) + base;
    }
  }

  private static void unpack4(long[] in, int at, long base, int s, long mask, long[] w, int i) {
    for (int r = 0; r < 16; r++, i++) {
      long x = in[at + r];
      w[i] = (x & mask) + base;
      w[i + 16] = (x >>> s & mask) + base;
      w[i + 32] = (x >>> 2 * s & mask) + base;
      w[i + 48] = (x >>> 3 * s & mask) + base;
    }
  }

  private static void unpack5(long[] in, int at, long base, int s, long mask, long[] w, int i) {
    for (int r = 0; r < 12; r++, i++) {
      long x = in[at + r];
      w[i] = (x & mask) + base;
      w[i + 13] = (x >>> s & mask) + base;
      w[i + 26] = (x >>> 2 * s & mask) + base;
      w[i + 39] = (x >>> 3 * s & mask) + base;
      w[i + 52] = (x >>> 4 * s & mask) + base;
    }
    long x = in[at + 12];
    w[i] = (x & mask) + base;
    w[i + 13] = (x >>> s & mask) + base;
    w[i + 26] = (x >>> 2 * s & mask) + base;
    w[i + 39] = (x >>> 3 * s & mask) + base;
  }

  private static void unpack8(long[] in, int at, long base, int s, long mask, long[] w, int i) {
    for (int r = 0; r < 8; r++, i++) {
      long x = in[at + r];
      w[i] = (x & mask) + base;
      w[i + 8] = (x >>> s & mask) + base;
      w[i + 16] = (x >>> 2 * s & mask) + base;
      w[i + 24] = (x >>> 3 * s & mask) + base;
      w[i + 32] = (x >>> 4 * s & mask) + base;
      w[i + 40] = (x >>> 5 * s & mask) + base;
      w[i + 48] = (x >>> 6 * s & mask) + base;
      w[i + 56] = (x >>> 7 * s & mask) + base;
    }
  }

  private static void unpack16(long[] in, int at, long base, int s, long mask, long[] w, int i) {
    for (int r = 0; r < 4; r++, i++) {
      long x = in[at + r];
      for (int j = 0; j < 16; j++) {
        w[i + 4 * j] = (x >>> j * s & mask) + base;
      }
    }
  }
}
