package io.github.volsparse.selection;

import java.util.Arrays;

/** Arithmetic on the dimensions of an extent or of a chunk. */
final class Dimensions {
  private Dimensions() {}

  /**
   * Returns the number of elements in {@code dimensions}; 1 for rank 0, as for a scalar dataspace.
   *
   * @throws IllegalArgumentException if a dimension is negative (2<sup>63</sup> or more in HDF5's
   *     unsigned terms) or there are more than 2<sup>63</sup>-1 elements
   */
  static long elements(long[] dimensions) {
    boolean empty = false;
    for (long dimension : dimensions) {
      if (dimension < 0) {
        throw tooLarge(dimensions);
      }
      empty |= dimension == 0;
    }
    if (empty) {
      return 0;
    }
    long elements = 1;
    for (long dimension : dimensions) {
      if (elements > Long.MAX_VALUE / dimension) {
        throw tooLarge(dimensions);
      }
      elements *= dimension;
    }
    return elements;
  }

  /**
   * Returns how many elements one step in each dimension skips. Meaningless, and never used, if a
   * dimension is zero.
   */
  static long[] steps(long[] dimensions) {
    long[] steps = new long[dimensions.length];
    long step = 1;
    for (int d = dimensions.length - 1; d >= 0; d--) {
      steps[d] = step;
      step *= dimensions[d];
    }
    return steps;
  }

  private static IllegalArgumentException tooLarge(long[] dimensions) {
    StringBuilder shape = new StringBuilder();
    for (long dimension : dimensions) {
      shape.append(shape.isEmpty() ? "" : " x ").append(Long.toUnsignedString(dimension));
    }
    return new IllegalArgumentException(
        "an extent of " + shape + " has more than 2^63-1 elements, the most that is supported");
  }

  static void requireRank(long[] values, int rank, String name) {
    if (values.length != rank) {
      throw new IllegalArgumentException(
          name + " " + Arrays.toString(values) + " does not have rank " + rank);
    }
  }
}
