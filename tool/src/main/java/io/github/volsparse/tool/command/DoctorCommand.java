package io.github.volsparse.tool.command;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.github.volsparse.config.Configuration;
import io.github.volsparse.hdf5.generated.hdf5_h;
import io.github.volsparse.tool.chunks.DatasetChunks;
import io.github.volsparse.tool.hdf5.Dataset;
import io.github.volsparse.tool.hdf5.H5File;
import io.github.volsparse.tool.hdf5.Hdf5Failure;
import io.github.volsparse.tool.hdf5.Library;
import io.github.volsparse.tool.hdf5.LibraryFinder;
import io.github.volsparse.tool.hdf5.PythonEnvironments;
import io.github.volsparse.tool.text.Numbers;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Checks that everything that is needed is installed and works. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    header = "Checks that everything that is needed is installed and works.",
    description = {
      "",
      "Checks that everything that is needed is installed and works. Each line is"
          + " good, or says what to do.",
      ""
    })
final class DoctorCommand implements Callable<Integer> {
  /** How a check ended. */
  private enum Verdict {
    /** Good. */
    OK,
    /** Nothing is wrong, but the user may want to know. */
    NOTE,
    /** The user has to do something. */
    BAD
  }

  private record Line(Verdict verdict, String what, String text) {}

  /** Lets h5py write and read through the connector, as a user's program does. */
  private static final String PYTHON_ROUND_TRIP =
      """
      import importlib.util, os, sys
      sys.dont_write_bytecode = True
      try:
          specification = importlib.util.spec_from_file_location("hdf5_version", sys.argv[1])
          checker = importlib.util.module_from_spec(specification)
          specification.loader.exec_module(checker)
          old = checker.too_old(importlib.util.find_spec("h5py"))
          if old:
              sys.exit(old)
          import h5py, numpy
      except ImportError:
          sys.exit("none")
      print(sys.executable + ": h5py", h5py.version.version + ", HDF5", h5py.version.hdf5_version)
      values = numpy.zeros((1000, 1000), "i4")
      values[500, ::10] = 7
      with h5py.File("python.h5", "w") as file:
          file.create_dataset("data", data=values, chunks=(100, 1000))
      with h5py.File("python.h5") as file:
          if (file["data"][...] != values).any():
              sys.exit("what was read differs from what was written")
          if file["data"].id.get_storage_size() > values.nbytes // 10:
              sys.exit("the file was written natively, not sparsely")
      """;

  private static final int PYTHON_SECONDS = 60;
  private static final long[] SHAPE = {1000, 1000};
  private static final long[] CHUNK_SHAPE = {100, 1000};

  @Mixin private Hdf5Option hdf5;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  private final List<Line> lines = new ArrayList<>();

  @Override
  public Integer call() throws IOException {
    say(Verdict.OK, "Java", Runtime.version() + " in " + System.getProperty("java.home"));
    checkPlugin();
    Library library = findLibrary();
    Path folder = Files.createTempDirectory("vol-sparse-doctor");
    try {
      if (library != null) {
        checkRoundTrip(folder.resolve("doctor.h5"));
      }
      checkPython(folder);
    } finally {
      deleteAll(folder);
    }
    checkEnvironment();
    boolean bad = lines.stream().anyMatch(line -> line.verdict == Verdict.BAD);
    if (json) {
      JsonText.print(asJson(!bad));
    } else {
      for (Line line : lines) {
        String mark = line.verdict == Verdict.OK ? "ok" : line.verdict == Verdict.BAD ? "BAD" : "-";
        System.out.printf("%-4s %-12s %s%n", mark, line.what, line.text);
      }
    }
    return bad ? VolSparse.FAILED : VolSparse.OK;
  }

  private void say(Verdict verdict, String what, String text) {
    lines.add(new Line(verdict, what, text));
  }

