package io.github.volsparse.selection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * Random selections against {@link SelectionModel}. A failure names its seed; {@code
 * -Dvolsparse.seed=} with that number repeats it as the first round.
 */
class RandomisedSelectionTest {
  private static final int ROUNDS = 3000;
  private static final int MAX_RANK = 5;
  private static final int MAX_MODEL_ELEMENTS = 4000;

  @Test
  void hyperslabs() {
    everyRound(
        random -> {
          long[] extent = randomExtent(random);
          Case file = randomHyperslab(random, extent);
          check(random, extent, file);
        });
  }

  @Test
  void irregularUnions() {
    everyRound(
        random -> {
          long[] extent = randomExtent(random);
          check(random, extent, randomUnion(random, extent));
        });
  }

  @Test
  void points() {
    everyRound(
        random -> {
          long[] extent = randomExtent(random);
          check(random, extent, randomPoints(random, extent, random.nextInt(60)));
        });
  }

  @Test
  void smallSelectionsInHugeExtents() {
    everyRound(
        random -> {
          long[] extent = randomHugeExtent(random);
          check(
              random,
              extent,
              random.nextInt(4) > 0
                  ? randomHyperslab(random, extent)
                  : randomPoints(random, extent, random.nextInt(60)));
        });
  }

  private static void check(SplittableRandom random, long[] extent, Case file) {
    ChunkGrid grid = new ChunkGrid(extent, randomChunkShape(random, extent));
    file.model.assertCount(file.selection);
    file.model.assertChunks(file.selection, grid);
    if (file.selection instanceof Hyperslab slab) {
      checkOneByOne(random, slab, grid);
    }
    int count = file.model.count();
    file.model.assertRuns(file.selection, 0, count);
    int from = random.nextInt(count + 1);
    file.model.assertRuns(file.selection, from, random.nextInt(count - from + 1));
    Case memory = randomMemory(random, count);
    file.model.assertPairs(grid, file.selection, memory.model, memory.selection);
  }

  /** Chunks visited one by one are those visited together. */
  private static void checkOneByOne(SplittableRandom random, Hyperslab slab, ChunkGrid grid) {
    Map<Long, String> together = new HashMap<>();
    slab.forEachChunk(
        grid,
        (scaled, runs) -> {
          together.put(grid.index(scaled), runs.toString());
          assertEquals(
              runs.isAscending() && runs.count() == grid.chunkElements(),
              slab.coversChunk(grid, scaled));
        });
    assertTrue(slab.chunksAround(grid) >= together.size());
    Set<Long> asked = new HashSet<>(together.keySet());
    for (int i = 0; i < 10 && grid.chunkCount() > 0; i++) {
      asked.add(random.nextLong(grid.chunkCount()));
    }
    for (long index : asked) {
      String[] seen = {null};
      slab.forChunk(grid, grid.scaledAt(index), (scaled, runs) -> seen[0] = runs.toString());
      assertEquals(together.get(index), seen[0]);
    }
  }

  /** A selection together with what it means. */
  private record Case(Selection selection, SelectionModel model) {}

  private static long[] randomExtent(SplittableRandom random) {
    int rank = random.nextInt(MAX_RANK + 1);
    long most = rank < 3 ? 40 : 8;
    long[] extent = new long[rank];
    for (int d = 0; d < rank; d++) {
      extent[d] = random.nextInt(50) == 0 ? 0 : random.nextLong(1, most);
    }
    return extent;
  }

  /** About 2^60 elements. */
  private static long[] randomHugeExtent(SplittableRandom random) {
    int rank = random.nextInt(1, MAX_RANK + 1);
    long[] extent = new long[rank];
    for (int d = 0; d < rank; d++) {
      long most = 1L << (60 / rank);
      extent[d] = most - random.nextLong(most / 16);
    }
    return extent;
  }

  private static long[] randomChunkShape(SplittableRandom random, long[] extent) {
    long[] shape = new long[extent.length];
    for (int d = 0; d < shape.length; d++) {
      long most = Math.min(extent[d] + 2, 64);
      shape[d] =
          random.nextInt(3) == 0 && extent[d] > 0 && extent[d] < 64
              ? extent[d]
              : random.nextLong(1, most + 1);
    }
    return shape;
  }

