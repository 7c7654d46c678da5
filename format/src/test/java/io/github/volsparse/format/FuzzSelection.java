package io.github.volsparse.format;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.roaringbitmap.PeekableIntIterator;
import org.roaringbitmap.RoaringBitmap;

/**
 * Whatever the bytes of a selection section, reading it ends with as many positions as were asked
 * for, the same as the roaring library finds, or with {@link CorruptBlobException}.
 */
public final class FuzzSelection {
  private static final int HEAD_BYTES = 8;

  /** Of more positions the library's bitmap is not compared, which takes long. */
  private static final long COMPARED = 1 << 20;

  private FuzzSelection() {}

  /** Called by the fuzzer: the numbers of elements and of positions, then the section. */
  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length < HEAD_BYTES) {
      return;
    }
    MemorySegment memory = MemorySegment.ofArray(input);
    long elements = Integer.toUnsignedLong(memory.get(Elements.INT, 0));
    long defined = Integer.toUnsignedLong(memory.get(Elements.INT, 4));
    byte[] section = Arrays.copyOfRange(input, HEAD_BYTES, input.length);
    Runs runs;
    try {
      runs = SelectionCodec.read(MemorySegment.ofArray(section), elements, defined);
    } catch (CorruptBlobException e) {
      return;
    }
    assertEquals(defined, runs.total());
    SelectionCodec codec = new SelectionCodec();
    byte[] written = new byte[(int) codec.plan(runs)];
    codec.write(runs, MemorySegment.ofArray(written), 0);
    assertSame(runs, SelectionCodec.read(MemorySegment.ofArray(written), elements, defined));
    if (defined <= COMPARED) {
      assertSame(runs, ofLibrary(section));
    }
  }

  private static Runs ofLibrary(byte[] section) {
    RoaringBitmap bitmap = new RoaringBitmap();
    try {
      bitmap.deserialize(ByteBuffer.wrap(section));
    } catch (IOException e) {
      throw new AssertionError("the library cannot read it", e);
    }
    Runs runs = new Runs();
    // RoaringBitmap.forEach (1.6.29) leaves out runs of positions from 2^31 on.
    for (PeekableIntIterator positions = bitmap.getIntIterator(); positions.hasNext(); ) {
      long start = Integer.toUnsignedLong(positions.next());
      runs.append(start, start + 1);
    }
    return runs;
  }

  private static void assertSame(Runs expected, Runs actual) {
    assertEquals(expected.size(), actual.size());
    for (int run = 0; run < expected.size(); run++) {
      assertEquals(expected.start(run), actual.start(run));
      assertEquals(expected.end(run), actual.end(run));
    }
  }
}
