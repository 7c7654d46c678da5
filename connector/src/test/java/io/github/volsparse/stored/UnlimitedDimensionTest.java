package io.github.volsparse.stored;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;

class UnlimitedDimensionTest {
  private static final long NO_LIMIT = Long.MAX_VALUE;

  @Test
  void isTheOnlyOne() {
    assertEquals(-1, UnlimitedDimension.only(new long[] {3, 4}));
    assertEquals(1, UnlimitedDimension.only(new long[] {3, NO_LIMIT}));
    assertEquals(-1, UnlimitedDimension.only(new long[] {NO_LIMIT, 4, NO_LIMIT}));
  }

  /** As HDF5 numbers chunks, the unlimited dimension first, and takes the numbers apart. */
  @Test
  void findsTheChunkThatIsMeant() {
    long[][] limits = {{3, NO_LIMIT}, {3, NO_LIMIT, 5}, {3, 4, NO_LIMIT}, {2, 3, NO_LIMIT, 4}};
    for (long[] most : limits) {
      int unlimited = UnlimitedDimension.only(most);
      long inner = 1;
      for (int d = unlimited + 1; d < most.length; d++) {
        inner *= most[d];
      }
      for (long number = 0; number < 200; number++) {
        long[] chunk = new long[most.length];
        long[] named = new long[most.length];
        long rest = number;
        for (int d = most.length - 1; d > unlimited; d--) {
          chunk[d] = rest % most[d];
          named[d] = chunk[d];
          rest /= most[d];
        }
        named[unlimited] = number / inner;
        for (int d = unlimited - 1; d >= 0; d--) {
          chunk[d] = rest % most[d];
          rest /= most[d];
        }
        chunk[unlimited] = rest;
        assertArrayEquals(chunk, UnlimitedDimension.meant(named, unlimited, most));
      }
    }
  }

  @Test
  void leavesARightListAlone() {
    assertNull(UnlimitedDimension.meant(new long[] {1, 7}, 1, new long[] {3, NO_LIMIT}));
  }
}
