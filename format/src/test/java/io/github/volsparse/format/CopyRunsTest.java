package io.github.volsparse.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class CopyRunsTest {

  private final CopyRuns runs = new CopyRuns(4);

  @Test
  void joinsRunsThatContinueOnBothSides() {
    runs.add(10, 100, 2);
    runs.add(12, 108, 3);
    assertEquals("CopyRuns[10+5@100]", runs.toString());
    assertEquals(5, runs.elements());
  }

  @Test
  void keepsRunsApartThatContinueOnOneSideOnly() {
    runs.add(10, 100, 2);
    runs.add(12, 112, 1);
    runs.add(14, 116, 1);
    assertEquals("CopyRuns[10+2@100, 12+1@112, 14+1@116]", runs.toString());
  }

  @Test
  void addsManyAsOneAfterAnother() {
    Random random = new Random(7);
    for (int round = 0; round < 1000; round++) {
      CopyRuns one = new CopyRuns(4);
      CopyRuns all = new CopyRuns(4);
      for (int batch = 0; batch < 3; batch++) {
        int count = random.nextInt(40);
        long memory = random.nextInt(3);
        long[] positions = new long[count];
        long[] ordinals = new long[count];
        long[] lengths = new long[count];
        for (int i = 0; i < count; i++) {
          lengths[i] = 1 + random.nextInt(3);
          positions[i] = i > 0 && random.nextInt(4) > 0 ? positions[i - 1] + lengths[i - 1] : 3 * i;
          ordinals[i] = i > 0 && random.nextInt(4) > 0 ? ordinals[i - 1] + lengths[i - 1] : 5 * i;
          one.add(positions[i], 4 * (memory + ordinals[i]), lengths[i]);
        }
        all.addAll(count, positions, ordinals, lengths, memory);
      }
      assertEquals(one.toString(), all.toString());
      assertEquals(one.elements(), all.elements());
      assertEquals(one.isOrdered(), all.isOrdered());
      assertEquals(one.positionEnd(), all.positionEnd());
      assertEquals(one.memoryEnd(), all.memoryEnd());
    }
  }

  @Test
  void keepsTheOrderOfTheProgram() {
    runs.add(10, 0, 1);
    runs.add(5, 4, 1);
    runs.add(10, 8, 1);
    assertEquals("CopyRuns[10+1@0, 5+1@4, 10+1@8]", runs.toString());
    assertEquals(3, runs.elements());
  }

  @Test
  void addsNothingForAnEmptyRun() {
    runs.add(10, 0, 0);
    assertTrue(runs.isEmpty());
  }

  @Test
  void holdsTheLargestChunk() {
    runs.add(0, 0, ChunkSpec.MAX_ELEMENTS - 1);
    runs.add(ChunkSpec.MAX_ELEMENTS - 1, 0, 1);
    assertEquals(ChunkSpec.MAX_ELEMENTS - 1, runs.length(0));
    assertEquals(ChunkSpec.MAX_ELEMENTS - 1, runs.position(1));
    assertEquals(ChunkSpec.MAX_ELEMENTS, runs.elements());
  }

  @Test
  void rejectsWhatNoChunkOrMemoryHolds() {
    long[] one = {1};
    long[] last = {ChunkSpec.MAX_ELEMENTS};
    assertThrows(IndexOutOfBoundsException.class, () -> runs.addAll(1, last, one, one, 0));
    assertThrows(IndexOutOfBoundsException.class, () -> runs.addAll(1, one, one, one, -2));
    assertThrows(IndexOutOfBoundsException.class, () -> runs.add(-1, 0, 1));
    assertThrows(IndexOutOfBoundsException.class, () -> runs.add(0, -1, 1));
    assertThrows(IndexOutOfBoundsException.class, () -> runs.add(0, 0, -1));
    assertThrows(IndexOutOfBoundsException.class, () -> runs.add(ChunkSpec.MAX_ELEMENTS, 0, 1));
    assertThrows(IndexOutOfBoundsException.class, () -> runs.add(0, Long.MAX_VALUE - 1, 1));
  }

  @Test
  void isEmptyAfterClear() {
    for (int i = 0; i < 100; i++) {
      runs.add(2L * i, 4L * i, 1);
    }
    assertEquals(100, runs.size());
    runs.clear();
    runs.add(7, 0, 1);
    assertEquals("CopyRuns[7+1@0]", runs.toString());
    assertEquals(1, runs.elements());
  }
}
