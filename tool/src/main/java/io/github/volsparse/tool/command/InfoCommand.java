package io.github.volsparse.tool.command;

import io.github.volsparse.tool.chunks.DatasetInfo;
import io.github.volsparse.tool.hdf5.Dataset;
import io.github.volsparse.tool.hdf5.H5File;
import io.github.volsparse.tool.text.Numbers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows what is stored for each dataset. */
@Command(
    name = "info",
    mixinStandardHelpOptions = true,
    header = "Shows what is stored for each dataset.",
    description = {
      "",
      "Describes each dataset and what is stored for it. For sparse datasets it"
          + " shows how many elements are defined, how the chunks are encoded, and how much"
          + " that saves.",
      ""
    })
final class InfoCommand implements Runnable {
  @Mixin private Hdf5Option hdf5;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Option(
      names = "--sample",
      paramLabel = "CHUNKS",
      defaultValue = "8",
      description =
          "From how many chunks of each sparse dataset to estimate what gzip would make of it;"
              + " 0 for no estimate. Default: ${DEFAULT-VALUE}.")
  private int sample;

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
      List<DatasetInfo> infos = new ArrayList<>();
      if (dataset != null) {
        try (Dataset opened = Datasets.open(file, dataset)) {
          infos.add(DatasetInfo.of(opened, sample));
        }
      } else {
        file.forEachDataset(opened -> infos.add(DatasetInfo.of(opened, sample)));
      }
      if (json) {
        JsonText.print(
            Map.of(
                "file",
                path.toString(),
                "datasets",
                infos.stream().map(InfoCommand::asJson).toList()));
      } else {
        print(infos);
      }
    }
  }

  private void print(List<DatasetInfo> infos) {
    if (infos.isEmpty()) {
      System.out.println(path + " has no datasets.");
    }
    boolean first = true;
    for (DatasetInfo info : infos) {
      System.out.print(first ? "" : "\n");
      first = false;
      print(info);
    }
  }

  private static void print(DatasetInfo info) {
    System.out.println(info.name());
    row("shape", shape(info));
    row("type", info.type());
    row("layout", layout(info));
    DatasetInfo.Sparse sparse = info.sparse();
    if (sparse != null) {
      String what = sparse.keepsWritten() ? "written" : "defined";
      row(
          what,
          "%d of %s (%s)"
              .formatted(
                  sparse.defined(),
                  Numbers.count(info.elements(), "element"),
                  Numbers.percent(sparse.defined(), info.elements())));
      row("chunks", chunks(sparse));
      if (sparse.damaged() > 0) {
        row("damaged", Numbers.count(sparse.damaged(), "chunk") + "; see vol-sparse verify");
      }
    }
    if (info.damage() != null) {
      row("damaged", info.damage());
    }
    row("stored", stored(info));
    if (sparse != null && sparse.gzip() != null) {
      DatasetInfo.Gzip gzip = sparse.gzip();
      row(
          "gzip",
          "about %s with shuffle and gzip, %s times as much (estimated from %s)"
              .formatted(
                  Numbers.bytes(gzip.bytes()),
                  Numbers.factor(gzip.bytes(), info.storedBytes()),
                  Numbers.count(gzip.sample(), "chunk")));
    }
  }

  private static void row(String name, String value) {
    System.out.printf("  %-9s %s%n", name, value);
  }

  private static String shape(DatasetInfo info) {
    String now = Numbers.lengths(info.shape());
    String most = Numbers.lengths(info.maximumShape());
    return now.equals(most) ? now : now + ", up to " + most;
  }

  private static String layout(DatasetInfo info) {
    String layout = info.layout();
    if (info.chunkShape() != null) {
      layout =
          (info.sparse() != null ? "sparse, chunks of " : "chunks of ")
              + Numbers.lengths(info.chunkShape());
    }
    if (!info.filters().isEmpty()) {
      layout += ", filters " + String.join(", ", info.filters());
    }
    return layout;
  }

  private static String chunks(DatasetInfo.Sparse sparse) {
    String encodings =
        sparse.encodings().entrySet().stream()
            .map(e -> e.getValue() + " " + e.getKey())
            .collect(Collectors.joining(", "));
    return "%d of %d stored%s"
        .formatted(
            sparse.storedChunks(),
            sparse.chunksInExtent(),
            encodings.isEmpty() ? "" : ": " + encodings);
  }

  private static String stored(DatasetInfo info) {
    StringBuilder text = new StringBuilder(Numbers.bytes(info.storedBytes()));
    DatasetInfo.Sparse sparse = info.sparse();
    if (sparse != null && sparse.storedChunks() > 0) {
      text.append(
          " (selections %s, values %s)"
              .formatted(
                  Numbers.bytes(sparse.selectionBytes()), Numbers.bytes(sparse.valueBytes())));
    }
    if (info.storedBytes() > 0 && info.denseBytes() > 0) {
      text.append(
          ", dense %s: factor %s"
              .formatted(
                  Numbers.bytes(info.denseBytes()),
                  Numbers.factor(info.denseBytes(), info.storedBytes())));
    } else {
      text.append(", dense ").append(Numbers.bytes(info.denseBytes()));
    }
    return text.toString();
  }

  private static Map<String, Object> asJson(DatasetInfo info) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("name", info.name());
    object.put("shape", JsonText.list(info.shape()));
    object.put("maximum_shape", JsonText.list(info.maximumShape()));
    object.put("type", info.type());
    object.put("layout", info.layout());
    object.put("chunk_shape", JsonText.list(info.chunkShape()));
    object.put("filters", info.filters());
    object.put("elements", info.elements());
    object.put("dense_bytes", info.denseBytes());
    object.put("stored_bytes", info.storedBytes());
    DatasetInfo.Sparse sparse = info.sparse();
    object.put("sparse", sparse != null);
    if (info.damage() != null) {
      object.put("damage", info.damage());
    }
    if (sparse != null) {
      object.put("keep", sparse.keepsWritten() ? "written" : "nonfill");
      object.put("defined", sparse.defined());
      object.put("density", (double) sparse.defined() / Math.max(1, info.elements()));
      object.put("chunks", sparse.chunksInExtent());
      object.put("stored_chunks", sparse.storedChunks());
      object.put("encodings", sparse.encodings());
      object.put("codings", sparse.codings());
      object.put("damaged_chunks", sparse.damaged());
      object.put("selection_bytes", sparse.selectionBytes());
      object.put("value_bytes", sparse.valueBytes());
      if (sparse.gzip() != null) {
        object.put("estimated_gzip_bytes", sparse.gzip().bytes());
        object.put("estimated_from_chunks", sparse.gzip().sample());
      }
    }
    return object;
  }
}
