package io.github.volsparse.cache;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.volsparse.format.CopyRuns;
import io.github.volsparse.hdf5.Hdf5Exception;
import io.github.volsparse.stored.SparseIOException;
import io.github.volsparse.stored.StoredDataset;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which chunks leave memory, and when. */
class ChunkCacheTest {
  private static final int DEFINED = 60;

  private final StoredDataset stored = new StoredDataset.Builder().build();
  private final ChunkMemory memory = memory(1L << 40);

  /** What a chunk of these tests takes. */
  private final long chunkBytes = chunkBytes();

  private ChunkMemory memory(long heap) {
    return new ChunkMemory(stored.buffers, () -> stored.file.transfers, new ChunkCache(heap));
  }

  private CachedChunks chunks(ChunkMemory in, long bound) {
    return new CachedChunks(in, stored.chunks, stored.filter, bound, 1, () -> {});
  }

  /** A bound for so many chunks, and not for another one. */
  private long boundOf(int chunks) {
    return (2 * chunks + 1) * chunkBytes / 2 * 16 / 15;
  }

  private long chunkBytes() {
    CachedChunks one = chunks(memory(1L << 40), 1L << 30);
    write(one, 0, 0);
    return one.share().bytes;
  }

  private static void write(CachedChunks chunks, long... scaled) {
    chunks.change(
        scaled,
        false,
        chunk -> {
          CopyRuns runs = new CopyRuns(2);
          runs.add(0, 0, DEFINED);
          chunk.write(runs, StoredDataset.elements(DEFINED));
        });
  }

  private static String cached(CachedChunks chunks) {
    StringBuilder cached = new StringBuilder();
    for (long row = 0; row < 4; row++) {
      for (long column = 0; column < 4; column++) {
        if (chunks.isCached(new long[] {row, column})) {
          cached.append(" ").append(row).append(column);
        }
      }
    }
    return cached.toString().strip();
  }

  private List<String> writes() {
    return stored.file.calls.stream().filter(call -> call.startsWith("write")).toList();
  }

  @Test
  void theChunkUsedLongestAgoLeavesFirst() {
    CachedChunks chunks = chunks(memory, boundOf(3));
    for (int column = 0; column < 3; column++) {
      write(chunks, 0, column);
    }
    assertEquals("00 01 02", cached(chunks));
    chunks.chunkToRead(new long[] {0, 1}, true);
    chunks.chunkToRead(new long[] {0, 0}, true);
    write(chunks, 1, 0);
    assertEquals("00 01 10", cached(chunks));
    write(chunks, 1, 1);
    assertEquals("00 10 11", cached(chunks));
    assertEquals(List.of("write [0, 20]", "write [0, 10]"), writes());
    assertTrue(chunks.share().bytes <= boundOf(3));
  }

  @Test
  void whatIsForgottenLeavesTheOrderOfTheOthers() {
    CachedChunks chunks = chunks(memory, boundOf(3));
    for (int column = 0; column < 3; column++) {
      write(chunks, 0, column);
    }
    chunks.forget(new long[] {0, 2});
    write(chunks, 0, 3);
    write(chunks, 1, 0);
    assertEquals("01 03 10", cached(chunks));
  }

  /** Some of the bound is for memory that waits for its next use. */
  @Test
  void chunksMayTakeFifteenSixteenthsOfABound() {
    assertEquals(15 << 10, new CacheShare(16 << 10).room);
  }

  @Test
  void whatLeavesIsInTheFile() {
    CachedChunks chunks = chunks(memory, boundOf(1));
    write(chunks, 0, 0);
    write(chunks, 0, 1);
    assertEquals("01", cached(chunks));
    assertArrayEquals(
        StoredDataset.elements(DEFINED).toArray(JAVA_BYTE),
        stored.chunks.allElements(chunks.chunkToRead(new long[] {0, 0}, true)).toArray(JAVA_BYTE));
  }

  @Test
  void cleanChunksAreNotWrittenAgain() {
    CachedChunks chunks = chunks(memory, boundOf(2));
    write(chunks, 0, 0);
    chunks.writeDirty();
    stored.file.calls.clear();
    write(chunks, 0, 1);
    write(chunks, 0, 2);
    assertEquals("01 02", cached(chunks));
    assertEquals(List.of(), writes());
  }

  /** It would only throw out another that is read again and again. */
  @Test
  void aChunkThatWasReadAndHadToGoDoesNotComeBackAtOnce() {
    CachedChunks chunks = chunks(memory, boundOf(1));
    for (int column = 0; column < 2; column++) {
      write(chunks, 0, column);
      chunks.writeDirty();
    }
    assertEquals("01", cached(chunks));
    for (int i = 0; i < 3; i++) {
      chunks.chunkToRead(new long[] {0, 0}, true);
      stored.file.transfers++; // of another dataset
    }
    assertEquals("01", cached(chunks));
  }

  @Test
  void theChunkInUseStaysHoweverSmallTheBound() {
    CachedChunks chunks = chunks(memory, 1);
    write(chunks, 0, 0);
    assertEquals("00", cached(chunks));
    write(chunks, 0, 1);
    assertEquals("01", cached(chunks));
  }

