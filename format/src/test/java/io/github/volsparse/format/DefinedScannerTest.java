package io.github.volsparse.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.volsparse.format.ChunkSpec.Keep;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import org.junit.jupiter.api.Test;

class DefinedScannerTest {

  @Test
  void findsEveryElementThatDiffers() {
    Randomised.everyRound(
        1000,
        random -> {
          ChunkSpec spec = Randomised.spec(random, random.nextInt(20) == 0 ? 150_000 : 5000);
          byte[] elements = Randomised.elements(random, spec);
          MemorySegment memory = Randomised.segment(random, elements);
          BitSet expected = new BitSet();
          for (int i = 0; i < spec.elements(); i++) {
            if (!spec.isFill(memory, (long) i * spec.elementSize())) {
              expected.set(i);
            }
          }
          Positions found =
              DefinedScanner.of(spec.elementSize()).find(memory, spec.elements(), spec.fill());
          assertArrayEquals(expected.stream().toArray(), found.toBitmap().toArray());
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
        Positions found =
            DefinedScanner.of(size).find(MemorySegment.ofArray(elements), 70, new Fill(fill));
        assertEquals(1, found.total());
        assertEquals(element, found.start());
      }
    }
  }

  /** Of elements of which only some are there, in whatever containers. */
  @Test
  void findsThoseThatDifferAmongCoveredOnes() {
    Randomised.everyRound(
        200,
        random -> {
          int size = Randomised.ELEMENT_SIZES[random.nextInt(Randomised.ELEMENT_SIZES.length)];
          BitSet covered = PositionsTest.randomSet(random);
          ChunkSpec values =
              new ChunkSpec(
                  Math.max(1, covered.cardinality()),
                  size,
                  Randomised.fillValue(random, size),
                  Keep.NONFILL);
          MemorySegment packed = Randomised.segment(random, Randomised.elements(random, values));
          BitSet expected = new BitSet();
          long at = 0;
          for (int i = covered.nextSetBit(0); i >= 0; i = covered.nextSetBit(i + 1)) {
            if (!values.isFill(packed, at)) {
              expected.set(i);
            }
            at += size;
          }
          Positions found =
              DefinedScanner.of(size).find(PositionsTest.positions(covered), packed, values.fill());
          assertArrayEquals(expected.stream().toArray(), found.toBitmap().toArray());
        });
  }
}
