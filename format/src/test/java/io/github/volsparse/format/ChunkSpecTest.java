package io.github.volsparse.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.volsparse.format.ChunkSpec.Keep;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class ChunkSpecTest {

  @Test
  void rejectsWhatIsNoChunk() {
    assertInvalid(0, 1, 1);
    assertInvalid(ChunkSpec.MAX_ELEMENTS + 1, 1, 1);
    assertInvalid(10, 0, 0);
    assertInvalid(10, 4, 2);
  }

  private static void assertInvalid(long elements, int elementSize, int fillBytes) {
    assertThrows(
        IllegalArgumentException.class,
        () -> new ChunkSpec(elements, elementSize, new byte[fillBytes], Keep.NONFILL));
  }

  @Test
  void ownsItsFillValue() {
    byte[] fill = {1, 2};
    ChunkSpec spec = new ChunkSpec(10, 2, fill, Keep.NONFILL);
    fill[0] = 9;
    spec.fillValue()[1] = 9;
    assertArrayEquals(new byte[] {1, 2}, spec.fillValue());
  }

  @Test
  void comparesByValue() {
    ChunkSpec spec = new ChunkSpec(10, 2, new byte[] {1, 2}, Keep.NONFILL);
    ChunkSpec same = new ChunkSpec(10, 2, new byte[] {1, 2}, Keep.NONFILL);
    assertEquals(spec, same);
    assertEquals(spec.hashCode(), same.hashCode());
    assertNotEquals(spec, new ChunkSpec(10, 2, new byte[] {1, 3}, Keep.NONFILL));
    assertNotEquals(spec, new ChunkSpec(10, 2, new byte[] {1, 2}, Keep.WRITTEN));
  }

  @Test
  void tellsFillFromOtherValues() {
    ChunkSpec spec = new ChunkSpec(3, 2, new byte[] {1, 2}, Keep.NONFILL);
    MemorySegment memory = MemorySegment.ofArray(new byte[] {0, 1, 2, 1, 3});
    assertTrue(spec.isFill(memory, 1));
    assertFalse(spec.isFill(memory, 0));
    assertFalse(spec.isFill(memory, 3));
  }

  @Test
  void countsBytesBeyondFourGigabytes() {
    ChunkSpec spec = new ChunkSpec(ChunkSpec.MAX_ELEMENTS, 8, new byte[8], Keep.NONFILL);
    assertEquals(8L * ChunkSpec.MAX_ELEMENTS, spec.denseBytes());
  }
}
