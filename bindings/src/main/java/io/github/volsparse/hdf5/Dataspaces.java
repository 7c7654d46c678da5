package io.github.volsparse.hdf5;

import static io.github.volsparse.hdf5.Hdf5.RESULT;
import static io.github.volsparse.hdf5.Hdf5.check;
import static io.github.volsparse.hdf5.Hdf5.result;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Dataspaces and their selections: the functions {@code H5S}.
 *
 * <p>Every function throws {@link Hdf5Exception} on failure, and may be called only on the thread
 * of a callback. An identifier that is returned belongs to the caller, who closes it.
 */
public final class Dataspaces {
  private Dataspaces() {}

  /** Closes a dataspace. */
  public static void H5Sclose(long space) {
    check("H5Sclose", hdf5_h.H5Sclose(space));
  }

  /** Makes a simple dataspace of fixed extent, everything selected. */
  public static long H5Screate_simple(long[] extent) {
    try (Arena arena = Arena.ofConfined()) {
      return check(
          "H5Screate_simple",
          hdf5_h.H5Screate_simple(
              extent.length, arena.allocateFrom(JAVA_LONG, extent).address(), 0));
    }
  }

  /** Copies a dataspace with its selection. */
  public static long H5Scopy(long space) {
    return check("H5Scopy", hdf5_h.H5Scopy(space));
  }

  /**
   * Copies a dataspace with a hyperslab selection; the selection's offset ({@code
   * H5Soffset_simple}) becomes part of the selection.
   */
  public static long copyWithoutOffset(long space, int rank) {
    long[][] shifted = H5Sget_select_bounds(space, rank);
    long copy = H5Scopy(space);
    try (Arena arena = Arena.ofConfined()) {
      check(
          "H5Soffset_simple",
          hdf5_h.H5Soffset_simple(copy, arena.allocate(JAVA_LONG, rank).address()));
      long[][] plain = H5Sget_select_bounds(copy, rank);
      long[] back = new long[rank];
      for (int d = 0; d < rank; d++) {
        back[d] = plain[0][d] - shifted[0][d];
      }
      check(
          "H5Sselect_adjust",
          hdf5_h.H5Sselect_adjust(copy, arena.allocateFrom(JAVA_LONG, back).address()));
      return copy;
    } catch (Hdf5Exception e) {
      hdf5_h.H5Sclose(copy);
      throw e;
    }
  }

  /** Selects one block, in place of what was selected. */
  public static void selectBlock(long space, long[] start, long[] shape) {
    selectBlock(space, hdf5_h.H5S_SELECT_SET, start, shape);
  }

  /** Selects one block besides what is selected. */
  public static void orBlock(long space, long[] start, long[] shape) {
    selectBlock(space, hdf5_h.H5S_SELECT_OR, start, shape);
  }

  /** Of what is selected, leaves what lies in a block. */
  public static void intersectBlock(long space, long[] start, long[] shape) {
    selectBlock(space, hdf5_h.H5S_SELECT_AND, start, shape);
  }

  private static void selectBlock(long space, int operator, long[] start, long[] shape) {
    try (Arena arena = Arena.ofConfined()) {
      long[] ones = new long[start.length];
      java.util.Arrays.fill(ones, 1);
      check(
          "H5Sselect_hyperslab",
          hdf5_h.H5Sselect_hyperslab(
              space,
              operator,
              arena.allocateFrom(JAVA_LONG, start).address(),
              0,
              arena.allocateFrom(JAVA_LONG, ones).address(),
              arena.allocateFrom(JAVA_LONG, shape).address()));
    }
  }

  /** Selects what is selected in another dataspace, too. */
  public static void orSelection(long space, long other) {
    check("H5Smodify_select", hdf5_h.H5Smodify_select(space, hdf5_h.H5S_SELECT_OR, other));
  }

  /**
   * Selects points.
   *
   * @param isFirst whether they take the place of what is selected, or follow it
   * @param points their coordinates, {@code hsize_t[count][rank]}
   */
  public static void H5Sselect_elements(
      long space, boolean isFirst, long count, MemorySegment points) {
    check(
        "H5Sselect_elements",
        hdf5_h.H5Sselect_elements(
            space,
            isFirst ? hdf5_h.H5S_SELECT_SET : hdf5_h.H5S_SELECT_APPEND,
            count,
            points.address()));
  }

  /** Selects nothing. */
  public static void H5Sselect_none(long space) {
    check("H5Sselect_none", hdf5_h.H5Sselect_none(space));
  }

