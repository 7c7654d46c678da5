package io.github.volsparse.format;

import java.lang.foreign.MemorySegment;

/**
 * Where in a chunk in memory the values of runs are, piece by piece: a piece of a run is within one
 * container.
 */
final class ValuePlaces {
  private final Positions covered;
  private final boolean coversAll;
  private final MemorySegment values;
  private final int size;
  private ContainerView view;

  /** The container of the piece, if there is one with its key. */
  private int container;

  private int key = -1;
  private boolean exists;

  private long next;
  private long end;

  // The piece.
  private int from;
  private int to;
  private int rank;
  private long valueAt;
  private long bytes;
  private boolean isCovered;

  /**
   * Finds places.
   *
   * @param covered the covered positions
   * @param coversAll whether they are all positions of the chunk
   * @param values their values, packed
   */
  ValuePlaces(Positions covered, boolean coversAll, MemorySegment values, int elementSize) {
    this.covered = covered;
    this.coversAll = coversAll;
    this.values = values;
    this.size = elementSize;
  }

  /** Begins with a run. */
  void enter(long position, long length) {
    next = position;
    end = position + length;
  }

  /** Finds the next piece of the run; returns whether there is one. */
  boolean next() {
    if (next == end) {
      return false;
    }
    if (coversAll) {
      valueAt = next * size;
      bytes = (end - next) * size;
      isCovered = true;
      next = end;
      return true;
    }
    seek((int) (next / SelectionCodec.CONTAINER));
    from = (int) (next % SelectionCodec.CONTAINER);
    to = (int) Math.min(SelectionCodec.CONTAINER, from + end - next);
    next += to - from;
    bytes = (long) (to - from) * size;
    isCovered = false;
    if (exists) {
      rank = view.rank(from);
      isCovered = view.rank(to) - rank == to - from;
      valueAt = (covered.rank(container) + rank) * size;
    }
    return true;
  }

  private void seek(int newKey) {
    if (newKey != key) {
      container = covered.find(newKey, newKey > key ? container : 0);
      key = newKey;
      exists = covered.hasAt(container, key);
      if (exists) {
        if (view == null) {
          view = new ContainerView();
        }
        view.open(covered.container(container), size);
      }
    }
  }

  /** Whether all elements of the piece are covered. */
  boolean isCovered() {
    return isCovered;
  }

  /** Where the value of the first one that is covered is, in bytes. */
  long valueAt() {
    return valueAt;
  }

  /** The length of the piece in bytes. */
  long bytes() {
    return bytes;
  }

  /** Copies the values of those that are covered. */
  void scatter(MemorySegment target, long targetAt) {
    if (exists) {
      view.scatter(from, to, values, valueAt, size, target, targetAt);
    }
  }
}
