package io.github.volsparse.transfer;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.selection.ChunkGrid;
import io.github.volsparse.selection.RunVisitor;
import java.lang.foreign.MemorySegment;

/** Where the elements of a chunk are in the dataset. */
final class ChunkPlaces {
  private final int rank;
  private final long[] chunkShape;
  private final long[] extentSteps;
  private final ChunkGrid grid;

  /** What follows one another both in the chunk and in the extent, in elements. */
  private final long stretch;

  /** The dimension a stretch runs along. */
  private final int stretchDimension;

  private long[] offset;
  private long first;

  /** The elements of no chunk yet. */
  ChunkPlaces(ChunkGrid grid) {
    this.grid = grid;
    rank = grid.rank();
    chunkShape = grid.chunkShape();
    long[] extent = grid.extent();
    extentSteps = new long[rank];
    long step = 1;
    for (int d = rank - 1; d >= 0; d--) {
      extentSteps[d] = step;
      step *= extent[d];
    }
    int d = rank - 1;
    long elements = rank == 0 ? 1 : chunkShape[d];
    while (d > 0 && chunkShape[d] == extent[d]) {
      d--;
      elements *= chunkShape[d];
    }
    stretchDimension = d;
    stretch = elements;
  }

  /** Goes to a chunk. */
  void enter(long[] scaled) {
    offset = grid.offset(scaled);
    first = 0;
    for (int d = 0; d < rank; d++) {
      first += offset[d] * extentSteps[d];
    }
  }

  /**
   * Visits a run of a chunk as runs over the extent.
   *
   * @param position of its first element in the chunk
   * @param length in elements
   */
  void forEachStretch(long position, long length, RunVisitor visitor) {
    while (length > 0) {
      long rest = position % stretch;
      long row = position / stretch;
      long place = first + rest;
      for (int d = stretchDimension - 1; d >= 0; d--) {
        place += row % chunkShape[d] * extentSteps[d];
        row /= chunkShape[d];
      }
      long step = Math.min(length, stretch - rest);
      visitor.visit(place, step);
      position += step;
      length -= step;
    }
  }

  /**
   * Writes the coordinates of the elements of a run.
   *
   * @param position of its first element in the chunk
   * @param length in elements
   * @param coordinates {@code hsize_t[][rank]}
   * @param at the first of these to write
   */
  void putCoordinates(long position, long length, MemorySegment coordinates, long at) {
    if (rank == 0) {
      return;
    }
    int last = rank - 1;
    long index = at * rank;
    while (length > 0) {
      long row = position / chunkShape[last];
      long column = position % chunkShape[last];
      long step = Math.min(length, chunkShape[last] - column);
      long rest = row;
      for (int d = last - 1; d >= 0; d--) {
        long coordinate = offset[d] + rest % chunkShape[d];
        rest /= chunkShape[d];
        for (long i = 0; i < step; i++) {
          coordinates.setAtIndex(JAVA_LONG, index + i * rank + d, coordinate);
        }
      }
      for (long i = 0; i < step; i++) {
        coordinates.setAtIndex(JAVA_LONG, index + i * rank + last, offset[last] + column + i);
      }
      index += step * rank;
      position += step;
      length -= step;
    }
  }
}
