package io.github.volsparse.selection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ChunkRunsTest {
  private final ChunkRuns runs = new ChunkRuns();

  @Test
  void joinsOnlyWhatContinuesBoth() {
    runs.add(0, 0, 2);
    runs.add(2, 2, 3);
    runs.add(6, 5, 1);
    runs.add(7, 8, 1);
    assertEquals("ChunkRuns[0@0x5, 6@5x1, 7@8x1]", runs.toString());
    assertEquals(3, runs.size());
    assertEquals(7, runs.count());
    assertEquals(9, runs.endOrdinal());
  }

  @Test
  void firstRunIsNeverJoined() {
    runs.add(0, 0, 1);
    assertTrue(runs.isSingleRun(0, 1));
    runs.clear();
    runs.add(1, 1, 1);
    assertTrue(runs.isSingleRun(1, 1));
    assertFalse(runs.isSingleRun(0, 1));
    assertFalse(runs.isSingleRun(1, 2));
  }

  @Test
  void growsAndIsReused() {
    for (int round = 0; round < 2; round++) {
      runs.clear();
      for (int i = 0; i < 1000; i++) {
        runs.add(2L * i, i, 1);
      }
      assertEquals(1000, runs.size());
      assertEquals(1998, runs.position(999));
      assertEquals(999, runs.ordinal(999));
      assertEquals(1, runs.length(999));
    }
  }

  @Test
  void evenRunsAreLikeSingleOnes() {
    long[][] shapes = {{3, 3, 3}, {3, 5, 3}, {3, 3, 5}, {3, 7, 9}};
    for (long[] shape : shapes) {
      ChunkRuns single = new ChunkRuns();
      runs.clear();
      runs.add(1, 1, 1);
      single.add(1, 1, 1);
      runs.addEvenly(2, 2, shape[0], shape[1], shape[2], 500);
      for (int i = 0; i < 500; i++) {
        single.add(2 + i * shape[1], 2 + i * shape[2], shape[0]);
      }
      assertEquals(single.toString(), runs.toString());
      assertEquals(single.count(), runs.count());
      assertEquals(single.endOrdinal(), runs.endOrdinal());
      assertEquals(single.isAscending(), runs.isAscending());
    }
  }

  @Test
  void knowsWhetherPositionsAscend() {
    runs.add(5, 0, 2);
    runs.add(7, 3, 1);
    assertTrue(runs.isAscending());
    runs.add(7, 4, 1);
    assertFalse(runs.isAscending());
    runs.clear();
    assertTrue(runs.isAscending());
    runs.add(0, 0, 1);
    assertTrue(runs.isAscending());
  }

  @Test
  void onlyRunsItHasAreReadable() {
    runs.add(0, 0, 1);
    assertThrows(IndexOutOfBoundsException.class, () -> runs.position(1));
    assertThrows(IndexOutOfBoundsException.class, () -> runs.ordinal(-1));
    assertThrows(IndexOutOfBoundsException.class, () -> runs.length(1));
  }
}
