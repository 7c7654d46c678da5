package io.github.volsparse.stored;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.volsparse.format.Chunk;
import io.github.volsparse.format.ChunkSpec.Keep;
import io.github.volsparse.format.CorruptBlobException;
import io.github.volsparse.format.Defined;
import io.github.volsparse.format.SparseBlob;
import io.github.volsparse.hdf5.generated.hdf5_h;
import io.github.volsparse.selection.ChunkGrid;
import io.github.volsparse.stored.StoredChunks.Reading;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

class StoredChunksTest {
  private static final long[] CHUNK = {1, 2};
  private static final long[] OFFSET = {10, 20};
  private static final int OWN = 0b10;

  private final StoredDataset plain = new StoredDataset.Builder().build();
  private final StoredDataset filtered = new StoredDataset.Builder().userFilters(1).build();

  private static byte[] bytes(MemorySegment segment) {
    return segment.toArray(JAVA_BYTE);
  }

  private static byte[] load(StoredDataset dataset, long... scaled) {
    Chunk chunk = dataset.chunks.load(scaled, true);
    if (chunk == null) {
      return null;
    }
    byte[] elements = bytes(dataset.chunks.allElements(chunk));
    chunk.giveBack();
    return elements;
  }

  private static void assertStored(StoredDataset dataset, MemorySegment elements) {
    assertArrayEquals(bytes(elements), load(dataset, CHUNK));
    MemorySegment whole = Arena.ofAuto().allocate(StoredDataset.CHUNK_BYTES, 8);
    assertEquals(Reading.DONE, dataset.chunks.readWhole(CHUNK, whole));
    assertArrayEquals(bytes(elements), bytes(whole));
  }

  private static long positions(StoredDataset dataset) {
    return dataset.chunks.positions(CHUNK, Defined::of).total();
  }

  @Test
  void whatIsStoredIsReadBack() {
    for (StoredDataset dataset : List.of(plain, filtered)) {
      for (int defined : new int[] {1, 30, 99, 100}) {
        MemorySegment elements = StoredDataset.elements(defined);
        dataset.store(CHUNK, elements);
        assertStored(dataset, elements);
        assertEquals(defined, positions(dataset));
      }
    }
  }

  @Test
  void whatIsNotStoredIsNothing() {
    assertNull(load(plain, CHUNK));
    assertNull(plain.chunks.positions(CHUNK, Defined::of));
    assertNull(plain.chunks.raw(CHUNK));
    assertFalse(plain.chunks.isStored(CHUNK));
    assertEquals(Reading.NOT_STORED, plain.chunks.readWhole(CHUNK, StoredDataset.elements(0)));
    assertSame(plain.chunks.nothing(), plain.chunks.notStored());
    assertNull(new StoredDataset.Builder().withoutFillValue().build().chunks.notStored());
  }

  // ---- what is stored

  @Test
  void nothingDefinedIsStoredFirst() {
    plain.store(CHUNK, StoredDataset.elements(0));
    assertTrue(SparseBlob.isEmpty(MemorySegment.ofArray(plain.file.bytes(OFFSET))));
  }

  @Test
  void nothingDefinedIsNotStoredBesideOthers() {
    plain.store(new long[] {0, 0}, StoredDataset.elements(1));
    plain.store(CHUNK, StoredDataset.elements(0));
    assertNull(plain.file.bytes(OFFSET));
  }

  @Test
  void nothingDefinedIsNotStoredBesideWhatWasThere() {
    plain.store(new long[] {0, 0}, StoredDataset.elements(1));
    StoredDataset again = new StoredDataset.Builder().file(plain.file).build();
    again.store(CHUNK, StoredDataset.elements(0));
    assertNull(again.file.bytes(OFFSET));
  }

  @Test
  void whetherAnythingIsStoredIsAskedOnce() {
    plain.store(new long[] {0, 0}, StoredDataset.elements(1));
    StoredDataset again = new StoredDataset.Builder().file(plain.file).build();
    again.store(CHUNK, StoredDataset.elements(0));
    again.store(new long[] {3, 3}, StoredDataset.elements(0));
    assertEquals(1, again.file.count("ask"));
    plain.file.calls.clear();
    plain.store(CHUNK, StoredDataset.elements(0));
    assertEquals(0, plain.file.count("ask"));
  }

