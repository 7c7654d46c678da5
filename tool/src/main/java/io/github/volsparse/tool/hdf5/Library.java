package io.github.volsparse.tool.hdf5;

import static io.github.volsparse.tool.hdf5.H5.check;

import io.github.volsparse.hdf5.Hdf5Library;
import io.github.volsparse.hdf5.generated.hdf5_h;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The libhdf5 that was loaded.
 *
 * @param path its file
 * @param version its version, such as {@code 1.14.6}
 */
public record Library(String path, String version) {
  private static final int MAJOR = 1;
  private static final int MINOR = 14;

  /** A library does not serve; the message says why. */
  static final class Unusable extends Exception {
    private static final long serialVersionUID = 1;

    Unusable(String message) {
      super(message);
    }
  }

  /**
   * Loads a library, whose functions are called from then on.
   *
   * @param path its file, or a name that the dynamic linker finds
   * @throws Unusable if it cannot be loaded, is not a libhdf5, or is too old
   */
  static Library load(String path) throws Unusable {
    loadNeighbours(Path.of(path));
    SymbolLookup symbols;
    try {
      symbols = SymbolLookup.libraryLookup(path, Arena.global());
    } catch (IllegalArgumentException e) {
      throw new Unusable("cannot be loaded");
    }
    int[] version = Hdf5Library.version(symbols);
    if (version == null) {
      throw new Unusable("is not an HDF5 library");
    }
    String text = "%d.%d.%d".formatted(version[0], version[1], version[2]);
    if (version[0] < MAJOR || version[0] == MAJOR && version[1] < MINOR) {
      throw new Unusable("is HDF5 " + text + ", too old");
    }
    Hdf5Library.use(path, symbols);
    return new Library(path, text);
  }

  /** Starts HDF5, and keeps it from printing errors: they come as exceptions. */
  void start() {
    check("H5open", hdf5_h.H5open());
    check("H5Eset_auto2", hdf5_h.H5Eset_auto2(hdf5_h.H5E_DEFAULT, 0, 0));
  }

  /**
   * Loads the compression libraries in the folder of a libhdf5: that of a Python wheel needs its
   * own ones, and does not always name their place.
   */
  private static void loadNeighbours(Path library) {
    if (library.getParent() == null) {
      return;
    }
    for (String name : List.of("libaec-", "libsz-")) {
      try (Stream<Path> files = Files.list(library.getParent())) {
        files
            .filter(file -> file.getFileName().toString().startsWith(name))
            .forEach(file -> SymbolLookup.libraryLookup(file, Arena.global()));
      } catch (IOException | IllegalArgumentException e) {
        return; // then the library itself will tell
      }
    }
  }
}
