package io.github.volsparse.selection;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/**
 * What another extent cuts off of chunks of which a part remains. Chunks that go as a whole, and
 * those that only become larger, are not among them.
 *
 * <p>Immutable, free for all threads.
 */
public final class ExtentCut {
  private final ChunkGrid grid;

  /** What remains of the extent. */
  private final long[] kept;

  /**
   * @param grid the chunks of the extent as it is
   * @param other the dimensions of the other extent, unsigned; some may be larger than they are
   */
  public ExtentCut(ChunkGrid grid, long[] other) {
    Dimensions.requireRank(other, grid.rank(), "extent");
    this.grid = grid;
    kept = grid.extent();
    for (int d = 0; d < kept.length; d++) {
      if (Long.compareUnsigned(other[d], kept[d]) < 0) {
        kept[d] = other[d];
      }
    }
  }

  /**
   * The scaled coordinates of the chunks of which a part is cut off and a part remains, in
   * row-major order.
   *
   * @param isWanted is given the coordinates of each of them once; it must not keep them
   */
  public List<long[]> chunks(Predicate<long[]> isWanted) {
    List<long[]> chunks = new ArrayList<>();
    for (int d = 0; d < kept.length; d++) {
      if (isCut(d)) {
        collect(d, isWanted, chunks);
      }
    }
    chunks.sort(Arrays::compare);
    return chunks;
  }

  private boolean isCut(int dimension) {
    return kept[dimension] < grid.extent[dimension]
        && kept[dimension] % grid.chunkShape[dimension] > 0;
  }

  /** Collects the chunks that are cut in a dimension, and in none before it. */
  private void collect(int dimension, Predicate<long[]> isWanted, List<long[]> chunks) {
    long[] first = new long[kept.length];
    long[] end = new long[kept.length];
    for (int d = 0; d < kept.length; d++) {
      end[d] =
          d < dimension && isCut(d)
              ? kept[d] / grid.chunkShape[d]
              : Math.ceilDiv(kept[d], grid.chunkShape[d]);
    }
    first[dimension] = kept[dimension] / grid.chunkShape[dimension];
    for (int d = 0; d < kept.length; d++) {
      if (first[d] >= end[d]) {
        return;
      }
    }
    long[] scaled = first.clone();
    while (scaled != null) {
      if (isWanted.test(scaled)) {
        chunks.add(scaled.clone());
      }
      scaled = next(scaled, first, end);
    }
  }

  /** The scaled coordinates that follow, in place; null after the last. */
  private static long[] next(long[] scaled, long[] first, long[] end) {
    for (int d = scaled.length - 1; d >= 0; d--) {
      if (++scaled[d] < end[d]) {
        return scaled;
      }
      scaled[d] = first[d];
    }
    return null;
  }

  /**
   * Gives the blocks, by start and shape, that together are what is cut off of a chunk; blocks may
   * overlap.
   *
   * @param scaled the coordinates of one of the {@link #chunks}
   */
  public void forEachBlock(long[] scaled, BiConsumer<long[], long[]> action) {
    long[] offset = grid.offset(scaled);
    long[] valid = grid.validShape(scaled);
    for (int d = 0; d < kept.length; d++) {
      long end = offset[d] + valid[d];
      if (kept[d] < end) {
        long[] start = offset.clone();
        long[] shape = valid.clone();
        start[d] = kept[d];
        shape[d] = end - kept[d];
        action.accept(start, shape);
      }
    }
  }
}
