package io.github.volsparse.selection;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ChunkGridTest {
  private final ChunkGrid grid = new ChunkGrid(new long[] {5, 10}, new long[] {2, 4});

  @Test
  void countsChunks() {
    assertEquals(2, grid.rank());
    assertEquals(50, grid.elements());
    assertEquals(8, grid.chunkElements());
    assertEquals(3, grid.chunks(0));
    assertEquals(3, grid.chunks(1));
    assertEquals(9, grid.chunkCount());
  }

  @Test
  void extentClipsEdgeChunks() {
    assertArrayEquals(new long[] {2, 4}, grid.validShape(new long[] {1, 1}));
    assertArrayEquals(new long[] {1, 2}, grid.validShape(new long[] {2, 2}));
    assertEquals(2, grid.validElements(new long[] {2, 2}));
    assertThrows(IndexOutOfBoundsException.class, () -> grid.validShape(new long[] {3, 0}));
  }

  @Test
  void namesOfAChunkAgree() {
    for (long index = 0; index < grid.chunkCount(); index++) {
      long[] scaled = grid.scaledAt(index);
      assertTrue(grid.contains(scaled));
      assertEquals(index, grid.index(scaled));
      assertArrayEquals(scaled, grid.scaled(grid.offset(scaled)));
    }
    assertArrayEquals(new long[] {2, 4}, grid.offset(new long[] {1, 1}));
    assertArrayEquals(new long[] {1, 1}, grid.scaled(new long[] {3, 7}));
    assertFalse(grid.contains(new long[] {3, 0}));
    assertFalse(grid.contains(new long[] {0, -1}));
    assertThrows(IndexOutOfBoundsException.class, () -> grid.index(new long[] {0, 3}));
    assertThrows(IndexOutOfBoundsException.class, () -> grid.scaledAt(9));
  }

  @Test
  void chunkLargerThanTheExtent() {
    ChunkGrid large = new ChunkGrid(new long[] {3}, new long[] {8});
    assertEquals(1, large.chunkCount());
    assertEquals(3, large.validElements(new long[1]));
  }

  @Test
  void emptyExtentHasNoChunks() {
    ChunkGrid empty = new ChunkGrid(new long[] {1L << 40, 0, 1L << 40}, new long[] {1, 1, 1});
    assertEquals(0, empty.elements());
    assertEquals(0, empty.chunkCount());
  }

  @Test
  void scalarIsOneChunkOfOneElement() {
    ChunkGrid scalar = new ChunkGrid(new long[0], new long[0]);
    assertEquals(1, scalar.elements());
    assertEquals(1, scalar.chunkCount());
    assertEquals(1, scalar.validElements(new long[0]));
  }

  @Test
  void chunkShapeMustBePossible() {
    long[] extent = {10, 10};
    assertEquals(0xFFFF_FFFFL, new ChunkGrid(extent, new long[] {65535, 65537}).chunkElements());
    assertThrows(
        IllegalArgumentException.class, () -> new ChunkGrid(extent, new long[] {65536, 65536}));
    assertThrows(IllegalArgumentException.class, () -> new ChunkGrid(extent, new long[] {0, 1}));
    assertThrows(IllegalArgumentException.class, () -> new ChunkGrid(extent, new long[] {1}));
    assertThrows(
        IllegalArgumentException.class,
        () -> new ChunkGrid(new long[] {1L << 32, 1L << 31}, new long[] {1, 1}));
    // An unsigned 64-bit dimension that is negative as a long.
    assertThrows(
        IllegalArgumentException.class, () -> new ChunkGrid(new long[] {-1}, new long[] {1}));
  }
}
