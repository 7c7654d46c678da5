package io.github.volsparse.selection;

/** Receives the runs of a selection over its extent. */
@FunctionalInterface
public interface RunVisitor {
  /**
   * Takes one run.
   *
   * @param offset linear offset of the run's first element in the extent, in elements, row-major
   * @param length number of elements, at least 1
   */
  void visit(long offset, long length);
}
