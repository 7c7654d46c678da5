package io.github.volsparse.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.volsparse.format.ChunkSpec.Keep;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** Whatever the bytes of a blob, reading it ends well or with {@link CorruptBlobException}. */
class CorruptBlobTest {

  private static final int CRC_AT = 4;
  private static final int LENGTH_AT = 8;
  private static final int VERSION_AT = 16;
  private static final int ENCODING_AT = 17;
  private static final int FLAGS_AT = 18;
  private static final int CODING_AT = 19;
  private static final int ELEMENT_SIZE_AT = 20;
  private static final int ELEMENTS_AT = 24;
  private static final int DEFINED_AT = 28;
  private static final int SELECTION_LENGTH_AT = 32;
  private static final int RESERVED_AT = 36;

  private static final ChunkSpec SPEC = new ChunkSpec(200, 2, new byte[] {1, 0}, Keep.NONFILL);

  @Test
  void detectsEveryTruncation() {
    for (byte[] blob : blobs()) {
      for (int length = 0; length < blob.length; length++) {
        assertCorrupt(Arrays.copyOf(blob, length));
      }
    }
  }

  @Test
  void detectsEveryBitFlip() {
    for (byte[] blob : blobs()) {
      for (int bit = 0; bit < blob.length * 8; bit++) {
        byte[] flipped = blob.clone();
        flipped[bit / 8] ^= (byte) (1 << bit % 8);
        assertCorrupt(flipped);
      }
    }
  }

  @Test
  void detectsEveryBitFlipInWhatIsCopiedWhileItIsChecked() {
    ChunkSpec spec = new ChunkSpec(20_000, 2, new byte[2], Keep.NONFILL);
    byte[] elements = new byte[40_000];
    Arrays.fill(elements, (byte) 7);
    byte[] blob = encode(Chunk.dense(spec, MemorySegment.ofArray(elements)), Codec.NONE);
    byte[] decoded = new byte[elements.length];
    SparseBlob.decodeInto(spec, MemorySegment.ofArray(blob), MemorySegment.ofArray(decoded));
    assertArrayEquals(elements, decoded);
    for (int bit = 0; bit < blob.length * 8; bit += bit < 400 ? 1 : 997) {
      byte[] flipped = blob.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      assertThrows(
          CorruptBlobException.class,
          () ->
              SparseBlob.decodeInto(
                  spec, MemorySegment.ofArray(flipped), MemorySegment.ofArray(decoded)));
    }
  }

  @Test
  void detectsBytesBehindTheEnd() {
    for (byte[] blob : blobs()) {
      assertCorrupt(Arrays.copyOf(blob, blob.length + 1));
    }
  }

  @Test
  void survivesAnyBytesUnderAValidChecksum() {
    Randomised.everyRound(
        20_000,
        random -> {
          byte[] blob = Randomised.oneOf(random, blobs().toArray(byte[][]::new)).clone();
          if (random.nextInt(4) == 0) {
            blob = Arrays.copyOf(blob, random.nextInt(40, blob.length + 20));
          }
          for (int change = random.nextInt(1, 4); change > 0; change--) {
            int at = random.nextBoolean() ? random.nextInt(16, 40) : random.nextInt(blob.length);
            blob[at] = (byte) interesting(random);
          }
          seal(blob);
          readAllWays(MemorySegment.ofArray(blob));
        });
  }

  private static int interesting(SplittableRandom random) {
    return switch (random.nextInt(4)) {
      case 0 -> 0;
      case 1 -> 0xFF;
      case 2 -> random.nextInt(8);
      default -> random.nextInt();
    };
  }

  private static void readAllWays(MemorySegment blob) {
    List<Consumer<MemorySegment>> readers =
        List.of(
            SparseBlob::header,
            SparseBlob::selection,
            b -> SparseBlob.decode(SPEC, b),
            b ->
                SparseBlob.decodeInto(
                    SparseBlob.header(b), b, MemorySegment.ofArray(new byte[400]), false),
            b -> SparseBlob.decodeInto(SPEC, b, MemorySegment.ofArray(new byte[400])));
    for (Consumer<MemorySegment> reader : readers) {
      try {
        reader.accept(blob);
      } catch (CorruptBlobException expected) {
        assertTrue(expected.getMessage().length() > 10);
      }
    }
  }

