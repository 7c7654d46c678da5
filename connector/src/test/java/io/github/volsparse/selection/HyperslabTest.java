package io.github.volsparse.selection;

import static io.github.volsparse.selection.SelectionText.chunks;
import static io.github.volsparse.selection.SelectionText.runs;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class HyperslabTest {
  private static final long[] FRAMES = {128, 1024, 1024};
  private static final ChunkGrid FRAME_CHUNKS = new ChunkGrid(FRAMES, new long[] {1, 1024, 1024});

  @Test
  void wholeFrameIsOneRun() {
    Hyperslab frame = box(FRAMES, new long[] {7, 0, 0}, new long[] {1, 1024, 1024});
    assertEquals(List.of("[7, 0, 0] 0@0x1048576"), chunks(frame, FRAME_CHUNKS));
    assertEquals(7L << 20, frame.contiguousOffset());
  }

  @Test
  void allFramesAreOneRunEach() {
    List<String> chunks = chunks(Hyperslab.all(FRAMES), FRAME_CHUNKS);
    assertEquals(128, chunks.size());
    assertEquals("[127, 0, 0] 0@133169152x1048576", chunks.getLast());
  }

  @Test
  void chunkOfSeveralWholeFramesIsOneRun() {
    ChunkGrid grid = new ChunkGrid(FRAMES, new long[] {100, 1024, 1024});
    Hyperslab frames = box(FRAMES, new long[] {90, 0, 0}, new long[] {20, 1024, 1024});
    assertEquals(
        List.of("[0, 0, 0] 94371840@0x10485760", "[1, 0, 0] 0@10485760x10485760"),
        chunks(frames, grid));
  }

  @Test
  void regionOfInterestIsOneRunPerRow() {
    Hyperslab region = box(FRAMES, new long[] {3, 100, 200}, new long[] {1, 324, 324});
    region.forEachChunk(
        FRAME_CHUNKS,
        (scaled, runs) -> {
          assertEquals(324, runs.size());
          assertEquals(102 * 1024 + 200, runs.position(2));
          assertEquals(2 * 324, runs.ordinal(2));
          assertEquals(324, runs.length(2));
          assertTrue(runs.isAscending());
        });
    assertEquals(-1, region.contiguousOffset());
  }

  @Test
  void pixelSeriesIsOneElementPerChunk() {
    Hyperslab pixel = box(FRAMES, new long[] {0, 5, 6}, new long[] {128, 1, 1});
    List<String> chunks = chunks(pixel, FRAME_CHUNKS);
    assertEquals(128, chunks.size());
    assertEquals("[9, 0, 0] 5126@9x1", chunks.get(9));
  }

  @Test
  void edgeChunkPositionsAreOverTheFullShape() {
    long[] extent = {3, 5};
    ChunkGrid grid = new ChunkGrid(extent, new long[] {2, 4});
    assertEquals(
        List.of("[0, 0] 0@0x4 4@5x4", "[0, 1] 0@4x1 4@9x1", "[1, 0] 0@10x4", "[1, 1] 0@14x1"),
        chunks(Hyperslab.all(extent), grid));
    Hyperslab.all(extent)
        .forEachChunk(grid, (scaled, runs) -> assertTrue(runs.covers(grid, scaled)));
  }

  @Test
  void strideJumpsOverChunks() {
    long[] extent = {1L << 60};
    ChunkGrid grid = new ChunkGrid(extent, new long[] {1000});
    Hyperslab slab =
        Hyperslab.of(
            extent, new long[] {999}, new long[] {1L << 58}, new long[] {4}, new long[] {2});
    assertEquals(
        List.of(
            "[0] 999@0x1",
            "[1] 0@1x1",
            "[288230376151712] 743@2x2",
            "[576460752303424] 487@4x2",
            "[864691128455136] 231@6x2"),
        chunks(slab, grid));
  }

  @Test
  void adjoiningBlocksAreOneBlock() {
    Hyperslab slab =
        Hyperslab.of(
            new long[] {20}, new long[] {2}, new long[] {3}, new long[] {5}, new long[] {3});
    assertEquals(List.of("2x15"), runs(slab, 0, 15));
    assertEquals(2, slab.contiguousOffset());
  }

  @Test
  void blocksThatMeetAcrossRowsAreOneRun() {
    Hyperslab slab =
        Hyperslab.of(
            new long[] {2, 5},
            new long[] {0, 0},
            new long[] {1, 3},
            new long[] {2, 2},
            new long[] {1, 2});
    assertEquals(List.of("0x2", "3x4", "8x2"), runs(slab, 0, 8));
  }

  @Test
  void runsBeginAnywhereInAHugeSelection() {
    long[] extent = {1L << 20, 1L << 20, 1L << 20};
    Hyperslab slab =
        Hyperslab.of(
            extent,
            new long[] {0, 0, 0},
            new long[] {1, 2, 1},
            new long[] {1 << 20, 1 << 19, 1 << 20},
            new long[] {1, 1, 1});
    assertEquals(1L << 59, slab.count());
    long from = (5L << 39) + (3L << 20) + 1_000_000;
    assertEquals(
        List.of((5L << 40) + (6L << 20) + 1_000_000 + "x48576", (5L << 40) + (8L << 20) + "x51424"),
        runs(slab, from, 100_000));
  }

  @Test
  void largestExtent() {
    long[] extent = {Long.MAX_VALUE};
    Hyperslab last = box(extent, new long[] {Long.MAX_VALUE - 1}, new long[] {1});
    ChunkGrid grid = new ChunkGrid(extent, new long[] {0xFFFF_FFFFL});
    assertEquals(List.of("[2147483648] 2147483646@0x1"), chunks(last, grid));
    assertEquals(List.of("9223372036854775806x1"), runs(Hyperslab.all(extent), (1L << 63) - 2, 1));
  }

  @Test
  void scalarIsOneElement() {
    Hyperslab scalar = Hyperslab.all(new long[0]);
    assertEquals(1, scalar.count());
    assertEquals(0, scalar.contiguousOffset());
    assertEquals(List.of("0x1"), runs(scalar, 0, 1));
    assertEquals(List.of("[] 0@0x1"), chunks(scalar, new ChunkGrid(new long[0], new long[0])));
  }

  @Test
  void emptySelectionTouchesNothing() {
    Hyperslab none = Hyperslab.all(new long[] {4, 0});
    assertEquals(0, none.count());
    assertEquals(-1, none.contiguousOffset());
    assertEquals(List.of(), runs(none, 0, 0));
    assertEquals(List.of(), chunks(none, new ChunkGrid(new long[] {4, 0}, new long[] {2, 2})));
  }

  @Test
  void parametersOutsideTheExtentAreRefused() {
    assertRefused("reaches beyond", 5, 1, 6, 1);
    assertRefused("reaches beyond", 11, 1, 1, 1);
    assertRefused("reaches beyond", 0, 1L << 62, 4, 1L << 61);
    assertRefused("reaches beyond", Long.MAX_VALUE, 1, 1, Long.MAX_VALUE);
    assertRefused("overlap", 0, 2, 3, 3);
    assertRefused("overlap", 0, 0, 2, 1);
    assertRefused("negative or unlimited", 0, 1, -1, 1);
    assertRefused("negative or unlimited", -1, 1, 1, 1);
  }

  private static void assertRefused(
      String reason, long start, long stride, long count, long block) {
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    Hyperslab.of(
                        new long[] {10},
                        new long[] {start},
                        new long[] {stride},
                        new long[] {count},
                        new long[] {block}))
            .getMessage();
    assertTrue(message.contains(reason), message);
  }

  @Test
  void ranksMustAgree() {
    long[] one = {1};
    assertThrows(
        IllegalArgumentException.class, () -> Hyperslab.of(new long[] {1, 1}, one, one, one, one));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            Hyperslab.all(new long[] {4})
                .forEachChunk(new ChunkGrid(new long[] {5}, one), (scaled, runs) -> {}));
  }

  @Test
  void tooLargeAnExtentIsRefused() {
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> Hyperslab.all(new long[] {1L << 32, 1L << 31}))
            .getMessage();
    assertEquals(
        "an extent of 4294967296 x 2147483648 has more than 2^63-1 elements, "
            + "the most that is supported",
        message);
  }

  @Test
  void argumentsAreCopied() {
    long[] extent = {4};
    Hyperslab all = Hyperslab.all(extent);
    extent[0] = 2;
    assertEquals(List.of("0x4"), runs(all, 0, 4));
  }

  @Test
  void rangesOutsideTheSelectionAreRefused() {
    Hyperslab all = Hyperslab.all(new long[] {4});
    assertThrows(IndexOutOfBoundsException.class, () -> runs(all, 2, 3));
    assertThrows(IndexOutOfBoundsException.class, () -> all.cursor().seek(4));
  }

  private static Hyperslab box(long[] extent, long[] start, long[] block) {
    long[] ones = new long[extent.length];
    Arrays.fill(ones, 1);
    return Hyperslab.of(extent, start, ones, block, ones);
  }

  /** A chunk with more runs than are handled at once comes several times, each run once. */
  @Test
  void manyRunsComeInParts() {
    long runs = 3L * HyperslabChunks.RUNS_AT_ONCE / 2;
    long[][] shapes = {{1, 2 * runs}, {runs, 2}, {2 * runs, 1}};
    for (long[] extent : shapes) {
      long[] stride = {extent[0] == 2 * runs ? 2 : 1, 2};
      long[] ones = {1, 1};
      long[] count = {Math.max(1, extent[0] / stride[0]), Math.max(1, extent[1] / 2)};
      Hyperslab slab = Hyperslab.of(extent, new long[2], stride, count, ones);
      long[] seen = new long[3];
      slab.forEachChunk(
          new ChunkGrid(extent, extent),
          (scaled, inChunk) -> {
            seen[0]++;
            assertTrue(inChunk.size() <= HyperslabChunks.RUNS_AT_ONCE);
            for (int run = 0; run < inChunk.size(); run++) {
              assertEquals(2 * seen[1], inChunk.position(run));
              assertEquals(seen[1], inChunk.ordinal(run));
              seen[1] += inChunk.length(run);
            }
          });
      assertEquals(2, seen[0]);
      assertEquals(runs, seen[1]);
    }
  }
}
