package io.github.volsparse.tool.command;

import io.github.volsparse.hdf5.generated.hdf5_h;
import io.github.volsparse.tool.hdf5.Dataset;
import io.github.volsparse.tool.hdf5.H5;
import io.github.volsparse.tool.hdf5.H5File;
import io.github.volsparse.tool.hdf5.Hdf5Failure;
import java.lang.foreign.Arena;

/** Datasets that a user names. */
final class Datasets {
  private Datasets() {}

  /** Opens one, or reports what has its name. */
  static Dataset open(H5File file, String name) {
    try {
      return file.dataset(name);
    } catch (Hdf5Failure e) {
      try (Arena arena = Arena.ofConfined()) {
        boolean isThere =
            hdf5_h.H5Oexists_by_name(file.id().value(), H5.text(arena, name), hdf5_h.H5P_DEFAULT)
                > 0;
        hdf5_h.H5Eclear2(hdf5_h.H5E_DEFAULT);
        throw new UserError(
            isThere
                ? name + " in " + file.path() + " is not a dataset: " + e.getMessage()
                : file.path() + " has no dataset " + name);
      }
    }
  }
}
