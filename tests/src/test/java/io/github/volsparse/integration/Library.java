package io.github.volsparse.integration;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.volsparse.hdf5.Hdf5Library;
import io.github.volsparse.hdf5.generated.hdf5_h;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Loads the libhdf5 named by the environment variable {@code HDF5_LIBRARY} before a test class
 * runs.
 *
 * <p>Tests then call HDF5's C API by the functions jextract made. HDF5 finds the plugin by {@code
 * HDF5_PLUGIN_PATH}, as in any program; the plugin joins the JVM of the tests.
 */
public final class Library implements BeforeAllCallback {
  private static boolean loaded;

  @Override
  public void beforeAll(ExtensionContext context) {
    Path library = file("HDF5_LIBRARY");
    Path plugins = file("HDF5_PLUGIN_PATH");
    assumeTrue(
        Files.exists(plugins.resolve("libvol_sparse.so")), plugins + " holds no plugin: make dist");
    load(library);
  }

  /** The file an environment variable names; the test is skipped if there is none. */
  static Path file(String variable) {
    String value = System.getenv(variable);
    assumeTrue(value != null, variable + " is not set: run the tests by build-support/mvn");
    assumeTrue(Files.exists(Path.of(value)), variable + " names what is not there: " + value);
    return Path.of(value);
  }

  /** Loads a libhdf5 for the classes of this class loader. */
  static synchronized void load(Path library) {
    if (!loaded) {
      loadBeside(library, "libaec");
      loadBeside(library, "libsz");
      System.load(library.toString());
      Hdf5Library.use(library.toString(), SymbolLookup.loaderLookup());
      Hdf5Failure.check(hdf5_h.H5open());
      // Failures become exceptions with the error stack; nothing is printed.
      Hdf5Failure.check(hdf5_h.H5Eset_auto2(0, MemorySegment.NULL, MemorySegment.NULL));
      loaded = true;
    }
  }

  /**
   * Loads a library that lies beside libhdf5, if there is one: a wheel's libhdf5 needs its own ones
   * and does not say where they are.
   */
  private static void loadBeside(Path library, String name) {
    try (Stream<Path> files = Files.list(library.getParent())) {
      files
          .filter(file -> file.getFileName().toString().startsWith(name + "-"))
          .forEach(file -> System.load(file.toString()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
