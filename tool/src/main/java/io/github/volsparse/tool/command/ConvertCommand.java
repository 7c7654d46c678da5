package io.github.volsparse.tool.command;

import io.github.volsparse.config.Configuration;
import io.github.volsparse.tool.convert.AtomicFile;
import io.github.volsparse.tool.convert.FileCopy;
import io.github.volsparse.tool.hdf5.H5File;
import io.github.volsparse.tool.text.Numbers;
import io.github.volsparse.tool.text.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Copies a file and makes its datasets sparse, or native again. */
@Command(
    name = "convert",
    mixinStandardHelpOptions = true,
    header = "Copies a file and makes its datasets sparse, or native again.",
    description = {
      "",
      "Copies a file. In the copy, datasets are sparse where possible, or native"
          + " again. Everything else is unchanged: groups, links, attributes, named"
          + " datatypes, references, filters, extents, the user block. The copy appears"
          + " under its name when it is complete.",
      ""
    })
final class ConvertCommand implements Runnable {
  @Mixin private Hdf5Option hdf5;

  @Option(
      names = "--to",
      paramLabel = "sparse|native",
      defaultValue = "SPARSE",
      description = "What datasets are to become. Default: sparse.")
  private FileCopy.Target target;

  @Option(
      names = "--layout",
      paramLabel = "chunked|all",
      defaultValue = "CHUNKED",
      description =
          "Which datasets become sparse: chunked ones, or also contiguous ones, which"
              + " get a chunk shape. Default: chunked.")
  private Configuration.Layout layout;

  @Option(
      names = {"-d", "--dataset"},
      paramLabel = "DATASET",
      description = "Convert only this dataset; may be repeated.")
  private List<String> only = new ArrayList<>();

  @Option(
      names = {"-o", "--option"},
      paramLabel = "KEY=VALUE",
      description = "An option of the connector, such as keep=written; may be repeated.")
  private List<String> options = new ArrayList<>();

  @Option(names = "--force", description = "Replace OUT if it exists.")
  private boolean force;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Option(
      names = {"-q", "--quiet"},
      description = "Print nothing if all is well.")
  private boolean quiet;

  @Parameters(index = "0", paramLabel = "IN", description = "An HDF5 file.")
  private Path in;

  @Parameters(index = "1", paramLabel = "OUT", description = "The file to make.")
  private Path out;

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    try {
      convert();
    } catch (IOException e) {
      throw new UserError(VolSparse.inWords(e));
    }
  }

  private void convert() throws IOException {
    options.add("layout=" + layout.name().toLowerCase(Locale.ROOT));
    String info = String.join(";", options);
    checkOptions(info);
    Set<String> missing = new TreeSet<>();
    only.forEach(name -> missing.add(absolute(name)));
    Set<String> chosen = Set.copyOf(missing);
    FileCopy.Choice choice =
        path -> chosen.isEmpty() || missing.remove(path) || chosen.contains(path);
    FileCopy.Outcome outcome;
    try (H5File source = hdf5.open(in);
        AtomicFile file = new AtomicFile(out, force)) {
      try (Progress progress =
          new Progress(Distribution.isTerminal(), out.getFileName().toString(), Files.size(in))) {
        outcome =
            new FileCopy(
                    source,
                    file.part(),
                    target,
                    info,
                    layout == Configuration.Layout.ALL,
                    choice,
                    progress::add)
                .run();
      }
      if (!missing.isEmpty()) {
        throw new UserError(
            "%s in %s cannot be made %s: there is no such dataset, or it is so already, or it"
                    .formatted(
                        String.join(", ", missing), in, target.name().toLowerCase(Locale.ROOT))
                + " cannot be; \"vol-sparse advise\" says why");
      }
      file.complete();
    }
    report(outcome);
  }

  private void checkOptions(String info) {
    try {
      Configuration.parse(info);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
  }

  private static String absolute(String name) {
    return name.startsWith("/") ? name : "/" + name;
  }

  private void report(FileCopy.Outcome outcome) throws IOException {
    long before = Files.size(in);
    long after = Files.size(out);
    if (json) {
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("file", out.toString());
      object.put("converted", outcome.converted());
      object.put("already", outcome.already());
      object.put("datasets", outcome.datasets());
      object.put("lost_references", outcome.lostReferences());
      object.put("bytes_before", before);
      object.put("bytes_after", after);
      JsonText.print(object);
    } else if (!quiet) {
      String wanted = target.name().toLowerCase(Locale.ROOT);
      System.out.printf(
          "%s: %d of %s made %s%s; %s, was %s%n",
          out,
          outcome.converted().size(),
          Numbers.count(outcome.datasets(), "dataset"),
          wanted,
          outcome.converted().isEmpty() && outcome.already() > 0
              ? " (%d %s %s already)"
                  .formatted(outcome.already(), outcome.already() == 1 ? "is" : "are", wanted)
              : "",
          Numbers.bytes(after),
          Numbers.bytes(before));
    }
    if (outcome.lostReferences() > 0) {
      System.err.printf(
          "vol-sparse convert: %s of %s pointed to nothing, and points to nothing in the"
              + " copy%n",
          Numbers.count(outcome.lostReferences(), "reference"), in);
    }
  }
}
