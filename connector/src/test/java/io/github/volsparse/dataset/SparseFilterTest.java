package io.github.volsparse.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.volsparse.chunk.ChunkSpec.Keep;
import io.github.volsparse.chunk.Codec;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SparseFilterTest {
  private static void assertRoundTrip(SparseFilter filter) {
    SparseFilter read = SparseFilter.of(filter.toFilter().parameters());
    assertArrayEquals(filter.fillValue(), read.fillValue());
    // Arrays equal only themselves.
    assertEquals(withoutFillValue(filter), withoutFillValue(read));
  }

  private static SparseFilter withoutFillValue(SparseFilter f) {
    return new SparseFilter(
        f.elementSize(),
        null,
        f.keep(),
        f.codec(),
        f.allocationTime(),
        f.edgeChunksUnfiltered(),
        f.contiguous(),
        f.compressedAfter());
  }

  @Test
  void roundTripOfEveryFlag() {
    for (Keep keep : Keep.values()) {
      for (Codec codec : Codec.values()) {
        for (int bits = 0; bits < 32; bits++) {
          boolean edge = (bits & 4) != 0;
          boolean contiguous = (bits & 8) != 0;
          boolean after = (bits & 16) != 0;
          assertRoundTrip(
              new SparseFilter(
                  2, new byte[] {-1, 1}, keep, codec, bits & 3, edge, contiguous, after));
        }
      }
    }
  }

  @Test
  void roundTripOfFillValuesOfEveryLength() {
    for (int size = 1; size <= 21; size++) {
      byte[] fillValue = new byte[size];
      assertRoundTrip(filter(fillValue));
      assertEquals(4, filter(fillValue).toFilter().parameters().length, "zeros are not stored");
      for (int i = 0; i < size; i++) {
        fillValue[i] = (byte) (200 + i);
      }
      assertRoundTrip(filter(fillValue));
    }
  }

  private static SparseFilter filter(byte... fillValue) {
    return new SparseFilter(
        fillValue.length, fillValue, Keep.NONFILL, Codec.LZ4, 0, false, false, false);
  }

  @Test
  void damagedParametersAreRefused() {
    int[] good = filter((byte) 1, (byte) 2, (byte) 3).toFilter().parameters();
    assertArrayEquals(new int[] {1, 0, 3, 3, 0x030201}, good);
    assertRefused();
    assertRefused(Arrays.copyOf(good, 3));
    assertRefused(Arrays.copyOf(good, 4)); // the fill value is missing
    assertRefused(Arrays.copyOf(good, 6));
    assertRefused(2, 0, 3, 0); // a newer version
    assertRefused(1, 1 << 4, 3, 0); // an unknown flag
    assertRefused(1, 1 << 31, 3, 0);
    assertRefused(1, 0, 0, 0); // no element has no bytes
    assertRefused(1, 0, -1, 0);
    assertRefused(1, 0, 3, 2, 0); // half a fill value
    assertRefused(1, 0, 3, -1);
  }

  private static void assertRefused(int... words) {
    assertThrows(UnsupportedOperationException.class, () -> SparseFilter.of(words));
  }
}