  @Test
  void chunksThatAreReadInPartsStay() {
    CachedChunks chunks = chunks(memory, boundOf(1));
    write(chunks, 0, 0);
    chunks.read(
        new long[] {0, 0},
        chunk -> {
          write(chunks, 0, 1);
          write(chunks, 0, 2);
          assertEquals("00 02", cached(chunks));
        });
    write(chunks, 0, 3);
    assertEquals("03", cached(chunks));
  }

  @Test
  void aChunkThatCannotBeWrittenStays() {
    CachedChunks chunks = chunks(memory, boundOf(1));
    write(chunks, 0, 0);
    stored.file.failuresAt.add("[0, 0]");
    SparseIOException failure = assertThrows(SparseIOException.class, () -> write(chunks, 0, 1));
    Hdf5Exception.discardErrorStacks(failure);
    assertEquals("00 01", cached(chunks));
    stored.file.failuresAt.clear();
    chunks.writeDirty();
    assertEquals(
        List.of("[0, 0]", "[0, 1]"),
        stored.chunks.places().stream().map(Arrays::toString).toList());
    write(chunks, 0, 2);
    assertEquals("02", cached(chunks));
  }

  @Test
  void aChunkThatGrowsCountsAsWhatItTakes() {
    CachedChunks chunks = chunks(memory, 1L << 30);
    write(chunks, 0, 0);
    long before = chunks.share().bytes;
    chunks.change(
        new long[] {0, 0},
        true,
        chunk -> {
          CopyRuns runs = new CopyRuns(2);
          for (int i = 0; i < 100; i += 2) {
            runs.add(i, 0, 1);
          }
          chunk.erase(runs);
        });
    assertTrue(chunks.share().bytes != before);
    chunks.drop();
    assertEquals(0, chunks.share().bytes);
  }

  @Test
  void datasetsOfOneBoundShareIt() {
    CachedChunks one = chunks(memory, boundOf(2));
    CachedChunks other = chunks(memory, boundOf(2));
    write(one, 0, 0);
    write(other, 0, 1);
    write(other, 0, 2);
    assertEquals("", cached(one));
    assertEquals("01 02", cached(other));
    one.close();
    assertSame(other.share(), chunks(memory, boundOf(2)).share());
  }

  @Test
  void datasetsOfAnotherBoundLeaveOneAnotherAlone() {
    CachedChunks small = chunks(memory, boundOf(1));
    CachedChunks large = chunks(memory, boundOf(4));
    write(large, 0, 0);
    write(large, 0, 1);
    write(small, 1, 0);
    write(small, 1, 1);
    assertEquals("00 01", cached(large));
    assertEquals("11", cached(small));
  }

  /** From the share with the largest bound first. */
  @Test
  void allTogetherTakeNoMoreThanTheLargestBound() {
    CachedChunks small = chunks(memory, boundOf(2));
    CachedChunks large = chunks(memory, boundOf(3));
    write(large, 0, 0);
    write(large, 0, 1);
    write(small, 1, 0);
    assertEquals("00 01", cached(large));
    write(small, 1, 1);
    assertEquals("01", cached(large));
    assertEquals("10 11", cached(small));
    write(large, 0, 2);
    assertEquals("02", cached(large));
    write(large, 0, 3);
    assertEquals("03", cached(large));
    assertEquals("10 11", cached(small));
  }

  /** The one chunk of the largest share is in use. */
  @Test
  void otherSharesGiveWayWhereTheLargestHasNothingToGive() {
    CachedChunks small = chunks(memory, boundOf(2));
    CachedChunks large = chunks(memory, boundOf(2) + 32);
    write(small, 1, 0);
    write(small, 1, 1);
    write(large, 0, 0);
    assertEquals("00", cached(large));
    assertEquals("11", cached(small));
  }

  @Test
  void aBoundEndsWithItsLastDataset() {
    CachedChunks small = chunks(memory, boundOf(1));
    CachedChunks large = chunks(memory, boundOf(4));
    CachedChunks other = chunks(memory, boundOf(4));
    large.drop();
    large.close();
    for (int column = 0; column < 4; column++) {
      write(other, 0, column);
    }
    assertEquals("00 01 02 03", cached(other));
    CachedChunks between = chunks(memory, boundOf(1) + 32);
    other.drop();
    other.close();
    write(small, 1, 0);
    write(between, 1, 1);
    assertEquals("", cached(small)); // both together take no more than the larger bound
    assertEquals("11", cached(between));
  }

  /** The JVM may have been started for a smaller cache. */
  @Test
  void whatIsOnTheHeapHasABoundOfItsOwn() {
    long heap = 3 * 3 * 600; // for its third part
    CachedChunks chunks = chunks(memory(heap), 1L << 30);
    for (int column = 0; column < 4; column++) {
      write(chunks, 0, column);
      write(chunks, 1, column);
    }
    assertFalse(chunks.isCached(new long[] {0, 0}));
    assertTrue(chunks.isCached(new long[] {1, 3}));
    assertTrue(chunks.share().bytes < 8 * chunkBytes);
  }
}
