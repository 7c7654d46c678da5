package io.github.volsparse.format;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.volsparse.format.ChunkSpec.Keep;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class FillTest {

  @Test
  void findsEveryElementThatDiffers() {
    Randomised.everyRound(
        2000,
        random -> {
          ChunkSpec spec = Randomised.spec(random, 5000);
          byte[] elements = Randomised.elements(random, spec);
          MemorySegment memory = Randomised.segment(random, elements);
          Runs expected = new Runs();
          for (long i = 0; i < spec.elements(); i++) {
            if (!spec.isFill(memory, i * spec.elementSize())) {
              expected.append(i, i + 1);
            }
          }
          Runs found = new Runs();
          new Fill(spec.fillValue()).findDefined(memory, spec.elements(), found);
          assertRuns(expected, found);
        });
  }

  @Test
  void findsASingleDifferingBit() {
    for (int size : Randomised.ELEMENT_SIZES) {
      for (int bit = 0; bit < size * 8; bit++) {
        byte[] fill = new byte[size];
        fill[0] = (byte) 0x80;
        ChunkSpec spec = new ChunkSpec(70, size, fill, Keep.NONFILL);
        byte[] elements = new byte[70 * size];
        Randomised.fill(elements, spec);
        int element = bit % 70;
        elements[element * size + bit / 8] ^= (byte) (1 << bit % 8);
        Runs found = new Runs();
        new Fill(fill).findDefined(MemorySegment.ofArray(elements), 70, found);
        assertEquals(1, found.total());
        assertEquals(element, found.start(0));
      }
    }
  }

  @Test
  void fillsMemory() {
    Randomised.everyRound(
        200,
        random -> {
          ChunkSpec spec = Randomised.spec(random, 5000);
          int size = spec.elementSize();
          byte[] expected = new byte[(int) spec.denseBytes()];
          Randomised.fill(expected, spec);
          MemorySegment memory = MemorySegment.ofArray(new byte[expected.length + 2 * size]);
          new Fill(spec.fillValue()).fill(memory, size, expected.length);
          assertArrayEquals(expected, memory.asSlice(size, expected.length).toArray(JAVA_BYTE));
          assertArrayEquals(new byte[size], memory.asSlice(0, size).toArray(JAVA_BYTE));
          assertArrayEquals(
              new byte[size], memory.asSlice(size + expected.length).toArray(JAVA_BYTE));
        });
  }

  private static void assertRuns(Runs expected, Runs actual) {
    assertEquals(expected.size(), actual.size());
    for (int run = 0; run < expected.size(); run++) {
      assertEquals(expected.start(run), actual.start(run));
      assertEquals(expected.end(run), actual.end(run));
    }
  }
}
