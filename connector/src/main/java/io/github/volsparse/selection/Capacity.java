package io.github.volsparse.selection;

/** Growth of the package's arrays. */
final class Capacity {
  /** A little below the largest array, which not every virtual machine can allocate. */
  private static final int MAXIMUM = Integer.MAX_VALUE - 8;

  private Capacity() {}

  /**
   * Returns a capacity at least one above {@code size}, and half as much again where possible.
   *
   * @throws IllegalStateException if no array is larger; the message says too many of {@code what}
   */
  static int grown(int size, String what) {
    return grown(size, size + 1L, what);
  }

  /** The same for a capacity of at least {@code needed}, which is above {@code size}. */
  static int grown(int size, long needed, String what) {
    if (needed > MAXIMUM) {
      throw new IllegalStateException("a selection with too many " + what);
    }
    long capacity = 16L + size + (size >> 1);
    return (int) Math.clamp(capacity, needed, MAXIMUM);
  }
}