  @Test
  void namesANewerVersion() {
    assertEquals(
        "the blob was written by a newer vol-sparse (format version 4); this one reads up to version 3: install a newer one",
        forged(blob -> blob[VERSION_AT] = 4));
  }

  @Test
  void saysWhatIsWrongWithAHeader() {
    assertMessage("starts with", forged(blob -> blob[0] = 'X'));
    assertMessage("format version is 0", forged(blob -> blob[VERSION_AT] = 0));
    assertMessage("encoding is 3", forged(blob -> blob[ENCODING_AT] = 3));
    assertMessage("flags is 6", forged(blob -> blob[FLAGS_AT] |= 4));
    assertMessage("coding of values is 9", forged(blob -> blob[CODING_AT] = 9));
    assertMessage("reserved field is 1", forged(blob -> blob[RESERVED_AT] = 1));
    assertMessage("element size is 0", forged(blob -> blob[ELEMENT_SIZE_AT] = 0));
    assertMessage("number of elements is 0", forged(blob -> setInt(blob, ELEMENTS_AT, 0)));
    assertMessage(
        "number of defined elements is 4294967295", forged(blob -> setInt(blob, DEFINED_AT, -1)));
    assertMessage(
        "number of defined elements in SPARSE is 0", forged(blob -> setInt(blob, DEFINED_AT, 0)));
    assertMessage(
        "length of the selection section is 4294967295",
        forged(blob -> setInt(blob, SELECTION_LENGTH_AT, -1)));
    assertMessage("padding at byte 42", forged(blob -> blob[42] = 1));
    assertMessage(
        "element size with a fill value is 2147483647",
        forged(blob -> setInt(blob, ELEMENT_SIZE_AT, Integer.MAX_VALUE)));
    assertMessage("length of the values section", forged(blob -> blob[DEFINED_AT]++));
    assertMessage("but its header says 56", message(lengthOff()));
  }

  private static byte[] lengthOff() {
    byte[] blob = sparse(Codec.NONE, 1);
    setInt(blob, LENGTH_AT, 56);
    return blob;
  }

  @Test
  void checksCompressedValues() {
    byte[] blob = sparse(Codec.LZ4, 150);
    BlobHeader header = SparseBlob.header(MemorySegment.ofArray(blob));
    assertTrue(header.coding() != ValueCoding.RAW);
    byte[] garbage = blob.clone();
    Arrays.fill(garbage, (int) header.valuesOffset(), blob.length, (byte) 0xF0);
    assertMessage("not an LZ4 block", message(seal(garbage)));
    byte[] bomb = blob.clone();
    setInt(bomb, ELEMENTS_AT, Integer.MAX_VALUE);
    setInt(bomb, DEFINED_AT, Integer.MAX_VALUE);
    assertMessage("length of the values section", message(seal(bomb)));
  }

  @Test
  void allocatesNothingForAPromiseOfSize() {
    byte[] empty = encode(Chunk.empty(new ChunkSpec(7, 3, new byte[3], Keep.NONFILL)), Codec.NONE);
    setInt(empty, ELEMENT_SIZE_AT, Integer.MAX_VALUE);
    setInt(empty, ELEMENTS_AT, -1);
    MemorySegment blob = MemorySegment.ofArray(seal(empty));
    MemorySegment memory = MemorySegment.ofArray(new byte[21]);
    BlobHeader header = SparseBlob.header(blob);
    assertEquals(0xFFFF_FFFFL * Integer.MAX_VALUE, header.denseBytes());
    assertTrue(header.isFillZero());
    assertThrows(
        CorruptBlobException.class, () -> SparseBlob.decodeInto(header, blob, memory, false));
    assertThrows(CorruptBlobException.class, () -> SparseBlob.decode(SPEC, blob));
    assertTrue(SparseBlob.selection(blob).isEmpty());
  }

  private static String forged(Consumer<byte[]> change) {
    byte[] blob = sparse(Codec.NONE, 5);
    change.accept(blob);
    return message(seal(blob));
  }

