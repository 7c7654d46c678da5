package io.github.volsparse.selection;

import java.util.Objects;

/**
 * Joins what a file selection selects in a chunk with the memory selection of the same transfer.
 */
public final class Pairing {
  private Pairing() {}

  /**
   * Visits the elements of a chunk's runs together with their places in memory, in ordinal order,
   * in pieces that are contiguous on both sides: each run, split where the memory selection breaks.
   *
   * @param fileRuns the file selection's runs in one chunk
   * @param memory the memory selection; its elements correspond to the file selection's by ordinal
   * @param visitor takes the pieces, on the calling thread
   * @throws IndexOutOfBoundsException if the memory selection is smaller than the file selection
   */
  public static void pair(ChunkRuns fileRuns, Selection memory, PairVisitor visitor) {
    Objects.checkFromToIndex(0, fileRuns.endOrdinal(), memory.count());
    long contiguousOffset = memory.contiguousOffset();
    if (contiguousOffset >= 0) {
      pairContiguous(fileRuns, contiguousOffset, visitor);
    } else {
      pairScattered(fileRuns, memory.cursor(), visitor);
    }
  }

  private static void pairContiguous(ChunkRuns fileRuns, long memoryOffset, PairVisitor visitor) {
    for (int i = 0; i < fileRuns.size(); i++) {
      visitor.visit(fileRuns.position(i), memoryOffset + fileRuns.ordinal(i), fileRuns.length(i));
    }
  }

  private static void pairScattered(ChunkRuns fileRuns, RunCursor memory, PairVisitor visitor) {
    for (int i = 0; i < fileRuns.size(); i++) {
      long position = fileRuns.position(i);
      long ordinal = fileRuns.ordinal(i);
      long end = ordinal + fileRuns.length(i);
      while (ordinal < end) {
        memory.seek(ordinal);
        long length = Math.min(memory.available(), end - ordinal);
        visitor.visit(position, memory.offset(), length);
        position += length;
        ordinal += length;
      }
    }
  }
}
