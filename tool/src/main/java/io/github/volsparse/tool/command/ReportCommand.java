package io.github.volsparse.tool.command;

import io.github.volsparse.tool.hdf5.Dataset;
import io.github.volsparse.tool.hdf5.H5File;
import io.github.volsparse.tool.report.ReportPage;
import io.github.volsparse.tool.text.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes a page about a file. */
@Command(
    name = "report",
    mixinStandardHelpOptions = true,
    header = "Writes an HTML page about a file: what is stored, where, and what would gain.",
    description = {
      "",
      "Writes one HTML file that loads nothing else. It shows the tree of datasets;"
          + " for each dataset its shape, type and factor, where its bytes are, a map of"
          + " the defined elements and the density over chunks; and which datasets would"
          + " gain from sparse storage.",
      ""
    })
final class ReportCommand implements Runnable {
  @Mixin private Hdf5Option hdf5;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT",
      description = "The HTML file to write. Default: standard output.")
  private Path out;

  @Option(
      names = "--frames",
      paramLabel = "NUMBER",
      defaultValue = "16",
      description =
          "For how many frames of each dataset to draw a separate map, in addition to"
              + " the map of all frames. More maps make the page larger. Default:"
              + " ${DEFAULT-VALUE}.")
  private int frames;

  @Parameters(index = "0", paramLabel = "FILE", description = "An HDF5 file.")
  private Path path;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "DATASET",
      description = "A dataset in it. Default: all of them.")
  private String dataset;

  @Override
  public void run() {
    try (H5File file = hdf5.open(path)) {
      write(page(file));
    } catch (IOException e) {
      throw new UserError(VolSparse.inWords(e));
    }
  }

  private String page(H5File file) throws IOException {
    long bytes = Files.size(path);
    try (Progress progress =
        new Progress(Distribution.isTerminal(), path.getFileName().toString(), bytes)) {
      ReportPage page = new ReportPage(path.getFileName().toString(), bytes, frames, progress::add);
      if (dataset == null) {
        file.forEachDataset(page);
        return page.write(AdviseCommand.command(path, page.forecasts()));
      }
      try (Dataset opened = Datasets.open(file, dataset)) {
        page.visit(opened);
      }
      if (page.isEmpty()) {
        throw new UserError(dataset + " in " + path + " cannot be read: " + page.failures());
      }
      return page.writeSingle();
    }
  }

  private void write(String html) throws IOException {
    if (out == null) {
      System.out.print(html);
    } else {
      Files.writeString(out, html);
    }
  }
}
