package io.github.volsparse.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.volsparse.stored.StoredDataset;
import org.junit.jupiter.api.Test;

class RecentChunksTest {
  private final StoredDataset stored = new StoredDataset.Builder().build();
  private final ChunkMemory memory = new ChunkMemory(stored.buffers, () -> stored.file.transfers);
  private final CachedChunks one = chunks();
  private final CachedChunks other = chunks();
  private final RecentChunks recent = new RecentChunks();

  private CachedChunks chunks() {
    return new CachedChunks(memory, stored.chunks, stored.filter, 1 << 20, 1, () -> {});
  }

  @Test
  void aChunkIsWorthAPlaceWhenItIsReadASecondTime() {
    assertFalse(recent.add(one, new long[] {1, 2}));
    assertFalse(recent.add(one, new long[] {2, 1}));
    assertFalse(recent.add(other, new long[] {1, 2}));
    assertTrue(recent.add(one, new long[] {1, 2}));
    assertTrue(recent.add(other, new long[] {1, 2}));
  }

  @Test
  void aScanLeavesNoTrace() {
    for (long row = 0; row < 100_000; row++) {
      assertFalse(recent.add(one, new long[] {row, 0}));
    }
    assertFalse(recent.add(one, new long[] {0, 0}));
  }

  /** Programs read the chunks of one file after another, at the same coordinates or the next. */
  @Test
  void datasetsThatAreOpenedOneAfterAnotherAreToldApart() {
    for (long row = 0; row < 1000; row++) {
      recent.add(one, new long[] {row, 0});
    }
    for (long row = 0; row < 1000; row++) {
      assertFalse(recent.add(other, new long[] {row, 0}));
    }
  }

  /** Where more chunks come back than fit, most of them stay. */
  @Test
  void aChunkThatComesBackGetsAPlaceNowAndThen() {
    long[] chunk = {3, 4};
    recent.add(one, chunk);
    assertTrue(recent.add(one, chunk));
    recent.evicted(one, chunk);
    int places = 0;
    for (int i = 0; i < 80; i++) {
      places += recent.add(one, chunk) ? 1 : 0;
    }
    assertEquals(10, places);
    recent.add(one, new long[] {5, 6});
    assertTrue(recent.add(one, new long[] {5, 6}));
  }
}