  @Test
  void nothingDefinedReplacesWhatIsStored() {
    plain.store(CHUNK, StoredDataset.elements(7));
    plain.store(CHUNK, StoredDataset.elements(0));
    assertStored(plain, StoredDataset.elements(0));
  }

  @Test
  void nothingDefinedIsStoredWhereNothingHasNoValue() {
    StoredDataset dataset = new StoredDataset.Builder().withoutFillValue().build();
    dataset.store(new long[] {0, 0}, StoredDataset.elements(1));
    dataset.store(CHUNK, StoredDataset.elements(0));
    assertNotNull(dataset.file.bytes(OFFSET));
  }

  /** The chunks may all be cut off: programs then tell by the storage that nothing was written. */
  @Test
  void nothingDefinedIsStoredFirstAfterACut() {
    plain.store(new long[] {3, 3}, StoredDataset.elements(1));
    new RewrittenChunks(plain.chunks).beforeCut(new long[] {20, 20});
    plain.file.remove(30, 30);
    plain.store(new long[] {0, 0}, StoredDataset.elements(0));
    assertNotNull(plain.file.bytes(0, 0));
  }

  @Test
  void storageIsAllocatedEarlyIfTheProgramWantsThat() {
    StoredDataset early =
        new StoredDataset.Builder().allocationTime(hdf5_h.H5D_ALLOC_TIME_EARLY).build();
    early.chunks.allocateEarly();
    assertEquals(1, early.chunks.list().size());
    StoredDataset none =
        new StoredDataset.Builder()
            .allocationTime(hdf5_h.H5D_ALLOC_TIME_EARLY)
            .extent(0, 40)
            .maximum(-1, 40)
            .build();
    none.chunks.allocateEarly();
    plain.chunks.allocateEarly();
    assertEquals(List.of(), none.chunks.list());
    assertEquals(List.of(), plain.chunks.list());
  }

  @Test
  void denseChunksGoThroughTheProgramsFilters() {
    MemorySegment dense = StoredDataset.elements(100);
    filtered.store(CHUNK, dense);
    assertEquals(0, filtered.file.mask(OFFSET));
    assertStored(filtered, dense);
    filtered.store(CHUNK, StoredDataset.elements(1));
    assertEquals(OWN, filtered.file.mask(OFFSET));
  }

  /** What was written is told by the blob alone. */
  @Test
  void denseChunksStayBlobsWhereWrittenElementsAreKept() {
    StoredDataset dataset = new StoredDataset.Builder().userFilters(1).keep(Keep.WRITTEN).build();
    dataset.store(CHUNK, StoredDataset.elements(100));
    assertEquals(OWN, dataset.file.mask(OFFSET));
  }

  /** There is no other chunk to look up, which a chunk with a filter mask takes. */
  @Test
  void theOnlyChunkGoesThroughAllFilters() {
    StoredDataset dataset = new StoredDataset.Builder().userFilters(1).extent(10, 10).build();
    dataset.store(new long[] {0, 0}, StoredDataset.elements(1));
    assertEquals(0, dataset.file.mask(0, 0));
    StoredDataset growing =
        new StoredDataset.Builder().userFilters(1).extent(10, 10).maximum(10, -1).build();
    growing.store(new long[] {0, 0}, StoredDataset.elements(1));
    assertEquals(OWN, growing.file.mask(0, 0));
  }

  // ---- chunks that the program stores itself

  private static void storeFromProgram(StoredDataset dataset, MemorySegment elements, int mask) {
    dataset.chunks.storeFromProgram(CHUNK, dataset.blob(CHUNK, elements), elements, mask);
  }

  @Test
  void chunksThatSkipTheProgramsFiltersAreBlobsUnderItsMask() {
    MemorySegment elements = StoredDataset.elements(3);
    storeFromProgram(filtered, elements, 1);
    FilterMasks masks = filtered.chunks.masks();
    assertTrue(masks.isFromProgram(filtered.file.mask(OFFSET)));
    assertEquals(1, masks.ofProgram(filtered.file.mask(OFFSET)));
    assertTrue(filtered.file.bytes(OFFSET).length < StoredDataset.CHUNK_BYTES);
    assertStored(filtered, elements);
  }

