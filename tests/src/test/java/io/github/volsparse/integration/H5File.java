package io.github.volsparse.integration;

import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.nio.file.Path;

/** An open file. */
final class H5File extends Handle {
  private H5File(long id) {
    super(id, hdf5_h::H5Fclose);
  }

  static H5File create(Path path, Access access) {
    try (Arena arena = Arena.ofConfined();
        Handle list = new Handle(access.accessList(), hdf5_h::H5Pclose)) {
      return new H5File(
          hdf5_h.H5Fcreate(
              arena.allocateFrom(path.toString()), hdf5_h.H5F_ACC_TRUNC, 0, list.id()));
    }
  }

  /** Opens a file to read it only. */
  static H5File open(Path path, Access access) {
    return open(path, access, hdf5_h.H5F_ACC_RDONLY);
  }

  /** Opens a file to change it. */
  static H5File change(Path path, Access access) {
    return open(path, access, hdf5_h.H5F_ACC_RDWR);
  }

  private static H5File open(Path path, Access access, int flags) {
    try (Arena arena = Arena.ofConfined();
        Handle list = new Handle(access.accessList(), hdf5_h::H5Pclose)) {
      return new H5File(hdf5_h.H5Fopen(arena.allocateFrom(path.toString()), flags, list.id()));
    }
  }
}
