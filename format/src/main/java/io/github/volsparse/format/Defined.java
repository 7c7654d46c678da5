package io.github.volsparse.format;

import io.github.volsparse.format.ChunkSpec.Keep;
import java.lang.foreign.MemorySegment;

/**
 * The defined elements of a chunk: their positions, and their values, if they were asked for.
 *
 * <p>With {@link Keep#NONFILL} an element is defined if its bytes differ from the fill value, with
 * {@link Keep#WRITTEN} if a program wrote it. An element's <em>rank</em> is its place among the
 * defined ones. The values belong to the chunk or blob and are valid until it changes; the
 * positions belong to this object.
 */
public final class Defined {
  private final Positions positions;
  private final int elementSize;

  /** The values of a set that {@link #positions} is part of, packed; null without values. */
  private final MemorySegment values;

  /** That set. */
  private final Positions valued;

  private Defined(Positions positions, int elementSize, MemorySegment values, Positions valued) {
    this.positions = positions;
    this.elementSize = elementSize;
    this.values = values;
    this.valued = valued;
  }

  /** Returns the defined elements of a chunk in memory, with their values. */
  public static Defined of(Chunk chunk) {
    Positions covered = chunk.covered();
    int size = chunk.spec().elementSize();
    Positions defined =
        chunk.spec().keep() == Keep.NONFILL
            ? DefinedScanner.of(size).find(covered, chunk.values(), chunk.fill())
            : covered;
    return new Defined(defined, size, chunk.values(), covered);
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
    Positions wanted = Positions.of(selected);
    return new Defined(Positions.intersection(positions, wanted), elementSize, values, valued);
  }

  /** Returns the number of defined elements. */
  public long total() {
    return positions.total();
  }

  /** Takes runs of elements. */
  @FunctionalInterface
  public interface RunVisitor {
    /**
     * Takes a run; none touches the one before it.
     *
     * @param start the position of its first element in the chunk
     * @param length the number of its elements
     */
    void visit(long start, long length);
  }

  /** Gives out the positions, as runs in order. */
  public void forEachRun(RunVisitor visitor) {
    positions.forEachRun(visitor);
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
    positions.gather(valued, values, elementSize, target);
  }
}
