package io.github.volsparse.integration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * HDF5 1.14 and 2.0 in one process: the connector works in both, and neither knows of the other.
 */
@ExtendWith(Library.class)
class TwoLibrariesTest {
  @TempDir Path folder;

  /** What a program does with a library; it has one file and one dataset open at a time. */
  static final class Program implements BiFunction<String, Path, int[]> {
    private H5File file;
    private Dataset dataset;

    @Override
    public int[] apply(String action, Path path) {
      switch (action) {
        case "load" -> Library.load(path);
        case "create" -> {
          file = H5File.create(path, Access.SPARSE);
          dataset = file.create("data", Shape.of(40).chunks(8));
        }
        case "open" -> {
          file = H5File.change(path, Access.SPARSE);
          dataset = file.dataset("data");
        }
        case "write" -> {
          int[] values = dataset.readInts();
          for (int i = 0; i < values.length; i += 5) {
            values[i] += path.getFileName().toString().hashCode();
          }
          dataset.writeInts(values);
        }
        case "close" -> {
          dataset.close();
          file.close();
        }
        default -> throw new IllegalArgumentException(action);
      }
      return dataset == null || action.equals("close") ? new int[0] : dataset.readInts();
    }
  }

  /** The program in a class loader of its own, whose libhdf5 is the other one. */
  @SuppressWarnings("unchecked")
  private static BiFunction<String, Path, int[]> otherProgram()
      throws ReflectiveOperationException {
    URL[] classPath =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .map(TwoLibrariesTest::url)
            .toArray(URL[]::new);
    // Stays open: the library belongs to it.
    ClassLoader loader = new URLClassLoader(classPath, ClassLoader.getPlatformClassLoader());
    var constructor = loader.loadClass(Program.class.getName()).getDeclaredConstructor();
    constructor.setAccessible(true);
    var program = (BiFunction<String, Path, int[]>) constructor.newInstance();
    assertEquals(0, program.apply("load", Library.file("OTHER_HDF5_LIBRARY")).length);
    return program;
  }

  private static URL url(String path) {
    try {
      return Path.of(path).toUri().toURL();
    } catch (java.net.MalformedURLException e) {
      throw new IllegalArgumentException(e);
    }
  }

  @Test
  void bothAtOnce() throws ReflectiveOperationException {
    List<BiFunction<String, Path, int[]>> programs = List.of(new Program(), otherProgram());
    Path[] paths = {folder.resolve("one.h5"), folder.resolve("other.h5")};
    int[][] seen = new int[2][];
    for (String action : List.of("create", "write", "close")) {
      for (int i = 0; i < 2; i++) {
        int[] now = programs.get(i).apply(action, paths[i]);
        seen[i] = now.length == 0 ? seen[i] : now;
      }
    }
    assertEquals(2, Set.of(Arrays.hashCode(seen[0]), Arrays.hashCode(seen[1])).size());
    // Each goes on with the file of the other.
    for (int i = 0; i < 2; i++) {
      assertArrayEquals(seen[1 - i], programs.get(i).apply("open", paths[1 - i]));
    }
    for (String action : List.of("write", "close")) {
      for (int i = 0; i < 2; i++) {
        int[] now = programs.get(i).apply(action, paths[1 - i]);
        seen[1 - i] = now.length == 0 ? seen[1 - i] : now;
      }
    }
    for (int i = 0; i < 2; i++) {
      assertArrayEquals(seen[i], programs.get(i).apply("open", paths[i]));
      assertEquals(0, programs.get(i).apply("close", paths[i]).length);
    }
  }
}
