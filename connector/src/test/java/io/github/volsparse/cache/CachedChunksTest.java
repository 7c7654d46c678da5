package io.github.volsparse.cache;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.github.volsparse.format.Chunk;
import io.github.volsparse.format.CopyRuns;
import io.github.volsparse.format.Defined;
import io.github.volsparse.hdf5.Hdf5Exception;
import io.github.volsparse.selection.ChunkGrid;
import io.github.volsparse.stored.SparseIOException;
import io.github.volsparse.stored.StoredDataset;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CachedChunksTest {
  private static final long NO_BOUND = 1L << 30;
  private static final long[] FIRST = {0, 0};
  private static final long[] SECOND = {0, 1};
  private static final long[] THIRD = {1, 0};

  private final StoredDataset stored = new StoredDataset.Builder().build();
  private final ChunkMemory memory = new ChunkMemory(stored.buffers, () -> stored.file.transfers);
  private final CachedChunks chunks = chunks(1);
  private int becameDirty;

  private CachedChunks chunks(int threads) {
    return new CachedChunks(
        memory, stored.chunks, stored.filter, NO_BOUND, threads, () -> becameDirty++);
  }

  /** Runs that write the first elements of a chunk. */
  private static CopyRuns runs(int elements) {
    CopyRuns runs = new CopyRuns(2);
    runs.add(0, 0, elements);
    return runs;
  }

  private static void write(CachedChunks chunks, int elements, long... scaled) {
    chunks.change(
        scaled, false, chunk -> chunk.write(runs(elements), StoredDataset.elements(elements)));
  }

  private static byte[] elements(int defined) {
    return StoredDataset.elements(defined).toArray(JAVA_BYTE);
  }

  private byte[] read(long... scaled) {
    return stored.chunks.allElements(chunks.chunkToRead(scaled, true)).toArray(JAVA_BYTE);
  }

  private byte[] inFile(long... scaled) {
    Chunk chunk = stored.chunks.load(scaled, true);
    if (chunk == null) {
      return null;
    }
    byte[] elements = stored.chunks.allElements(chunk).toArray(JAVA_BYTE);
    chunk.giveBack();
    return elements;
  }

  // ---- dirty chunks

  @Test
  void aChangeIsInMemoryUntilDirtyChunksAreWritten() {
    write(chunks, 5, FIRST);
    assertTrue(chunks.isAnyDirty());
    assertEquals(1, becameDirty);
    assertEquals(0, stored.file.count("write"));
    assertArrayEquals(elements(5), read(FIRST));
    chunks.writeDirty();
    assertFalse(chunks.isAnyDirty());
    assertArrayEquals(elements(5), inFile(FIRST));
    assertTrue(chunks.isCached(FIRST));
  }

  @Test
  void aDirtyChunkBecomesDirtyOnce() {
    write(chunks, 5, FIRST);
    write(chunks, 6, FIRST);
    assertEquals(1, becameDirty);
    chunks.writeDirty();
    write(chunks, 7, FIRST);
    assertEquals(2, becameDirty);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void dirtyChunksAreWrittenInOrder(int threads) {
    CachedChunks many = chunks(threads);
    List<String> order = new ArrayList<>();
    for (long row = 3; row >= 0; row--) {
      for (long column = 0; column < 4; column++) {
        write(many, 3, row, column);
      }
    }
    for (long row = 0; row < 4; row++) {
      for (long column = 0; column < 4; column++) {
        order.add("write " + Arrays.toString(new long[] {10 * row, 10 * column}));
      }
    }
    stored.file.calls.clear();
    many.writeDirty();
    assertEquals(order, stored.file.calls);
    stored.file.calls.clear();
    many.writeDirty();
    assertEquals(List.of(), stored.file.calls);
    memory.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void whatCannotBeWrittenStaysDirty(int threads) {
    CachedChunks many = chunks(threads);
    for (int column = 0; column < 4; column++) {
      write(many, 2 + column, 0, column);
    }
    stored.file.failuresAt.add("[0, 20]");
    SparseIOException failure = assertThrows(SparseIOException.class, many::writeDirty);
    Hdf5Exception.discardErrorStacks(failure);
    assertTrue(failure.getMessage().contains("offset [0, 20]"), failure.getMessage());
    assertTrue(many.isAnyDirty());
    assertArrayEquals(elements(3), inFile(0, 1));
    assertNull(inFile(0, 2));
    assertNull(inFile(0, 3));

    stored.file.failuresAt.clear();
    stored.file.calls.clear();
    many.writeDirty();
    assertEquals(List.of("write [0, 20]", "write [0, 30]"), stored.file.calls);
    assertFalse(many.isAnyDirty());
    assertArrayEquals(elements(4), inFile(0, 2));
    assertArrayEquals(elements(5), inFile(0, 3));
    memory.close();
  }

  @Test
  void oneChunkIsWrittenAlone() {
    write(chunks, 5, FIRST);
    write(chunks, 6, SECOND);
    chunks.write(SECOND);
    assertArrayEquals(elements(6), inFile(SECOND));
    assertNull(inFile(FIRST));
    assertTrue(chunks.isAnyDirty());
    chunks.write(THIRD); // not cached
    assertNull(inFile(THIRD));
  }

  @Test
  void forgottenChunksAreNotWritten() {
    write(chunks, 5, FIRST);
    write(chunks, 5, SECOND);
    chunks.forget(FIRST);
    assertTrue(chunks.isAnyDirty());
    chunks.drop();
    assertFalse(chunks.isAnyDirty());
    chunks.writeDirty();
    assertEquals(0, stored.file.count("write"));
    assertEquals(0, chunks.share().bytes);
  }

  @Test
  void aChangeGoesOnFromWhatIsStored() {
    stored.store(FIRST, StoredDataset.elements(8));
    write(chunks, 2, FIRST);
    assertArrayEquals(elements(8), read(FIRST));
    chunks.change(SECOND, true, chunk -> chunk.write(runs(2), StoredDataset.elements(2)));
    assertArrayEquals(elements(2), read(SECOND));
  }

  @Test
  void aChunkThatIsReplacedIsNotRead() {
    stored.store(FIRST, StoredDataset.elements(8));
    stored.file.calls.clear();
    chunks.change(FIRST, true, chunk -> chunk.write(runs(2), StoredDataset.elements(2)));
    assertEquals(0, stored.file.count("read"));
    assertArrayEquals(elements(2), read(FIRST));
  }

  @Test
  void aChangeThatFailsLeavesWhatIsStored() {
    stored.store(FIRST, StoredDataset.elements(8));
    assertThrows(
        IllegalStateException.class,
        () ->
            chunks.change(
                FIRST,
                false,
                chunk -> {
                  chunk.erase(runs(8));
                  throw new IllegalStateException();
                }));
    assertFalse(chunks.isCached(FIRST));
    assertFalse(chunks.isAnyDirty());
    assertArrayEquals(elements(8), read(FIRST));
  }

  @Test
  void aChangeThatFailsLeavesWhatWasChangedBefore() {
    write(chunks, 5, FIRST);
    assertThrows(
        IllegalStateException.class,
        () ->
            chunks.change(
                FIRST,
                false,
                chunk -> {
                  throw new IllegalStateException();
                }));
    chunks.writeDirty();
    assertArrayEquals(elements(5), inFile(FIRST));
  }

  /** A conversion function of the program may do anything. */
  @Test
  void aChangeOfAChunkThatIsForgottenMeanwhileIsAnError() {
    write(chunks, 5, FIRST);
    assertThrows(
        IllegalStateException.class, () -> chunks.change(FIRST, false, chunk -> chunks.drop()));
    assertFalse(chunks.isAnyDirty());
    chunks.writeDirty();
    assertNull(inFile(FIRST));
  }

  // ---- which chunks get a place

  @Test
  void aChunkIsCachedWhenItIsReadASecondTime() {
    stored.store(FIRST, StoredDataset.elements(8));
    stored.store(SECOND, StoredDataset.elements(9));
    read(FIRST);
    assertFalse(chunks.isCached(FIRST));
    read(SECOND);
    assertArrayEquals(elements(8), read(FIRST));
    assertTrue(chunks.isCached(FIRST));
    assertFalse(chunks.isCached(SECOND));
    stored.file.calls.clear();
    assertArrayEquals(elements(8), read(FIRST));
    assertEquals(0, stored.file.count("read"));
  }

  @Test
  void theChunkReadLastNeedNotBeReadAgain() {
    stored.store(FIRST, StoredDataset.elements(8));
    Chunk chunk = chunks.chunkToRead(FIRST, true);
    assertSame(chunk, chunks.chunkToRead(FIRST, true));
    assertEquals(1, stored.file.count("read"));
    stored.store(SECOND, StoredDataset.elements(9)); // its memory may be another's now
    assertNotSame(chunk, chunks.chunkToRead(FIRST, true));
  }

  @Test
  void theChunkReadLastIsOfOneDataset() {
    stored.store(FIRST, StoredDataset.elements(8));
    Chunk chunk = chunks.chunkToRead(FIRST, true);
    assertNotSame(chunk, chunks(1).chunkToRead(FIRST, true));
  }

  @Test
  void theChunkReadLastIsReadAgainAfterAChange() {
    stored.store(FIRST, StoredDataset.elements(8));
    read(FIRST);
    chunks.change(FIRST, true, chunk -> chunk.write(runs(2), StoredDataset.elements(2)));
    assertArrayEquals(elements(2), read(FIRST));
    chunks.drop();
    assertArrayEquals(elements(8), read(FIRST));
  }

  /** They are dropped because others are about to change the file. */
  @Test
  void theChunkReadLastIsReadAgainAfterAllWereDropped() {
    stored.store(FIRST, StoredDataset.elements(8));
    read(FIRST);
    chunks.drop();
    stored.file.calls.clear();
    read(FIRST);
    assertEquals(1, stored.file.count("read"));
  }

  @Test
  void whatIsNotStoredTakesNoPlace() {
    assertSame(stored.chunks.nothing(), chunks.chunkToRead(FIRST, true));
    assertSame(stored.chunks.nothing(), chunks.chunkToRead(FIRST, false));
    assertFalse(chunks.isCached(FIRST));
  }

  /** Other chunks may be read in between: its memory must be its own. */
  @Test
  void aChunkThatIsReadInPartsIsHeld() {
    stored.store(FIRST, StoredDataset.elements(8));
    stored.store(SECOND, StoredDataset.elements(9));
    read(FIRST); // which has it where the next one will be
    chunks.read(
        FIRST,
        chunk -> {
          read(SECOND);
          chunks.drop();
          assertArrayEquals(elements(8), stored.chunks.allElements(chunk).toArray(JAVA_BYTE));
        });
    assertFalse(chunks.isCached(FIRST));
    List<Chunk> nothing = new ArrayList<>();
    chunks.read(THIRD, nothing::add);
    assertEquals(List.of(stored.chunks.nothing()), nothing);
  }

  @Test
  void wholeChunksPassTheCache() {
    write(chunks, 5, FIRST);
    chunks.whole().write(FIRST, StoredDataset.elements(50));
    assertFalse(chunks.isCached(FIRST));
    assertFalse(chunks.isAnyDirty());
    MemorySegment whole = Arena.ofAuto().allocate(StoredDataset.CHUNK_BYTES, 8).fill((byte) 9);
    assertTrue(chunks.whole().read(FIRST, whole));
    assertArrayEquals(elements(50), whole.toArray(JAVA_BYTE));
    assertTrue(chunks.whole().read(SECOND, whole));
    assertArrayEquals(elements(0), whole.toArray(JAVA_BYTE));
    assertFalse(chunks.isCached(FIRST));
  }

  @Test
  void whatHasNoValueLeavesMemoryAlone() {
    StoredDataset none = new StoredDataset.Builder().withoutFillValue().build();
    CachedChunks ofNone = new CachedChunks(memory, none.chunks, none.filter, NO_BOUND, 1, () -> {});
    MemorySegment whole = StoredDataset.elements(77);
    assertTrue(ofNone.whole().read(FIRST, whole));
    assertArrayEquals(elements(77), whole.toArray(JAVA_BYTE));
    assertNull(ofNone.chunkToRead(FIRST, true));
    ofNone.read(FIRST, chunk -> fail("there is nothing to read"));
  }

  @Test
  void chunksOfTheProgramReplaceCachedOnes() {
    write(chunks, 5, FIRST);
    chunks.whole().writeFromProgram(FIRST, StoredDataset.elements(6), 0);
    assertFalse(chunks.isCached(FIRST));
    assertArrayEquals(elements(6), inFile(FIRST));
  }

  // ---- written at once

  private static boolean writeAtOnce(CachedChunks chunks, long... scaled) {
    return chunks.writeAtOnce(scaled, runs(4), StoredDataset.elements(4));
  }

  @Test
  void chunksAreWrittenAtOnceUntilOneComesBack() {
    assertTrue(writeAtOnce(chunks, FIRST));
    assertArrayEquals(elements(4), inFile(FIRST));
    assertFalse(chunks.isCached(FIRST));
    assertFalse(writeAtOnce(chunks, FIRST)); // stored
    assertTrue(writeAtOnce(chunks, SECOND));
    write(chunks, 5, FIRST);
    assertFalse(writeAtOnce(chunks, THIRD));
  }

  @Test
  void cachedChunksAreNotWrittenAtOnce() {
    write(chunks, 5, FIRST);
    assertFalse(writeAtOnce(chunks, FIRST));
    assertTrue(writeAtOnce(chunks, SECOND));
    assertFalse(writeAtOnce(chunks(2), THIRD)); // other threads encode them later
  }

  @Test
  void elementsOutOfOrderAreNotWrittenAtOnce() {
    CopyRuns runs = new CopyRuns(2);
    runs.add(5, 0, 1);
    runs.add(3, 2, 1);
    assertFalse(chunks.writeAtOnce(FIRST, runs, StoredDataset.elements(2)));
  }

  /** Through all filters, for which all elements are needed and not the blob. */
  @Test
  void denseChunksAreWrittenAtOnce() {
    StoredDataset filtered = new StoredDataset.Builder().userFilters(1).build();
    CachedChunks dense =
        new CachedChunks(memory, filtered.chunks, filtered.filter, NO_BOUND, 1, () -> {});
    assertTrue(dense.writeAtOnce(FIRST, runs(90), StoredDataset.elements(90)));
    Chunk chunk = filtered.chunks.load(FIRST, true);
    assertArrayEquals(elements(90), filtered.chunks.allElements(chunk).toArray(JAVA_BYTE));
    chunk.giveBack();
  }

  // ---- what is defined

  private long defined(boolean withValues, long... scaled) {
    Defined defined = chunks.defined(scaled, withValues);
    return defined == null ? -1 : defined.total();
  }

  @Test
  void whatIsDefinedIsToldOfCachedAndStoredChunks() {
    stored.store(FIRST, StoredDataset.elements(8));
    write(chunks, 5, SECOND);
    for (boolean withValues : new boolean[] {false, true}) {
      assertEquals(8, defined(withValues, FIRST));
      assertEquals(5, defined(withValues, SECOND));
      assertEquals(-1, defined(withValues, THIRD));
    }
    assertFalse(chunks.isCached(FIRST));
    write(chunks, 20, FIRST);
    assertEquals(20, defined(false, FIRST));
  }

  @Test
  void occupiedChunksAreThoseStoredOrDirty() {
    stored.store(THIRD, StoredDataset.elements(8));
    stored.store(FIRST, StoredDataset.elements(8));
    write(chunks, 5, FIRST);
    write(chunks, 5, SECOND);
    read(2, 2);
    assertEquals(
        List.of("[0, 0]", "[0, 1]", "[1, 0]"),
        chunks.occupiedChunks().stream().map(Arrays::toString).toList());
    write(chunks, 5, 3, 3);
    chunks.change(new long[] {3, 3}, false, chunk -> chunk.erase(runs(5)));
    chunks.write(new long[] {3, 3}); // nothing of it is stored
    assertTrue(chunks.isCached(new long[] {3, 3}));
    assertEquals(3, chunks.occupiedChunks().size());
    stored.grid = new ChunkGrid(new long[] {10, 40}, new long[] {10, 10});
    assertEquals(
        List.of("[0, 0]", "[0, 1]"),
        chunks.occupiedChunks().stream().map(Arrays::toString).toList());
  }
}
