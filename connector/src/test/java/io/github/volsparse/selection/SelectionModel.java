package io.github.volsparse.selection;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * What a selection means, element by element: the linear offset of each ordinal. Slow and obvious,
 * it says what {@link Selection} must answer.
 */
final class SelectionModel {
  private static final Comparator<List<Long>> ROW_MAJOR =
      (a, b) -> Arrays.compare(toArray(a), toArray(b));

  private final long[] extent;
  private final long[] offsets;

  SelectionModel(long[] extent, long[] offsets) {
    this.extent = extent;
    this.offsets = offsets;
  }

  static SelectionModel hyperslab(
      long[] extent, long[] start, long[] stride, long[] count, long[] block) {
    List<Long> offsets = List.of(0L);
    for (int d = 0; d < extent.length; d++) {
      List<Long> longer = new ArrayList<>();
      for (long offset : offsets) {
        for (long c = 0; c < count[d]; c++) {
          for (long b = 0; b < block[d]; b++) {
            longer.add(offset * extent[d] + start[d] + c * stride[d] + b);
          }
        }
      }
      offsets = longer;
    }
    return new SelectionModel(extent, toArray(offsets));
  }

  int count() {
    return offsets.length;
  }

  long offset(int ordinal) {
    return offsets[ordinal];
  }

  /** The selection as {@link Sequences}, given element by element. */
  Sequences toSequences() {
    Sequences.Builder builder = Sequences.builder(extent);
    for (long offset : offsets) {
      builder.add(offset, 1);
    }
    return builder.build();
  }

  void assertCount(Selection actual) {
    assertEquals(offsets.length, actual.count(), "count");
    boolean contiguous = offsets.length > 0;
    for (int i = 1; i < offsets.length; i++) {
      contiguous &= offsets[i] == offsets[i - 1] + 1;
    }
    assertEquals(contiguous ? offsets[0] : -1, actual.contiguousOffset(), "contiguousOffset");
  }

  void assertRuns(Selection actual, int from, int length) {
    List<Long> elements = new ArrayList<>();
    long[] end = {-1};
    SelectionText.forEachRun(
        actual,
        from,
        length,
        (offset, runLength) -> {
          assertTrue(runLength > 0, "an empty run");
          assertFalse(offset == end[0], "a run that continues the last");
          end[0] = offset + runLength;
          for (long i = 0; i < runLength; i++) {
            elements.add(offset + i);
          }
        });
    assertArrayEquals(Arrays.copyOfRange(offsets, from, from + length), toArray(elements), "runs");
  }

  void assertChunks(Selection actual, ChunkGrid grid) {
    NavigableMap<List<Long>, Placed> expected = chunks(grid.chunkShape());
    List<List<Long>> visited = new ArrayList<>();
    actual.forEachChunk(
        grid,
        (scaled, runs) -> {
          List<Long> key = toList(scaled);
          visited.add(key);
          assertTrue(expected.containsKey(key), () -> "touches no chunk " + key);
          expected.get(key).assertRuns(runs, grid, scaled);
        });
    assertEquals(List.copyOf(expected.keySet()), visited, "chunks in row-major order");
  }

  private NavigableMap<List<Long>, Placed> chunks(long[] chunkShape) {
    NavigableMap<List<Long>, Placed> chunks = new TreeMap<>(ROW_MAJOR);
    for (int ordinal = 0; ordinal < offsets.length; ordinal++) {
      long[] scaled = new long[extent.length];
      long position = 0;
      long step = 1;
      long rest = offsets[ordinal];
      for (int d = extent.length - 1; d >= 0; d--) {
        long coordinate = rest % extent[d];
        rest /= extent[d];
        scaled[d] = coordinate / chunkShape[d];
        position += coordinate % chunkShape[d] * step;
        step *= chunkShape[d];
      }
      chunks.computeIfAbsent(toList(scaled), key -> new Placed()).add(position, ordinal);
    }
    return chunks;
  }

  void assertPairs(ChunkGrid grid, Selection file, SelectionModel memoryModel, Selection memory) {
    long[] memoryOffsetOf = new long[count()];
    Arrays.fill(memoryOffsetOf, -1);
    file.forEachChunk(
        grid,
        (scaled, runs) -> {
          List<Long> positions = new ArrayList<>();
          List<Long> ordinals = new ArrayList<>();
          for (int i = 0; i < runs.size(); i++) {
            for (long k = 0; k < runs.length(i); k++) {
              positions.add(runs.position(i) + k);
              ordinals.add(runs.ordinal(i) + k);
            }
          }
          int[] next = {0};
          Pairing.pair(
              runs,
              memory,
              (position, memoryOffset, length) -> {
                assertTrue(length > 0, "an empty piece");
                for (long k = 0; k < length; k++) {
                  int i = next[0]++;
                  assertEquals(positions.get(i), position + k, "position");
                  memoryOffsetOf[ordinals.get(i).intValue()] = memoryOffset + k;
                }
              });
          assertEquals(positions.size(), next[0], "elements paired");
        });
    assertArrayEquals(memoryModel.offsets, memoryOffsetOf, "memory offsets by ordinal");
  }

  private static long[] toArray(List<Long> values) {
    return values.stream().mapToLong(Long::longValue).toArray();
  }

  private static List<Long> toList(long[] values) {
    return Arrays.stream(values).boxed().toList();
  }

  /** Elements placed in one chunk, in ordinal order. */
  private static final class Placed {
    private final List<Long> positions = new ArrayList<>();
    private final List<Long> ordinals = new ArrayList<>();

    void add(long position, long ordinal) {
      positions.add(position);
      ordinals.add(ordinal);
    }

    void assertRuns(ChunkRuns runs, ChunkGrid grid, long[] scaled) {
      List<Long> actualPositions = new ArrayList<>();
      List<Long> actualOrdinals = new ArrayList<>();
      for (int i = 0; i < runs.size(); i++) {
        int begin = actualPositions.size();
        for (long k = 0; k < runs.length(i); k++) {
          actualPositions.add(runs.position(i) + k);
          actualOrdinals.add(runs.ordinal(i) + k);
        }
        assertTrue(runs.length(i) > 0, "an empty run");
        assertFalse(
            begin > 0
                && runs.position(i) == actualPositions.get(begin - 1) + 1
                && runs.ordinal(i) == actualOrdinals.get(begin - 1) + 1,
            "a run that continues the last");
      }
      assertEquals(positions, actualPositions, () -> "positions in " + Arrays.toString(scaled));
      assertEquals(ordinals, actualOrdinals, () -> "ordinals in " + Arrays.toString(scaled));
      assertEquals(positions.size(), runs.count());
      assertEquals(ordinals.getLast() + 1, runs.endOrdinal());
      boolean ascending = true;
      for (int i = 1; i < positions.size(); i++) {
        ascending &= positions.get(i) > positions.get(i - 1);
      }
      assertEquals(ascending, runs.isAscending(), "ascending");
      assertEquals(
          ascending && positions.size() == grid.validElements(scaled),
          runs.covers(grid, scaled),
          "covers");
    }
  }
}
