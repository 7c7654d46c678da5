package io.github.volsparse.integration;

import static io.github.volsparse.integration.Hdf5Failure.check;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/** What a program says of a dataset when it creates it: extent, datatype, creation properties. */
final class Shape {
  private static final long UNLIMITED = -1;

  private final long[] extent;
  private long[] maximum;
  private long[] chunk;
  private long type = hdf5_h.H5T_NATIVE_INT_g();
  private final List<LongConsumer> properties = new ArrayList<>();

  private Shape(long[] extent) {
    this.extent = extent;
  }

  /** A dataset of C {@code int} elements, contiguous if nothing else is said. */
  static Shape of(long... extent) {
    return new Shape(extent);
  }

  Shape chunks(long... shape) {
    chunk = shape;
    return with(
        list -> {
          try (Arena arena = Arena.ofConfined()) {
            check(hdf5_h.H5Pset_chunk(list, shape.length, arena.allocateFrom(JAVA_LONG, shape)));
          }
        });
  }

  /** Lets every dimension grow without limit. */
  Shape resizable() {
    maximum = extent.clone();
    java.util.Arrays.fill(maximum, UNLIMITED);
    return this;
  }

  Shape type(long id) {
    type = id;
    return this;
  }

  /** The fill value, in the dataset's own type, which must be set before. */
  Shape fill(byte... value) {
    long valueType = type;
    return with(
        list -> {
          try (Arena arena = Arena.ofConfined()) {
            check(hdf5_h.H5Pset_fill_value(list, valueType, arena.allocateFrom(JAVA_BYTE, value)));
          }
        });
  }

  /** Sets any property of the creation list. */
  Shape with(LongConsumer property) {
    properties.add(property);
    return this;
  }

  long[] extent() {
    return extent.clone();
  }

  long[] chunk() {
    return chunk.clone();
  }

  long type() {
    return type;
  }

  /** Makes the creation list. */
  Handle creationList() {
    long list = check(hdf5_h.H5Pcreate(hdf5_h.H5P_CLS_DATASET_CREATE_ID_g()));
    properties.forEach(property -> property.accept(list));
    return new Handle(list, hdf5_h::H5Pclose);
  }

  /** Creates the dataset and returns its identifier. */
  long create(long location, String name) {
    try (Arena arena = Arena.ofConfined();
        Handle list = creationList();
        Handle space = openSpace(arena)) {
      return check(
          hdf5_h.H5Dcreate2(location, arena.allocateFrom(name), type, space.id(), 0, list.id(), 0));
    }
  }

  private Handle openSpace(Arena arena) {
    if (maximum == null) {
      return Space.of(extent).open();
    }
    MemorySegment lengths = arena.allocateFrom(JAVA_LONG, extent);
    MemorySegment limits = arena.allocateFrom(JAVA_LONG, maximum);
    return new Handle(hdf5_h.H5Screate_simple(extent.length, lengths, limits), hdf5_h::H5Sclose);
  }
}
