package io.github.volsparse.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import java.util.function.BinaryOperator;
import org.junit.jupiter.api.Test;

class RunsTest {

  private static final int POSITIONS = 300;

  @Test
  void isTheSetOfWhatWasAppended() {
    everySet((random, set, runs) -> assertSet(set, runs));
  }

  @Test
  void unitesSets() {
    everyPair(Runs::union, BitSet::or);
  }

  @Test
  void subtractsSets() {
    everyPair(Runs::difference, BitSet::andNot);
  }

  @Test
  void intersectsSets() {
    everyPair(Runs::intersection, BitSet::and);
  }

  /** Holds an operation on two sets against that of {@link BitSet}, which changes the first. */
  private static void everyPair(BinaryOperator<Runs> operation, BiConsumer<BitSet, BitSet> model) {
    everySet(
        (random, set, runs) -> {
          BitSet other = randomSet(random);
          Runs result = operation.apply(runs, runs(other));
          model.accept(set, other);
          assertSet(set, result);
        });
  }

  @Test
  void findsRunsFromAnyHint() {
    everySet(
        (random, set, runs) -> {
          for (int position = 0; position <= POSITIONS; position++) {
            int expected = 0;
            while (expected < runs.size() && runs.end(expected) <= position) {
              expected++;
            }
            assertEquals(expected, runs.find(position, random.nextInt(runs.size() + 1)));
          }
        });
  }

  @Test
  void selectsByRank() {
    everySet(
        (random, set, runs) -> {
          BitSet ranks = randomSet(random);
          ranks.clear(set.cardinality(), POSITIONS);
          BitSet expected = new BitSet();
          int rank = 0;
          for (int at = set.nextSetBit(0); at >= 0; at = set.nextSetBit(at + 1)) {
            expected.set(at, ranks.get(rank++));
          }
          Runs selected = new Runs();
          runs.select(runs(ranks), selected);
          assertSet(expected, selected);
        });
  }

  @Test
  void appendsBits() {
    everySet(
        (random, set, runs) -> {
          BitSet bits = randomSet(random);
          Runs appended = runs(set);
          long[] words = bits.toLongArray();
          appended.appendBits(words, words.length, POSITIONS);
          bits.stream().forEach(bit -> set.set(POSITIONS + bit));
          assertSet(set, appended);
        });
  }

  @Test
  void sortsTheRunsOfAProgram() {
    Randomised.everyRound(
        500,
        random -> {
          ChunkSpec spec = Randomised.spec(random, POSITIONS);
          CopyRuns copies = Randomised.copyRuns(random, spec, POSITIONS);
          BitSet expected = new BitSet();
          for (int i = 0; i < copies.size(); i++) {
            int start = (int) copies.position(i);
            expected.set(start, start + (int) copies.length(i));
          }
          assertSet(expected, Runs.of(copies));
        });
  }

  @Test
  void countsUnsigned() {
    CopyRuns copies = new CopyRuns(1);
    copies.add(3_000_000_000L, 0, 1_000_000_000L);
    copies.add(1, 0, 2_500_000_000L);
    Runs runs = Runs.of(copies);
    assertEquals(2, runs.size());
    assertEquals(1, runs.start(0));
    assertEquals(2_500_000_001L, runs.end(0));
    assertEquals(3_000_000_000L, runs.start(1));
    assertEquals(4_000_000_000L, runs.end());
    assertEquals(2_500_000_000L, runs.rank(1));
    assertEquals(3_500_000_000L, runs.total());
    assertEquals(1, runs.find(3_999_999_999L, 0));
  }

  private interface SetTest {
    void accept(SplittableRandom random, BitSet set, Runs runs);
  }

  private static void everySet(SetTest test) {
    Randomised.everyRound(
        300,
        random -> {
          BitSet set = randomSet(random);
          test.accept(random, set, runs(set));
        });
  }

  private static BitSet randomSet(SplittableRandom random) {
    BitSet set = new BitSet();
    double density = random.nextDouble();
    int run = random.nextInt(1, 80);
    for (int at = 0; at < POSITIONS; at += run) {
      set.set(at, Math.min(at + run, POSITIONS), random.nextDouble() < density);
    }
    return set;
  }

  private static Runs runs(BitSet set) {
    Runs runs = new Runs();
    for (int at = set.nextSetBit(0); at >= 0; at = set.nextSetBit(at + 1)) {
      runs.append(at, at + 1);
    }
    return runs;
  }

  private static void assertSet(BitSet expected, Runs runs) {
    BitSet actual = new BitSet();
    long rank = 0;
    for (int run = 0; run < runs.size(); run++) {
      assertEquals(rank, runs.rank(run));
      assertEquals(true, run == 0 || runs.end(run - 1) < runs.start(run), "runs touch");
      actual.set((int) runs.start(run), (int) runs.end(run));
      rank += runs.length(run);
    }
    assertEquals(expected, actual);
    assertEquals(expected.length(), runs.end());
    assertEquals(expected.cardinality(), runs.total());
  }

  /**
   * Sets that are too large for arrays, made in every way; neighbours of the size where they move.
   */
  @Test
  void largeSetsAreLikeSmallOnes() {
    long before = Block.bytesInUse();
    for (int runs : new int[] {Runs.MAX_IN_ARRAYS - 1, Runs.MAX_IN_ARRAYS + 1}) {
      Runs one = new Runs();
      Runs fromBits = new Runs();
      for (int run = 0; run < runs; run++) {
        one.append(3L * run, 3L * run + 2);
      }
      long[] bits = new long[3];
      for (int bit = 0; bit < 192; bit++) {
        bits[bit / 64] |= (bit % 3 < 2 ? 1L : 0) << bit;
      }
      for (int run = 0; run < runs; run += 64) {
        fromBits.appendBits(bits, 3, 3L * run);
      }
      assertEquals((runs + 63) / 64 * 64, fromBits.size());
      Runs copy = Runs.copy(one);
      Runs union = Runs.union(one, fromBits);
      Runs common = Runs.intersection(one, fromBits);
      for (Runs set : new Runs[] {one, fromBits, copy, union, common}) {
        assertTrue(set.size() >= runs);
        for (int run = 0; run < runs; run += 997) {
          assertEquals(3L * run, set.start(run));
          assertEquals(3L * run + 2, set.end(run));
          assertEquals(2L * run, set.rank(run));
          assertEquals(run, set.find(3L * run + 1, 0));
        }
      }
      Runs nothing = Runs.difference(one, copy);
      assertEquals(0, nothing.size());
      nothing.giveBack();
      assertTrue(one.heapBytes() <= 8 * Runs.MAX_IN_ARRAYS + 4);
      for (Runs set : new Runs[] {one, fromBits, copy, union, common}) {
        set.giveBack();
        assertEquals(0, set.total());
      }
    }
    assertEquals(before, Block.bytesInUse());
  }
}
