package io.github.volsparse.format;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.volsparse.format.ChunkSpec.Keep;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ChunkTest {

  private static final int MEMORY_ELEMENTS = 500;

  @Test
  void behavesAsAnArray() {
    behavesAsAnArray(1500, 3000);
  }

  /** Chunks of several containers. */
  @Test
  void behavesAsALargeArray() {
    behavesAsAnArray(60, 200_000);
  }

  private static void behavesAsAnArray(int rounds, int maxElements) {
    Randomised.everyRound(
        rounds,
        random -> {
          ChunkSpec spec = Randomised.spec(random, maxElements);
          ChunkModel model = new ChunkModel(spec);
          Chunk chunk = Chunk.empty(spec);
          if (random.nextInt(4) == 0) {
            byte[] elements = Randomised.elements(random, spec);
            model = ChunkModel.dense(spec, elements);
            chunk = Chunk.dense(spec, MemorySegment.ofArray(elements));
          }
          BlobBuffer buffer = new BlobBuffer();
          for (int step = random.nextInt(40); step >= 0; step--) {
            switch (random.nextInt(8)) {
              case 0 -> erase(random, chunk, model);
              case 1 -> chunk = reload(random, chunk, model, buffer);
              case 2, 3 -> read(random, chunk, model);
              default -> write(random, chunk, model);
            }
          }
          model.assertChunk(chunk);
          SparseBlob.encode(chunk, Codec.LZ4, buffer);
          model.assertBlob(buffer.blob());
        });
  }

  private static void write(SplittableRandom random, Chunk chunk, ChunkModel model) {
    ChunkSpec spec = model.spec;
    CopyRuns runs = Randomised.copyRuns(random, spec, MEMORY_ELEMENTS);
    byte[] source = new byte[MEMORY_ELEMENTS * spec.elementSize()];
    random.nextBytes(source);
    if (random.nextInt(4) == 0) {
      Randomised.fill(source, spec);
    }
    chunk.write(runs, Randomised.segment(random, source));
    model.write(runs, source);
  }

  private static void read(SplittableRandom random, Chunk chunk, ChunkModel model) {
    CopyRuns runs = Randomised.copyRuns(random, model.spec, MEMORY_ELEMENTS);
    byte[] expected = new byte[MEMORY_ELEMENTS * model.spec.elementSize()];
    random.nextBytes(expected);
    MemorySegment target = Randomised.segment(random, expected);
    model.read(runs, expected);
    chunk.read(runs, target);
    assertArrayEquals(expected, target.toArray(JAVA_BYTE));
  }

  private static void erase(SplittableRandom random, Chunk chunk, ChunkModel model) {
    CopyRuns runs = Randomised.copyRuns(random, model.spec, MEMORY_ELEMENTS);
    chunk.erase(runs);
    model.erase(runs);
  }

  private static Chunk reload(
      SplittableRandom random, Chunk chunk, ChunkModel model, BlobBuffer buffer) {
    SparseBlob.encode(chunk, Randomised.oneOf(random, Codec.values()), buffer);
    Chunk decoded = SparseBlob.decode(model.spec, buffer.blob());
    buffer.blob().fill((byte) 0);
    return decoded;
  }

  @Test
  void lastOfOverlappingRunsWins() {
    Chunk chunk = Chunk.empty(bytes(100, Keep.WRITTEN));
    CopyRuns runs = new CopyRuns(1);
    runs.add(10, 0, 5);
    runs.add(12, 5, 2);
    runs.add(11, 7, 2);
    chunk.write(runs, MemorySegment.ofArray(new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9}));
    assertArrayEquals(new byte[] {0, 1, 8, 9, 7, 5, 0}, read(chunk, 9, 7));
    assertEquals(5, chunk.coveredElements());
  }

  @Test
  void isUnchangedByAWriteThatDoesNotFit() {
    Chunk chunk = Chunk.empty(bytes(100, Keep.WRITTEN));
    MemorySegment source = MemorySegment.ofArray(new byte[4]);
    CopyRuns behindMemory = new CopyRuns(1);
    behindMemory.add(0, 0, 5);
    assertThrows(IndexOutOfBoundsException.class, () -> chunk.write(behindMemory, source));
    CopyRuns behindChunk = new CopyRuns(1);
    behindChunk.add(10, 0, 1);
    behindChunk.add(100, 1, 1);
    assertThrows(IndexOutOfBoundsException.class, () -> chunk.write(behindChunk, source));
    assertThrows(IndexOutOfBoundsException.class, () -> chunk.read(behindChunk, source));
    assertThrows(IndexOutOfBoundsException.class, () -> chunk.erase(behindChunk));
    assertThrows(IllegalArgumentException.class, () -> chunk.write(new CopyRuns(2), source));
    assertEquals(0, chunk.coveredElements());
  }

  @Test
  void takesNothingOfACallersArray() {
    byte[] elements = {1, 2, 3, 4};
    Chunk chunk = Chunk.dense(bytes(4, Keep.NONFILL), MemorySegment.ofArray(elements));
    elements[1] = 9;
    assertArrayEquals(new byte[] {1, 2, 3, 4}, read(chunk, 0, 4));
  }

  @Test
  void becomesDenseUnderManyScatteredWrites() {
    Chunk chunk = Chunk.empty(bytes(10_000, Keep.NONFILL));
    scatter(chunk, 2000);
    assertEquals(10_000, chunk.coveredElements());
  }

  @Test
  void knowsWhatWasWrittenUnderManyScatteredWrites() {
    Chunk chunk = Chunk.empty(bytes(10_000, Keep.WRITTEN));
    scatter(chunk, 2000);
    assertEquals(2000, chunk.coveredElements());
  }

  /** Writes single elements at even positions, highest first, so that each is a merge. */
  private static void scatter(Chunk chunk, int writes) {
    MemorySegment one = MemorySegment.ofArray(new byte[] {1});
    CopyRuns runs = new CopyRuns(1);
    for (int i = writes - 1; i >= 0; i--) {
      runs.clear();
      runs.add(2L * i, 0, 1);
      chunk.write(runs, one);
    }
    for (int i = 0; i < writes; i++) {
      assertArrayEquals(new byte[] {1, 0}, read(chunk, 2 * i, 2));
    }
  }

  @Test
  void staysSmallWhenFilledInOrder() {
    Chunk chunk = Chunk.empty(bytes(1_000_000, Keep.NONFILL));
    MemorySegment one = MemorySegment.ofArray(new byte[] {1});
    CopyRuns runs = new CopyRuns(1);
    for (int i = 0; i < 1000; i++) {
      runs.clear();
      runs.add(900L * i, 0, 1);
      chunk.write(runs, one);
    }
    assertEquals(1000, chunk.coveredElements());
    assertTrue(chunk.memoryBytes() < 30_000, "takes " + chunk.memoryBytes() + " bytes");
  }

  private static ChunkSpec bytes(long elements, Keep keep) {
    return new ChunkSpec(elements, 1, new byte[1], keep);
  }

  private static byte[] read(Chunk chunk, int position, int length) {
    CopyRuns runs = new CopyRuns(1);
    runs.add(position, 0, length);
    byte[] target = new byte[length];
    chunk.read(runs, MemorySegment.ofArray(target));
    return target;
  }
}
