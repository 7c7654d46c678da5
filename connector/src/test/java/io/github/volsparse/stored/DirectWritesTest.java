package io.github.volsparse.stored;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.volsparse.format.Chunk;
import io.github.volsparse.hdf5.Hdf5Exception;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The stand-in has the faults of HDF5's: what is written must be found all the same. */
class DirectWritesTest {
  private static final long[] CHUNK = {1, 2};
  private static final long[] OFFSET = {10, 20};
  private static final int OWN = 0b10;

  /** Datasets with another chunk to look up in each of the ways there are. */
  private static List<StoredDataset> datasets() {
    return List.of(
        new StoredDataset.Builder().userFilters(1).build(),
        new StoredDataset.Builder().userFilters(1).maximum(-1, 40).build(),
        new StoredDataset.Builder().userFilters(1).maximum(40, 400).build());
  }

  private static void assertFound(StoredDataset dataset, MemorySegment elements, int mask) {
    assertEquals(mask, dataset.chunks.raw(CHUNK).filterMask());
    assertEquals(mask, dataset.file.mask(OFFSET));
    Chunk chunk = dataset.chunks.load(CHUNK, true);
    assertArrayEquals(
        elements.toArray(JAVA_BYTE), dataset.chunks.allElements(chunk).toArray(JAVA_BYTE));
    chunk.giveBack();
  }

  @Test
  void aNewMaskIsFoundRightAway() {
    for (StoredDataset dataset : datasets()) {
      dataset.store(CHUNK, StoredDataset.elements(1));
      assertFound(dataset, StoredDataset.elements(1), OWN);
      dataset.store(CHUNK, StoredDataset.elements(100));
      assertFound(dataset, StoredDataset.elements(100), 0);
      dataset.store(CHUNK, StoredDataset.elements(2));
      assertFound(dataset, StoredDataset.elements(2), OWN);
    }
  }

  @Test
  void theMaskOfAChunkThatIsKnownToBeNewIsFoundRightAway() {
    for (StoredDataset dataset : datasets()) {
      MemorySegment elements = StoredDataset.elements(9);
      dataset.chunks.store(CHUNK, dataset.blob(CHUNK, elements), () -> elements, true);
      assertFound(dataset, elements, OWN);
    }
  }

  /** A neighbour that the native chunk cache holds would not be looked up in the index. */
  @Test
  void aNewMaskIsFoundWhereTheNeighbourIsCached() {
    StoredDataset dataset = new StoredDataset.Builder().userFilters(1).build();
    long[] neighbour = {0, 2};
    dataset.store(neighbour, StoredDataset.elements(100));
    dataset.chunks.load(neighbour, true).giveBack(); // by the native connector
    assertTrue(dataset.file.isCachedNatively(0, 20));
    dataset.store(CHUNK, StoredDataset.elements(1));
    assertFound(dataset, StoredDataset.elements(1), OWN);
  }

  /** What lies beyond the extent is in no cache. */
  @Test
  void noNeighbourIsTakenOutOfTheCacheWhereTheDatasetMayGrow() {
    StoredDataset dataset = new StoredDataset.Builder().userFilters(1).maximum(-1, 40).build();
    dataset.chunks.beforeNativeRead();
    dataset.store(CHUNK, StoredDataset.elements(1));
    assertEquals(0, dataset.file.count("evict"));
  }

  @Test
  void aNewMaskIsFoundOfAsManyBytes() {
    for (StoredDataset dataset : datasets()) {
      MemorySegment first = StoredDataset.elements(100);
      dataset.chunks.storeRaw(CHUNK, first, 0b11);
      assertFound(dataset, first, 0b11);
      MemorySegment second = StoredDataset.elements(60);
      dataset.chunks.storeRaw(CHUNK, dataset.file.encode(second).bytes(), 0b01);
      assertFound(dataset, second, 0b01);
    }
  }

  /** The bytes in between must have another size, too. */
  @Test
  void aNewMaskIsFoundOfAsManyBytesAsABlobOfNothing() {
    for (StoredDataset dataset : datasets()) {
      dataset.store(CHUNK, StoredDataset.elements(0));
      long size = dataset.file.bytes(OFFSET).length;
      dataset.chunks.storeRaw(CHUNK, Arena.ofAuto().allocate(size), 0b01);
      assertEquals(0b01, dataset.file.mask(OFFSET));
    }
  }

