package io.github.volsparse.dataset;

import io.github.volsparse.chunk.CopyRuns;
import io.github.volsparse.selection.ChunkGrid;
import io.github.volsparse.selection.ChunkRuns;
import io.github.volsparse.selection.Hyperslab;
import io.github.volsparse.selection.Pairing;
import io.github.volsparse.selection.Selection;
import java.util.Arrays;

/** Makes the runs to copy between a chunk and memory. */
final class ChunkTransfers {
  private ChunkTransfers() {}

  /**
   * Pairs what is selected in a chunk with where it lies in memory.
   *
   * @param inChunk what the file selection selects in the chunk
   * @param memory the memory selection, of as many elements as the file selection
   * @param into gets the runs, after it was cleared
   */
  static void pair(ChunkRuns inChunk, Selection memory, CopyRuns into) {
    int size = into.elementSize();
    into.clear();
    long contiguous = memory.contiguousOffset();
    if (contiguous >= 0 && inChunk.endOrdinal() <= memory.count()) {
      inChunk.giveAll(
          (count, positions, ordinals, lengths) ->
              into.addAll(count, positions, ordinals, lengths, contiguous));
      return;
    }
    Pairing.pair(
        inChunk,
        memory,
        (position, memoryOffset, length) -> into.add(position, memoryOffset * size, length));
  }

  /**
   * Pairs what is selected in a chunk with a buffer in which the elements lie packed, in the order
   * of the file selection.
   */
  static void packed(ChunkRuns inChunk, CopyRuns into) {
    long offset = 0;
    into.clear();
    for (int run = 0; run < inChunk.size(); run++) {
      into.add(inChunk.position(run), offset, inChunk.length(run));
      offset += inChunk.length(run) * into.elementSize();
    }
  }

  /** The runs between a chunk and memory that holds all of its valid elements, row by row. */
  static CopyRuns wholeChunk(ChunkGrid grid, long[] scaled, int elementSize) {
    long[] valid = grid.validShape(scaled);
    long[] ones = new long[valid.length];
    Arrays.fill(ones, 1);
    CopyRuns runs = new CopyRuns(elementSize);
    Hyperslab.of(grid.extent(), grid.offset(scaled), ones, ones, valid)
        .forEachChunk(grid, (same, inChunk) -> pair(inChunk, Hyperslab.all(valid), runs));
    return runs;
  }
}
