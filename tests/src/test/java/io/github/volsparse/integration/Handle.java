package io.github.volsparse.integration;

import static io.github.volsparse.integration.Hdf5Failure.check;

import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.util.function.LongToIntFunction;

/** An open identifier, which closes itself; datasets are created and opened below it. */
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

  final Dataset create(String name, Shape shape) {
    return new Dataset(shape.create(id, name));
  }

  final Dataset dataset(String name) {
    try (Arena arena = Arena.ofConfined()) {
      return new Dataset(hdf5_h.H5Dopen2(id, arena.allocateFrom(name), 0));
    }
  }
}