  @Test
  void aMaskThatStaysTakesOneWrite() {
    StoredDataset dataset = datasets().getFirst();
    dataset.chunks.storeRaw(CHUNK, StoredDataset.elements(9), 0b11);
    dataset.file.calls.clear();
    dataset.chunks.storeRaw(CHUNK, StoredDataset.elements(8), 0b11);
    assertEquals(1, dataset.file.count("write"));
  }

  /** Most writes are such: they cost no look-up. */
  @Test
  void aNewChunkWithoutFiltersTakesOneCall() {
    StoredDataset dataset = new StoredDataset.Builder().build();
    MemorySegment elements = StoredDataset.elements(9);
    dataset.chunks.store(CHUNK, dataset.blob(CHUNK, elements), () -> elements, true);
    assertEquals(List.of("write [10, 20]"), dataset.file.calls);
    assertEquals(0, dataset.file.lookUps);
  }

  // ---- writes that fail

  private static void assertFails(StoredDataset dataset, MemorySegment elements) {
    SparseIOException failure =
        assertThrows(SparseIOException.class, () -> dataset.store(CHUNK, elements));
    assertEquals(
        "cannot write the chunk at offset [10, 20] of dataset \"/x\" in file \"y.h5\"",
        failure.getMessage());
    assertTrue(failure.getCause() instanceof Hdf5Exception);
    assertEquals(1, StandIn.openErrorStacks()); // which the program gets
    Hdf5Exception.discardErrorStacks(failure);
  }

  @Test
  void anotherAttemptAtANewChunkIsFound() {
    for (int failures = 1; failures <= 3; failures++) {
      for (StoredDataset dataset : datasets()) {
        MemorySegment elements = StoredDataset.elements(10);
        for (int i = 0; i < failures; i++) {
          dataset.file.failures = 1;
          assertFails(dataset, elements);
          assertFalse(dataset.chunks.isStored(CHUNK));
        }
        dataset.store(CHUNK, elements);
        assertFound(dataset, elements, OWN);
      }
    }
  }

  @Test
  void anotherAttemptAtAStoredChunkIsFound() {
    for (int defined : new int[] {10, 15}) {
      for (StoredDataset dataset : datasets()) {
        dataset.store(CHUNK, StoredDataset.elements(10));
        dataset.file.failures = 1;
        MemorySegment elements = StoredDataset.elements(defined);
        assertFails(dataset, elements);
        dataset.store(CHUNK, elements);
        assertFound(dataset, elements, OWN);
      }
    }
  }

  /** What was there is lost, and others have its place: it must not be taken for data. */
  @Test
  void aStoredChunkIsDamagedUntilThen() {
    for (StoredDataset dataset : datasets()) {
      dataset.store(CHUNK, StoredDataset.elements(10));
      dataset.file.failures = 1;
      assertFails(dataset, StoredDataset.elements(15));
      assertEquals(8, dataset.file.bytes(OFFSET).length);
      assertThrows(SparseIOException.class, () -> dataset.chunks.load(CHUNK, true));
    }
  }

  /** The bytes that take its place must be of another size than it. */
  @Test
  void anotherAttemptAtAFewBytesIsFound() {
    for (StoredDataset dataset : datasets()) {
      MemorySegment bytes = Arena.ofAuto().allocate(8).fill((byte) 5);
      dataset.chunks.storeRaw(CHUNK, bytes, 0b11);
      dataset.file.failures = 1;
      Hdf5Exception failure =
          assertThrows(Hdf5Exception.class, () -> dataset.chunks.storeRaw(CHUNK, bytes, 0b11));
      failure.discardErrorStack();
      assertEquals(7, dataset.file.bytes(OFFSET).length);
      dataset.chunks.storeRaw(CHUNK, bytes, 0b11);
      assertArrayEquals(bytes.toArray(JAVA_BYTE), dataset.file.bytes(OFFSET));
    }
  }

  /** The first failure is the one that counts. */
  @Test
  void noErrorStackIsLeftWhereNothingCanBeWritten() {
    StoredDataset dataset = datasets().getFirst();
    dataset.store(CHUNK, StoredDataset.elements(10));
    dataset.file.failures = 100;
    assertFails(dataset, StoredDataset.elements(15));
    assertEquals(0, StandIn.openErrorStacks());
  }
}
