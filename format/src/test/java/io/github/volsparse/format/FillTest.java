package io.github.volsparse.format;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class FillTest {

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
}
