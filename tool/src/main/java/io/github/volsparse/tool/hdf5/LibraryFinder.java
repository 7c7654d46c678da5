package io.github.volsparse.tool.hdf5;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Finds a libhdf5 of version 1.14 or newer: the requested one, the system's, or that of the {@code
 * python3} on {@code PATH}, in a wheel of h5py or in its own {@code lib} folder.
 */
public final class LibraryFinder {
  /** The variable that names the library. */
  public static final String VARIABLE = "VOL_SPARSE_HDF5";

  /** What distributions call HDF5 1.14 and 2.x, the newest first. */
  private static final List<String> NAMES =
      List.of(
          "libhdf5.so.320",
          "libhdf5.so.310",
          "libhdf5_serial.so.320",
          "libhdf5_serial.so.310",
          "libhdf5.so");

  /** Prints where Python keeps a libhdf5, without importing anything of size. */
  private static final String ASK_PYTHON =
      """
      import glob, importlib.util, os, sys
      found = importlib.util.find_spec("h5py")
      if found:
          libraries = os.path.join(os.path.dirname(os.path.dirname(found.origin)), "h5py.libs")
          print(*glob.glob(os.path.join(glob.escape(libraries), "libhdf5-*.so*")), sep="\\n")
      print(*glob.glob(os.path.join(glob.escape(sys.prefix), "lib", "libhdf5.so.3*")), sep="\\n")
      """;

  private static final int PYTHON_SECONDS = 20;

  private LibraryFinder() {}

  /** No library was found; the message says what was tried and what to do. */
  public static final class NotFound extends RuntimeException {
    private static final long serialVersionUID = 1;

    private NotFound(String message) {
      super(message);
    }
  }

  /**
   * Finds and loads the library, and starts HDF5.
   *
   * @param asked the library the user names; null if none
   * @throws NotFound if there is no usable one
   */
  public static Library find(String asked) {
    String named = asked != null ? asked : System.getenv(VARIABLE);
    Map<String, String> tried = new LinkedHashMap<>();
    if (named != null && !named.isEmpty()) {
      Library library = tryLoad(named, tried);
      if (library == null) {
        throw new NotFound(
            "%s %s; name a libhdf5 of version 1.14 or newer in --hdf5 or %s"
                .formatted(named, tried.get(named), VARIABLE));
      }
      return library;
    }
    for (String name : NAMES) {
      Library library = tryLoad(name, tried);
      if (library != null) {
        return library;
      }
    }
    tried.clear(); // that those names are not there is no news
    for (String path : ofPython()) {
      Library library = tryLoad(path, tried);
      if (library != null) {
        return library;
      }
    }
    StringBuilder message =
        new StringBuilder("no HDF5 library of version 1.14 or newer is installed");
    tried.forEach((path, why) -> message.append("; ").append(path).append(' ').append(why));
    throw new NotFound(
        message
            .append(
                ". Install one (Debian 13: apt install libhdf5-310; any system: pip install h5py)")
            .append(", or name one in --hdf5 or ")
            .append(VARIABLE)
            .toString());
  }

  private static Library tryLoad(String path, Map<String, String> tried) {
    try {
      Library library = Library.load(path);
      library.start();
      return library;
    } catch (Library.Unusable e) {
      tried.put(path, e.getMessage());
      return null;
    }
  }

  private static List<String> ofPython() {
    try {
      Process python =
          new ProcessBuilder("python3", "-c", ASK_PYTHON)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      python.getOutputStream().close();
      String answer = new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      python.waitFor(PYTHON_SECONDS, TimeUnit.SECONDS);
      return answer.lines().filter(line -> !line.isBlank()).toList();
    } catch (IOException e) {
      return List.of(); // there is no python3
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of();
    }
  }
}
