package io.github.volsparse.format;

import java.lang.foreign.MemorySegment;

/** Lays out elements of other sizes, run by run. */
final class UnpackerRecords extends Unpacker {
  private final byte[] values = new byte[blockElements * elementSize];
  private final byte[] block = new byte[blockElements * elementSize];

  /** A block of fill values. */
  private final byte[] fills = new byte[blockElements * elementSize];

  private final MemorySegment valueSegment = MemorySegment.ofArray(values);
  private final MemorySegment blockSegment = MemorySegment.ofArray(block);

  UnpackerRecords(int elementSize, Fill fill) {
    super(elementSize);
    fill.fill(MemorySegment.ofArray(fills), 0, fills.length);
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
    System.arraycopy(fills, 0, block, 0, block.length);
  }

  @Override
  void scatter(long[] bits, int at, long pattern) {
    int value = 0;
    for (int i = 0; i < blockElements / Long.SIZE; i++) {
      int base = i * Long.SIZE;
      for (long b = bits[at + i]; b != 0; ) {
        int start = Long.numberOfTrailingZeros(b);
        int length = Long.numberOfTrailingZeros(~(b >>> start));
        copyRun(value, base + start, length);
        value += length;
        int end = start + length;
        b = end == Long.SIZE ? 0 : b & -1L << end;
      }
    }
  }

  @Override
  void scatter(short[] positions, int from, int to, int base) {
    for (int i = from; i < to; i++) {
      copyRun(i - from, (positions[i] & 0xFFFF) - base, 1);
    }
  }

  @Override
  void copyRun(int value, int to, int count) {
    System.arraycopy(values, value * elementSize, block, to * elementSize, count * elementSize);
  }

  @Override
  void store(short[] positions, int count, MemorySegment to, long toAt) {
    for (int i = 0; i < count; i++) {
      long at = toAt + (long) (positions[i] & 0xFFFF) * elementSize;
      Elements.copy(valueSegment, (long) i * elementSize, to, at, elementSize);
    }
  }

  @Override
  void copyOut(int elements, MemorySegment to, long toAt) {
    Elements.copy(blockSegment, 0, to, toAt, (long) elements * elementSize);
  }
}
