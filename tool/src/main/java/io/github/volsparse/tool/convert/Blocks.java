package io.github.volsparse.tool.convert;

/** The blocks that an extent is cut into, one after another, the last dimension fastest. */
final class Blocks {
  private final long[] shape;
  private final long[] block;
  private final long[] start;
  private boolean begun;

  /**
   * Begins before the first block.
   *
   * @param shape the extent, nowhere 0
   * @param block the shape of a block; those at the edge are smaller
   */
  Blocks(long[] shape, long[] block) {
    this.shape = shape;
    this.block = block;
    this.start = new long[shape.length];
  }

  /** Goes to the next block; returns whether there is one. */
  boolean next() {
    if (!begun) {
      begun = true;
      return true;
    }
    for (int d = shape.length - 1; d >= 0; d--) {
      start[d] += block[d];
      if (start[d] < shape[d]) {
        return true;
      }
      start[d] = 0;
    }
    return false;
  }

  /** The first element of the block. */
  long[] start() {
    return start.clone();
  }

  /** The shape of the block. */
  long[] lengths() {
    long[] lengths = block.clone();
    for (int d = 0; d < shape.length; d++) {
      lengths[d] = Math.min(lengths[d], shape[d] - start[d]);
    }
    return lengths;
  }
}
