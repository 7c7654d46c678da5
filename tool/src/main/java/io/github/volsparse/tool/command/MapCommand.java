package io.github.volsparse.tool.command;

import io.github.volsparse.tool.chunks.DefinedMap;
import io.github.volsparse.tool.hdf5.Dataset;
import io.github.volsparse.tool.hdf5.H5File;
import io.github.volsparse.tool.picture.MapPicture;
import io.github.volsparse.tool.text.Numbers;
import io.github.volsparse.tool.text.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Draws where the defined elements are. */
@Command(
    name = "map",
    mixinStandardHelpOptions = true,
    header = "Draws where the defined elements of a dataset are, as SVG.",
    description = {
      "",
      "Draws where in the last two dimensions the defined elements are, summed over"
          + " all frames or in one frame, and the density of every chunk. In a native"
          + " dataset, the elements that differ from the fill value count as defined.",
      ""
    })
final class MapCommand implements Runnable {
  private static final int MOST_CELLS = 1024;
  private static final int BARS = 250;

  @Mixin private Hdf5Option hdf5;

  @Option(
      names = "--frame",
      paramLabel = "INDEX",
      split = ",",
      description =
          "Draw one frame: an index for each dimension except the last two, separated by"
              + " commas.")
  private long[] frame;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT",
      description = "The SVG file to write. Default: standard output.")
  private Path out;

  @Parameters(index = "0", paramLabel = "FILE", description = "An HDF5 file.")
  private Path path;

  @Parameters(index = "1", paramLabel = "DATASET", description = "A chunked dataset in it.")
  private String name;

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    try (H5File file = hdf5.open(path);
        Dataset dataset = Datasets.open(file, name)) {
      check(dataset);
      DefinedMap map = new DefinedMap(dataset, frame, MOST_CELLS, BARS);
      try (Progress progress =
          new Progress(Distribution.isTerminal(), name, dataset.storedBytes())) {
        map.read(dataset, progress::add);
      }
      write(MapPicture.draw(map, title(), subtitle(dataset, map)));
    } catch (IOException e) {
      throw new UserError(VolSparse.inWords(e));
    }
  }

  private void check(Dataset dataset) {
    if (dataset.layout() != Dataset.Layout.CHUNKED || !dataset.hasFixedSizeElements()) {
      throw new UserError(name + " is not chunked, or its elements have no fixed size");
    }
    if (dataset.elements() == 0) {
      throw new UserError(name + " has no elements");
    }
    if (frame == null) {
      return;
    }
    long[] shape = dataset.shape();
    if (frame.length != shape.length - 2) {
      throw new ParameterException(
          spec.commandLine(),
          "--frame: %s has %d dimensions, so a frame has %d indices"
              .formatted(name, shape.length, Math.max(0, shape.length - 2)));
    }
    for (int d = 0; d < frame.length; d++) {
      if (frame[d] < 0 || frame[d] >= shape[d]) {
        throw new UserError(
            "there is no frame %s in %s, whose shape is %s"
                .formatted(Numbers.coordinates(frame), name, Numbers.lengths(shape)));
      }
    }
  }

  private String title() {
    return name + (frame == null ? "" : ", frame " + Numbers.coordinates(frame));
  }

  private String subtitle(Dataset dataset, DefinedMap map) {
    long elements =
        frame == null ? dataset.elements() : Math.multiplyExact(map.rows(), map.columns());
    return "%s in %s; %d of %s defined (%s)%s"
        .formatted(
            Numbers.lengths(dataset.shape()),
            path.getFileName(),
            map.defined(),
            Numbers.count(elements, "element"),
            Numbers.percent(map.defined(), elements),
            map.frames() > 1 ? "; summed over " + Numbers.count(map.frames(), "frame") : "");
  }

  private void write(String svg) throws IOException {
    if (out == null) {
      System.out.print(svg);
    } else {
      Files.writeString(out, svg);
    }
  }
}
