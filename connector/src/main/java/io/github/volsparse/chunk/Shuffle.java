package io.github.volsparse.chunk;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Byte transposition: first byte of every element, then the second of every element, and so on.
 * High bytes that are alike come to stand together, where LZ4 finds them. The same bytes as HDF5's
 * shuffle filter makes of the values.
 */
final class Shuffle {

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private Shuffle() {}

  /** Shuffles {@code elements} whole elements from one array into another. */
  static void shuffle(byte[] from, int elements, int elementSize, byte[] to) {
    if (elementSize == 2) {
      shufflePairs(from, elements, to);
      return;
    }
    for (int plane = 0; plane < elementSize; plane++) {
      int start = plane * elements;
      for (int i = 0, at = plane; i < elements; i++, at += elementSize) {
        to[start + i] = from[at];
      }
    }
  }

  /** Four elements of two bytes at a time, the most frequent size in detector data. */
  private static void shufflePairs(byte[] from, int elements, byte[] to) {
    int whole = elements / 4 * 4;
    for (int i = 0; i < whole; i += 4) {
      long word = (long) LONG.get(from, 2 * i);
      INT.set(to, i, evenBytes(word));
      INT.set(to, elements + i, evenBytes(word >>> Byte.SIZE));
    }
    for (int i = whole; i < elements; i++) {
      to[i] = from[2 * i];
      to[elements + i] = from[2 * i + 1];
    }
  }

  private static int evenBytes(long word) {
    long even = word & 0x00FF_00FF_00FF_00FFL;
    even = (even | even >>> 8) & 0x0000_FFFF_0000_FFFFL;
    return (int) (even | even >>> 16);
  }

  /** Undoes {@link #shuffle}. */
  static void unshuffle(byte[] from, int elements, int elementSize, byte[] to) {
    for (int plane = 0; plane < elementSize; plane++) {
      int start = plane * elements;
      for (int i = 0, at = plane; i < elements; i++, at += elementSize) {
        to[at] = from[start + i];
      }
    }
  }
}
