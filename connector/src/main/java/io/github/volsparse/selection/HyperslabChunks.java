package io.github.volsparse.selection;

/**
 * One walk over the chunks that a hyperslab touches.
 *
 * <p>In each dimension the walk uses the numbers of the selected coordinates: the chunk of the
 * first coordinate that was not visited is the next one. Chunks that the stride skips are never
 * considered.
 */
final class HyperslabChunks {
  /** So many runs take 6 MB. */
  static final int RUNS_AT_ONCE = 1 << 18;

  private final Hyperslab slab;
  private final ChunkGrid grid;
  private final ChunkVisitor visitor;
  private final int rank;
  private final long[] scaled;
  private final ChunkRuns runs = new ChunkRuns();

  // What is selected in the current chunk, in each dimension: the numbers of the selected
  // coordinates, the first of these coordinates, counted from the chunk's own beginning, and how
  // many follow from there to the end of its block.
  private final long[] from;
  private final long[] to;
  private final long[] first;
  private final long[] firstBlock;

  // The smallest contiguous unit, contiguous in the chunk and by ordinal, that repeats along the
  // coordinates of one dimension, and where it begins in a row of the chunk and of the selection.
  private int unitDimension;
  private long unitLength;
  private long unitPosition;
  private long unitOrdinal;

  HyperslabChunks(Hyperslab slab, ChunkGrid grid, ChunkVisitor visitor) {
    this.slab = slab;
    this.grid = grid;
    this.visitor = visitor;
    this.rank = slab.rank;
    this.scaled = new long[rank];
    this.from = new long[rank];
    this.to = new long[rank];
    this.first = new long[rank];
    this.firstBlock = new long[rank];
  }

  void visitAll() {
    visitChunks(0);
  }

  /** Visits one chunk of the grid, if anything is selected in it. */
  void visit(long[] chunk) {
    for (int d = 0; d < rank; d++) {
      long index = slab.selectedBelow(d, chunk[d] * grid.chunkShape[d]);
      if (index == slab.selected[d] || slab.coordinate(d, index) >= grid.end(d, chunk[d])) {
        return;
      }
      enter(d, index);
    }
    collectRuns();
    visitRuns();
  }

  private void visitRuns() {
    if (runs.size() > 0) {
      visitor.visit(scaled, runs);
    }
  }

  private void visitChunks(int d) {
    if (d == rank) {
      collectRuns();
      visitRuns();
      return;
    }
    long index = 0;
    while (index < slab.selected[d]) {
      index = enter(d, index);
      visitChunks(d + 1);
    }
  }

  /**
   * Enters, in dimension d, the chunk that holds the selected coordinate with the given number.
   * Returns the first number beyond it.
   */
  private long enter(int d, long index) {
    long coordinate = slab.coordinate(d, index);
    scaled[d] = coordinate / grid.chunkShape[d];
    from[d] = index;
    to[d] = slab.selectedBelow(d, grid.end(d, scaled[d]));
    first[d] = coordinate - scaled[d] * grid.chunkShape[d];
    firstBlock[d] = slab.block[d] - index % slab.block[d];
    return to[d];
  }

  private void collectRuns() {
    runs.clear();
    if (rank == 0) {
      runs.add(0, 0, 1);
      return;
    }
    chooseUnit();
    collectRows(0, unitPosition, unitOrdinal);
  }

  /**
   * Takes the trailing dimensions that are contiguous on both sides as one unit, and if what is
   * selected along the dimension before them is a single block, that block.
   */
  private void chooseUnit() {
    int d = rank - 1;
    while (d > 0 && isWhole(d)) {
      d--;
    }
    boolean single = d > 0 && to[d] - from[d] <= firstBlock[d];
    unitDimension = single ? d - 1 : d;
    unitLength = single ? (to[d] - from[d]) * grid.chunkSteps[d] : grid.chunkSteps[d];
    unitPosition = single ? first[d] * grid.chunkSteps[d] : 0;
    unitOrdinal = single ? from[d] * slab.ordinalSteps[d] : 0;
  }

  /**
   * Whether dimension d is selected entirely in the chunk, and the chunk is all it has selected.
   */
  private boolean isWhole(int d) {
    return to[d] - from[d] == grid.chunkShape[d] && grid.chunkShape[d] == slab.selected[d];
  }

  private void collectRows(int d, long position, long ordinal) {
    if (d == unitDimension) {
      collectUnits(d, position, ordinal);
      return;
    }
    long positionStep = grid.chunkSteps[d];
    long ordinalStep = slab.ordinalSteps[d];
    long block = slab.block[d];
    long gap = slab.stride[d] - block;
    long coordinate = first[d];
    long left = firstBlock[d];
    for (long index = from[d]; index < to[d]; index++) {
      collectRows(d + 1, position + coordinate * positionStep, ordinal + index * ordinalStep);
      coordinate++;
      if (--left == 0) {
        coordinate += gap;
        left = block;
      }
    }
  }

  /** Adds units; before there are too many runs, they are visited, and the others follow. */
  private void addEvenly(
      long position, long ordinal, long positionStep, long ordinalStep, long times) {
    while (times > RUNS_AT_ONCE - runs.size()) {
      long some = RUNS_AT_ONCE - runs.size();
      if (some > 0) {
        runs.addEvenly(position, ordinal, unitLength, positionStep, ordinalStep, some);
        position += some * positionStep;
        ordinal += some * ordinalStep;
        times -= some;
      }
      if (runs.size() >= RUNS_AT_ONCE) {
        visitor.visit(scaled, runs);
        runs.clear();
      }
    }
    if (times > 0) {
      runs.addEvenly(position, ordinal, unitLength, positionStep, ordinalStep, times);
    }
  }

  private void collectUnits(int d, long position, long ordinal) {
    long positionStep = grid.chunkSteps[d];
    long ordinalStep = slab.ordinalSteps[d];
    long index = from[d];
    long nextPosition = position + first[d] * positionStep;
    long nextOrdinal = ordinal + index * ordinalStep;
    long block = slab.block[d];
    long stride = slab.stride[d] * positionStep;
    if (block == 1) {
      addEvenly(nextPosition, nextOrdinal, stride, ordinalStep, to[d] - index);
      return;
    }
    long gap = stride - block * positionStep;
    long units = firstBlock[d];
    while (index < to[d]) {
      units = Math.min(units, to[d] - index);
      addEvenly(nextPosition, nextOrdinal, positionStep, ordinalStep, units);
      index += units;
      nextPosition += units * positionStep + gap;
      nextOrdinal += units * ordinalStep;
      units = block;
    }
  }
}
