package io.github.volsparse.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ShuffleTest {
  @Test
  void bringsBytesToWhereTheFormatSaysAndBack() {
    SplittableRandom random = new SplittableRandom(7);
    for (int size = 2; size <= 64; size++) {
      for (int elements : new int[] {1, 3, 8, 1000, 4099, 20_001}) {
        byte[] plain = new byte[size * elements];
        random.nextBytes(plain);
        byte[] expected = new byte[plain.length];
        for (int element = 0; element < elements; element++) {
          for (int plane = 0; plane < size; plane++) {
            expected[plane * elements + element] = plain[element * size + plane];
          }
        }
        byte[] shuffled = new byte[plain.length];
        Shuffle.shuffle(MemorySegment.ofArray(plain), size, MemorySegment.ofArray(shuffled));
        assertArrayEquals(expected, shuffled);
        byte[] back = new byte[plain.length];
        Block planes = Block.of(shuffled.length);
        planes.segment().copyFrom(MemorySegment.ofArray(shuffled));
        ValueReader reader = new Shuffle.Reader(planes, size);
        reader.next(MemorySegment.ofArray(back), 0, elements);
        reader.giveBack();
        assertArrayEquals(plain, back);
      }
    }
  }
}
