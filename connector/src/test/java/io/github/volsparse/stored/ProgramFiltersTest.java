package io.github.volsparse.stored;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.github.volsparse.format.BlobBuffer;
import io.github.volsparse.hdf5.PropertyLists.Filter;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;

/** A program's shuffle and deflate, undone; what HDF5 has to undo is left. */
class ProgramFiltersTest {
  private static final Filter DEFLATE = new Filter(1, 1, new int[] {1});
  private static final Filter SHUFFLE = new Filter(2, 1, new int[] {4});
  private static final Filter FLETCHER32 = new Filter(3, 0, new int[0]);
  private static final int MOST = 10_000;

  private final BlobBuffer one = new BlobBuffer();
  private final BlobBuffer other = new BlobBuffer();

  private byte[] undo(byte[] stored, int mask, int most, Filter... filters) {
    RawChunk raw = new RawChunk(MemorySegment.ofArray(stored), mask);
    MemorySegment bytes = new ProgramFilters(filters).undo(raw, most, one, other);
    return bytes == null ? null : bytes.toArray(JAVA_BYTE);
  }

  private static byte[] deflated(byte[] bytes) {
    Deflater deflater = new Deflater(1);
    deflater.setInput(bytes);
    deflater.finish();
    byte[] room = new byte[2 * bytes.length + 100];
    byte[] deflated = Arrays.copyOf(room, deflater.deflate(room));
    deflater.end();
    return deflated;
  }

  private static byte[] shuffled(byte[] bytes, int size) {
    byte[] shuffled = bytes.clone();
    int elements = bytes.length / size;
    for (int i = 0; i < elements * (long) size; i++) {
      shuffled[i % size * elements + i / size] = bytes[i];
    }
    return shuffled;
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  @Test
  void deflateShuffleAndBoth() {
    for (int length : new int[] {0, 1, 3, 4, 7, 1000, 1003, MOST, 8 * MOST + 3}) {
      byte[] bytes = random(length);
      int most = 2 * length + 100;
      assertArrayEquals(bytes, undo(deflated(bytes), 0, most, DEFLATE));
      assertArrayEquals(bytes, undo(shuffled(bytes, 4), 0, most, SHUFFLE));
      assertArrayEquals(bytes, undo(deflated(shuffled(bytes, 4)), 0, most, SHUFFLE, DEFLATE));
      assertArrayEquals(bytes, undo(deflated(deflated(bytes)), 0, most, DEFLATE, DEFLATE));
    }
  }

  @Test
  void elementsOfAnySize() {
    byte[] bytes = random(100_003);
    for (int size : new int[] {1, 2, 3, 8, 12, 9000, 100_003, Integer.MAX_VALUE}) {
      Filter shuffle = new Filter(2, 1, new int[] {size});
      assertArrayEquals(bytes, undo(shuffled(bytes, size), 0, bytes.length, shuffle));
    }
  }

  @Test
  void filtersThatTheMaskSkips() {
    byte[] bytes = random(100);
    assertArrayEquals(bytes, undo(shuffled(bytes, 4), 0b100, MOST, SHUFFLE, DEFLATE));
    assertArrayEquals(bytes, undo(deflated(bytes), 0b010, MOST, SHUFFLE, DEFLATE));
    assertArrayEquals(bytes, undo(bytes, 0b110, MOST, SHUFFLE, DEFLATE));
  }

  @Test
  void bytesThatAreNotInOrder() {
    byte[] deflated = deflated(random(1000));
    assertNull(undo(random(1000), 0, MOST, DEFLATE));
    assertNull(undo(new byte[0], 0, MOST, DEFLATE));
    assertNull(undo(Arrays.copyOf(deflated, deflated.length / 2), 0, MOST, DEFLATE));
    assertNull(undo(Arrays.copyOf(deflated, deflated.length - 1), 0, MOST, DEFLATE));
    deflated[deflated.length - 1]++;
    assertNull(undo(deflated, 0, MOST, DEFLATE));
  }

  @Test
  void moreThanThereMayBe() {
    byte[] bytes = new byte[1000];
    assertNull(undo(deflated(bytes), 0, 999, DEFLATE));
    assertArrayEquals(bytes, undo(deflated(bytes), 0, 1000, DEFLATE));
  }

  @Test
  void whatHdf5HasToUndo() {
    assertEquals(2, new ProgramFilters(new Filter[] {DEFLATE, FLETCHER32}).count());
    assertNull(undo(deflated(random(10)), 0, MOST, DEFLATE, FLETCHER32));
    assertNull(undo(random(10), 0, MOST, new Filter(2, 1, new int[0])));
    assertNull(undo(random(10), 0, MOST, new Filter(2, 1, new int[1])));
  }
}
