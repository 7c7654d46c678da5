package io.github.volsparse.selection;

import java.util.Arrays;
import java.util.Objects;

/**
 * A regular hyperslab: in each dimension, {@code count} blocks of {@code block} elements, the first
 * at {@code start}, one every {@code stride} elements. Its order is row-major.
 *
 * <p>In each dimension the selected coordinates are numbered 0 to count*block-1. Both directions
 * can be computed ({@link #coordinate} and {@link #selectedBelow}). The rest follows by arithmetic:
 * the chunks that are touched, the ordinal of an element, the element of an ordinal.
 */
public final class Hyperslab implements Selection {
  final int rank;
  final long[] extent;
  final long[] start;
  final long[] stride;
  final long[] block;

  /** Number of selected coordinates in each dimension. */
  final long[] selected;

  /** Number of ordinals that one selected coordinate spans in each dimension. */
  final long[] ordinalSteps;

  private final long[] extentSteps;
  private final long count;

  // The selection as rows: the trailing dimensions that are selected entirely are taken together
  // with the one before them, the row dimension. A row is then a number of equal blocks, contiguous
  // in the extent, at equal distance; all rows are alike and differ in the leading dimensions only.
  private final int rowDimension;
  private final long rowStart;
  private final long rowLength;
  private final long blocksPerRow;
  private final long blockLength;
  private final long blockStride;

  private Hyperslab(long[] extent, long[] start, long[] stride, long[] count, long[] block) {
    this.rank = extent.length;
    this.extent = extent.clone();
    this.start = start.clone();
    this.stride = stride.clone();
    this.block = block.clone();
    this.selected = new long[rank];
    Dimensions.elements(this.extent);
    for (int d = 0; d < rank; d++) {
      normalise(d, count[d]);
    }
    this.count = Dimensions.elements(selected);
    this.ordinalSteps = Dimensions.steps(selected);
    this.extentSteps = Dimensions.steps(this.extent);

    this.rowDimension = rowDimension();
    if (rank == 0 || this.count == 0) {
      this.rowStart = 0;
      this.rowLength = this.count;
      this.blocksPerRow = 1;
      this.blockLength = this.count;
      this.blockStride = this.count;
    } else {
      long step = extentSteps[rowDimension];
      this.rowStart = this.start[rowDimension] * step;
      this.rowLength = selected[rowDimension] * step;
      this.blockLength = this.block[rowDimension] * step;
      this.blockStride = this.stride[rowDimension] * step;
      this.blocksPerRow = selected[rowDimension] / this.block[rowDimension];
    }
  }

  /**
   * Returns the hyperslab with these parameters, with the meaning they have for {@code
   * H5Sselect_hyperslab}: a count or a block of 0 selects nothing, and the stride of a single block
   * is ignored. All arrays have the extent's rank, which may be 0.
   *
   * @param extent the dataspace's dimensions
   * @param start the first selected coordinate
   * @param stride the distance from one block's beginning to the next's
   * @param count the number of blocks
   * @param block the number of elements in a block
   * @throws IllegalArgumentException if the ranks differ, a parameter is negative (as an unlimited
   *     one is), blocks overlap or reach beyond the extent, or the extent has more than
   *     2<sup>63</sup>-1 elements
   */
  public static Hyperslab of(
      long[] extent, long[] start, long[] stride, long[] count, long[] block) {
    int rank = extent.length;
    Dimensions.requireRank(start, rank, "start");
    Dimensions.requireRank(stride, rank, "stride");
    Dimensions.requireRank(count, rank, "count");
    Dimensions.requireRank(block, rank, "block");
    return new Hyperslab(extent, start, stride, count, block);
  }

  /** Returns the selection of the whole extent, as H5S_ALL means it. */
  public static Hyperslab all(long[] extent) {
    long[] ones = new long[extent.length];
    Arrays.fill(ones, 1);
    return new Hyperslab(extent, new long[extent.length], ones, ones, extent);
  }

  /** Brings dimension d to one form for all equal selections: adjoining blocks become one. */
  private void normalise(int d, long blocks) {
    requireValid(d, blocks);
    if (blocks == 0 || block[d] == 0) {
      start[d] = 0;
      block[d] = 0;
    } else if (blocks == 1 || stride[d] == block[d]) {
      block[d] *= blocks;
    } else {
      selected[d] = blocks * block[d];
      return;
    }
    stride[d] = block[d];
    selected[d] = block[d];
  }

  private void requireValid(int d, long blocks) {
    if (start[d] < 0 || stride[d] < 0 || blocks < 0 || block[d] < 0) {
      throw invalid(d, blocks, "a parameter is negative or unlimited");
    }
    if (blocks == 0 || block[d] == 0) {
      return;
    }
    if (blocks > 1 && stride[d] < block[d]) {
      throw invalid(d, blocks, "blocks overlap");
    }
    // Division instead of start + (count - 1) * stride + block, which may overflow.
    long room = extent[d] - start[d] - block[d];
    if (start[d] > extent[d] || room < 0 || (blocks > 1 && blocks - 1 > room / stride[d])) {
      throw invalid(d, blocks, "it reaches beyond the extent");
    }
  }

