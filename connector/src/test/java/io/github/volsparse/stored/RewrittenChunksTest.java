package io.github.volsparse.stored;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.volsparse.format.Chunk;
import io.github.volsparse.selection.Hyperslab;
import io.github.volsparse.selection.Selection;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class RewrittenChunksTest {
  private static final int OWN = 0b10;
  private static final long[] FIRST = {0, 0};

  private final StoredDataset plain = new StoredDataset.Builder().build();
  private final StoredDataset filtered = new StoredDataset.Builder().userFilters(1).build();

  private static RewrittenChunks rewritten(StoredDataset dataset) {
    return new RewrittenChunks(dataset.chunks);
  }

  /** Stores blobs in all chunks. */
  private static void fill(StoredDataset dataset) {
    for (long row = 0; row < 4; row++) {
      for (long column = 0; column < 4; column++) {
        dataset.store(
            new long[] {row, column}, StoredDataset.elements((int) (1 + 4 * row + column)));
      }
    }
  }

  private static int rewrittenChunks(StoredDataset dataset) {
    int unmasked = 0;
    for (long row = 0; row < 4; row++) {
      for (long column = 0; column < 4; column++) {
        unmasked += dataset.file.mask(10 * row, 10 * column) == 0 ? 1 : 0;
        Chunk chunk = dataset.chunks.load(new long[] {row, column}, true);
        assertArrayEquals(
            StoredDataset.elements((int) (1 + 4 * row + column)).toArray(JAVA_BYTE),
            dataset.chunks.allElements(chunk).toArray(JAVA_BYTE));
        chunk.giveBack();
      }
    }
    return unmasked;
  }

  private static Selection block(long row, long column, long rows, long columns) {
    long[] ones = {1, 1};
    return Hyperslab.of(
        new long[] {40, 40}, new long[] {row, column}, ones, ones, new long[] {rows, columns});
  }

  @Test
  void chunksOfASelectionLoseTheirMasks() {
    fill(filtered);
    rewritten(filtered).beforeWriteOf(block(5, 12, 6, 1));
    assertEquals(0, filtered.file.mask(0, 10));
    assertEquals(0, filtered.file.mask(10, 10));
    assertEquals(2, rewrittenChunks(filtered));
  }

  @Test
  void allChunksLoseTheirMasksWhereTheSelectionIsNotKnown() {
    fill(filtered);
    rewritten(filtered).beforeWriteOfAny();
    assertEquals(16, rewrittenChunks(filtered));
  }

  @Test
  void chunksWithoutAMaskAreLeftAlone() {
    filtered.store(FIRST, StoredDataset.elements(100));
    filtered.file.calls.clear();
    rewritten(filtered).beforeWriteOfAny();
    assertEquals(0, filtered.file.count("write"));
    rewritten(filtered).beforeWriteOf(block(20, 20, 5, 5)); // not stored
    assertNull(filtered.file.bytes(20, 20));
    fill(plain);
    plain.file.calls.clear();
    rewritten(plain).beforeWriteOfAny();
    rewritten(plain).beforeWriteOf(block(0, 0, 40, 40));
    rewritten(plain).beforeCut(new long[] {5, 5});
    assertTrue(plain.file.calls.isEmpty());
  }

  @Test
  void chunksThatAreCutThroughLoseTheirMasks() {
    long[][] extents = {{25, 40}, {40, 25}, {25, 25}, {20, 40}, {20, 25}};
    int[] cut = {4, 4, 5, 0, 2};
    for (int i = 0; i < extents.length; i++) {
      StoredDataset dataset = new StoredDataset.Builder().userFilters(1).build();
      fill(dataset);
      rewritten(dataset).beforeCut(extents[i]);
      assertEquals(cut[i], rewrittenChunks(dataset), Arrays.toString(extents[i]));
    }
  }

  // ---- HDF5's own chunk cache

  @Test
  void whatTheNativeConnectorWritesIsFound() {
    for (StoredDataset dataset : new StoredDataset[] {plain, filtered}) {
      MemorySegment elements = StoredDataset.elements(5);
      rewritten(dataset).beforeWriteOf(block(0, 0, 10, 10));
      dataset.file.writeNatively(FIRST, elements);
      assertTrue(dataset.chunks.isStored(FIRST));
      assertArrayEquals(
          dataset.file.encode(elements).bytes().toArray(JAVA_BYTE),
          dataset.chunks.raw(FIRST).bytes().toArray(JAVA_BYTE));
      assertEquals(1, dataset.file.count("flush"));
    }
  }

  @Test
  void whatTheNativeConnectorFillsAfterACutIsFound() {
    fill(filtered);
    rewritten(filtered).beforeCut(new long[] {35, 40});
    filtered.file.writeNatively(new long[] {30, 0}, StoredDataset.elements(2));
    filtered.file.calls.clear();
    filtered.chunks.isStored(new long[] {3, 0});
    assertEquals(1, filtered.file.count("flush"));
  }

  @Test
  void nothingIsFlushedWithoutAWrite() {
    plain.store(FIRST, StoredDataset.elements(5));
    plain.chunks.beforeNativeRead();
    plain.chunks.load(FIRST, true).giveBack();
    assertEquals(0, plain.file.count("flush"));
  }

  @Test
  void theCacheIsEmptiedBeforeACopy() {
    fill(filtered);
    filtered.chunks.emptyNativeCache();
    assertEquals(0, filtered.file.count("evict")); // nothing can be in it
    filtered.store(FIRST, StoredDataset.elements(100));
    filtered.chunks.load(FIRST, true).giveBack();
    assertTrue(filtered.file.isCachedNatively(0, 0));
    filtered.chunks.emptyNativeCache();
    assertFalse(filtered.file.isCachedNatively(0, 0));
    filtered.file.calls.clear();
    filtered.chunks.emptyNativeCache();
    assertEquals(0, filtered.file.count("evict"));
  }
}
