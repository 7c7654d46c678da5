package io.github.volsparse.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.volsparse.format.ChunkSpec.Keep;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class SparseFilterTest {
  private static void assertRoundTrip(SparseFilter filter) {
    SparseFilter read = SparseFilter.of(filter.words());
    assertArrayEquals(filter.fillValue(), read.fillValue());
    assertArrayEquals(filter.words(), read.words());
    // Arrays equal only themselves.
    assertEquals(withoutFillValue(filter), withoutFillValue(read));
  }

  private static String withoutFillValue(SparseFilter f) {
    return f.toString().replaceAll("\\[B@\\p{XDigit}+", "");
  }

  @Test
  void roundTripOfEveryFlag() {
    for (Keep keep : Keep.values()) {
      for (Codec codec : Codec.values()) {
        for (int bits = 0; bits < 64; bits++) {
          boolean edge = (bits & 4) != 0;
          boolean contiguous = (bits & 8) != 0;
          boolean after = (bits & 16) != 0;
          boolean old = (bits & 32) != 0;
          assertRoundTrip(
              new SparseFilter(
                  2,
                  new byte[] {-1, 1},
                  keep,
                  codec,
                  bits & 3,
                  edge,
                  contiguous,
                  after,
                  old ? 0 : 0xFFFF_FFFFL,
                  old ? 0 : -2));
        }
      }
    }
  }

  @Test
  void roundTripOfFillValuesOfEveryLength() {
    for (int size = 1; size <= 21; size++) {
      byte[] fillValue = new byte[size];
      assertRoundTrip(filter(fillValue));
      assertEquals(7, filter(fillValue).words().length, "zeros are not stored");
      for (int i = 0; i < size; i++) {
        fillValue[i] = (byte) (200 + i);
      }
      assertRoundTrip(filter(fillValue));
    }
  }

  private static SparseFilter filter(byte... fillValue) {
    return filter(9, 0x1_0000_0002L, fillValue);
  }

  private static SparseFilter filter(long elements, long identity, byte... fillValue) {
    return new SparseFilter(
        fillValue.length,
        fillValue,
        Keep.NONFILL,
        Codec.LZ4,
        0,
        false,
        false,
        false,
        elements,
        identity);
  }

  @Test
  void damagedParametersAreRefused() {
    int[] good = filter((byte) 1, (byte) 2, (byte) 3).words();
    assertArrayEquals(new int[] {2, 0, 3, 3, 9, 2, 1, 0x030201}, good);
    int[] old = filter(0, 0, (byte) 1, (byte) 2, (byte) 3).words();
    assertArrayEquals(new int[] {1, 0, 3, 3, 0x030201}, old);
    assertRefused();
    for (int[] words : List.of(good, old)) {
      for (int length = 0; length < words.length; length++) {
        assertRefused(Arrays.copyOf(words, length));
      }
      assertRefused(Arrays.copyOf(words, words.length + 1));
    }
    assertRefused(3, 0, 3, 0); // a newer version
    assertRefused(3, 0, 3, 0, 9, 0, 0);
    assertRefused(0, 0, 3, 0);
    assertRefused(-1, 0, 3, 0);
    assertRefused(1, 1 << 4, 3, 0); // an unknown flag
    assertRefused(1, 1 << 31, 3, 0);
    assertRefused(1, 0, 0, 0); // no element has no bytes
    assertRefused(1, 0, -1, 0);
    assertRefused(1, 0, 3, 2, 0); // half a fill value
    assertRefused(1, 0, 3, -1);
    assertRefused(2, 0, 3, 0, 0, 0, 0); // no chunk has no elements
    int[] large = new int[4 + 1025];
    large[0] = 1;
    large[2] = 4097;
    large[3] = 4097;
    large[4] = 1;
    assertRefused(large); // with such a fill value a dataset stays native
  }

  private static void assertRefused(int... words) {
    assertThrows(UnsupportedOperationException.class, () -> SparseFilter.of(words));
  }

  @Test
  void damageCostsNoMemory() {
    SparseFilter huge = SparseFilter.of(new int[] {1, 0, Integer.MAX_VALUE, 0});
    assertEquals(Integer.MAX_VALUE, huge.elementSize());
    assertEquals(4, huge.words().length);
    assertNotNull(huge.misfit(2, null, 10));
  }

  @Test
  void saysWhatDoesNotFit() {
    SparseFilter filter = filter((byte) 1, (byte) 2);
    byte[] fill = {1, 2};
    assertNull(filter.misfit(2, fill, 9));
    assertTrue(filter.misfit(4, null, 9).contains("elements of 2 bytes"));
    assertTrue(filter.misfit(2, fill, 10).contains("chunks of 9 elements"));
    assertTrue(filter.misfit(2, new byte[2], 9).contains("fill value"));
    assertNull(filter(0, 0, (byte) 1, (byte) 2).misfit(2, fill, 10), "version 1 does not say");
    assertNull(filter.fittedTo(4, new byte[4], 20).misfit(4, new byte[4], 20));
  }

  @Test
  void takesBlobsOfItsDatasetOnly() {
    SparseFilter filter = filter(50, 7, (byte) 3);
    MemorySegment elements = MemorySegment.ofArray(new byte[50]);
    assertEquals(50, filter.spec(50).elements());
    assertThrows(IllegalArgumentException.class, () -> filter.spec(49));
    BlobBuffer buffer = new BlobBuffer();
    SparseBlob.encodeElements(filter.spec(50), filter.binding(), elements, Codec.LZ4, buffer);
    assertEquals(50, filter.header(buffer.blob()).elements());
    assertNotTaken(filter(50, 8, (byte) 3), buffer);
    assertNotTaken(filter(51, 7, (byte) 3), buffer);
    assertNotTaken(filter(50, 7, (byte) 4), buffer);
    assertNotTaken(filter(25, 7, (byte) 3, (byte) 3), buffer);
    assertNotTaken(filter(0, 0, (byte) 3), buffer);
  }

  @Test
  void version1TakesAnyNumberOfElementsBelow4Gib() {
    SparseFilter filter = filter(0, 0, new byte[2]);
    BlobBuffer buffer = new BlobBuffer();
    for (long elements : new long[] {1, 1000, (1L << 31) - 1, 1L << 31, ChunkSpec.MAX_ELEMENTS}) {
      ChunkSpec spec = new ChunkSpec(elements, 2, new byte[2], Keep.NONFILL);
      SparseBlob.encode(Chunk.empty(spec), Codec.LZ4, buffer);
      if (elements < 1L << 31) {
        assertEquals(elements, filter.header(buffer.blob()).elements());
      } else {
        assertNotTaken(filter, buffer);
      }
    }
    assertThrows(IllegalArgumentException.class, () -> filter.spec(3));
    assertThrows(IllegalArgumentException.class, () -> filter.spec(0));
  }

  private static void assertNotTaken(SparseFilter filter, BlobBuffer buffer) {
    assertThrows(CorruptBlobException.class, () -> filter.header(buffer.blob()));
  }
}