  /** The extent class, an {@code H5S_class_t}. */
  public static int H5Sget_simple_extent_type(long space) {
    return check("H5Sget_simple_extent_type", hdf5_h.H5Sget_simple_extent_type(space));
  }

  /** The extent, in elements; of rank 0 for a scalar dataspace. */
  public static long[] H5Sget_simple_extent_dims(long space) {
    return result(
        0,
        check(
            "H5Sget_simple_extent_dims",
            hdf5_h.H5Sget_simple_extent_dims(space, RESULT.address(), 0)));
  }

  /**
   * The largest extent, in elements; {@code H5S_UNLIMITED}, which is -1, where there is no limit.
   */
  public static long[] maximumExtent(long space) {
    return result(
        0,
        check(
            "H5Sget_simple_extent_dims",
            hdf5_h.H5Sget_simple_extent_dims(space, 0, RESULT.address())));
  }

  /** The kind of selection, an {@code H5S_sel_type}. */
  public static int H5Sget_select_type(long space) {
    return check("H5Sget_select_type", hdf5_h.H5Sget_select_type(space));
  }

  /** The number of selected elements. */
  public static long H5Sget_select_npoints(long space) {
    return check("H5Sget_select_npoints", hdf5_h.H5Sget_select_npoints(space));
  }

  /** Whether a hyperslab selection is a regular one. */
  public static boolean H5Sis_regular_hyperslab(long space) {
    return check("H5Sis_regular_hyperslab", hdf5_h.H5Sis_regular_hyperslab(space)) > 0;
  }

  /**
   * The smallest box around a selection, with the selection's offset: its first and its last
   * coordinates. Fails where nothing is selected, or the offset makes a coordinate negative.
   */
  public static long[][] H5Sget_select_bounds(long space, int rank) {
    long address = RESULT.address();
    check("H5Sget_select_bounds", hdf5_h.H5Sget_select_bounds(space, address, address + 8L * rank));
    return new long[][] {result(0, rank), result(rank, rank)};
  }

  /**
   * The parameters of a regular hyperslab: start, stride, count and block, {@code rank} values
   * each. The start is without the selection's offset, which only the bounds show.
   */
  public static long[][] H5Sget_regular_hyperslab(long space, int rank) {
    long bytes = 8L * rank;
    long address = RESULT.address();
    check(
        "H5Sget_regular_hyperslab",
        hdf5_h.H5Sget_regular_hyperslab(
            space, address, address + bytes, address + 2 * bytes, address + 3 * bytes));
    return new long[][] {
      result(0, rank), result(rank, rank), result(2 * rank, rank), result(3 * rank, rank)
    };
  }

  /** Takes the sequences of a selection, in its order. */
  @FunctionalInterface
  public interface SequenceVisitor {
    /**
     * @param offset of the first element, linear in the extent
     * @param length in elements
     */
    void sequence(long offset, long length);
  }

  /** How many sequences one call fetches. */
  private static final int SEQUENCES = 1024;

  /** What a call fetches: the numbers of sequences and elements, offsets, lengths. */
  private static final MemorySegment FETCHED =
      Arena.global().allocate(JAVA_LONG, 2 + 2 * SEQUENCES);

  private static final int OFFSETS = 2;
  private static final int LENGTHS = OFFSETS + SEQUENCES;

  /**
   * Visits the sequences of any selection ({@code H5Ssel_iter_get_seq_list}).
   *
   * @param visitor calls nothing that visits sequences itself
   */
  public static void forEachSequence(long space, SequenceVisitor visitor) {
    // The selection is not copied, and must not change.
    long iterator =
        check(
            "H5Ssel_iter_create",
            hdf5_h.H5Ssel_iter_create(space, 1, hdf5_h.H5S_SEL_ITER_SHARE_WITH_DATASPACE));
    long fetched = FETCHED.address();
    try {
      long count;
      do {
        check(
            "H5Ssel_iter_get_seq_list",
            hdf5_h.H5Ssel_iter_get_seq_list(
                iterator,
                SEQUENCES,
                Long.MAX_VALUE,
                fetched,
                fetched + JAVA_LONG.byteSize(),
                fetched + JAVA_LONG.byteSize() * OFFSETS,
                fetched + JAVA_LONG.byteSize() * LENGTHS));
        count = FETCHED.get(JAVA_LONG, 0);
        for (long i = 0; i < count; i++) {
          visitor.sequence(
              FETCHED.getAtIndex(JAVA_LONG, OFFSETS + i),
              FETCHED.getAtIndex(JAVA_LONG, LENGTHS + i));
        }
      } while (count == SEQUENCES);
    } finally {
      hdf5_h.H5Ssel_iter_close(iterator);
    }
  }
}
