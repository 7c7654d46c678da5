package io.github.volsparse.tool.chunks;

import io.github.volsparse.chunk.ChunkSpec;
import io.github.volsparse.tool.hdf5.Dataset;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Reads a chunk at the edge of its dataset, of which only a part is in the extent. */
final class EdgeChunk {
  private EdgeChunk() {}

  /**
   * Reads it.
   *
   * @param lengths the part that is in the extent
   * @param chunk the chunk shape
   * @param into receives the whole chunk, the fill value where it is not in the extent
   */
  static void read(
      Dataset dataset,
      long[] offset,
      long[] lengths,
      long[] chunk,
      ChunkSpec spec,
      MemorySegment into) {
    byte[] fill = spec.fillValue();
    for (long at = 0; at < into.byteSize(); at += fill.length) {
      MemorySegment.copy(MemorySegment.ofArray(fill), 0, into, at, fill.length);
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment part =
          arena.allocate(Dataset.product(lengths) * spec.elementSize(), Long.BYTES);
      dataset.read(offset, lengths, part);
      int last = chunk.length - 1;
      long row = lengths[last] * spec.elementSize();
      long[] at = new long[chunk.length];
      for (long from = 0; from < part.byteSize(); from += row) {
        long position = 0;
        for (int d = 0; d <= last; d++) {
          position = position * chunk[d] + at[d];
        }
        MemorySegment.copy(part, from, into, position * spec.elementSize(), row);
        for (int d = last - 1; d >= 0 && ++at[d] == lengths[d]; d--) {
          at[d] = 0;
        }
      }
    }
  }
}
