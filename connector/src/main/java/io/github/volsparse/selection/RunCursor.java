package io.github.volsparse.selection;

/**
 * A place in a selection that can be moved to any ordinal. It tells its place in the extent, and
 * how far the selection continues without a gap.
 *
 * <p>Small steps forward cost less than jumps. For one thread at a time; a selection provides any
 * number of cursors.
 */
public abstract sealed class RunCursor permits Hyperslab.Cursor, Sequences.Cursor {
  long offset;
  long available;

  RunCursor() {}

  /**
   * Moves to the element with the given ordinal.
   *
   * @throws IndexOutOfBoundsException if the selection has no such element
   */
  public abstract void seek(long ordinal);

  /** Returns the linear offset, row-major over the extent, of the element at the cursor. */
  public long offset() {
    return offset;
  }

  /**
   * Returns how many elements, this one included, have consecutive ordinals and consecutive
   * offsets. The element after them may happen to be a neighbour too.
   */
  public long available() {
    return available;
  }
}
