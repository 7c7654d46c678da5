package io.github.volsparse.format;

import io.github.volsparse.format.ChunkSpec.Keep;
import java.lang.foreign.MemorySegment;

/**
 * The defined elements of a chunk: their positions as sorted runs that do not touch, and their
 * values, if they were asked for.
 *
 * <p>With {@link Keep#NONFILL} an element is defined if its bytes differ from the fill value, with
 * {@link Keep#WRITTEN} if a program wrote it. An element's <em>rank</em> is its place among the
 * defined ones. Memory is in proportion to the runs. The values are those of the chunk or blob, and
 * of use until these change; the positions are its own.
 */
public final class Defined {
  private final Runs runs;
  private final int elementSize;

  /** The values of a set that {@link #runs} is part of, packed; null without values. */
  private final MemorySegment values;

  /** That set. */
  private final Runs valued;

  private Defined(Runs runs, int elementSize, MemorySegment values, Runs valued) {
    this.runs = runs;
    this.elementSize = elementSize;
    this.values = values;
    this.valued = valued;
  }

  /** Returns the defined elements of a chunk in memory, with their values. */
  public static Defined of(Chunk chunk) {
    Runs covered = chunk.covered();
    Runs defined = null;
    if (chunk.spec().keep() == Keep.NONFILL) {
      Runs ranks = new Runs();
      chunk.fill().findDefined(chunk.values(), covered.total(), ranks);
      if (ranks.total() < covered.total()) {
        defined = new Runs(ranks.size());
        covered.select(ranks, defined);
      }
      ranks.giveBack();
    }
    if (defined == null) {
      defined = Runs.copy(covered);
    }
    return new Defined(defined, chunk.spec().elementSize(), chunk.values(), covered);
  }

  /**
   * Returns the positions of the defined elements of a blob, without values: these are not even
   * decoded unless the blob holds all elements.
   *
   * @param spec what the chunk must be
   * @param binding where it must belong
   * @param blob exactly the blob
   * @throws CorruptBlobException if the blob is damaged, of another kind of chunk, or belongs
   *     elsewhere
   */
  public static Defined positions(ChunkSpec spec, Binding binding, MemorySegment blob) {
    return new Defined(SparseBlob.defined(spec, binding, blob), spec.elementSize(), null, null);
  }

  /**
   * Returns those of the elements that are selected.
   *
   * @param selected runs in any order; offsets in memory do not matter
   */
  public Defined within(CopyRuns selected) {
    Runs wanted = Runs.of(selected);
    try {
      return new Defined(Runs.intersection(runs, wanted), elementSize, values, valued);
    } finally {
      wanted.giveBack();
    }
  }

  /** Gives back the memory of the positions, when they are of no use any more. */
  public void giveBack() {
    runs.giveBack();
  }

  /** Returns the number of defined elements. */
  public long total() {
    return runs.total();
  }

  /** Returns the number of runs. */
  public int size() {
    return runs.size();
  }

  /** Returns the position of a run's first element in the chunk. */
  public long start(int run) {
    return runs.start(run);
  }

  /** Returns the number of elements in a run. */
  public long length(int run) {
    return runs.length(run);
  }

  /**
   * Copies the values of all elements, in the order of their positions.
   *
   * @param target receives them packed: {@link #total} times the element size
   * @throws IllegalStateException if the values were not asked for
   */
  public void copyValues(MemorySegment target) {
    if (values == null) {
      throw new IllegalStateException("positions only");
    }
    Elements.gather(runs, valued, values, elementSize, target, 0);
  }
}
