package io.github.volsparse.tool.command;

import java.nio.file.Files;
import java.nio.file.Path;

/** The folder {@code dist}, which the launcher names. */
final class Distribution {
  private Distribution() {}

  static Path home() {
    String home = System.getProperty("vol-sparse.home");
    if (home == null) {
      throw new UserError("the system property vol-sparse.home is not set: start bin/vol-sparse");
    }
    return Path.of(home);
  }

  /** The folder HDF5 is to search for the connector. */
  static Path pluginFolder() {
    return home().resolve("lib").resolve("plugin");
  }

  /** The connector's plugin. */
  static Path plugin() {
    return pluginFolder().resolve("libvol_sparse.so");
  }

  /** The Python program that tells whether an h5py's HDF5 is too old. */
  static Path hdf5VersionCheck() {
    Path inFolder = home().resolve("python").resolve("vol_sparse");
    Path inWheel = home().resolveSibling("_hdf5_version.py");
    return Files.isDirectory(inFolder) ? inFolder.resolve("_hdf5_version.py") : inWheel;
  }

  /**
   * A plugin path with the connector's folder in it.
   *
   * @param existing the plugin path so far; null or empty if there is none
   */
  static String pluginPath(String existing) {
    String folder = pluginFolder().toString();
    if (existing == null || existing.isEmpty()) {
      return folder;
    }
    return (":" + existing + ":").contains(":" + folder + ":") ? existing : folder + ":" + existing;
  }

  /** Whether standard error is a terminal. */
  static boolean isTerminal() {
    return Boolean.getBoolean("vol-sparse.terminal");
  }
}