  @Test
  void chunksThatABlobDoesNotMakeSmallerAreStoredAsGiven() {
    MemorySegment elements = StoredDataset.elements(100);
    storeFromProgram(filtered, elements, 1);
    assertTrue(filtered.chunks.masks().isAsGiven(filtered.file.mask(OFFSET)));
    assertArrayEquals(bytes(elements), filtered.file.bytes(OFFSET));
    assertStored(filtered, elements);
  }

  @Test
  void chunksUnderAMaskThatABlobCannotTellAreStoredAsGiven() {
    StoredDataset dataset = new StoredDataset.Builder().userFilters(30).build();
    MemorySegment elements = StoredDataset.elements(3);
    dataset.chunks.storeFromProgram(CHUNK, dataset.blob(CHUNK, elements), elements, (1 << 30) - 1);
    assertTrue(dataset.chunks.masks().isAsGiven(dataset.file.mask(OFFSET)));
    assertArrayEquals(bytes(elements), dataset.file.bytes(OFFSET));
  }

  @Test
  void chunksThatSkipNothingAreAsAllOthers() {
    storeFromProgram(filtered, StoredDataset.elements(3), 0);
    assertEquals(OWN, filtered.file.mask(OFFSET));
    storeFromProgram(filtered, StoredDataset.elements(100), 0);
    assertEquals(0, filtered.file.mask(OFFSET));
  }

  @Test
  void aMaskWithoutFiltersIsKept() {
    storeFromProgram(plain, StoredDataset.elements(3), 5);
    assertEquals(5, plain.chunks.masks().ofProgram(plain.file.mask(OFFSET)));
    assertStored(plain, StoredDataset.elements(3));
    storeFromProgram(plain, StoredDataset.elements(3), 0);
    assertEquals(0, plain.file.mask(OFFSET));
  }

  /** Nothing defined, and beside others: a chunk of any other origin would not be stored. */
  @Test
  void chunksOfTheProgramAreStoredWhateverIsInThem() {
    plain.store(new long[] {0, 0}, StoredDataset.elements(1));
    storeFromProgram(plain, StoredDataset.elements(0), 0);
    assertNotNull(plain.file.bytes(OFFSET));
  }

  // ---- what is not in order

  private static SparseIOException assertFails(StoredDataset dataset) {
    SparseIOException failure =
        assertThrows(SparseIOException.class, () -> dataset.chunks.load(CHUNK, true));
    assertTrue(
        failure
            .getMessage()
            .startsWith("cannot read the chunk at offset [10, 20] of dataset \"/x\" in file"),
        failure.getMessage());
    return failure;
  }

  @Test
  void aDamagedBlobIsAnErrorThatNamesTheChunk() {
    for (StoredDataset dataset : List.of(plain, filtered)) {
      dataset.store(CHUNK, StoredDataset.elements(20));
      dataset.file.damage(OFFSET);
      assertTrue(assertFails(dataset).getCause() instanceof CorruptBlobException);
      assertEquals(0, StandIn.openErrorStacks());
    }
  }

  /** A writer of another process may be about to replace it. */
  @Test
  void aDamagedBlobIsReadAgain() {
    MemorySegment elements = StoredDataset.elements(20);
    plain.store(CHUNK, elements);
    plain.file.damagedReads = 3;
    assertArrayEquals(bytes(elements), load(plain, CHUNK));
    assertEquals(4, plain.file.count("read"));
    plain.file.damagedReads = 3;
    assertEquals(20, positions(plain));
  }

  @Test
  void aBlobOfAnotherChunkIsAnError() {
    MemorySegment elements = StoredDataset.elements(20);
    plain.chunks.storeRaw(CHUNK, plain.blob(new long[] {0, 0}, elements), 0);
    assertFails(plain);
  }

