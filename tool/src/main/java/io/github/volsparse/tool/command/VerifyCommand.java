package io.github.volsparse.tool.command;

import io.github.volsparse.tool.chunks.Verification;
import io.github.volsparse.tool.hdf5.H5File;
import io.github.volsparse.tool.hdf5.Hdf5Failure;
import io.github.volsparse.tool.text.Numbers;
import io.github.volsparse.tool.text.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Checks files for damage. */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    header = "Checks every chunk of files for damage.",
    description = {
      "",
      "Checks every chunk of files. For sparse datasets it checks the checksum and"
          + " the structure, for others that the filters can be undone. It lists damage by"
          + " dataset and chunk; a chunk is named by the coordinates of its first element.",
      ""
    })
final class VerifyCommand implements Callable<Integer> {
  @Mixin private Hdf5Option hdf5;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Option(
      names = {"-q", "--quiet"},
      description = "Print only what is wrong.")
  private boolean quiet;

  @Parameters(arity = "1..*", paramLabel = "FILE", description = "HDF5 files.")
  private List<Path> paths;

  @Override
  public Integer call() throws IOException {
    hdf5.load();
    boolean good = true;
    List<Map<String, Object>> reports = new ArrayList<>();
    for (Path path : paths) {
      Map<String, Object> report = new LinkedHashMap<>();
      report.put("file", path.toString());
      good &= verify(path, report);
      reports.add(report);
    }
    if (json) {
      JsonText.print(Map.of("files", reports));
    }
    return good ? VolSparse.OK : VolSparse.FAILED;
  }

  private boolean verify(Path path, Map<String, Object> report) throws IOException {
    String cannotOpen = null;
    try {
      Hdf5Option.checkReadable(path);
      return verifyOpened(path, report);
    } catch (UserError e) {
      cannotOpen = e.getMessage();
    } catch (Hdf5Failure e) {
      cannotOpen = Hdf5Option.cannotOpen(path, e).getMessage();
    }
    report.put("problem", cannotOpen);
    say(cannotOpen);
    return false;
  }

  private boolean verifyOpened(Path path, Map<String, Object> report) throws IOException {
    long bytes = Files.size(path);
    String cutOff = null;
    H5File opened;
    try {
      opened = H5File.open(path);
    } catch (Hdf5Failure e) {
      if (!e.getMessage().startsWith("truncated file")) {
        throw e;
      }
      cutOff = "is cut off (" + e.getMessage() + ")";
      say(path + ": " + cutOff);
      opened = H5File.openCutOff(path);
    }
    Verification verification;
    try (H5File file = opened;
        Progress progress =
            new Progress(Distribution.isTerminal(), path.getFileName().toString(), bytes)) {
      verification = new Verification(bytes, progress::add);
      file.forEachDataset(verification);
    }
    report.put("problem", cutOff);
    report.put("datasets", verification.datasets());
    report.put("chunks", verification.chunks());
    report.put("damaged", asJson(verification.problems()));
    report.put("unchecked", asJson(verification.unchecked()));
    verification.problems().forEach(problem -> say(inWords(path, problem)));
    boolean good = cutOff == null && verification.problems().isEmpty();
    if (!quiet) {
      verification.unchecked().forEach(problem -> say(inWords(path, problem)));
      say(
          "%s: %s (%s in %s)"
              .formatted(
                  path,
                  good ? "ok" : Numbers.count(verification.problems().size(), "problem"),
                  Numbers.count(verification.chunks(), "chunk"),
                  Numbers.count(verification.datasets(), "dataset")));
    }
    return good;
  }

  private void say(String line) {
    if (!json) {
      System.out.println(line);
    }
  }

  private static String inWords(Path path, Verification.Problem problem) {
    return problem.chunk() == null
        ? "%s: %s: %s".formatted(path, problem.object(), problem.what())
        : "%s: %s, chunk %s: %s"
            .formatted(
                path, problem.object(), Numbers.coordinates(problem.chunk()), problem.what());
  }

  private static List<Map<String, Object>> asJson(List<Verification.Problem> problems) {
    List<Map<String, Object>> list = new ArrayList<>();
    for (Verification.Problem problem : problems) {
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("dataset", problem.object());
      object.put("chunk", JsonText.list(problem.chunk()));
      object.put("what", problem.what());
      list.add(object);
    }
    return list;
  }
}