  private static String message(byte[] blob) {
    MemorySegment segment = MemorySegment.ofArray(blob);
    return assertThrows(CorruptBlobException.class, () -> SparseBlob.decode(SPEC, segment))
        .getMessage();
  }

  private static void assertMessage(String part, String message) {
    assertTrue(message.contains(part), message);
  }

  private static void assertCorrupt(byte[] bytes) {
    MemorySegment blob = MemorySegment.ofArray(bytes);
    assertThrows(CorruptBlobException.class, () -> SparseBlob.header(blob));
  }

  /** Makes length and checksum right again. */
  private static byte[] seal(byte[] blob) {
    MemorySegment segment = MemorySegment.ofArray(blob);
    segment.set(Elements.LONG, LENGTH_AT, blob.length);
    CRC32C crc = new CRC32C();
    crc.update(blob, LENGTH_AT, blob.length - LENGTH_AT);
    segment.set(Elements.INT, CRC_AT, (int) crc.getValue());
    return blob;
  }

  private static void setInt(byte[] blob, int at, int value) {
    MemorySegment.ofArray(blob).set(Elements.INT, at, value);
  }

  /** Small blobs of every encoding and coding. */
  private static List<byte[]> blobs() {
    ChunkSpec written = new ChunkSpec(200, 2, new byte[2], Keep.WRITTEN);
    Binding chunk = Binding.toDataset(-3).toChunk(new long[] {1, 2});
    return List.of(
        encode(Chunk.empty(SPEC), chunk, Codec.NONE),
        encode(Chunk.empty(SPEC), Binding.toDataset(7), Codec.NONE),
        encode(Chunk.empty(SPEC), Codec.NONE),
        encode(Chunk.dense(written, MemorySegment.ofArray(new byte[400])), Codec.NONE),
        encode(Chunk.dense(written, MemorySegment.ofArray(new byte[400])), Codec.LZ4),
        sparse(Codec.NONE, 1),
        sparse(Codec.NONE, 30),
        sparse(Codec.LZ4, 150),
        packed());
  }

  /** A sparse blob with values in few bits, of version 3. */
  private static byte[] packed() {
    CopyRuns runs = new CopyRuns(2);
    runs.add(3, 0, 150);
    byte[] values = new byte[300];
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < values.length; i += 2) {
      values[i] = (byte) random.nextInt(1, 9);
    }
    Chunk chunk = Chunk.empty(SPEC);
    chunk.write(runs, MemorySegment.ofArray(values));
    byte[] blob = encode(chunk, Binding.toDataset(7), Codec.LZ4);
    assertEquals(ValueCoding.PACKED, SparseBlob.header(MemorySegment.ofArray(blob)).coding());
    return blob;
  }

  @Test
  void demandsTheVersionOfTheCoding() {
    byte[] old = packed();
    old[VERSION_AT] = 2;
    assertMessage("format version of values coded as PACKED is 2", message(seal(old)));
    byte[] plain = encode(Chunk.empty(SPEC), Binding.toDataset(7), Codec.NONE);
    plain[VERSION_AT] = 3;
    assertMessage("format version of values coded as RAW is 3", message(seal(plain)));
  }

  /** A sparse blob of {@link #SPEC} with a run of equal elements and a single one behind it. */
  private static byte[] sparse(Codec codec, int run) {
    CopyRuns runs = new CopyRuns(2);
    runs.add(3, 0, run);
    runs.add(190, 0, 1);
    MemorySegment source = MemorySegment.ofArray(new byte[2 * run]).fill((byte) 9);
    Chunk chunk = Chunk.empty(SPEC);
    chunk.write(runs, source);
    return encode(chunk, codec);
  }

  private static byte[] encode(Chunk chunk, Codec codec) {
    return encode(chunk, Binding.NONE, codec);
  }

  private static byte[] encode(Chunk chunk, Binding binding, Codec codec) {
    BlobBuffer buffer = new BlobBuffer();
    SparseBlob.encode(chunk, binding, codec, buffer);
    return buffer.blob().toArray(Elements.BYTE);
  }
}
