package io.github.volsparse.tool.chunks;

import io.github.volsparse.format.ChunkSpec;
import io.github.volsparse.tool.hdf5.Dataset;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Reads a block of chunk shape, which may extend beyond the edge of its dataset. */
final class EdgeChunk {
  private EdgeChunk() {}

  /**
   * Reads it.
   *
   * @param chunk the chunk shape
   * @param into receives the whole chunk, the fill value where it is not in the extent
   */
  static void read(
      Dataset dataset, long[] offset, long[] chunk, ChunkSpec spec, MemorySegment into) {
    long[] shape = dataset.shape();
    long[] lengths = chunk.clone();
    for (int d = 0; d < chunk.length; d++) {
      lengths[d] = Math.min(chunk[d], shape[d] - offset[d]);
    }
    if (Arrays.equals(lengths, chunk)) {
      dataset.read(offset, lengths, into);
      return;
    }
    fill(spec.fillValue(), into);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment part =
          arena.allocate(Dataset.product(lengths) * spec.elementSize(), Long.BYTES);
      dataset.read(offset, lengths, part);
      spread(part, lengths, into, chunk, spec.elementSize());
    }
  }

  private static void fill(byte[] value, MemorySegment memory) {
    MemorySegment element = MemorySegment.ofArray(value);
    for (long at = 0; at < memory.byteSize(); at += value.length) {
      MemorySegment.copy(element, 0, memory, at, value.length);
    }
  }

  /** Copies an array into the corner of a larger one, row by row. */
  private static void spread(
      MemorySegment part, long[] lengths, MemorySegment whole, long[] chunk, int elementSize) {
    int last = chunk.length - 1;
    long row = lengths[last] * elementSize;
    long[] at = new long[chunk.length];
    for (long from = 0; from < part.byteSize(); from += row) {
      long position = 0;
      for (int d = 0; d <= last; d++) {
        position = position * chunk[d] + at[d];
      }
      MemorySegment.copy(part, from, whole, position * elementSize, row);
      for (int d = last - 1; d >= 0 && ++at[d] == lengths[d]; d--) {
        at[d] = 0;
      }
    }
  }
}