  private Map<String, Object> asJson(boolean good) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("good", good);
    object.put(
        "checks",
        lines.stream()
            .map(
                line ->
                    Map.of(
                        "what",
                        line.what,
                        "verdict",
                        line.verdict.name().toLowerCase(Locale.ROOT),
                        "text",
                        line.text))
            .toList());
    return object;
  }

  private void checkPlugin() {
    Path plugin = Distribution.plugin();
    if (Files.isReadable(plugin)) {
      say(Verdict.OK, "plugin", plugin.toString());
    } else {
      say(Verdict.BAD, "plugin", plugin + " is missing: install the distribution again");
    }
  }

  private Library findLibrary() {
    try {
      Library library = hdf5.load();
      say(Verdict.OK, "HDF5", library.version() + " in " + library.path());
      return library;
    } catch (LibraryFinder.NotFound e) {
      String activation = activation();
      say(
          Verdict.BAD,
          "HDF5",
          e.getMessage()
              + (activation == null
                  ? ""
                  : ". Or activate the environment that has h5py, and with it HDF5: "
                      + activation));
      return null;
    }
  }

  private void checkRoundTrip(Path path) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment written = arena.allocate(JAVA_INT, Dataset.product(SHAPE));
      for (int i = 0; i < 100; i++) {
        written.setAtIndex(JAVA_INT, i * 1003L, i + 1);
      }
      long type = hdf5_h.H5T_NATIVE_INT32_g();
      try (H5File file = H5File.createSparse(path, "");
          Dataset dataset = file.createDataset("data", type, SHAPE, CHUNK_SHAPE)) {
        dataset.write(new long[2], SHAPE, written);
      }
      say(Verdict.OK, "connector", "HDF5 loads it");
      long stored;
      boolean sparse;
      try (H5File file = H5File.open(path);
          Dataset dataset = file.dataset("data")) {
        stored = dataset.storedBytes();
        sparse = DatasetChunks.isSparse(dataset.filters());
      }
      MemorySegment read = arena.allocate(written.byteSize(), Long.BYTES);
      try (H5File file = H5File.openSparse(path, "");
          Dataset dataset = file.dataset("data")) {
        dataset.read(new long[2], SHAPE, read);
      }
      if (sparse && read.mismatch(written) < 0) {
        say(
            Verdict.OK,
            "round trip",
            "%s written and read in a temporary file, %s stored"
                .formatted(Numbers.bytes(written.byteSize()), Numbers.bytes(stored)));
      } else {
        say(Verdict.BAD, "round trip", "what was read differs from what was written");
      }
    } catch (Hdf5Failure e) {
      say(Verdict.BAD, "connector", e.function() + " fails: " + e.getMessage());
    }
  }

  private void checkPython(Path folder) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
                "python3", "-c", PYTHON_ROUND_TRIP, Distribution.hdf5VersionCheck().toString())
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("python.txt").toFile());
    builder
        .environment()
        .put("HDF5_PLUGIN_PATH", Distribution.pluginPath(System.getenv("HDF5_PLUGIN_PATH")));
    builder.environment().put("HDF5_VOL_CONNECTOR", "sparse");
    Process python;
    try {
      python = builder.start();
    } catch (IOException e) {
      say(Verdict.NOTE, "Python", "no python3 on PATH" + orActivate());
      return;
    }
    try {
      if (!python.waitFor(PYTHON_SECONDS, TimeUnit.SECONDS)) {
        python.destroyForcibly();
        say(Verdict.BAD, "Python", "h5py hangs under the connector");
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    List<String> said =
        Files.readString(folder.resolve("python.txt"), StandardCharsets.UTF_8).lines().toList();
    String last = said.isEmpty() ? "" : said.getLast();
    if (python.exitValue() == 0) {
      say(Verdict.OK, "Python", last + ": writes and reads sparsely");
    } else if (last.equals("none")) {
      say(Verdict.NOTE, "Python", "the python3 on PATH has no h5py" + orActivate());
    } else if (said.size() < 2) {
      say(Verdict.BAD, "Python", last);
    } else {
      say(Verdict.BAD, "Python", String.join(": ", said.getFirst(), last));
    }
  }

  /** What to do if h5py is in an environment that the user has not activated; else nothing. */
  private static String orActivate() {
    String activation = activation();
    return activation == null ? "" : "; an environment has it: activate it with " + activation;
  }

  private static String activation() {
    return PythonEnvironments.activation(
        Path.of("").toAbsolutePath(), Path.of(System.getProperty("user.home")));
  }

  private void checkEnvironment() {
    String connector = System.getenv("HDF5_VOL_CONNECTOR");
    String path = System.getenv("HDF5_PLUGIN_PATH");
    String remedy = "eval \"$(%s/bin/vol-sparse env)\"".formatted(Distribution.home());
    if (connector == null || connector.isBlank()) {
      say(
          Verdict.NOTE,
          "environment",
          "HDF5_VOL_CONNECTOR is not set: programs store natively. To change that: " + remedy);
      return;
    }
    String[] words = connector.strip().split("\\s+", 2);
    if (!words[0].equals("sparse")) {
      say(
          Verdict.BAD,
          "environment",
          "HDF5_VOL_CONNECTOR names the connector \"" + words[0] + "\": " + remedy);
      return;
    }
    try {
      Configuration.parse(words.length > 1 ? words[1] : "");
    } catch (IllegalArgumentException e) {
      say(Verdict.BAD, "environment", "HDF5_VOL_CONNECTOR: " + e.getMessage());
      return;
    }
    if (path == null || !Distribution.pluginPath(path).equals(path)) {
      say(
          Verdict.BAD,
          "environment",
          "HDF5_PLUGIN_PATH does not contain %s: %s"
              .formatted(Distribution.pluginFolder(), remedy));
      return;
    }
    say(Verdict.OK, "environment", "HDF5_VOL_CONNECTOR=\"" + connector + "\", and its folder");
  }

  private static void deleteAll(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
