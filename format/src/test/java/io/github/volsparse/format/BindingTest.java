package io.github.volsparse.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.volsparse.format.ChunkSpec.Keep;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** A blob can be read where it belongs, and nowhere else. */
class BindingTest {
  private static final ChunkSpec SPEC = new ChunkSpec(100, 2, new byte[2], Keep.NONFILL);
  private static final Binding DATASET = Binding.toDataset(0x0123_4567_89AB_CDEFL);
  private static final Binding OTHER = Binding.toDataset(0x0123_4567_89AB_CDEEL);

  @Test
  void everyWayToReadChecksIt() {
    Binding here = DATASET.toChunk(new long[] {3, 0, 7});
    for (byte written : new byte[] {0, 1}) { // EMPTY, and DENSE of plain bytes
      byte[] blob = blob(here, written);
      assertReads(here, blob);
      assertReads(DATASET.toChunk(new long[] {3, 0, 7}), blob);
      assertReads(Binding.ANY, blob);
      assertRefused("another chunk", DATASET.toChunk(new long[] {3, 0, 8}), blob);
      assertRefused("another chunk", DATASET.toChunk(new long[] {3, 7}), blob);
      assertRefused("another dataset", OTHER.toChunk(new long[] {3, 0, 7}), blob);
      assertRefused("blobs of this dataset are not", Binding.NONE, blob);
    }
  }

  @Test
  void whoDoesNotKnowTheChunkCannotTell() {
    byte[] blob = blob(DATASET.toChunk(new long[] {3}), (byte) 1);
    assertReads(DATASET, blob);
    assertReads(OTHER, blob);
  }

  @Test
  void blobsThatFiltersMakeBelongToTheDataset() {
    byte[] blob = blob(DATASET, (byte) 1);
    assertReads(DATASET, blob);
    assertReads(DATASET.toChunk(new long[] {5}), blob);
    assertRefused("another dataset", OTHER, blob);
    assertRefused("another dataset", OTHER.toChunk(new long[] {5}), blob);
    assertRefused("blobs of this dataset are not", Binding.NONE, blob);
  }

  @Test
  void blobsOfVersion1AreOfDatasetsWithoutIdentity() {
    byte[] blob = blob(Binding.NONE, (byte) 1);
    assertEquals(1, SparseBlob.header(MemorySegment.ofArray(blob)).version());
    assertReads(Binding.NONE, blob);
    assertReads(Binding.ANY, blob);
    assertReads(Binding.NONE.toChunk(new long[] {4}), blob);
    assertRefused("not bound to a dataset", DATASET, blob);
    assertRefused("not bound to a dataset", DATASET.toChunk(new long[] {4}), blob);
  }

  @Test
  void costsNoByte() {
    int unbound = blob(Binding.NONE, (byte) 1).length;
    assertEquals(unbound, blob(DATASET, (byte) 1).length);
    assertEquals(unbound, blob(DATASET.toChunk(new long[] {4, 5, 6}), (byte) 1).length);
  }

  /** As docs/format.md describes it. */
  @Test
  void tagIsTheChecksumOfIdentityAndCoordinates() {
    byte[] words = new byte[24];
    MemorySegment memory = MemorySegment.ofArray(words);
    memory.set(Elements.LONG, 0, 0x0123_4567_89AB_CDEFL);
    memory.set(Elements.LONG, 8, 2);
    memory.set(Elements.LONG, 16, 1L << 40);
    BlobHeader ofDataset = header(DATASET);
    assertEquals(crc(words, 8), ofDataset.tag());
    assertFalse(ofDataset.isToChunk());
    BlobHeader ofChunk = header(DATASET.toChunk(new long[] {2, 1L << 40}));
    assertEquals(crc(words, 24), ofChunk.tag());
    assertTrue(ofChunk.isToChunk());
    assertEquals(2, ofChunk.version());
  }

  @Test
  void neighboursHaveDifferentTags() {
    Set<Integer> tags = new HashSet<>();
    for (long i = 0; i < 100; i++) {
      for (long j = 0; j < 100; j++) {
        tags.add(DATASET.toChunk(new long[] {i, j}).tag());
      }
    }
    assertEquals(10_000, tags.size());
  }

  private static BlobHeader header(Binding binding) {
    return SparseBlob.header(MemorySegment.ofArray(blob(binding, (byte) 1)));
  }

  private static int crc(byte[] words, int length) {
    CRC32C crc = new CRC32C();
    crc.update(words, 0, length);
    return (int) crc.getValue();
  }

  private static byte[] blob(Binding binding, byte value) {
    BlobBuffer buffer = new BlobBuffer();
    SparseBlob.encodeElements(SPEC, binding, elements(value), Codec.LZ4, buffer);
    return buffer.blob().toArray(Elements.BYTE);
  }

  /** All different, so that they are stored as they are; or nothing. */
  private static MemorySegment elements(byte value) {
    byte[] elements = new byte[200];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = (byte) (value * (i + 1));
    }
    return MemorySegment.ofArray(elements);
  }

  private static List<Consumer<MemorySegment>> ways(Binding binding) {
    return List.of(
        blob -> SparseBlob.decode(SPEC, binding, blob),
        blob -> SparseBlob.view(SPEC, binding, blob),
        blob -> SparseBlob.decodeInto(SPEC, binding, blob, MemorySegment.ofArray(new byte[200])),
        blob -> Defined.positions(SPEC, binding, blob),
        blob -> SparseBlob.header(SPEC, binding, blob));
  }

  private static void assertReads(Binding binding, byte[] blob) {
    for (Consumer<MemorySegment> way : ways(binding)) {
      way.accept(MemorySegment.ofArray(blob));
    }
    byte[] read = new byte[200];
    SparseBlob.decodeInto(SPEC, binding, MemorySegment.ofArray(blob), MemorySegment.ofArray(read));
    boolean isEmpty = SparseBlob.isEmpty(MemorySegment.ofArray(blob));
    assertArrayEquals(elements((byte) (isEmpty ? 0 : 1)).toArray(Elements.BYTE), read);
  }

  private static void assertRefused(String part, Binding binding, byte[] blob) {
    for (Consumer<MemorySegment> way : ways(binding)) {
      String message =
          assertThrows(CorruptBlobException.class, () -> way.accept(MemorySegment.ofArray(blob)))
              .getMessage();
      assertTrue(message.contains(part), message);
    }
  }
}
