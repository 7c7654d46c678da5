package io.github.volsparse.selection;

/** Receives the chunks that a selection touches. */
@FunctionalInterface
public interface ChunkVisitor {
  /**
   * Takes one chunk. Both arguments are reused for the next chunk and must not be changed or kept
   * after the call returns; {@link ChunkRuns#copy()} and {@code scaled.clone()} last. A chunk in
   * which a hyperslab has hundreds of thousands of runs comes several times, with some of them each
   * time, for a chunk may have more runs than fit the memory.
   *
   * @param scaled the chunk's scaled coordinates
   * @param runs what is selected in the chunk; never empty
   */
  void visit(long[] scaled, ChunkRuns runs);
}
