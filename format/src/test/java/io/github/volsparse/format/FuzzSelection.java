package io.github.volsparse.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
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
    Positions positions;
    try {
      positions = SelectionCodec.read(MemorySegment.ofArray(section), elements, defined);
    } catch (CorruptBlobException e) {
      return;
    }
    assertEquals(defined, positions.total());
    byte[] written = SelectionCodecTest.write(positions);
    Positions again = SelectionCodec.read(MemorySegment.ofArray(written), elements, defined);
    assertEquals(positions.toBitmap(), again.toBitmap());
    if (defined <= COMPARED) {
      // Its bitmaps are not equal where runs touch.
      assertArrayEquals(positions.toBitmap().toArray(), ofLibrary(section).toArray());
    }
  }

  private static RoaringBitmap ofLibrary(byte[] section) {
    RoaringBitmap bitmap = new RoaringBitmap();
    try {
      bitmap.deserialize(ByteBuffer.wrap(section));
    } catch (IOException e) {
      throw new AssertionError("the library cannot read it", e);
    }
    return bitmap;
  }
}
