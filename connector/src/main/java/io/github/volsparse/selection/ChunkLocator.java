package io.github.volsparse.selection;

/**
 * Finds the chunk of an element from its linear offset in the extent.
 *
 * <p>Around every element there is a <em>stretch</em>: the elements that follow one another both in
 * the extent and in its chunk. It is a row of the chunk, or more where the chunk is as wide as the
 * extent, up to the whole chunk. Within the last stretch an element is found without a division.
 */
final class ChunkLocator {
  private final ChunkGrid grid;
  private final long[] extentSteps;

  /** The dimension a stretch runs along: in all after it, chunk and extent are equally long. */
  private final int stretchDimension;

  private long offset;
  private long layer;
  private long chunkIndex;
  private long stretchOffset;
  private long stretchPosition;
  private long stretchLength;

  ChunkLocator(ChunkGrid grid) {
    this.grid = grid;
    this.extentSteps = Dimensions.steps(grid.extent);
    int d = grid.rank() - 1;
    while (d > 0 && grid.chunkShape[d] == grid.extent[d]) {
      d--;
    }
    this.stretchDimension = d;
  }

  /** Moves to the element with the given linear offset, which must be within the extent. */
  void locate(long offset) {
    this.offset = offset;
    long inStretch = offset - stretchOffset;
    if (inStretch < 0 || inStretch >= stretchLength) {
      enterStretch(offset);
    }
  }

  private void enterStretch(long offset) {
    chunkIndex = 0;
    layer = 0;
    stretchOffset = offset;
    stretchPosition = 0;
    stretchLength = 1;
    long rest = offset;
    for (int d = 0; d <= stretchDimension; d++) {
      long coordinate = rest / extentSteps[d];
      rest -= coordinate * extentSteps[d];
      long scaled = coordinate / grid.chunkShape[d];
      long inChunk = coordinate - scaled * grid.chunkShape[d];
      chunkIndex = chunkIndex * grid.chunks(d) + scaled;
      if (d == 0) {
        layer = scaled;
      }
      if (d < stretchDimension) {
        stretchPosition += inChunk * grid.chunkSteps[d];
      } else {
        stretchOffset = offset - (inChunk * extentSteps[d] + rest);
        stretchLength = (grid.end(d, scaled) - (coordinate - inChunk)) * extentSteps[d];
      }
    }
  }

  /** Returns the index of the element's chunk. */
  long chunkIndex() {
    return chunkIndex;
  }

  /** Returns the first of the chunk's scaled coordinates, 0 for rank 0. */
  long layer() {
    return layer;
  }

  /** Returns the element's linear position in the full chunk. */
  long position() {
    return stretchPosition + (offset - stretchOffset);
  }

  /** Returns the number of elements from here to the end of the stretch. */
  long available() {
    return stretchOffset + stretchLength - offset;
  }
}
