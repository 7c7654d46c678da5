package io.github.volsparse.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Whatever a filter's parameters and the bytes it gets, both are refused or used as the filter
 * does, and what is used is what the parameters say.
 */
public final class FuzzFilter {
  /** HDF5 keeps parameters in the object header, which has no room for more. */
  private static final int MOST_WORDS = 1 << 14;

  private static final long MOST_BYTES = 1 << 20;

  private FuzzFilter() {}

  /** Called by the fuzzer: the number of parameters, in a byte; the parameters; a blob. */
  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length == 0) {
      return;
    }
    int count = Math.min(Math.min(input[0] & 0xFF, MOST_WORDS), (input.length - 1) / Integer.BYTES);
    int[] words = new int[count];
    ByteBuffer.wrap(input, 1, count * Integer.BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .asIntBuffer()
        .get(words);
    SparseFilter filter;
    try {
      filter = SparseFilter.of(words);
    } catch (UnsupportedOperationException e) {
      return;
    }
    assertArrayEquals(canonical(words), filter.words());
    byte[] rest = Arrays.copyOfRange(input, 1 + count * Integer.BYTES, input.length);
    try {
      filter.spec(rest.length);
    } catch (IllegalArgumentException e) {
      // no chunk of this dataset
    }
    decode(filter, MemorySegment.ofArray(rest));
  }

  private static void decode(SparseFilter filter, MemorySegment blob) {
    try {
      var header = filter.header(blob);
      if (header.denseBytes() <= MOST_BYTES) {
        MemorySegment elements = MemorySegment.ofArray(new byte[(int) header.denseBytes()]);
        SparseBlob.decodeInto(header, blob, elements, header.isFillZero());
      }
    } catch (CorruptBlobException e) {
      // not one of this dataset
    }
  }

  /** Parameters as they are written: no zeros for a fill value, nothing in the bytes behind it. */
  private static int[] canonical(int[] words) {
    int fixed = words[0] == 1 ? 4 : 7;
    int stored = words[3];
    int[] canonical = words.clone();
    if (stored % 4 != 0) {
      canonical[canonical.length - 1] &= (1 << 8 * (stored % 4)) - 1;
    }
    boolean isZero = Arrays.stream(canonical, fixed, canonical.length).allMatch(word -> word == 0);
    if (isZero) {
      canonical = Arrays.copyOf(canonical, fixed);
      canonical[3] = 0;
    }
    return canonical;
  }
}
