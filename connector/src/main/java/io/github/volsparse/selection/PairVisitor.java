package io.github.volsparse.selection;

/** Receives elements that lie contiguously in a chunk and in memory. */
@FunctionalInterface
public interface PairVisitor {
  /**
   * Takes one contiguous piece.
   *
   * @param position linear position of the first element in the full chunk, in elements, row-major
   * @param memoryOffset linear offset of the first element in the memory extent, in elements,
   *     row-major
   * @param length number of elements, at least 1
   */
  void visit(long position, long memoryOffset, long length);
}
