package io.github.volsparse.tool.command;

import io.github.volsparse.tool.hdf5.Dataset;
import io.github.volsparse.tool.hdf5.H5;
import io.github.volsparse.tool.hdf5.H5File;
import io.github.volsparse.tool.hdf5.Hdf5Failure;
import java.lang.foreign.Arena;

/** Datasets that a user names. */
final class Datasets {
  private Datasets() {}

  /** Opens one, or says what is in its place. */
  static Dataset open(H5File file, String name) {
    try {
      return file.dataset(name);
    } catch (Hdf5Failure e) {
      try (Arena arena = Arena.ofConfined()) {
        boolean isThere =
            H5.call("H5Oexists_by_name", file.id().value(), H5.text(arena, name), H5.DEFAULT) > 0;
        H5.call("H5Eclear2", H5.DEFAULT);
        throw new UserError(
            isThere
                ? name + " in " + file.path() + " is no dataset: " + e.getMessage()
                : file.path() + " has no dataset " + name);
      }
    }
  }
}
