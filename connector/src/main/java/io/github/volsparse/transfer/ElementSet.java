package io.github.volsparse.transfer;

import io.github.volsparse.hdf5.Dataspaces;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * A set of elements of an extent, as runs of linear offsets, and its selection in HDF5.
 *
 * <p>HDF5 has two kinds of selection for any set. Points cost 0.1 to 0.2 µs and about 50 bytes
 * each, whatever their number. A hyperslab consists of blocks, each of which costs as much as about
 * twenty points if they are joined in pairs, the pairs in pairs and so on; joined one by one, the
 * cost of each grows with their number. So blocks are used where they hold {@link
 * #ELEMENTS_PER_BLOCK} elements on average, and points for scattered elements. Both visit the
 * elements in row-major order.
 */
final class ElementSet {
  private static final int ELEMENTS_PER_BLOCK = 16;

  /** So many blocks are joined one by one. */
  private static final int JOINED_ONE_BY_ONE = 8;

  /** So many points are given to HDF5 at once. */
  private static final int POINTS_AT_ONCE = 1 << 18;

  private long[] starts = new long[64];
  private long[] ends = new long[64];
  private int size;
  private long elements;
  private boolean sorted = true;

  /** Adds a run; no element twice. */
  void add(long start, long length) {
    elements += length;
    if (size > 0 && ends[size - 1] == start) {
      ends[size - 1] += length;
      return;
    }
    if (size == starts.length) {
      int capacity = Math.addExact(size, size >> 1);
      starts = Arrays.copyOf(starts, capacity);
      ends = Arrays.copyOf(ends, capacity);
    }
    sorted &= size == 0 || ends[size - 1] < start;
    starts[size] = start;
    ends[size] = start + length;
    size++;
  }

  /** Brings the runs into order, and joins those that touch. */
  void sort() {
    if (sorted) {
      return;
    }
    // Runs that do not overlap: the n-th start and the n-th end belong to the same one.
    Arrays.sort(starts, 0, size);
    Arrays.sort(ends, 0, size);
    int last = 0;
    for (int run = 1; run < size; run++) {
      if (starts[run] == ends[last]) {
        ends[last] = ends[run];
      } else {
        last++;
        starts[last] = starts[run];
        ends[last] = ends[run];
      }
    }
    size = last + 1;
    sorted = true;
  }

  /**
   * Makes a dataspace in which the elements are selected.
   *
   * @return its identifier; the caller closes it
   */
  long dataspace(long[] extent) {
    long empty = Dataspaces.H5Screate_simple(extent);
    long space = empty;
    try {
      Dataspaces.H5Sselect_none(empty);
      if (elements > 0) {
        Blocks blocks = Blocks.of(this, extent, Math.max(1, elements / ELEMENTS_PER_BLOCK));
        if (blocks == null) {
          selectPoints(empty, extent);
        } else {
          space = joined(empty, blocks, 0, blocks.size());
        }
      }
    } catch (RuntimeException | OutOfMemoryError e) {
      Dataspaces.H5Sclose(empty);
      throw e;
    }
    if (space != empty) {
      Dataspaces.H5Sclose(empty);
    }
    return space;
  }

  private void selectPoints(long space, long[] extent) {
    int rank = extent.length;
    long row = extent[rank - 1];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment points =
          arena.allocate(ValueLayout.JAVA_LONG, rank * Math.min(elements, POINTS_AT_ONCE));
      boolean isFirst = true;
      int count = 0;
      for (int run = 0; run < size; run++) {
        for (long element = starts[run]; element < ends[run]; element++) {
          long rest = element / row;
          long at = (long) count * rank;
          points.setAtIndex(ValueLayout.JAVA_LONG, at + rank - 1, element % row);
          for (int d = rank - 2; d >= 0; d--) {
            points.setAtIndex(ValueLayout.JAVA_LONG, at + d, rest % extent[d]);
            rest /= extent[d];
          }
          count++;
          if (count == POINTS_AT_ONCE) {
            Dataspaces.H5Sselect_elements(space, isFirst, count, points);
            isFirst = false;
            count = 0;
          }
        }
      }
      if (count > 0) {
        Dataspaces.H5Sselect_elements(space, isFirst, count, points);
      }
    }
  }

  /** A copy of a dataspace with nothing selected, in which some of the blocks are. */
  private static long joined(long empty, Blocks blocks, int from, int to) {
    boolean isOneByOne = to - from <= JOINED_ONE_BY_ONE;
    int middle = (from + to) >>> 1;
    long space = isOneByOne ? Dataspaces.H5Scopy(empty) : joined(empty, blocks, from, middle);
    try {
      if (isOneByOne) {
        orBlocks(space, blocks, from, to);
      } else {
        long others = joined(empty, blocks, middle, to);
        try {
          Dataspaces.orSelection(space, others);
        } finally {
          Dataspaces.H5Sclose(others);
        }
      }
      return space;
    } catch (RuntimeException | OutOfMemoryError e) {
      Dataspaces.H5Sclose(space);
      throw e;
    }
  }

  private static void orBlocks(long space, Blocks blocks, int from, int to) {
    for (int block = from; block < to; block++) {
      Dataspaces.orBlock(space, blocks.start(block), blocks.shape(block));
    }
  }

  /**
   * Blocks of elements of two dimensions at most: rows of the last dimension, one below another.
   */
  private static final class Blocks {
    private final long[] extent;
    private final int most;
    private long[] firstRow = new long[16];
    private long[] endRow = new long[16];
    private long[] firstColumn = new long[16];
    private long[] endColumn = new long[16];
    private int size;

    // The blocks that reach into the row before the current one, and into the current one.
    private int[] above = new int[16];
    private int aboveSize;
    private int[] current = new int[16];
    private int currentSize;
    private int next;
    private long row = -1;

    private Blocks(long[] extent, long most) {
      this.extent = extent;
      this.most = (int) Math.min(most, 1 << 24);
    }

    /** The blocks of sorted runs; null if they are more than wanted. */
    static Blocks of(ElementSet set, long[] extent, long most) {
      Blocks blocks = new Blocks(extent, most);
      long length = extent[extent.length - 1];
      for (int run = 0; run < set.size; run++) {
        long at = set.starts[run];
        while (at < set.ends[run]) {
          long column = at % length;
          long step = Math.min(set.ends[run] - at, length - column);
          if (!blocks.add(at / length, column, column + step)) {
            return null;
          }
          at += step;
        }
      }
      return blocks;
    }

    private boolean add(long inRow, long from, long to) {
      if (inRow != row) {
        boolean follows = inRow == row + 1 && extent.length > 1 && !beginsPlane(inRow);
        int[] swap = above;
        above = current;
        aboveSize = follows ? currentSize : 0;
        current = swap;
        currentSize = 0;
        next = 0;
        row = inRow;
      }
      while (next < aboveSize && firstColumn[above[next]] < from) {
        next++;
      }
      int block;
      if (next < aboveSize && firstColumn[above[next]] == from && endColumn[above[next]] == to) {
        block = above[next];
        endRow[block]++;
      } else {
        if (size == most) {
          return false;
        }
        block = append(inRow, from, to);
      }
      if (currentSize == current.length) {
        current = Arrays.copyOf(current, 2 * currentSize);
      }
      current[currentSize++] = block;
      return true;
    }

    /** Whether a row is the first one along the last dimension but one. */
    private boolean beginsPlane(long inRow) {
      return inRow % extent[extent.length - 2] == 0;
    }

    private int append(long inRow, long from, long to) {
      if (size == firstRow.length) {
        int capacity = 2 * size;
        firstRow = Arrays.copyOf(firstRow, capacity);
        endRow = Arrays.copyOf(endRow, capacity);
        firstColumn = Arrays.copyOf(firstColumn, capacity);
        endColumn = Arrays.copyOf(endColumn, capacity);
      }
      firstRow[size] = inRow;
      endRow[size] = inRow + 1;
      firstColumn[size] = from;
      endColumn[size] = to;
      return size++;
    }

    int size() {
      return size;
    }

    /** The coordinates of a block's first element. */
    long[] start(int block) {
      long[] start = new long[extent.length];
      long rest = firstRow[block];
      for (int d = extent.length - 2; d >= 0; d--) {
        start[d] = rest % extent[d];
        rest /= extent[d];
      }
      start[extent.length - 1] = firstColumn[block];
      return start;
    }

    /** The shape of a block. */
    long[] shape(int block) {
      long[] shape = new long[extent.length];
      Arrays.fill(shape, 1);
      shape[extent.length - 1] = endColumn[block] - firstColumn[block];
      if (extent.length > 1) {
        shape[extent.length - 2] = endRow[block] - firstRow[block];
      }
      return shape;
    }
  }
}
