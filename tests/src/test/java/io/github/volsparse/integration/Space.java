package io.github.volsparse.integration;

import static io.github.volsparse.integration.Hdf5Failure.check;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * A dataspace as a program builds it: its extent, and the steps of its selection. Immutable; the
 * identifiers are made from it anew for every use.
 */
final class Space {
  /** {@code H5S_ALL}. */
  static final Space ALL = new Space(null, List.of());

  /** A selection step, with words that describe it. */
  private record Step(String words, LongConsumer onSpace) {}

  private final long[] extent;
  private final List<Step> steps;

  private Space(long[] extent, List<Step> steps) {
    this.extent = extent;
    this.steps = steps;
  }

  /** A simple dataspace, everything selected; a scalar one of no lengths. */
  static Space of(long... extent) {
    return new Space(extent, List.of());
  }

  long[] extent() {
    return extent.clone();
  }

  private Space with(String words, LongConsumer onSpace) {
    List<Step> more = new ArrayList<>(steps);
    more.add(new Step(words, onSpace));
    return new Space(extent, List.copyOf(more));
  }

  /** Selects a hyperslab in place of what was selected. */
  Space slab(long[] start, long[] stride, long[] count, long[] block) {
    return slab(hdf5_h.H5S_SELECT_SET, start, stride, count, block);
  }

  /** Combines what is selected with a hyperslab, by an {@code H5S_seloper_t}. */
  Space slab(int operator, long[] start, long[] stride, long[] count, long[] block) {
    return with(
        "slab %d %s %s %s %s"
            .formatted(
                operator,
                Arrays.toString(start),
                Arrays.toString(stride),
                Arrays.toString(count),
                Arrays.toString(block)),
        id -> {
          try (Arena arena = Arena.ofConfined()) {
            check(
                hdf5_h.H5Sselect_hyperslab(
                    id,
                    operator,
                    arena.allocateFrom(JAVA_LONG, start),
                    arena.allocateFrom(JAVA_LONG, stride),
                    arena.allocateFrom(JAVA_LONG, count),
                    arena.allocateFrom(JAVA_LONG, block)));
          }
        });
  }

  /** Selects one block. */
  Space block(long[] start, long[] shape) {
    return slab(start, ones(), ones(), shape);
  }

  /** Adds a block to what is selected. */
  Space orBlock(long[] start, long[] shape) {
    return slab(hdf5_h.H5S_SELECT_OR, start, ones(), ones(), shape);
  }

  /** Selects points in the order given. */
  Space points(long[]... points) {
    return with(
        "points " + Arrays.deepToString(points),
        id -> {
          try (Arena arena = Arena.ofConfined()) {
            long[] all = Arrays.stream(points).flatMapToLong(Arrays::stream).toArray();
            check(
                hdf5_h.H5Sselect_elements(
                    id, hdf5_h.H5S_SELECT_SET, points.length, arena.allocateFrom(JAVA_LONG, all)));
          }
        });
  }

  /** Selects nothing. */
  Space none() {
    return with("none", id -> check(hdf5_h.H5Sselect_none(id)));
  }

  /** Moves what is selected. */
  Space offset(long... offset) {
    return with(
        "offset " + Arrays.toString(offset),
        id -> {
          try (Arena arena = Arena.ofConfined()) {
            check(hdf5_h.H5Soffset_simple(id, arena.allocateFrom(JAVA_LONG, offset)));
          }
        });
  }

  private long[] ones() {
    long[] ones = new long[extent.length];
    Arrays.fill(ones, 1);
    return ones;
  }

  /** Makes the dataspace; closing that of {@link #ALL} does nothing. */
  Handle open() {
    if (extent == null) {
      return new Handle(0, id -> 0);
    }
    long id;
    try (Arena arena = Arena.ofConfined()) {
      id =
          check(
              extent.length == 0
                  ? hdf5_h.H5Screate(hdf5_h.H5S_SCALAR)
                  : hdf5_h.H5Screate_simple(
                      extent.length, arena.allocateFrom(JAVA_LONG, extent), MemorySegment.NULL));
    }
    for (Step step : steps) {
      step.onSpace.accept(id);
    }
    return new Handle(id, hdf5_h::H5Sclose);
  }

  /** The number of selected elements. */
  long count() {
    try (Handle space = open()) {
      return check(hdf5_h.H5Sget_select_npoints(space.id()));
    }
  }

  /** The number of elements of the extent. */
  long elements() {
    return Arrays.stream(extent).reduce(1, (a, b) -> a * b);
  }

  @Override
  public String toString() {
    return extent == null
        ? "all"
        : Arrays.toString(extent)
            + " "
            + String.join(", ", steps.stream().map(Step::words).toList());
  }
}
