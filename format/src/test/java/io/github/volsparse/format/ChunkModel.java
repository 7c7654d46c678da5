package io.github.volsparse.format;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.volsparse.format.ChunkSpec.Keep;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.BitSet;
import org.roaringbitmap.RoaringBitmap;

/** What a chunk must be: a plain array, and which elements were written. */
final class ChunkModel {

  final ChunkSpec spec;
  final byte[] elements;
  final BitSet written = new BitSet();

  ChunkModel(ChunkSpec spec) {
    this.spec = spec;
    this.elements = new byte[(int) spec.denseBytes()];
    Randomised.fill(elements, spec);
  }

  static ChunkModel dense(ChunkSpec spec, byte[] elements) {
    ChunkModel model = new ChunkModel(spec);
    System.arraycopy(elements, 0, model.elements, 0, elements.length);
    model.written.set(0, (int) spec.elements());
    return model;
  }

  void write(CopyRuns runs, byte[] source) {
    for (int run = 0; run < runs.size(); run++) {
      int position = (int) runs.position(run);
      int length = (int) runs.length(run);
      int size = spec.elementSize();
      System.arraycopy(
          source, (int) runs.memoryOffset(run), elements, position * size, length * size);
      written.set(position, position + length);
    }
  }

  void read(CopyRuns runs, byte[] target) {
    for (int run = 0; run < runs.size(); run++) {
      int size = spec.elementSize();
      System.arraycopy(
          elements,
          (int) runs.position(run) * size,
          target,
          (int) runs.memoryOffset(run),
          (int) runs.length(run) * size);
    }
  }

  void erase(CopyRuns runs) {
    byte[] fill = spec.fillValue();
    for (int run = 0; run < runs.size(); run++) {
      for (long i = 0; i < runs.length(run); i++) {
        int position = (int) (runs.position(run) + i);
        System.arraycopy(fill, 0, elements, position * fill.length, fill.length);
        written.clear(position);
      }
    }
  }

  RoaringBitmap defined() {
    RoaringBitmap defined = new RoaringBitmap();
    for (int i = 0; i < spec.elements(); i++) {
      boolean keep = spec.keep() == Keep.WRITTEN ? written.get(i) : !isFill(i);
      if (keep) {
        defined.add(i);
      }
    }
    return defined;
  }

  private boolean isFill(int element) {
    int size = spec.elementSize();
    byte[] fill = spec.fillValue();
    return Arrays.equals(elements, element * size, (element + 1) * size, fill, 0, size);
  }

  void assertChunk(Chunk chunk) {
    MemorySegment all = MemorySegment.ofArray(new byte[elements.length]);
    chunk.readAll(all);
    assertElements(all);
    if (spec.keep() == Keep.WRITTEN) {
      assertEquals(written.cardinality(), chunk.coveredElements());
    } else {
      assertTrue(chunk.coveredElements() >= defined().getLongCardinality());
    }
    assertTrue(chunk.memoryBytes() >= chunk.coveredElements() * spec.elementSize());
  }

  /** Checks everything that can be read of a blob. */
  void assertBlob(MemorySegment blob) {
    RoaringBitmap defined = defined();
    BlobHeader header = SparseBlob.header(blob);
    assertEquals(spec, header.spec());
    assertEquals(defined.getLongCardinality(), header.defined());
    assertEquals(blob.byteSize(), header.length());
    assertEquals(defined, SparseBlob.selection(blob));
    MemorySegment all = MemorySegment.ofArray(new byte[elements.length]);
    SparseBlob.decodeInto(header, blob, all, false);
    assertElements(all);
    if (header.isFillZero()) {
      SparseBlob.decodeInto(header, blob, all.fill((byte) 0), true);
      assertElements(all);
    }
    SparseBlob.decodeInto(spec, blob, all.fill((byte) 0x5A));
    assertElements(all);
    for (Chunk decoded :
        new Chunk[] {SparseBlob.decode(spec, blob), SparseBlob.view(spec, Binding.ANY, blob)}) {
      assertChunk(decoded);
      decoded.giveBack();
    }
  }

  private void assertElements(MemorySegment actual) {
    assertArrayEquals(elements, actual.toArray(JAVA_BYTE));
  }
}
