package io.github.volsparse.selection;

import java.util.Objects;

/**
 * The selected elements of a dataspace, in an order that gives each an ordinal, 0 to {@link
 * #count()}-1.
 *
 * <p>Selections are immutable and free for all threads; a visitor is called by the calling thread.
 */
public sealed interface Selection permits Hyperslab, Sequences {

  /** Returns the number of selected elements; a point selected twice counts twice. */
  long count();

  /**
   * Visits every chunk that holds selected elements, once each, in row-major order of the scaled
   * coordinates, with all that is selected in it. Runs are maximal.
   *
   * @throws IllegalArgumentException if the grid is not of this selection's extent
   */
  void forEachChunk(ChunkGrid grid, ChunkVisitor visitor);

  /**
   * Returns the linear offset of the first element if the selection is a single contiguous run of
   * elements, else (and if nothing is selected) -1.
   */
  long contiguousOffset();

  /** Returns a new cursor over this selection; it must be moved before it is asked. */
  RunCursor cursor();

  /**
   * Visits the elements with ordinals {@code fromOrdinal} to {@code fromOrdinal + length - 1} as
   * runs over the extent, in order. Runs are maximal within that range.
   *
   * @throws IndexOutOfBoundsException if the range is not within the selection
   */
  default void forEachRun(long fromOrdinal, long length, RunVisitor visitor) {
    Objects.checkFromIndexSize(fromOrdinal, length, count());
    if (length == 0) {
      return;
    }
    RunCursor cursor = cursor();
    cursor.seek(fromOrdinal);
    long runOffset = cursor.offset();
    long runLength = Math.min(cursor.available(), length);
    long remaining = length - runLength;
    while (remaining > 0) {
      cursor.seek(fromOrdinal + length - remaining);
      long step = Math.min(cursor.available(), remaining);
      if (cursor.offset() == runOffset + runLength) {
        runLength += step;
      } else {
        visitor.visit(runOffset, runLength);
        runOffset = cursor.offset();
        runLength = step;
      }
      remaining -= step;
    }
    visitor.visit(runOffset, runLength);
  }
}
