package io.github.volsparse.selection;

import java.util.Arrays;
import java.util.Objects;

/**
 * What a selection selects in one chunk: runs of elements that are contiguous in the chunk and have
 * consecutive ordinals in the selection.
 *
 * <p>Positions are linear, row-major over the <em>full</em> chunk shape, also where the extent cuts
 * the chunk. Runs are in the order of ordinals. For a hyperslab that is also the order of positions
 * ({@link #isAscending()}). Points may be in any order and repeat; a write leaves the last of equal
 * positions.
 *
 * <p>Growable and reusable; for one thread at a time.
 */
public final class ChunkRuns {
  private static final int INITIAL_CAPACITY = 16;

  private long[] positions;
  private long[] ordinals;
  private long[] lengths;
  private int size;
  private long count;
  private boolean ascending = true;

  // Where the next run would have to begin to continue the last one.
  private long nextPosition;
  private long nextOrdinal;

  /** Creates an empty list of runs. */
  public ChunkRuns() {
    positions = new long[INITIAL_CAPACITY];
    ordinals = new long[INITIAL_CAPACITY];
    lengths = new long[INITIAL_CAPACITY];
  }

  /**
   * Appends a run, or lengthens the last one if this continues both its positions and its ordinals.
   *
   * @param position linear position of the first element in the chunk
   * @param ordinal the first element's ordinal in the selection, not below the end of the last run
   * @param length number of elements, at least 1
   */
  public void add(long position, long ordinal, long length) {
    if (position == nextPosition && ordinal == nextOrdinal && size > 0) {
      lengths[size - 1] += length;
    } else {
      append(position, ordinal, length);
    }
    count += length;
    nextPosition = position + length;
    nextOrdinal = ordinal + length;
  }

  private void append(long position, long ordinal, long length) {
    if (size == positions.length) {
      grow(size + 1L);
    }
    ascending &= position >= nextPosition;
    positions[size] = position;
    ordinals[size] = ordinal;
    lengths[size] = length;
    size++;
  }

  /**
   * Appends runs of equal length at equal distance, as {@link #add} would one after another.
   *
   * @param position linear position of the first element of the first run
   * @param ordinal its ordinal in the selection
   * @param length number of elements in each run, at least 1
   * @param positionStep distance between the positions of two runs, at least {@code length}
   * @param ordinalStep distance between their ordinals, at least {@code length}
   * @param times number of runs, at least 1
   */
  void addEvenly(
      long position, long ordinal, long length, long positionStep, long ordinalStep, long times) {
    if (positionStep == length && ordinalStep == length) {
      add(position, ordinal, length * times);
      return;
    }
    add(position, ordinal, length);
    // None of the others continues the one before it.
    long newSize = size + times - 1;
    if (newSize > positions.length) {
      grow(newSize);
    }
    long nextPosition = position;
    long nextOrdinal = ordinal;
    for (int i = size; i < newSize; i++) {
      nextPosition += positionStep;
      nextOrdinal += ordinalStep;
      positions[i] = nextPosition;
      ordinals[i] = nextOrdinal;
      lengths[i] = length;
    }
    size = (int) newSize;
    count += length * (times - 1);
    this.nextPosition = nextPosition + length;
    this.nextOrdinal = nextOrdinal + length;
  }

  private void grow(long needed) {
    int capacity = Capacity.grown(size, needed, "runs in one chunk");
    positions = Arrays.copyOf(positions, capacity);
    ordinals = Arrays.copyOf(ordinals, capacity);
    lengths = Arrays.copyOf(lengths, capacity);
  }

  /** Removes all runs and keeps the space. */
  public void clear() {
    size = 0;
    count = 0;
    ascending = true;
    nextPosition = 0;
    nextOrdinal = 0;
  }

  /** Returns the number of runs. */
  public int size() {
    return size;
  }

  /** Returns the number of elements in all runs; an element selected twice counts twice. */
  public long count() {
    return count;
  }

  /** Returns the linear position in the chunk at which run {@code index} begins. */
  public long position(int index) {
    return positions[Objects.checkIndex(index, size)];
  }

  /** Returns the ordinal in the selection at which run {@code index} begins. */
  public long ordinal(int index) {
    return ordinals[Objects.checkIndex(index, size)];
  }

  /** Returns the number of elements in run {@code index}. */
  public long length(int index) {
    return lengths[Objects.checkIndex(index, size)];
  }

  /** Takes all runs at once, as arrays of which the first {@code count} entries mean something. */
  @FunctionalInterface
  public interface AllRuns {
    /** The arrays belong to the runs and must not be changed or kept. */
    void accept(int count, long[] positions, long[] ordinals, long[] lengths);
  }

  /** Hands over all runs at once, for a loop that is as short as a copy of the arrays. */
  public void giveAll(AllRuns taker) {
    taker.accept(size, positions, ordinals, lengths);
  }

  /** Returns the ordinal after the last run's, 0 if there is none. */
  public long endOrdinal() {
    return nextOrdinal;
  }

  /**
   * Returns whether every run begins at or after the end of the one before it: positions rise with
   * the ordinals and none occurs twice.
   */
  public boolean isAscending() {
    return ascending;
  }

  /** Returns whether this is exactly one run, of {@code length} elements from {@code position}. */
  public boolean isSingleRun(long position, long length) {
    return size == 1 && positions[0] == position && lengths[0] == length;
  }

  /**
   * Returns whether the runs cover the whole valid part of a chunk, each element once and in
   * position order, so that a write need not know the chunk's former content. A cover in any other
   * order answers false.
   *
   * @param grid the grid the runs were made for
   * @param scaled the chunk's scaled coordinates
   */
  public boolean covers(ChunkGrid grid, long[] scaled) {
    return ascending && count == grid.validElements(scaled);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("ChunkRuns[");
    for (int i = 0; i < size; i++) {
      text.append(i == 0 ? "" : ", ").append(positions[i]).append('@').append(ordinals[i]);
      text.append('x').append(lengths[i]);
    }
    return text.append(']').toString();
  }
}