  private IllegalArgumentException invalid(int d, long blocks, String reason) {
    return new IllegalArgumentException(
        "hyperslab start=%d stride=%d count=%d block=%d in dimension %d of extent %s: %s"
            .formatted(start[d], stride[d], blocks, block[d], d, Arrays.toString(extent), reason));
  }

  private int rowDimension() {
    int d = Math.max(rank - 1, 0);
    while (d > 0 && selected[d] == extent[d]) {
      d--;
    }
    return d;
  }

  /** Returns the coordinate of the selected coordinate with number {@code index}. */
  long coordinate(int d, long index) {
    return index < block[d]
        ? start[d] + index
        : start[d] + index / block[d] * stride[d] + index % block[d];
  }

  /** Returns the number of selected coordinates below {@code coordinate}. */
  long selectedBelow(int d, long coordinate) {
    long distance = coordinate - start[d];
    if (distance <= block[d]) {
      return Math.max(distance, 0);
    }
    long blocksBelow = distance / stride[d];
    long inLastBlock = Math.min(distance % stride[d], block[d]);
    return Math.min(blocksBelow * block[d] + inLastBlock, selected[d]);
  }

  @Override
  public long count() {
    return count;
  }

  @Override
  public long contiguousOffset() {
    if (count == 0 || count != blockLength) {
      return -1;
    }
    return rowOffset(0);
  }

  @Override
  public void forEachChunk(ChunkGrid grid, ChunkVisitor visitor) {
    grid.requireExtent(extent);
    if (count > 0) {
      new HyperslabChunks(this, grid, visitor).visitAll();
    }
  }

  /**
   * Visits one chunk, if anything is selected in it. Where few chunks of a large extent matter, to
   * ask for each of them takes less than {@link #forEachChunk}.
   *
   * @param scaled the chunk's scaled coordinates
   * @throws IllegalArgumentException if the grid is not of this selection's extent
   */
  public void forChunk(ChunkGrid grid, long[] scaled, ChunkVisitor visitor) {
    grid.requireExtent(extent);
    if (count > 0 && grid.contains(scaled)) {
      new HyperslabChunks(this, grid, visitor).visit(scaled);
    }
  }

  /**
   * Returns whether all elements of a chunk are selected; not if the extent cuts it.
   *
   * @param scaled the scaled coordinates of a chunk of the grid
   */
  public boolean coversChunk(ChunkGrid grid, long[] scaled) {
    for (int d = 0; d < rank; d++) {
      long from = scaled[d] * grid.chunkShape[d];
      long to = grid.end(d, scaled[d]);
      if (selectedBelow(d, to) - selectedBelow(d, from) < grid.chunkShape[d]) {
        return false;
      }
    }
    return true;
  }

  /** Returns the number of chunks of the box around the selection: at least as many as it has. */
  public double chunksAround(ChunkGrid grid) {
    double chunks = Math.min(count, 1);
    for (int d = 0; d < rank && count > 0; d++) {
      long first = coordinate(d, 0) / grid.chunkShape[d];
      long last = coordinate(d, selected[d] - 1) / grid.chunkShape[d];
      chunks *= last - first + 1;
    }
    return chunks;
  }

  @Override
  public RunCursor cursor() {
    return new Cursor(this);
  }

  /** Returns the linear offset of the first element in the row with number {@code row}. */
  private long rowOffset(long row) {
    long offset = rowStart;
    for (int d = rowDimension - 1; d >= 0; d--) {
      offset += coordinate(d, row % selected[d]) * extentSteps[d];
      row /= selected[d];
    }
    return offset;
  }

  @Override
  public String toString() {
    return "Hyperslab[extent=%s, start=%s, stride=%s, block=%s, selected=%s]"
        .formatted(
            Arrays.toString(extent),
            Arrays.toString(start),
            Arrays.toString(stride),
            Arrays.toString(block),
            Arrays.toString(selected));
  }

  /** Remembers its row, so that divisions are needed only when it enters another row. */
  static final class Cursor extends RunCursor {
    private final Hyperslab slab;
    private long rowOrdinal = -1;
    private long rowOffset;

    private Cursor(Hyperslab slab) {
      this.slab = slab;
    }

    @Override
    public void seek(long ordinal) {
      Objects.checkIndex(ordinal, slab.count);
      if (rowOrdinal < 0 || ordinal < rowOrdinal || ordinal - rowOrdinal >= slab.rowLength) {
        long row = ordinal / slab.rowLength;
        rowOrdinal = row * slab.rowLength;
        rowOffset = slab.rowOffset(row);
      }
      long inRow = ordinal - rowOrdinal;
      long block = slab.blocksPerRow == 1 ? 0 : inRow / slab.blockLength;
      long inBlock = inRow - block * slab.blockLength;
      offset = rowOffset + block * slab.blockStride + inBlock;
      available = slab.blockLength - inBlock;
    }
  }
}
