package io.github.volsparse.selection;

import static io.github.volsparse.selection.SelectionText.chunks;
import static io.github.volsparse.selection.SelectionText.runs;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class SequencesTest {
  @Test
  void sequencesAreSplitAtChunkBoundaries() {
    Sequences sequences = Sequences.builder(new long[] {2, 10}).add(2, 6).add(11, 3).build();
    ChunkGrid grid = new ChunkGrid(new long[] {2, 10}, new long[] {2, 4});
    assertEquals(List.of("[0, 0] 2@0x2 5@6x3", "[0, 1] 0@2x4"), chunks(sequences, grid));
  }

  @Test
  void sequenceOverWholeFramesIsOneRunPerFrame() {
    long[] extent = {8, 1024, 1024};
    ChunkGrid grid = new ChunkGrid(extent, new long[] {1, 1024, 1024});
    Sequences frames = Sequences.builder(extent).add(1L << 20, 2L << 20).add(6L << 20, 5).build();
    assertEquals(
        List.of("[1, 0, 0] 0@0x1048576", "[2, 0, 0] 0@1048576x1048576", "[6, 0, 0] 0@2097152x5"),
        chunks(frames, grid));
  }

  @Test
  void pointsKeepTheirOrderWithinAChunk() {
    long[] extent = {4, 4};
    Sequences points =
        Sequences.builder(extent).add(15, 1).add(5, 1).add(0, 1).add(1, 1).add(5, 1).build();
    ChunkGrid grid = new ChunkGrid(extent, new long[] {2, 2});
    assertEquals(List.of("[0, 0] 3@1x1 0@2x2 3@4x1", "[1, 1] 3@0x1"), chunks(points, grid));
    assertEquals(List.of("15x1", "5x1", "0x2", "5x1"), runs(points, 0, 5));
  }

  @Test
  void repeatedPointsDoNotCoverAChunk() {
    long[] extent = {2};
    ChunkGrid grid = new ChunkGrid(extent, new long[] {2});
    Sequences.builder(extent)
        .add(0, 1)
        .add(0, 1)
        .build()
        .forEachChunk(
            grid,
            (scaled, runs) -> {
              assertEquals(2, runs.count());
              assertFalse(runs.isAscending());
              assertFalse(runs.covers(grid, scaled));
            });
  }

  @Test
  void manyChunksComeInRowMajorOrder() {
    long[] extent = {100_000};
    Sequences.Builder points = Sequences.builder(extent);
    for (long i = 0; i < extent[0]; i++) {
      points.add(i * 7919 % extent[0], 1);
    }
    ChunkGrid grid = new ChunkGrid(extent, new long[] {3});
    long[] next = {0};
    points
        .build()
        .forEachChunk(
            grid,
            (scaled, runs) -> {
              assertEquals(next[0]++, scaled[0]);
              assertEquals(grid.validElements(scaled), runs.count());
            });
    assertEquals(grid.chunkCount(), next[0]);
  }

  @Test
  void sequencesThatContinueEachOtherAreOne() {
    Sequences sequences = Sequences.builder(new long[] {10}).add(2, 3).add(7, 0).add(5, 2).build();
    assertEquals(5, sequences.count());
    assertEquals(2, sequences.contiguousOffset());
  }

  @Test
  void nothingAddedSelectsNothing() {
    Sequences none = Sequences.builder(new long[] {10}).build();
    assertEquals(0, none.count());
    assertEquals(-1, none.contiguousOffset());
    assertEquals(List.of(), runs(none, 0, 0));
    assertEquals(List.of(), chunks(none, new ChunkGrid(new long[] {10}, new long[] {3})));
  }

  @Test
  void cursorSeeksBackAndForth() {
    Sequences.Builder builder = Sequences.builder(new long[] {1000});
    for (long i = 0; i < 100; i++) {
      builder.add(10 * i, 2);
    }
    RunCursor cursor = builder.build().cursor();
    for (long ordinal : new long[] {0, 1, 2, 150, 3, 199, 198, 0}) {
      cursor.seek(ordinal);
      assertEquals(ordinal / 2 * 10 + ordinal % 2, cursor.offset());
      assertEquals(2 - ordinal % 2, cursor.available());
    }
  }

  @Test
  void whatTheExtentDoesNotHoldIsRefused() {
    Sequences.Builder builder = Sequences.builder(new long[] {3, 4});
    assertThrows(IndexOutOfBoundsException.class, () -> builder.add(11, 2));
    assertThrows(IndexOutOfBoundsException.class, () -> builder.add(-1, 1));
    assertThrows(IndexOutOfBoundsException.class, () -> builder.add(0, -1));
    assertEquals(1, builder.add(11, 1).build().count());
  }

  @Test
  void laterAddsDoNotChangeWhatIsBuilt() {
    Sequences.Builder builder = Sequences.builder(new long[] {10}).add(0, 1);
    Sequences first = builder.build();
    builder.add(5, 1);
    assertEquals(List.of("0x1"), runs(first, 0, first.count()));
    assertEquals(List.of("0x1", "5x1"), runs(builder.build(), 0, 2));
  }
}
