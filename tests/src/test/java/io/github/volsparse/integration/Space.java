package io.github.volsparse.integration;

import static io.github.volsparse.integration.Hdf5Failure.check;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.LongConsumer;

/**
 * A dataspace as a program builds it: its extent and its selection. Immutable; each use makes an
 * identifier of its own.
 */
final class Space {
  /** {@code H5S_ALL}. */
  static final Space ALL = new Space(null, id -> {});

  private final long[] extent;
  private final LongConsumer selecting;

  private Space(long[] extent, LongConsumer selecting) {
    this.extent = extent;
    this.selecting = selecting;
  }

  /** A simple dataspace, everything selected. */
  static Space of(long... extent) {
    return new Space(extent, id -> {});
  }

  /** Selects one block. */
  Space block(long[] start, long[] shape) {
    return new Space(
        extent,
        id -> {
          try (Arena arena = Arena.ofConfined()) {
            check(
                hdf5_h.H5Sselect_hyperslab(
                    id,
                    hdf5_h.H5S_SELECT_SET,
                    arena.allocateFrom(JAVA_LONG, start),
                    MemorySegment.NULL,
                    arena.allocateFrom(JAVA_LONG, shape),
                    MemorySegment.NULL));
          }
        });
  }

  /** Selects points in the order given. */
  Space points(long[]... points) {
    return new Space(
        extent,
        id -> {
          try (Arena arena = Arena.ofConfined()) {
            long[] all = Arrays.stream(points).flatMapToLong(Arrays::stream).toArray();
            check(
                hdf5_h.H5Sselect_elements(
                    id, hdf5_h.H5S_SELECT_SET, points.length, arena.allocateFrom(JAVA_LONG, all)));
          }
        });
  }

  /** Makes the dataspace; closing that of {@link #ALL} does nothing. */
  Handle open() {
    if (extent == null) {
      return new Handle(0, id -> 0);
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment lengths = arena.allocateFrom(JAVA_LONG, extent);
      long id = check(hdf5_h.H5Screate_simple(extent.length, lengths, MemorySegment.NULL));
      selecting.accept(id);
      return new Handle(id, hdf5_h::H5Sclose);
    }
  }

  /** The number of elements of the extent. */
  long elements() {
    return Arrays.stream(extent).reduce(1, (a, b) -> a * b);
  }
}
