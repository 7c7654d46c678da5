package io.github.volsparse.selection;

/**
 * The selected elements of a dataspace, in an order that gives each an ordinal, 0 to {@link
 * #count()}-1.
 *
 * <p>Selections are immutable and thread-safe; a visitor is called by the calling thread.
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
}
