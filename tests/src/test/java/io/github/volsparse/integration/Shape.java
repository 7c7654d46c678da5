package io.github.volsparse.integration;

import static io.github.volsparse.integration.Hdf5Failure.check;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;

/**
 * The shape of a new dataset of C {@code int} elements.
 *
 * @param extent its extent
 * @param chunk its chunk shape; null for a contiguous dataset
 */
record Shape(long[] extent, long[] chunk) {
  /** A contiguous dataset. */
  static Shape of(long... extent) {
    return new Shape(extent, null);
  }

  Shape chunks(long... shape) {
    return new Shape(extent, shape);
  }

  /** Creates the dataset and returns its identifier. */
  long create(long location, String name) {
    try (Arena arena = Arena.ofConfined();
        Handle list =
            new Handle(hdf5_h.H5Pcreate(hdf5_h.H5P_CLS_DATASET_CREATE_ID_g()), hdf5_h::H5Pclose);
        Handle space = Space.of(extent).open()) {
      if (chunk != null) {
        check(hdf5_h.H5Pset_chunk(list.id(), chunk.length, arena.allocateFrom(JAVA_LONG, chunk)));
      }
      return check(
          hdf5_h.H5Dcreate2(
              location,
              arena.allocateFrom(name),
              hdf5_h.H5T_NATIVE_INT_g(),
              space.id(),
              0,
              list.id(),
              0));
    }
  }
}
