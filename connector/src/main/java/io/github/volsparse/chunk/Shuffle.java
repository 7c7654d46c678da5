package io.github.volsparse.chunk;

/**
 * Byte transposition: first byte of every element, then the second of every element, and so on.
 * High bytes that are alike come to stand together, where LZ4 finds them. The same bytes as HDF5's
 * shuffle filter makes of the values.
 */
final class Shuffle {

  private Shuffle() {}

  /** Shuffles {@code elements} whole elements from one array into another. */
  static void shuffle(byte[] from, int elements, int elementSize, byte[] to) {
    for (int plane = 0; plane < elementSize; plane++) {
      int start = plane * elements;
      for (int i = 0, at = plane; i < elements; i++, at += elementSize) {
        to[start + i] = from[at];
      }
    }
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