  private static Case randomHyperslab(SplittableRandom random, long[] extent) {
    int rank = extent.length;
    long[] start = new long[rank];
    long[] stride = new long[rank];
    long[] count = new long[rank];
    long[] block = new long[rank];
    long elements = 1;
    for (int d = 0; d < rank; d++) {
      long most = Math.min(extent[d], MAX_MODEL_ELEMENTS / elements);
      switch (random.nextInt(6)) {
        case 0 -> {
          stride[d] = 1;
          count[d] = most;
          block[d] = 1;
        }
        case 1 -> {
          stride[d] = random.nextLong(3);
          count[d] = 1;
          block[d] = most == 0 ? 0 : random.nextLong(1, most + 1);
        }
        case 2 -> {
          stride[d] = 1;
          count[d] = random.nextInt(8) == 0 || most == 0 ? 0 : 1;
          block[d] = 1;
        }
        default -> {
          block[d] = most == 0 ? 0 : random.nextLong(1, Math.min(most, 5) + 1);
          count[d] = most == 0 ? 0 : random.nextLong(1, Math.min(most / block[d], 7) + 1);
          // Strides that meet, nearly meet, and stride far; no farther than the extent allows.
          long room = count[d] <= 1 ? 0 : (extent[d] - block[d]) / (count[d] - 1) - block[d];
          long gap = room == 0 ? 0 : random.nextLong(Math.min(room, 4) + 1);
          stride[d] = block[d] + (random.nextInt(4) == 0 ? random.nextLong(room + 1) : gap);
        }
      }
      long span = count[d] == 0 ? 0 : (count[d] - 1) * stride[d] + block[d];
      if (span < extent[d] && random.nextInt(4) > 0) {
        start[d] = random.nextLong(extent[d] - span + 1);
      }
      elements = Math.max(1, elements * count[d] * block[d]);
    }
    return new Case(
        Hyperslab.of(extent, start, stride, count, block),
        SelectionModel.hyperslab(extent, start, stride, count, block));
  }

  /** Elements chosen one by one with a density of their own, and sometimes long stretches. */
  private static Case randomUnion(SplittableRandom random, long[] extent) {
    long elements = Dimensions.elements(extent);
    double density = random.nextDouble();
    double change = random.nextBoolean() ? 1 : 0.05;
    LongStream.Builder offsets = LongStream.builder();
    boolean selected = false;
    for (long offset = 0; offset < elements; offset++) {
      if (random.nextDouble() < change) {
        selected = random.nextDouble() < density;
      }
      if (selected) {
        offsets.add(offset);
      }
    }
    SelectionModel model = new SelectionModel(extent, offsets.build().toArray());
    return new Case(model.toSequences(), model);
  }

  private static Case randomPoints(SplittableRandom random, long[] extent, int points) {
    long elements = Dimensions.elements(extent);
    long[] offsets = new long[elements == 0 ? 0 : points];
    for (int i = 0; i < offsets.length; i++) {
      offsets[i] =
          switch (i == 0 ? 0 : random.nextInt(4)) {
            case 1 -> offsets[random.nextInt(i)];
            case 2 -> Math.min(offsets[i - 1] + 1, elements - 1);
            default -> random.nextLong(elements);
          };
    }
    SelectionModel model = new SelectionModel(extent, offsets);
    return new Case(model.toSequences(), model);
  }

  /** A memory selection of exactly {@code count} elements. */
  private static Case randomMemory(SplittableRandom random, int count) {
    return switch (random.nextInt(4)) {
      case 0 -> contiguousMemory(count, random.nextLong(10));
      case 1 -> randomPoints(random, new long[] {1 + random.nextInt(1000)}, count);
      case 2 -> stridedMemory(count, 1 + random.nextInt(3));
      default -> blockedMemory(random, count);
    };
  }

  private static Case contiguousMemory(int count, long start) {
    long[] extent = {start + count};
    return memory(extent, new long[] {start}, new long[] {1}, new long[] {count}, new long[] {1});
  }

  private static Case stridedMemory(int count, long stride) {
    long[] extent = {count * stride};
    return memory(extent, new long[] {0}, new long[] {stride}, new long[] {count}, new long[] {1});
  }

  /** Two dimensions whose product is {@code count}, blocks in the second where it divides. */
  private static Case blockedMemory(SplittableRandom random, int count) {
    long rows = largestDivisor(count, 1 + random.nextInt(9));
    long columns = count / rows;
    long block = largestDivisor(columns, 1 + random.nextInt(4));
    long gap = random.nextInt(3);
    long[] extent = {rows + 1, columns / block * (block + gap) + 1};
    return memory(
        extent,
        new long[] {random.nextInt(2), random.nextInt(2)},
        new long[] {1, block + gap},
        new long[] {rows, columns / block},
        new long[] {1, block});
  }

  private static long largestDivisor(long value, long atMost) {
    return LongStream.iterate(atMost, divisor -> divisor - 1)
        .filter(divisor -> value % divisor == 0)
        .findFirst()
        .getAsLong();
  }

  private static Case memory(
      long[] extent, long[] start, long[] stride, long[] count, long[] block) {
    return new Case(
        Hyperslab.of(extent, start, stride, count, block),
        SelectionModel.hyperslab(extent, start, stride, count, block));
  }

  private interface Round {
    void run(SplittableRandom random);
  }

  private static void everyRound(Round round) {
    long seed = Long.getLong("volsparse.seed", System.nanoTime());
    for (int i = 0; i < ROUNDS; i++) {
      long roundSeed = seed + i;
      try {
        round.run(new SplittableRandom(roundSeed));
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("-Dvolsparse.seed=" + roundSeed + ": " + e.getMessage(), e);
      }
    }
  }
}
