package io.github.volsparse.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** Lays out elements of byte. */
final class UnpackerBytes extends Unpacker {
  private final byte[] values = new byte[BLOCK_BYTES + SLACK];
  private final byte[] block = new byte[BLOCK_BYTES + SLACK];
  private final MemorySegment valueSegment = MemorySegment.ofArray(values);
  private final MemorySegment blockSegment = MemorySegment.ofArray(block);

  UnpackerBytes() {
    super(1);
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
    Arrays.fill(block, (byte) pattern);
  }

  @Override
  void scatter(long[] bits, int at, long pattern) {
    scatter(values, bits, at, (byte) pattern, block);
  }

  private static void scatter(byte[] v, long[] bits, int at, byte fill, byte[] o) {
    int k = 0;
    for (int i = 0; i < BLOCK_BYTES / Long.SIZE; i++) {
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

  private static void scatter(byte[] v, short[] positions, int from, int to, int base, byte[] o) {
    for (int i = from; i < to; i++) {
      o[(positions[i] & 0xFFFF) - base] = v[i - from];
    }
  }

  @Override
  void copyRun(int value, int to, int count) {
    copyRun(values, value, block, to, count);
  }

  private static void copyRun(byte[] v, int from, byte[] o, int to, int count) {
    for (int i = 0; i < count; i++) {
      o[to + i] = v[from + i];
    }
  }

  @Override
  void store(short[] positions, int count, MemorySegment to, long toAt) {
    for (int i = 0; i < count; i++) {
      to.set(Elements.BYTE, toAt + (positions[i] & 0xFFFF) * 1L, values[i]);
    }
  }

  @Override
  void copyOut(int elements, MemorySegment to, long toAt) {
    MemorySegment.copy(blockSegment, ValueLayout.JAVA_BYTE, 0, to, Elements.BYTE, toAt, elements);
  }
}
