package io.github.volsparse.selection;

/** Growth of the package's arrays. */
final class Capacity {
  /** A little below the largest array, which not every virtual machine can allocate. */
  private static final int MAXIMUM = Integer.MAX_VALUE - 8;

  private Capacity() {}

  /**
   * Returns a capacity at least one above {@code size}, and half as much again where possible.
   *
   * @throws IllegalStateException if an array cannot hold more than {@code size} of {@code what}
   */
  static int grown(int size, String what) {
    if (size == MAXIMUM) {
      throw new IllegalStateException("a selection with more than " + MAXIMUM + " " + what);
    }
    long capacity = 16L + size + (size >> 1);
    return (int) Math.min(capacity, MAXIMUM);
  }
}