  @Test
  void aSizeThatNoBlobHasIsAnErrorAtOnce() {
    plain.store(CHUNK, StoredDataset.elements(20));
    plain.file.claimedBytes = 4L << 30;
    SparseIOException failure = assertFails(plain);
    assertTrue(failure.getMessage().contains("no blob has"), failure.getMessage());
    assertEquals(1, plain.file.count("read"));
    assertThrows(SparseIOException.class, () -> plain.chunks.raw(CHUNK));
  }

  /** A program may have stored more than all elements: compressed by itself, say. */
  @Test
  void aSizeThatNoBlobHasIsBelievedOfOtherChunks() {
    byte[] given = new byte[4 * StoredDataset.CHUNK_BYTES];
    MemorySegment memory = Arena.ofAuto().allocate(given.length);
    filtered.chunks.storeRaw(CHUNK, memory, filtered.chunks.masks().asGiven(0));
    assertArrayEquals(given, bytes(filtered.chunks.raw(CHUNK).bytes()));
  }

  @Test
  void whatFiltersCannotDecodeIsAnError() {
    MemorySegment memory = Arena.ofAuto().allocate(17);
    filtered.chunks.storeRaw(CHUNK, memory, filtered.chunks.masks().asGiven(0));
    SparseIOException failure = assertFails(filtered);
    assertEquals(1, StandIn.openErrorStacks()); // which the program gets
    io.github.volsparse.hdf5.Hdf5Exception.discardErrorStacks(failure);
    assertEquals(0, StandIn.openErrorStacks());
  }

  /** HDF5 keeps the mask of a blob when another program writes as many bytes in its place. */
  @Test
  void aMaskThatLiesIsFoundOut() {
    MemorySegment elements = StoredDataset.elements(90);
    filtered.store(CHUNK, StoredDataset.elements(20));
    filtered.file.rewriteThroughFilters(OFFSET, elements);
    assertEquals(OWN, filtered.file.mask(OFFSET));
    assertArrayEquals(bytes(elements), load(filtered, CHUNK));
    assertEquals(90, positions(filtered));
    assertEquals(Reading.NOT_AT_ONCE, filtered.chunks.readWhole(CHUNK, StoredDataset.elements(0)));
  }

  // ---- edges

  @Test
  void anEdgeChunkIsDecodedByItself() {
    StoredDataset dataset = new StoredDataset.Builder().userFilters(1).extent(35, 40).build();
    long[] edge = {3, 1};
    dataset.store(edge, StoredDataset.elements(100));
    assertTrue(dataset.chunks.isEdge(edge));
    assertFalse(dataset.chunks.isEdge(CHUNK));
    assertArrayEquals(bytes(StoredDataset.elements(100)), load(dataset, edge));
    assertEquals(0, dataset.file.count("read natively"));
    dataset.grid = new ChunkGrid(new long[] {40, 40}, new long[] {10, 10});
    assertArrayEquals(bytes(StoredDataset.elements(100)), load(dataset, edge));
    assertEquals(1, dataset.file.count("read natively"));
  }

  @Test
  void placesAreThoseOfStoredChunks() {
    plain.store(CHUNK, StoredDataset.elements(1));
    plain.store(new long[] {0, 3}, StoredDataset.elements(1));
    List<long[]> places = plain.chunks.places();
    assertEquals(2, places.size());
    assertArrayEquals(new long[] {0, 3}, places.get(0));
    assertArrayEquals(CHUNK, places.get(1));
  }

  /** HDF5 names the chunks by the number that they have in its index, taken apart wrongly. */
  @Test
  void placesAreMendedWhereHdf5NamesOthers() {
    StoredDataset dataset = new StoredDataset.Builder().maximum(40, -1).build();
    long[] stored = {2, 1};
    dataset.store(stored, StoredDataset.elements(1));
    dataset.file.wrongList = List.of(new long[] {0, 60});
    assertArrayEquals(stored, dataset.chunks.places().getFirst());
    dataset.grid = new ChunkGrid(new long[] {20, 40}, new long[] {10, 10}); // it is none of these
    assertArrayEquals(new long[] {0, 6}, dataset.chunks.places().getFirst());
  }
}
