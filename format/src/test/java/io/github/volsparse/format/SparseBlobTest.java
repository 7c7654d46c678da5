package io.github.volsparse.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.volsparse.format.ChunkSpec.Keep;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class SparseBlobTest {

  private static final int FRAME = 1024;

  private final BlobBuffer buffer = new BlobBuffer();

  @Test
  void bringsElementsBack() {
    Randomised.everyRound(
        1000,
        random -> {
          ChunkSpec spec = Randomised.spec(random, 20_000);
          byte[] elements = Randomised.elements(random, spec);
          MemorySegment memory = Randomised.segment(random, elements);
          Codec codec = Randomised.oneOf(random, Codec.values());
          ChunkModel model = ChunkModel.dense(spec, elements);

          long length = SparseBlob.encodeElements(spec, memory, codec, buffer);
          assertEquals(length, buffer.length());
          model.assertBlob(buffer.blob());
          byte[] direct = buffer.blob().toArray(Elements.BYTE);

          SparseBlob.encode(Chunk.dense(spec, memory), codec, buffer);
          assertArrayEquals(direct, buffer.blob().toArray(Elements.BYTE), "two ways, two blobs");
          model.assertBlob(MemorySegment.ofArray(direct));
        });
  }

  @Test
  void isNeverMuchLargerThanTheElements() {
    Randomised.everyRound(
        300,
        random -> {
          ChunkSpec spec = Randomised.spec(random, 20_000);
          byte[] elements = Randomised.elements(random, spec);
          long length =
              SparseBlob.encodeElements(spec, MemorySegment.ofArray(elements), Codec.NONE, buffer);
          long overhead = 40 + 2 * 7 + spec.elementSize();
          assertTrue(length <= spec.denseBytes() + overhead, length + " bytes of " + spec);
        });
  }

  @Test
  void isAHeaderWhenNothingIsDefined() {
    ChunkSpec spec = shorts(Keep.NONFILL);
    BlobHeader header = encode(Chunk.empty(spec));
    assertEquals(Encoding.EMPTY, header.encoding());
    assertEquals(40, header.length());
    assertEquals(Encoding.EMPTY, encode(Chunk.empty(shorts(Keep.WRITTEN))).encoding());
  }

  @Test
  void isEmptyWhenOnlyFillWasWritten() {
    assertEquals(Encoding.EMPTY, encode(writeZeros(shorts(Keep.NONFILL), 10)).encoding());
    BlobHeader written = encode(writeZeros(shorts(Keep.WRITTEN), 10));
    assertEquals(Encoding.SPARSE, written.encoding());
    assertEquals(10, written.defined());
  }

  @Test
  void staysSparseUnlessEverythingWasWritten() {
    ChunkSpec spec = shorts(Keep.WRITTEN);
    assertEquals(Encoding.SPARSE, encode(writeZeros(spec, spec.elements() - 1)).encoding());
    assertEquals(Encoding.DENSE, encode(writeZeros(spec, spec.elements())).encoding());
  }

  private static Chunk writeZeros(ChunkSpec spec, long elements) {
    CopyRuns runs = new CopyRuns(spec.elementSize());
    runs.add(0, 0, elements);
    Chunk chunk = Chunk.empty(spec);
    chunk.write(runs, MemorySegment.ofArray(new byte[(int) elements * spec.elementSize()]));
    return chunk;
  }

  @Test
  void encodesRunsAsAChunkTheyAreWrittenTo() {
    Randomised.everyRound(
        500,
        random -> {
          ChunkSpec spec = Randomised.spec(random, 3000);
          CopyRuns runs = Randomised.copyRuns(random, spec, 500);
          byte[] elements = new byte[500 * spec.elementSize()];
          random.nextBytes(elements);
          MemorySegment source = Randomised.segment(random, elements);
          BlobBuffer buffer = new BlobBuffer();
          if (!runs.isOrdered()) {
            assertThrows(
                IllegalArgumentException.class,
                () -> SparseBlob.encodeRuns(spec, Binding.NONE, runs, source, Codec.LZ4, buffer));
            return;
          }
          ChunkModel model = new ChunkModel(spec);
          model.write(runs, elements);
          SparseBlob.encodeRuns(spec, Binding.NONE, runs, source, Codec.LZ4, buffer);
          model.assertBlob(buffer.blob());
        });
  }

  @Test
  void isDenseWhenSparseWouldNotBeSmaller() {
    SplittableRandom random = new SplittableRandom(1);
    byte[] frame = frame();
    random.nextBytes(frame);
    BlobHeader header = encodeFrame(frame, Codec.LZ4);
    assertEquals(Encoding.DENSE, header.encoding());
    assertEquals(ValueCoding.RAW, header.coding(), "random values do not shrink");
    assertTrue(header.defined() < header.elements(), "some of them are zero");
  }

  @Test
  void compressesValuesWhenThatPays() {
    byte[] frame = frame();
    for (int i = 0; i < frame.length; i += 64) {
      frame[i] = (byte) (i % 3 + 1);
    }
    assertEquals(ValueCoding.RAW, encodeFrame(frame, Codec.NONE).coding());
    BlobHeader packed = encodeFrame(frame, Codec.LZ4);
    assertTrue(packed.coding() != ValueCoding.RAW);
    assertTrue(packed.valuesLength() < packed.rawValuesLength() / 2);
  }

  @Test
  void shufflesValuesWhoseHighBytesAreAlike() {
    SplittableRandom random = new SplittableRandom(1);
    byte[] frame = frame();
    for (int i = 0; i < frame.length; i += 2) {
      frame[i] = (byte) random.nextInt();
      frame[i + 1] = 3;
    }
    assertEquals(ValueCoding.SHUFFLE_LZ4, encodeFrame(frame, Codec.LZ4).coding());
  }

  @Test
  void selectionOfSpotsIsAboutAsLargeAsTheirValues() {
    SplittableRandom random = new SplittableRandom(1);
    byte[] frame = frame();
    for (int spot = 0; spot < 75; spot++) {
      int x = random.nextInt(FRAME - 8);
      int y = random.nextInt(FRAME - 3);
      for (int row = y; row < y + 3; row++) {
        int from = x + random.nextInt(2);
        int end = from + random.nextInt(1, 5);
        for (int column = from; column < end; column++) {
          frame[2 * (row * FRAME + column)] = 1;
        }
      }
    }
    BlobHeader header = encodeFrame(frame, Codec.NONE);
    long containers = FRAME * FRAME >> 16;
    assertTrue(
        header.selectionLength() <= header.valuesLength() + 8 + 8 * containers, header::toString);
  }

  @Test
  void selectionOfARectangleIsLessThanAHundredthOfItsValues() {
    byte[] frame = frame();
    for (int row = 300; row < 624; row++) {
      for (int column = 300; column < 624; column++) {
        frame[2 * (row * FRAME + column)] = 1;
      }
    }
    BlobHeader header = encodeFrame(frame, Codec.NONE);
    assertTrue(header.selectionLength() * 100 < header.valuesLength(), header::toString);
  }

  @Test
  void takesOnlyBlobsOfItsKindOfChunk() {
    encode(Chunk.empty(shorts(Keep.NONFILL)));
    MemorySegment blob = buffer.blob();
    ChunkSpec shorter = new ChunkSpec(5, 2, new byte[2], Keep.NONFILL);
    ChunkSpec wider = new ChunkSpec(FRAME * FRAME, 4, new byte[4], Keep.NONFILL);
    assertThrows(CorruptBlobException.class, () -> SparseBlob.decode(shorter, blob));
    assertThrows(CorruptBlobException.class, () -> SparseBlob.decode(wider, blob));
    MemorySegment memory = MemorySegment.ofArray(new byte[10]);
    assertThrows(CorruptBlobException.class, () -> SparseBlob.decodeInto(shorter, blob, memory));
    BlobHeader header = SparseBlob.header(blob);
    assertThrows(
        CorruptBlobException.class, () -> SparseBlob.decodeInto(header, blob, memory, false));
  }

  /** A blob of another fill value is of another dataset, whichever way it is read. */
  @Test
  void takesOnlyBlobsOfItsFillValue() {
    ChunkSpec of = new ChunkSpec(50, 1, new byte[] {7}, Keep.NONFILL);
    ChunkSpec zero = new ChunkSpec(50, 1, new byte[1], Keep.NONFILL);
    ChunkSpec other = new ChunkSpec(50, 1, new byte[] {8}, Keep.NONFILL);
    for (byte written : new byte[] {7, 1}) { // EMPTY and DENSE
      byte[] elements = new byte[50];
      Arrays.fill(elements, written);
      for (ChunkSpec made : List.of(of, zero, other)) {
        SparseBlob.encodeElements(made, MemorySegment.ofArray(elements), Codec.LZ4, buffer);
        for (ChunkSpec read : List.of(of, zero, other)) {
          assertReads(read == made, read);
        }
      }
    }
  }

  /** A blob that tells which elements were written is of a dataset that keeps them; no other is. */
  @Test
  void takesBlobsThatDoNotTellWhatWasWrittenForAny() {
    encode(writeZeros(shorts(Keep.WRITTEN), 10));
    assertReads(true, shorts(Keep.WRITTEN));
    assertReads(false, shorts(Keep.NONFILL));
    encode(writeZeros(shorts(Keep.NONFILL), 10));
    assertReads(true, shorts(Keep.WRITTEN));
    assertReads(true, shorts(Keep.NONFILL));
  }

  private void assertReads(boolean expected, ChunkSpec spec) {
    MemorySegment blob = buffer.blob();
    MemorySegment memory = MemorySegment.ofArray(new byte[(int) spec.denseBytes()]);
    List<Executable> ways =
        List.of(
            () -> SparseBlob.decode(spec, blob),
            () -> SparseBlob.view(spec, Binding.ANY, blob),
            () -> SparseBlob.decodeInto(spec, blob, memory),
            () -> Defined.positions(spec, Binding.ANY, blob));
    for (Executable way : ways) {
      if (expected) {
        assertDoesNotThrow(way);
      } else {
        assertThrows(CorruptBlobException.class, way);
      }
    }
  }

  @Test
  void holdsAFewElementsOfTheLargestChunk() {
    for (Keep keep : Keep.values()) {
      ChunkSpec spec = new ChunkSpec(ChunkSpec.MAX_ELEMENTS, 4, new byte[] {1, 2, 3, 4}, keep);
      long[] positions = {0, 70_000, 0x7FFF_FFFFL, 0x8000_0000L, ChunkSpec.MAX_ELEMENTS - 1};
      CopyRuns runs = new CopyRuns(4);
      for (int i = positions.length - 1; i >= 0; i--) {
        runs.add(positions[i], 4L * i, 1);
      }
      MemorySegment values = MemorySegment.ofArray(new byte[4 * positions.length]);
      for (int i = 0; i < positions.length; i++) {
        values.set(Elements.INT, 4L * i, 100 + i);
      }
      Chunk chunk = Chunk.empty(spec);
      chunk.write(runs, values);
      assertTrue(chunk.memoryBytes() < 10_000, "takes " + chunk.memoryBytes());

      BlobHeader header = encode(chunk);
      assertEquals(positions.length, header.defined());
      assertTrue(header.length() < 200, header::toString);
      Chunk decoded = SparseBlob.decode(spec, buffer.blob());
      MemorySegment read = MemorySegment.ofArray(new byte[(int) values.byteSize()]);
      decoded.read(runs, read);
      assertEquals(-1, values.mismatch(read));
      assertEquals(positions.length, decoded.coveredElements());

      CopyRuns last = new CopyRuns(4);
      last.add(ChunkSpec.MAX_ELEMENTS - 3, 0, 3);
      decoded.read(last, read);
      assertEquals(0x0403_0201, read.get(Elements.INT, 0));
      assertEquals(104, read.get(Elements.INT, 8));
      decoded.erase(last);
      assertEquals(positions.length - 1, decoded.coveredElements());
    }
  }

  @Test
  void keepsItsMemoryUntilItGrows() {
    byte[] noise = new byte[2 * FRAME * FRAME];
    new Random(4).nextBytes(noise);
    encodeFrame(noise, Codec.NONE);
    long address = buffer.blob().address();
    encode(Chunk.empty(shorts(Keep.NONFILL)));
    encodeFrame(noise, Codec.NONE);
    assertEquals(address, buffer.blob().address());
    assertEquals(0, buffer.reserve(1 << 20).address() % 8);
    assertEquals(1 << 20, buffer.length());
    assertTrue(buffer.memoryBytes() >= 1 << 20);
  }

  private BlobHeader encode(Chunk chunk) {
    SparseBlob.encode(chunk, Codec.LZ4, buffer);
    return SparseBlob.header(buffer.blob());
  }

  private BlobHeader encodeFrame(byte[] frame, Codec codec) {
    SparseBlob.encodeElements(shorts(Keep.NONFILL), MemorySegment.ofArray(frame), codec, buffer);
    return SparseBlob.header(buffer.blob());
  }

  private static byte[] frame() {
    return new byte[2 * FRAME * FRAME];
  }

  private static ChunkSpec shorts(Keep keep) {
    return new ChunkSpec(FRAME * FRAME, 2, new byte[2], keep);
  }
}
