package io.github.volsparse.transfer;

import io.github.volsparse.format.CopyRuns;
import io.github.volsparse.selection.ChunkRuns;
import io.github.volsparse.selection.Pairing;
import io.github.volsparse.selection.Selection;
import java.lang.foreign.MemorySegment;

/** Makes the runs to copy between a chunk and memory, and copies them. */
final class ChunkTransfers {
  /** So many runs take 4 MB. */
  private static final int RUNS_AT_ONCE = 1 << 18;

  private ChunkTransfers() {}

  /**
   * Pairs the selected elements of a chunk with their places in memory.
   *
   * @param inChunk what the file selection selects in the chunk
   * @param memory the memory selection, of as many elements as the file selection
   * @param into gets the runs, after it was cleared
   * @param full called when there are so many runs that the others must wait until these are done
   *     with; it may end the pairing by an exception
   */
  static void pair(ChunkRuns inChunk, Selection memory, CopyRuns into, Runnable full) {
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
        (position, memoryOffset, length) -> {
          if (into.size() == RUNS_AT_ONCE) {
            full.run();
            into.clear();
          }
          into.add(position, memoryOffset * size, length);
        });
  }

  /**
   * Pairs the selected elements of a chunk with a buffer in which they are packed, in the order of
   * the file selection.
   */
  static void packed(ChunkRuns inChunk, CopyRuns into) {
    long offset = 0;
    into.clear();
    for (int run = 0; run < inChunk.size(); run++) {
      into.add(inChunk.position(run), offset, inChunk.length(run));
      offset += inChunk.length(run) * into.elementSize();
    }
  }

  /**
   * Copies elements from the program's memory into a packed buffer.
   *
   * @param inMemory where they are, in the order of the buffer
   */
  static void gather(MemorySegment memory, CopyRuns inMemory, MemorySegment packed) {
    long at = 0;
    for (int run = 0; run < inMemory.size(); run++) {
      long bytes = inMemory.length(run) * inMemory.elementSize();
      MemorySegment.copy(memory, inMemory.memoryOffset(run), packed, at, bytes);
      at += bytes;
    }
  }

  /** Copies elements from a packed buffer into the program's memory; see {@link #gather}. */
  static void scatter(MemorySegment packed, CopyRuns inMemory, MemorySegment memory) {
    long at = 0;
    for (int run = 0; run < inMemory.size(); run++) {
      long bytes = inMemory.length(run) * inMemory.elementSize();
      MemorySegment.copy(packed, at, memory, inMemory.memoryOffset(run), bytes);
      at += bytes;
    }
  }
}
