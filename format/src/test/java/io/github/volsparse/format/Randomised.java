package io.github.volsparse.format;

import io.github.volsparse.format.ChunkSpec.Keep;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/** Random chunks of every shape, from seeds that a failure names. */
final class Randomised {

  /** Shares of the elements that are defined. */
  static final double[] DENSITIES = {0, 0.0001, 0.01, 0.1, 0.5, 0.99, 1};

  static final int[] ELEMENT_SIZES = {1, 2, 3, 4, 8, 16, 40};

  private Randomised() {}

  /**
   * Runs a test with a new seed in every round. {@code -Dvolsparse.seed=} with the number in the
   * message of a failure makes it the first.
   */
  static void everyRound(int rounds, Consumer<SplittableRandom> test) {
    long seed = Long.getLong("volsparse.seed", System.nanoTime());
    for (int round = 0; round < rounds; round++, seed++) {
      try {
        test.accept(new SplittableRandom(seed));
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("replay with -Dvolsparse.seed=" + seed + ": " + e.getMessage(), e);
      }
    }
  }

  static <T> T oneOf(SplittableRandom random, T[] values) {
    return values[random.nextInt(values.length)];
  }

  static ChunkSpec spec(SplittableRandom random, int maxElements) {
    int size = ELEMENT_SIZES[random.nextInt(ELEMENT_SIZES.length)];
    long elements = random.nextInt(1, maxElements + 1);
    return new ChunkSpec(elements, size, fillValue(random, size), oneOf(random, Keep.values()));
  }

  /** Zeros, all ones, or anything. */
  static byte[] fillValue(SplittableRandom random, int size) {
    byte[] fill = new byte[size];
    switch (random.nextInt(3)) {
      case 0 -> {}
      case 1 -> MemorySegment.ofArray(fill).fill((byte) -1);
      default -> random.nextBytes(fill);
    }
    return fill;
  }

  /** All elements of a chunk, some of them, single or in runs, not the fill value. */
  static byte[] elements(SplittableRandom random, ChunkSpec spec) {
    double density = DENSITIES[random.nextInt(DENSITIES.length)];
    int runLength = random.nextBoolean() ? 1 : random.nextInt(1, 200);
    boolean compressible = random.nextBoolean();
    byte[] elements = new byte[(int) spec.denseBytes()];
    fill(elements, spec);
    int size = spec.elementSize();
    boolean defined = false;
    for (int i = 0; i < spec.elements(); i++) {
      if (i % runLength == 0) {
        defined = random.nextDouble() < density;
      }
      if (defined) {
        value(random, compressible, elements, i * size, size);
      }
    }
    return elements;
  }

  static void fill(byte[] elements, ChunkSpec spec) {
    byte[] fill = spec.fillValue();
    for (int at = 0; at < elements.length; at += fill.length) {
      System.arraycopy(fill, 0, elements, at, fill.length);
    }
  }

  private static void value(
      SplittableRandom random, boolean compressible, byte[] elements, int at, int size) {
    if (compressible) {
      elements[at] ^= (byte) random.nextInt(1, 4);
    } else {
      byte[] value = new byte[size];
      random.nextBytes(value);
      System.arraycopy(value, 0, elements, at, size);
    }
  }

  /** Runs in memory of {@code memoryElements}: in order or not, overlapping, repeated, empty. */
  static CopyRuns copyRuns(SplittableRandom random, ChunkSpec spec, int memoryElements) {
    CopyRuns runs = new CopyRuns(spec.elementSize());
    int count = random.nextInt(1, 30);
    int longest = random.nextInt(4) > 0 ? 4 : memoryElements;
    boolean ordered = random.nextBoolean();
    long next = 0;
    for (int i = 0; i < count; i++) {
      long length = random.nextLong(Math.min(longest, spec.elements()) + 1);
      long position = random.nextLong(spec.elements() - length + 1);
      if (ordered) {
        position = next + random.nextInt(10);
        if (position + length > spec.elements()) {
          break;
        }
        next = position + length;
      }
      long offset = random.nextLong(memoryElements - length + 1) * spec.elementSize();
      runs.add(position, offset, length);
    }
    return runs;
  }

  /** The same bytes, natively or on the heap. */
  static MemorySegment segment(SplittableRandom random, byte[] bytes) {
    MemorySegment heap = MemorySegment.ofArray(bytes.clone());
    return random.nextBoolean()
        ? heap
        : Arena.ofAuto()
            .allocate(Math.max(1, bytes.length))
            .asSlice(0, bytes.length)
            .copyFrom(heap);
  }
}
