package io.github.volsparse.stored;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
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

  private static List<String> mend(long[] most, Set<String> stored, long[]... named) {
    return UnlimitedDimension.mend(
            List.of(named), most, scaled -> stored.contains(Arrays.toString(scaled)))
        .stream()
        .map(Arrays::toString)
        .toList();
  }

  @Test
  void aWrongListIsMended() {
    long[] most = {3, NO_LIMIT};
    Set<String> stored = Set.of("[0, 1]", "[2, 0]");
    assertEquals(
        List.of("[2, 0]", "[0, 1]"), mend(most, stored, new long[] {0, 2}, new long[] {0, 3}));
  }

  /** Then these are the chunks: one list of HDF5's is right or wrong as a whole. */
  @Test
  void aListIsLeftAloneIfNotAllThatItCouldMeanAreStored() {
    long[] most = {3, NO_LIMIT};
    Set<String> stored = Set.of("[2, 0]");
    assertEquals(
        List.of("[0, 2]", "[0, 3]"), mend(most, stored, new long[] {0, 2}, new long[] {0, 3}));
    assertEquals(
        List.of("[0, 2]", "[1, 3]"), mend(most, stored, new long[] {0, 2}, new long[] {1, 3}));
  }

  @Test
  void aListInTheOrderOfTheDimensionsIsLeftAlone() {
    Set<String> all = Set.of("[0, 2]", "[2, 0]");
    assertEquals(List.of("[0, 2]"), mend(new long[] {NO_LIMIT, 3}, all, new long[] {0, 2}));
    assertEquals(List.of("[0, 2]"), mend(new long[] {3, 3}, all, new long[] {0, 2}));
    assertEquals(List.of(), mend(new long[] {3, NO_LIMIT}, all));
  }
}
