package io.github.volsparse.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Copies of elements in memory that are fast for short runs too. */
final class Elements {

  static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
  static final ValueLayout.OfShort SHORT = little(ValueLayout.JAVA_SHORT_UNALIGNED);
  static final ValueLayout.OfInt INT = little(ValueLayout.JAVA_INT_UNALIGNED);
  static final ValueLayout.OfLong LONG = little(ValueLayout.JAVA_LONG_UNALIGNED);

  private Elements() {}

  private static ValueLayout.OfShort little(ValueLayout.OfShort layout) {
    return layout.withOrder(ByteOrder.LITTLE_ENDIAN);
  }

  private static ValueLayout.OfInt little(ValueLayout.OfInt layout) {
    return layout.withOrder(ByteOrder.LITTLE_ENDIAN);
  }

  private static ValueLayout.OfLong little(ValueLayout.OfLong layout) {
    return layout.withOrder(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Copies bytes. A single element, the most frequent run in sparse data, is one load and one
   * store, or two that overlap; {@link MemorySegment#copy} costs ten times that before it moves the
   * first byte.
   */
  static void copy(MemorySegment from, long fromAt, MemorySegment to, long toAt, long bytes) {
    if (bytes == Short.BYTES) {
      to.set(SHORT, toAt, from.get(SHORT, fromAt));
    } else if (bytes == Integer.BYTES) {
      to.set(INT, toAt, from.get(INT, fromAt));
    } else if (bytes == Long.BYTES) {
      to.set(LONG, toAt, from.get(LONG, fromAt));
    } else if (bytes == 1) {
      to.set(BYTE, toAt, from.get(BYTE, fromAt));
    } else if (bytes > Long.BYTES && bytes <= 2 * Long.BYTES) {
      long first = from.get(LONG, fromAt);
      long last = from.get(LONG, fromAt + bytes - Long.BYTES);
      to.set(LONG, toAt, first);
      to.set(LONG, toAt + bytes - Long.BYTES, last);
    } else if (bytes > Integer.BYTES && bytes < Long.BYTES) {
      int first = from.get(INT, fromAt);
      int last = from.get(INT, fromAt + bytes - Integer.BYTES);
      to.set(INT, toAt, first);
      to.set(INT, toAt + bytes - Integer.BYTES, last);
    } else {
      MemorySegment.copy(from, fromAt, to, toAt, bytes);
    }
  }

  /**
   * Copies the first bytes of an array. Between segments and arrays these methods copy as between
   * two segments: {@link MemorySegment#copy(MemorySegment, ValueLayout, long, Object, int, int)}
   * takes 3 ms to link in a cold JVM.
   */
  static void copy(byte[] from, int bytes, MemorySegment to, long toAt) {
    MemorySegment.copy(MemorySegment.ofArray(from), 0, to, toAt, bytes);
  }

  /** Copies bytes to the beginning of an array. */
  static void copy(MemorySegment from, long fromAt, byte[] to, int bytes) {
    MemorySegment.copy(from, fromAt, MemorySegment.ofArray(to), 0, bytes);
  }

  /** Copies the first words of an array, in little-endian order. */
  static void copy(long[] from, int words, MemorySegment to, long toAt) {
    MemorySegment.copy(
        MemorySegment.ofArray(from), ValueLayout.JAVA_LONG, 0, to, LONG, toAt, words);
  }

  /** Copies words in little-endian order to the beginning of an array. */
  static void copy(MemorySegment from, long fromAt, long[] to, int words) {
    MemorySegment.copy(
        from, LONG, fromAt, MemorySegment.ofArray(to), ValueLayout.JAVA_LONG, 0, words);
  }
}
