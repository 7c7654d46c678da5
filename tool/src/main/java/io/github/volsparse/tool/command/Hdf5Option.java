package io.github.volsparse.tool.command;

import io.github.volsparse.tool.hdf5.H5;
import io.github.volsparse.tool.hdf5.H5File;
import io.github.volsparse.tool.hdf5.Hdf5Failure;
import io.github.volsparse.tool.hdf5.Library;
import io.github.volsparse.tool.hdf5.LibraryFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Which HDF5 library a command uses, and the files it opens with it. */
final class Hdf5Option {
  @Option(
      names = "--hdf5",
      paramLabel = "LIBRARY",
      description =
          "The libhdf5 to use, 1.14 or newer. Default: the one that VOL_SPARSE_HDF5"
              + " names, that of the system, or that of h5py in the python3 on PATH.")
  private String library;

  /**
   * Loads HDF5. Whatever the environment says, files are opened natively unless asked otherwise;
   * the connector is found in this distribution, other plugins where the environment says.
   */
  Library load() {
    H5.setEnvironment("HDF5_VOL_CONNECTOR", null);
    H5.setEnvironment(
        "HDF5_PLUGIN_PATH", Distribution.pluginPath(System.getenv("HDF5_PLUGIN_PATH")));
    return LibraryFinder.find(library);
  }

  /** Loads HDF5 and opens a file natively, to read it. */
  H5File open(Path path) {
    load();
    return openLoaded(path);
  }

  /** Opens a file natively, to read it, when HDF5 is loaded. */
  static H5File openLoaded(Path path) {
    checkReadable(path);
    try {
      return H5File.open(path);
    } catch (Hdf5Failure e) {
      throw cannotOpen(path, e);
    }
  }

  /** What to say of a file that HDF5 does not open. */
  static UserError cannotOpen(Path path, Hdf5Failure failure) {
    return new UserError("cannot open " + path + ": " + inWords(failure.getMessage()));
  }

  /** Fails if there is no file to read. */
  static void checkReadable(Path path) {
    if (!Files.exists(path)) {
      throw new UserError("there is no file " + path);
    }
    if (!Files.isRegularFile(path)) {
      throw new UserError(path + " is not a regular file");
    }
    if (!Files.isReadable(path)) {
      throw new UserError(path + " may not be read");
    }
  }

  private static String inWords(String said) {
    if (said.contains("signature")) {
      return "it is not an HDF5 file";
    }
    return said.startsWith("truncated file")
        ? "it is cut off (" + said + "); \"vol-sparse verify\" tells what is lost"
        : said;
  }
}
