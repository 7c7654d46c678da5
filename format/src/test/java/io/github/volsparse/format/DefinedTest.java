package io.github.volsparse.format;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.volsparse.format.ChunkSpec.Keep;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.roaringbitmap.RoaringBitmap;

class DefinedTest {

  @Test
  void isWhatTheModelSays() {
    Randomised.everyRound(
        1000,
        random -> {
          ChunkSpec spec = Randomised.spec(random, 2000);
          ChunkModel model = new ChunkModel(spec);
          Chunk chunk = written(random, spec, model);
          BlobBuffer blob = new BlobBuffer();
          SparseBlob.encode(chunk, Randomised.oneOf(random, Codec.values()), blob);
          CopyRuns selected = Randomised.copyRuns(random, spec, 2000);
          RoaringBitmap inSelection = new RoaringBitmap();
          for (int run = 0; run < selected.size(); run++) {
            long start = selected.position(run);
            inSelection.add(start, start + selected.length(run));
          }
          RoaringBitmap expected = model.defined();
          assertDefined(expected, model, Defined.of(chunk));
          assertDefined(
              expected, model, Defined.of(SparseBlob.view(spec, Binding.NONE, blob.blob())));
          assertEquals(expected, positions(Defined.positions(spec, Binding.NONE, blob.blob())));

          expected.and(inSelection);
          assertDefined(expected, model, Defined.of(chunk).within(selected));
          assertEquals(
              expected,
              positions(Defined.positions(spec, Binding.NONE, blob.blob()).within(selected)));
        });
  }

  /** Blobs that the filter made, which does not know what was written. */
  @Test
  void isWhatDiffersWhereNobodyKnowsWhatWasWritten() {
    Randomised.everyRound(
        500,
        random -> {
          ChunkSpec nonfill = withKeep(Randomised.spec(random, 500), Keep.NONFILL);
          byte[] elements = Randomised.elements(random, nonfill);
          BlobBuffer blob = new BlobBuffer();
          SparseBlob.encodeElements(nonfill, MemorySegment.ofArray(elements), Codec.LZ4, blob);
          ChunkModel model = ChunkModel.dense(nonfill, elements);
          ChunkSpec written = withKeep(nonfill, Keep.WRITTEN);
          assertEquals(
              model.defined(), positions(Defined.positions(written, Binding.NONE, blob.blob())));
          assertDefined(
              model.defined(), model, Defined.of(SparseBlob.decode(written, blob.blob())));
          Chunk fromElements = Chunk.fromElements(written, MemorySegment.ofArray(elements));
          assertDefined(model.defined(), model, Defined.of(fromElements));
        });
  }

  @Test
  void hasNoValuesWhereNoneWereAskedFor() {
    ChunkSpec spec = new ChunkSpec(10, 1, new byte[1], Keep.NONFILL);
    BlobBuffer blob = new BlobBuffer();
    SparseBlob.encodeElements(spec, MemorySegment.ofArray(new byte[10]), Codec.NONE, blob);
    Defined positions = Defined.positions(spec, Binding.NONE, blob.blob());
    assertThrows(IllegalStateException.class, () -> positions.copyValues(MemorySegment.NULL));
  }

  private static ChunkSpec withKeep(ChunkSpec spec, Keep keep) {
    return new ChunkSpec(spec.elements(), spec.elementSize(), spec.fillValue(), keep);
  }

  private static Chunk written(SplittableRandom random, ChunkSpec spec, ChunkModel model) {
    Chunk chunk = Chunk.empty(spec);
    byte[] source = new byte[2000 * spec.elementSize()];
    for (int i = random.nextInt(4); i > 0; i--) {
      random.nextBytes(source);
      if (random.nextBoolean()) {
        for (int at = 0; at < source.length / 2; at += spec.elementSize()) {
          System.arraycopy(spec.fillValue(), 0, source, at, spec.elementSize());
        }
      }
      CopyRuns runs = Randomised.copyRuns(random, spec, 2000);
      chunk.write(runs, MemorySegment.ofArray(source));
      model.write(runs, source);
    }
    return chunk;
  }

  private static RoaringBitmap positions(Defined defined) {
    RoaringBitmap positions = new RoaringBitmap();
    long[] end = {-1};
    defined.forEachRun(
        (start, length) -> {
          assertTrue(start > end[0], "runs that touch or are out of order");
          end[0] = start + length;
          positions.add(start, end[0]);
        });
    assertEquals(defined.total(), positions.getLongCardinality());
    return positions;
  }

  private static void assertDefined(RoaringBitmap expected, ChunkModel model, Defined defined) {
    assertEquals(expected, positions(defined));
    int size = model.spec.elementSize();
    ByteArrayOutputStream values = new ByteArrayOutputStream();
    expected.forEach((int position) -> values.write(model.elements, position * size, size));
    MemorySegment copied = MemorySegment.ofArray(new byte[(int) defined.total() * size]);
    defined.copyValues(copied);
    assertArrayEquals(values.toByteArray(), copied.toArray(JAVA_BYTE));
  }
}
