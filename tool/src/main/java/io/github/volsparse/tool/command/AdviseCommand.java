package io.github.volsparse.tool.command;

import io.github.volsparse.tool.chunks.Forecast;
import io.github.volsparse.tool.hdf5.H5File;
import io.github.volsparse.tool.text.Numbers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tells which datasets of a native file would gain from sparse storage. */
@Command(
    name = "advise",
    mixinStandardHelpOptions = true,
    header = "Tells which datasets of a native file would gain, and by how much.",
    description = {
      "",
      "Tells which datasets of a native file would take less space if they were"
          + " sparse. It reads a random sample of the chunks of each dataset, the same in"
          + " every run, and encodes them as the connector would.",
      ""
    })
final class AdviseCommand implements Runnable {
  @Mixin private Hdf5Option hdf5;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Option(
      names = "--sample",
      paramLabel = "CHUNKS",
      defaultValue = "32",
      description = "How many chunks of each dataset to read. Default: ${DEFAULT-VALUE}.")
  private int sample;

  @Parameters(index = "0", paramLabel = "FILE", description = "An HDF5 file.")
  private Path path;

  @Override
  public void run() {
    List<Forecast> forecasts = new ArrayList<>();
    try (H5File file = hdf5.open(path)) {
      file.forEachDataset(dataset -> forecasts.add(Forecast.of(dataset, Math.max(1, sample))));
    }
    forecasts.sort(Comparator.comparingLong(f -> f.sparseBytes() - f.storedBytes()));
    if (json) {
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("file", path.toString());
      object.put("command", command(path, forecasts));
      object.put("datasets", forecasts.stream().map(AdviseCommand::asJson).toList());
      JsonText.print(object);
      return;
    }
    forecasts.forEach(AdviseCommand::print);
    String command = command(path, forecasts);
    System.out.println(
        command == null
            ? "\nNothing to gain here."
            : "\n%s of %s could be saved:\n  %s"
                .formatted(
                    Numbers.bytes(saved(forecasts)), Numbers.bytes(now(forecasts)), command));
  }

  private static void print(Forecast forecast) {
    System.out.printf(
        "%-6s %s: %s%n",
        forecast.gains() ? "gains" : "-",
        forecast.dataset(),
        forecast.reason() != null
            ? forecast.reason()
            : "%s instead of %s, factor %s; %s defined (from %d of %s)%s"
                .formatted(
                    Numbers.bytes(forecast.sparseBytes()),
                    Numbers.bytes(forecast.storedBytes()),
                    Numbers.factor(forecast.storedBytes(), forecast.sparseBytes()),
                    Numbers.percent(forecast.density(), 1),
                    forecast.sample(),
                    Numbers.count(forecast.chunks(), "chunk"),
                    forecast.contiguous() ? "; contiguous, it would get chunks" : ""));
  }

  private static long now(List<Forecast> forecasts) {
    return forecasts.stream().mapToLong(Forecast::storedBytes).sum();
  }

  private static long saved(List<Forecast> forecasts) {
    return forecasts.stream()
        .filter(Forecast::gains)
        .mapToLong(f -> f.storedBytes() - f.sparseBytes())
        .sum();
  }

  /** The command that saves it; null if there is nothing to gain. */
  static String command(Path path, List<Forecast> forecasts) {
    if (forecasts.stream().noneMatch(Forecast::gains)) {
      return null;
    }
    boolean all = forecasts.stream().anyMatch(f -> f.gains() && f.contiguous());
    String name = path.getFileName().toString();
    int dot = name.lastIndexOf('.');
    String out =
        dot > 0 ? name.substring(0, dot) + "-sparse" + name.substring(dot) : name + "-sparse";
    return "vol-sparse convert %s%s %s"
        .formatted(all ? "--layout all " : "", quoted(path.toString()), quoted(out));
  }

  private static String quoted(String word) {
    return word.matches("[\\w@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }

  private static Map<String, Object> asJson(Forecast forecast) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("name", forecast.dataset());
    object.put("gains", forecast.gains());
    object.put("reason", forecast.reason());
    object.put("stored_bytes", forecast.storedBytes());
    if (forecast.reason() == null) {
      object.put("sparse_bytes", forecast.sparseBytes());
      object.put("density", forecast.density());
      object.put("contiguous", forecast.contiguous());
      object.put("sample", forecast.sample());
      object.put("chunks", forecast.chunks());
    }
    return object;
  }
}
