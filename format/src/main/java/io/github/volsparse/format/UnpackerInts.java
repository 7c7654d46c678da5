package io.github.volsparse.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** Lays out elements of four bytes. */
final class UnpackerInts extends Unpacker {
  private final int[] values = new int[BLOCK_BYTES / 4 + SLACK];
  private final int[] block = new int[BLOCK_BYTES / 4 + SLACK];
  private final MemorySegment valueSegment = MemorySegment.ofArray(values);
  private final MemorySegment blockSegment = MemorySegment.ofArray(block);

  UnpackerInts() {
    super(4);
  }

  @Override
  void load(ValueReader from, int count) {
    from.next(valueSegment, 0, count);
  }

  @Override
  MemorySegment loaded() {
    return valueSegment;
  }

  @Override
  void fill(long pattern) {
    Arrays.fill(block, (int) pattern);
  }

  @Override
  void scatter(long[] bits, int at, long pattern) {
    scatter(values, bits, at, (int) pattern, block);
  }

  private static void scatter(int[] v, long[] bits, int at, int fill, int[] o) {
    int k = 0;
    for (int i = 0; i < BLOCK_BYTES / 4 / Long.SIZE; i++) {
      long b = bits[at + i];
      int base = i * Long.SIZE;
      int end = k + Long.bitCount(b);
      if (b == -1L) {
        System.arraycopy(v, k, o, base, Long.SIZE);
        k = end;
        continue;
      }
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
        o[base + e] = v[j];
        o[base + f] = v[j + 1];
        o[base + g] = v[j + 2];
        o[base + h] = v[j + 3];
        j += 4;
      } while (j < end);
      // Bits that run out name the element behind, which the next bits may not set.
      o[base + Long.SIZE] = fill;
      k = end;
    }
  }

  @Override
  void scatter(short[] positions, int from, int to, int base) {
    scatter(values, positions, from, to, base, block);
  }

  private static void scatter(int[] v, short[] positions, int from, int to, int base, int[] o) {
    for (int i = from; i < to; i++) {
      o[(positions[i] & 0xFFFF) - base] = v[i - from];
    }
  }

  @Override
  void copyRun(int value, int to, int count) {
    copyRun(values, value, block, to, count);
  }

  private static void copyRun(int[] v, int from, int[] o, int to, int count) {
    for (int i = 0; i < count; i++) {
      o[to + i] = v[from + i];
    }
  }

  @Override
  void store(short[] positions, int count, MemorySegment to, long toAt) {
    for (int i = 0; i < count; i++) {
      to.set(Elements.INT, toAt + (positions[i] & 0xFFFF) * 4L, values[i]);
    }
  }

  @Override
  void copyOut(int elements, MemorySegment to, long toAt) {
    MemorySegment.copy(blockSegment, ValueLayout.JAVA_INT, 0, to, Elements.INT, toAt, elements);
  }
}
