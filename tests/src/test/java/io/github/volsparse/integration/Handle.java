package io.github.volsparse.integration;

import static io.github.volsparse.integration.Hdf5Failure.check;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.LongToIntFunction;

/** An identifier that is open, and what a program does with files, groups and objects alike. */
class Handle implements AutoCloseable {
  private final LongToIntFunction close;
  private long id;

  Handle(long id, LongToIntFunction close) {
    this.id = check(id);
    this.close = close;
  }

  final long id() {
    return id;
  }

  /** Closes it; does nothing when called again. */
  @Override
  public final void close() {
    if (id > 0) {
      long closed = id;
      id = 0;
      check(close.applyAsInt(closed));
    }
  }

  /** Gives the identifier away: to close it is up to another. */
  final long release() {
    long released = id;
    id = 0;
    return released;
  }

  final Dataset create(String name, Shape shape) {
    return new Dataset(shape.create(id, name));
  }

  final Dataset dataset(String name) {
    try (Arena arena = Arena.ofConfined()) {
      return new Dataset(hdf5_h.H5Dopen2(id, arena.allocateFrom(name), 0));
    }
  }

  final Handle createGroup(String name) {
    try (Arena arena = Arena.ofConfined()) {
      return new Handle(hdf5_h.H5Gcreate2(id, arena.allocateFrom(name), 0, 0, 0), hdf5_h::H5Gclose);
    }
  }

  final Handle group(String name) {
    try (Arena arena = Arena.ofConfined()) {
      return new Handle(hdf5_h.H5Gopen2(id, arena.allocateFrom(name), 0), hdf5_h::H5Gclose);
    }
  }

  /** Creates an attribute of a few bytes. */
  final void setAttribute(String name, byte... value) {
    long type = hdf5_h.H5T_NATIVE_INT8_g();
    try (Arena arena = Arena.ofConfined();
        Handle space = Space.of(value.length).open();
        Handle attribute =
            new Handle(
                hdf5_h.H5Acreate2(id, arena.allocateFrom(name), type, space.id(), 0, 0),
                hdf5_h::H5Aclose)) {
      check(hdf5_h.H5Awrite(attribute.id(), type, arena.allocateFrom(JAVA_BYTE, value)));
    }
  }

  /** Reads an attribute of a few bytes. */
  final byte[] attribute(String name, int bytes) {
    try (Arena arena = Arena.ofConfined();
        Handle attribute =
            new Handle(hdf5_h.H5Aopen(id, arena.allocateFrom(name), 0), hdf5_h::H5Aclose)) {
      MemorySegment value = arena.allocate(bytes);
      check(hdf5_h.H5Aread(attribute.id(), hdf5_h.H5T_NATIVE_INT8_g(), value));
      return value.toArray(JAVA_BYTE);
    }
  }
}
