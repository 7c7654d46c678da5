package io.github.volsparse.selection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ExtentCutTest {
  private static List<String> chunks(ChunkGrid grid, long... other) {
    return new ExtentCut(grid, other).chunks(_ -> true).stream().map(Arrays::toString).toList();
  }

  private static List<String> blocks(ChunkGrid grid, long[] other, long... scaled) {
    List<String> blocks = new ArrayList<>();
    new ExtentCut(grid, other)
        .forEachBlock(
            scaled,
            (start, shape) -> blocks.add(Arrays.toString(start) + "+" + Arrays.toString(shape)));
    return blocks;
  }

  @Test
  void chunksThatAreCutThroughInOneDimensionOrTwo() {
    ChunkGrid grid = new ChunkGrid(new long[] {10, 7}, new long[] {4, 3});
    assertEquals(List.of("[2, 0]", "[2, 1]", "[2, 2]"), chunks(grid, 9, 7));
    assertEquals(List.of("[0, 1]", "[1, 0]", "[1, 1]"), chunks(grid, 5, 5));
    assertEquals(
        List.of("[0, 2]", "[1, 2]"),
        chunks(new ChunkGrid(new long[] {8, 9}, new long[] {4, 3}), 8, 7));
  }

  @Test
  void whatIsCutBetweenChunksOrNotAtAllHasNone() {
    ChunkGrid grid = new ChunkGrid(new long[] {10, 7}, new long[] {4, 3});
    assertEquals(List.of(), chunks(grid, 8, 6));
    assertEquals(List.of(), chunks(grid, 10, 7));
    assertEquals(List.of(), chunks(grid, 0, 5));
    assertEquals(List.of(), chunks(grid, 12, 9));
    assertEquals(List.of(), chunks(new ChunkGrid(new long[0], new long[0])));
  }

  @Test
  void extentThatGrowsInOtherDimensionsBeyondTheirSign() {
    ChunkGrid grid = new ChunkGrid(new long[] {10, 7}, new long[] {4, 3});
    assertEquals(List.of("[2, 0]", "[2, 1]", "[2, 2]"), chunks(grid, 9, -2));
    assertEquals(List.of("[9, 0]+[1, 3]"), blocks(grid, new long[] {9, -2}, 2, 0));
  }

  @Test
  void onlyWantedChunksAreCollectedAndEachIsAskedForOnce() {
    ChunkGrid grid = new ChunkGrid(new long[] {10, 7}, new long[] {4, 3});
    List<String> asked = new ArrayList<>();
    List<long[]> wanted =
        new ExtentCut(grid, new long[] {5, 5})
            .chunks(
                scaled -> {
                  asked.add(Arrays.toString(scaled));
                  return scaled[1] == 1;
                });
    assertEquals(2, wanted.size());
    assertEquals(3, asked.size());
    assertEquals(3, asked.stream().distinct().count());
  }

  @Test
  void blocksOfAChunkEndWhereTheExtentDoes() {
    ChunkGrid grid = new ChunkGrid(new long[] {10, 7}, new long[] {4, 3});
    assertEquals(List.of("[9, 6]+[1, 1]"), blocks(grid, new long[] {9, 7}, 2, 2));
    assertEquals(List.of("[5, 3]+[3, 3]", "[4, 5]+[4, 1]"), blocks(grid, new long[] {5, 5}, 1, 1));
  }

  @Test
  void anExtentOfAnotherRankIsRefused() {
    ChunkGrid grid = new ChunkGrid(new long[] {10, 7}, new long[] {4, 3});
    assertThrows(IllegalArgumentException.class, () -> new ExtentCut(grid, new long[] {1}));
  }

  /** Element by element: the blocks of the chunks are what such chunks lose, and nothing else. */
  @Test
  void elementsOfRandomCuts() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 2000; round++) {
      int rank = 1 + random.nextInt(3);
      long[] extent = new long[rank];
      long[] chunk = new long[rank];
      long[] other = new long[rank];
      for (int d = 0; d < rank; d++) {
        extent[d] = random.nextInt(9);
        chunk[d] = 1 + random.nextInt(4);
        other[d] = random.nextInt(11);
      }
      ChunkGrid grid = new ChunkGrid(extent, chunk);
      ExtentCut cut = new ExtentCut(grid, other);
      long[] previous = null;
      boolean[] isCollected = new boolean[Math.toIntExact(grid.chunkCount())];
      String said = "seed %d: %s to %s".formatted(seed, grid, Arrays.toString(other));
      for (long[] scaled : cut.chunks(_ -> true)) {
        assertTrue(previous == null || Arrays.compare(previous, scaled) < 0, said);
        previous = scaled;
        isCollected[Math.toIntExact(grid.index(scaled))] = true;
      }
      for (int i = 0; i < isCollected.length; i++) {
        check(grid, cut, other, grid.scaledAt(i), isCollected[i], said);
      }
    }
  }

  private static void check(
      ChunkGrid grid,
      ExtentCut cut,
      long[] other,
      long[] scaled,
      boolean isCollected,
      String said) {
    List<long[][]> blocks = new ArrayList<>();
    if (isCollected) {
      cut.forEachBlock(scaled, (start, shape) -> blocks.add(new long[][] {start, shape}));
    }
    ChunkGrid elements = new ChunkGrid(grid.validShape(scaled), ones(grid.rank()));
    long[] offset = grid.offset(scaled);
    int lost = 0;
    for (long i = 0; i < elements.chunkCount(); i++) {
      long[] element = elements.scaledAt(i);
      boolean isLost = false;
      for (int d = 0; d < element.length; d++) {
        element[d] += offset[d];
        isLost |= element[d] >= other[d];
      }
      lost += isLost ? 1 : 0;
      boolean isInBlock = blocks.stream().anyMatch(block -> contains(block, element));
      assertEquals(isLost && isCollected, isInBlock, said);
    }
    assertEquals(lost > 0 && lost < elements.chunkCount(), isCollected, said);
  }

  private static long[] ones(int rank) {
    long[] ones = new long[rank];
    Arrays.fill(ones, 1);
    return ones;
  }

  private static boolean contains(long[][] block, long[] element) {
    for (int d = 0; d < element.length; d++) {
      long at = element[d] - block[0][d];
      if (at < 0 || at >= block[1][d]) {
        return false;
      }
    }
    return true;
  }
}
