package io.github.volsparse.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;
import org.roaringbitmap.RoaringBitmap;

/**
 * Whatever the bytes of a blob, all ways to read it agree: each ends with the same elements, or
 * with {@link CorruptBlobException}. What can be read can be encoded again, and is the same then.
 */
public final class FuzzBlob {
  /** Larger chunks are not decoded. Whoever decodes them knows that his chunks are so large. */
  private static final long MOST_BYTES = 1 << 20;

  private FuzzBlob() {}

  /** Called by the fuzzer. */
  public static void fuzzerTestOneInput(byte[] input) {
    byte[] blob = input.clone();
    seal(blob);
    MemorySegment segment = MemorySegment.ofArray(blob);
    BlobHeader header;
    try {
      header = SparseBlob.header(segment);
    } catch (CorruptBlobException e) {
      return;
    }
    if (header.denseBytes() <= MOST_BYTES) {
      decodeAllWays(header, segment);
    }
  }

  /** Makes magic, length and checksum right: a fuzzer would not find them by itself. */
  private static void seal(byte[] blob) {
    if (blob.length < BlobHeader.BYTES) {
      return;
    }
    MemorySegment segment = MemorySegment.ofArray(blob);
    segment.set(Elements.INT, 0, 'S' | 'P' << 8 | 'C' << 16 | 'K' << 24);
    segment.set(Elements.LONG, 8, blob.length);
    CRC32C crc = new CRC32C();
    crc.update(blob, 8, blob.length - 8);
    segment.set(Elements.INT, 4, (int) crc.getValue());
  }

  private static void decodeAllWays(BlobHeader header, MemorySegment blob) {
    ChunkSpec spec = header.spec();
    byte[] direct = elements(memory -> SparseBlob.decodeInto(spec, blob, memory), spec);
    byte[] checked = elements(memory -> SparseBlob.decodeInto(header, blob, memory, false), spec);
    byte[] viewed =
        elements(memory -> SparseBlob.view(spec, Binding.ANY, blob).readAll(memory), spec);
    byte[] decoded = elements(memory -> SparseBlob.decode(spec, blob).readAll(memory), spec);
    assertArrayEquals(direct, checked);
    assertArrayEquals(direct, viewed);
    assertArrayEquals(direct, decoded);
    RoaringBitmap selection = selection(blob);
    if (direct == null) {
      return;
    }
    assertNotNull(selection);
    Defined positions = Defined.positions(spec, Binding.ANY, blob);
    assertEquals(selection.getLongCardinality(), positions.total());
    encodeAgain(spec, SparseBlob.decode(spec, blob), direct);
    if (header.isBound()) {
      assertNull(elements(memory -> SparseBlob.decodeInto(spec, Binding.NONE, blob, memory), spec));
    }
  }

  private interface Reader {
    void read(MemorySegment memory);
  }

  /** What a reader reads; null if it finds the blob corrupt. */
  private static byte[] elements(Reader reader, ChunkSpec spec) {
    byte[] elements = new byte[(int) spec.denseBytes()];
    try {
      reader.read(MemorySegment.ofArray(elements));
    } catch (CorruptBlobException e) {
      return null;
    }
    return elements;
  }

  private static RoaringBitmap selection(MemorySegment blob) {
    try {
      return SparseBlob.selection(blob);
    } catch (CorruptBlobException e) {
      return null;
    }
  }

  private static void encodeAgain(ChunkSpec spec, Chunk chunk, byte[] elements) {
    BlobBuffer buffer = new BlobBuffer();
    Binding binding = Binding.toDataset(elements.length).toChunk(new long[] {elements[0]});
    for (Codec codec : Codec.values()) {
      long length = SparseBlob.encode(chunk, binding, codec, buffer);
      assertEquals(-1, Long.compare(length, SparseBlob.maximumBytes(spec) + 1));
      byte[] again = new byte[elements.length];
      SparseBlob.decodeInto(spec, binding, buffer.blob(), MemorySegment.ofArray(again));
      assertArrayEquals(elements, again);
    }
  }
}
