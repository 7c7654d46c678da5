package io.github.volsparse.stored;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class FilterMasksTest {
  /** HDF5 has pipelines of up to 32 filters, of which the first is ours. */
  private static final int MOST_FILTERS = 31;

  @Test
  void ownMaskSkipsThePrograms() {
    assertEquals(0, new FilterMasks(0).own());
    assertEquals(0b10, new FilterMasks(1).own());
    assertEquals(0b1110, new FilterMasks(3).own());
    assertEquals(0xfffffffe, new FilterMasks(MOST_FILTERS).own());
  }

  @Test
  void maskOfTheProgramComesBack() {
    Random random = new Random(1);
    for (int filters = 0; filters <= MOST_FILTERS; filters++) {
      FilterMasks masks = new FilterMasks(filters);
      int all = (int) ((1L << filters) - 1);
      for (int i = 0; i < 100; i++) {
        int mask = i == 0 ? -1 : i == 1 ? all : all | random.nextInt() >> random.nextInt(32);
        if (masks.canTell(mask)) {
          int stored = masks.ofBlob(mask);
          assertTrue(masks.isBlob(stored));
          assertFalse(masks.isAsGiven(stored));
          assertTrue(masks.isFromProgram(stored));
          assertEquals(mask, masks.ofProgram(stored), filters + " filters");
          assertNotEquals(masks.own(), stored);
        } else {
          assertTrue(
              filters > 29 || Integer.numberOfLeadingZeros(mask ^ mask >> 31) <= filters + 2);
        }
      }
      assertEquals(filters < 30, masks.canTell(-1));
      assertEquals(filters < 15, masks.canTell(all));
    }
  }

  @Test
  void chunkAsGivenSkipsOurs() {
    FilterMasks masks = new FilterMasks(2);
    for (int mask : new int[] {0, 1, 2, 3, 7, -1}) {
      int stored = masks.asGiven(mask);
      assertTrue(masks.isAsGiven(stored));
      assertFalse(masks.isBlob(stored));
      assertFalse(masks.isFromProgram(stored));
      assertEquals(mask, masks.ofProgram(stored));
    }
    assertTrue(masks.skipsAll(3));
    assertTrue(masks.skipsAll(-1));
    assertFalse(masks.skipsAll(2));
    assertTrue(new FilterMasks(0).skipsAll(0));
  }

  @Test
  void chunkOfOursHasNoMaskOfTheProgram() {
    FilterMasks masks = new FilterMasks(2);
    assertTrue(masks.isBlob(masks.own()));
    assertFalse(masks.isFromProgram(masks.own()));
    assertEquals(0, masks.ofProgram(masks.own()));
    assertEquals(0, masks.ofProgram(0)); // went through all filters
    assertFalse(masks.isBlob(0));
  }
}
