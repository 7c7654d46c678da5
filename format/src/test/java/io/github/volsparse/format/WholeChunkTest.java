package io.github.volsparse.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.volsparse.format.ChunkSpec.Keep;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Whole chunks, encoded and decoded on words: the same as element by element, to the last bit. */
class WholeChunkTest {
  /** Around the borders of words, blocks and containers. */
  private static final int[] ELEMENTS = {
    1, 7, 63, 64, 65, 511, 513, 1024, 4095, 4097, 8192, 10_000, 65_535, 65_536, 65_537, 140_000
  };

  private enum Pattern {
    NONE,
    SINGLE,
    CLUSTERS,
    RUNS,
    REGION,
    STEPS,
    ALL
  }

  private enum Values {
    COUNTS,
    SMALL,
    HIGH,
    RANDOM,
    EQUAL
  }

  @Test
  void encodesWhatTheModelSays() {
    Set<ValueCoding> codings = EnumSet.noneOf(ValueCoding.class);
    Set<Encoding> encodings = EnumSet.noneOf(Encoding.class);
    Randomised.everyRound(
        600,
        random -> {
          ChunkSpec spec = spec(random);
          byte[] elements = elements(random, spec);
          Binding binding = random.nextInt(4) == 0 ? Binding.NONE : Binding.toDataset(5);
          Codec codec = random.nextInt(4) == 0 ? Codec.NONE : Codec.LZ4;
          MemorySegment memory = Randomised.segment(random, elements);
          BlobBuffer whole = new BlobBuffer();
          BlobBuffer inPlace = new BlobBuffer();
          // Whatever the chunk before was, it does not show.
          whole.rememberNearlyAll(random.nextBoolean());
          inPlace.rememberNearlyAll(random.nextBoolean());
          long length = SparseBlob.encodeElements(spec, binding, memory, codec, whole);
          // Values that are packed where they are, container by container.
          CopyRuns run = new CopyRuns(spec.elementSize());
          run.add(0, 0, spec.elements());
          SparseBlob.encodeRuns(spec, binding, run, memory, codec, inPlace);
          assertEquals(-1, whole.blob().mismatch(inPlace.blob()), "blobs differ");
          BlobHeader header = SparseBlob.header(whole.blob());
          codings.add(header.coding());
          encodings.add(header.encoding());
          assertTrue(length <= SparseBlob.maximumBytes(spec));
          ChunkModel model = ChunkModel.dense(spec, elements);
          model.assertBlob(whole.blob());
        });
    assertEquals(EnumSet.allOf(ValueCoding.class), codings);
    assertEquals(EnumSet.allOf(Encoding.class), encodings);
  }

  @Test
  void decodesWhatWasWritten() {
    Randomised.everyRound(
        200,
        random -> {
          ChunkSpec spec = spec(random);
          spec = new ChunkSpec(spec.elements(), spec.elementSize(), spec.fillValue(), Keep.WRITTEN);
          ChunkModel model = new ChunkModel(spec);
          byte[] source = elements(random, spec);
          CopyRuns runs = new CopyRuns(spec.elementSize());
          for (long at = random.nextInt(3); at < spec.elements(); ) {
            long length = Math.min(random.nextInt(1, 300), spec.elements() - at);
            runs.add(at, at * spec.elementSize(), length);
            at += length + random.nextInt(1, 100);
          }
          model.write(runs, source);
          BlobBuffer buffer = new BlobBuffer();
          Binding binding = Binding.toDataset(7);
          SparseBlob.encodeRuns(
              spec, binding, runs, MemorySegment.ofArray(source), Codec.LZ4, buffer);
          byte[] decoded = new byte[source.length];
          SparseBlob.decodeInto(spec, binding, buffer.blob(), MemorySegment.ofArray(decoded));
          assertArrayEquals(model.elements, decoded);
        });
  }

  private static ChunkSpec spec(SplittableRandom random) {
    int size = random.nextInt(3) > 0 ? 1 << random.nextInt(4) : random.nextInt(1, 18);
    long elements = ELEMENTS[random.nextInt(ELEMENTS.length)];
    return new ChunkSpec(elements, size, Randomised.fillValue(random, size), Keep.NONFILL);
  }

  private static byte[] elements(SplittableRandom random, ChunkSpec spec) {
    byte[] elements = new byte[(int) spec.denseBytes()];
    Randomised.fill(elements, spec);
    Pattern pattern = Randomised.oneOf(random, Pattern.values());
    Values values = Randomised.oneOf(random, Values.values());
    double density = Randomised.oneOf(random, new Double[] {0.0005, 0.01, 0.1, 0.5, 0.9, 0.99});
    int step = random.nextInt(2, 70);
    int length = random.nextInt(2, 3000);
    int count = (int) spec.elements();
    int regionEnd = random.nextInt(count + 1);
    int regionStart = random.nextInt(regionEnd + 1);
    boolean inRun = false;
    byte[] equal = new byte[spec.elementSize()];
    random.nextBytes(equal);
    for (int i = 0; i < count; i++) {
      if (i % length == 0) {
        inRun = random.nextDouble() < density;
      }
      boolean isDefined =
          switch (pattern) {
            case NONE -> false;
            case SINGLE -> random.nextDouble() < density;
            case CLUSTERS -> i % 100 < 9 && inRun;
            case RUNS -> inRun;
            case REGION -> i >= regionStart && i < regionEnd;
            case STEPS -> i % step == 0;
            case ALL -> true;
          };
      if (isDefined) {
        set(random, values, elements, i * spec.elementSize(), equal);
      }
    }
    return elements;
  }

  private static void set(
      SplittableRandom random, Values values, byte[] elements, int at, byte[] equal) {
    int size = equal.length;
    switch (values) {
      case COUNTS -> {
        Arrays.fill(elements, at, at + size, (byte) 0);
        elements[at] = (byte) Math.min(9, 1 - Math.log(random.nextDouble()));
      }
      case SMALL -> {
        Arrays.fill(elements, at, at + size, (byte) 0);
        elements[at] = (byte) random.nextInt(random.nextInt(50) == 0 ? 256 : 20);
      }
      case HIGH -> {
        Arrays.fill(elements, at, at + size, (byte) -1);
        elements[at] = (byte) random.nextInt(240, 256);
      }
      case RANDOM -> {
        for (int i = 0; i < size; i++) {
          elements[at + i] = (byte) random.nextInt();
        }
      }
      case EQUAL -> System.arraycopy(equal, 0, elements, at, size);
    }
  }
}
