package io.github.volsparse.format;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import java.util.function.BinaryOperator;
import org.junit.jupiter.api.Test;
import org.roaringbitmap.RoaringBitmap;

class PositionsTest {
  /** A little more than two containers. */
  private static final int POSITIONS = 140_000;

  @Test
  void isTheSetOfWhatWasAdded() {
    everySet(
        (random, set, positions) -> {
          assertSet(set, positions);
          assertEquals(set.isEmpty() ? 0 : set.length(), positions.end());
          if (!set.isEmpty()) {
            assertEquals(set.nextSetBit(0), positions.start());
          }
          assertTrue(positions.heapBytes() >= positions.size());
        });
  }

  @Test
  void unitesSets() {
    everyPair(Positions::union, BitSet::or);
  }

  @Test
  void subtractsSets() {
    everyPair(Positions::difference, BitSet::andNot);
  }

  @Test
  void intersectsSets() {
    everyPair(Positions::intersection, BitSet::and);
  }

  /** Holds an operation on two sets against that of {@link BitSet}, which changes the first. */
  private static void everyPair(
      BinaryOperator<Positions> operation, BiConsumer<BitSet, BitSet> model) {
    everySet(
        (random, set, positions) -> {
          BitSet other = randomSet(random);
          BitSet before = (BitSet) set.clone();
          Positions result = operation.apply(positions, positions(other));
          model.accept(set, other);
          assertSet(set, result);
          assertSet(before, positions);
        });
  }

  @Test
  void knowsRanksAndFindsRangesInAnyOrder() {
    everySet(
        (random, set, positions) -> {
          ContainerView view = new ContainerView();
          for (int c = 0; c < positions.size(); c++) {
            BitSet container = set.get((int) positions.low(c), (int) positions.low(c) + 65536);
            view.open(positions.container(c), random.nextBoolean() ? 2 : 3);
            for (int i = 0; i < 50; i++) {
              int low = random.nextInt(20) == 0 ? 65536 : random.nextInt(65536);
              assertEquals(container.get(0, low).cardinality(), view.rank(low), "rank of " + low);
            }
            int at = 0;
            while (at < 65536) {
              assertEquals(container.get(0, at).cardinality(), view.rank(at), "rank of " + at);
              at += random.nextInt(1, 9000);
            }
          }
        });
  }

  @Test
  void laysOutAndGathersValues() {
    everySet(
        (random, set, positions) -> {
          int size = new int[] {1, 2, 3, 4, 6, 8, 12, 20}[random.nextInt(8)];
          byte[] all = new byte[POSITIONS * size];
          random.nextBytes(all);
          byte[] packed = pack(set, all, size);
          byte[] expected = new byte[all.length];
          set.stream().forEach(i -> System.arraycopy(all, i * size, expected, i * size, size));
          MemorySegment laidOut = Randomised.segment(random, new byte[all.length]);
          positions.layOut(Randomised.segment(random, packed), size, laidOut);
          assertArrayEquals(expected, laidOut.toArray(JAVA_BYTE));

          BitSet part = randomSet(random);
          part.and(set);
          MemorySegment values = Randomised.segment(random, packed);
          positions(part).gather(positions, values, size, values);
          assertArrayEquals(
              pack(part, all, size),
              values.asSlice(0, (long) part.cardinality() * size).toArray(JAVA_BYTE));
        });
  }

  private static byte[] pack(BitSet set, byte[] all, int size) {
    byte[] packed = new byte[set.cardinality() * size];
    int to = 0;
    for (int i = set.nextSetBit(0); i >= 0; i = set.nextSetBit(i + 1), to += size) {
      System.arraycopy(all, i * size, packed, to, size);
    }
    return packed;
  }

  @Test
  void isWhatAProgramsRunsTouch() {
    Randomised.everyRound(
        500,
        random -> {
          ChunkSpec spec =
              new ChunkSpec(random.nextInt(1, POSITIONS), 2, new byte[2], ChunkSpec.Keep.WRITTEN);
          CopyRuns runs = Randomised.copyRuns(random, spec, 100_000);
          BitSet set = new BitSet();
          for (int run = 0; run < runs.size(); run++) {
            long start = runs.position(run);
            set.set((int) start, (int) (start + runs.length(run)));
          }
          assertSet(set, Positions.of(runs));
        });
  }

  @Test
  void holdsTheLargestChunk() {
    Positions all = Positions.all(ChunkSpec.MAX_ELEMENTS);
    assertEquals(ChunkSpec.MAX_ELEMENTS, all.total());
    assertEquals(ChunkSpec.MAX_ELEMENTS, all.end());
    assertEquals(1 << 16, all.size());
    all.forEachRun(
        (start, length) -> {
          assertEquals(0, start);
          assertEquals(ChunkSpec.MAX_ELEMENTS, length);
        });
    Positions none = Positions.difference(all, all);
    assertEquals(0, none.size());
    assertEquals(0, none.end());
  }

  private interface SetTest {
    void accept(SplittableRandom random, BitSet set, Positions positions);
  }

  private static void everySet(SetTest test) {
    Randomised.everyRound(
        300,
        random -> {
          BitSet set = randomSet(random);
          test.accept(random, set, positions(set));
        });
  }

  /** Containers of all kinds: single positions, few or many, and runs. */
  static BitSet randomSet(SplittableRandom random) {
    BitSet set = new BitSet();
    for (int part = random.nextInt(4); part > 0; part--) {
      int from = random.nextInt(POSITIONS);
      int end = Math.min(POSITIONS, from + random.nextInt(1, POSITIONS));
      int gap = random.nextInt(10) == 0 ? 1 : random.nextInt(2, random.nextBoolean() ? 5 : 3000);
      int length = random.nextBoolean() ? 2 : random.nextInt(2, 2000);
      for (int at = from; at < end; ) {
        int next = Math.min(end, at + random.nextInt(1, length));
        set.set(at, next);
        at = next + random.nextInt(gap);
      }
    }
    return set;
  }

  /** The same set, added run by run, or in pieces that touch or overlap. */
  static Positions positions(BitSet set) {
    PositionsBuilder builder = new PositionsBuilder();
    for (int from = set.nextSetBit(0); from >= 0; ) {
      int to = set.nextClearBit(from);
      int middle = from + (to - from) / 2;
      builder.add(from, middle);
      builder.add(from + (middle - from) / 2, to);
      from = set.nextSetBit(to);
    }
    return builder.build();
  }

  private static void assertSet(BitSet expected, Positions actual) {
    assertEquals(expected.cardinality(), actual.total());
    BitSet found = new BitSet();
    long[] end = {-1};
    actual.forEachRun(
        (start, length) -> {
          assertTrue(start > end[0], "runs that touch or are out of order");
          end[0] = start + length;
          found.set((int) start, (int) end[0]);
        });
    assertEquals(expected, found);
    RoaringBitmap bitmap = actual.toBitmap();
    assertTrue(bitmap.validate());
    assertArrayEquals(expected.stream().toArray(), bitmap.toArray());
    long rank = 0;
    for (int c = 0; c < actual.size(); c++) {
      assertEquals(c, actual.find(actual.key(c), 0));
      assertEquals(rank, actual.rank(c));
      rank += actual.cardinality(c);
    }
  }
}
