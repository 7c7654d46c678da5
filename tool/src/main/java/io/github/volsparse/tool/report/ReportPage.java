package io.github.volsparse.tool.report;

import io.github.volsparse.tool.chunks.DatasetInfo;
import io.github.volsparse.tool.chunks.Forecast;
import io.github.volsparse.tool.hdf5.Dataset;
import io.github.volsparse.tool.hdf5.H5File;
import io.github.volsparse.tool.hdf5.Hdf5Failure;
import io.github.volsparse.tool.text.Numbers;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongConsumer;

/**
 * A page about a file, or about one dataset of it, in one HTML file that loads nothing else. Every
 * picture is also given as a table, and the page can be read without JavaScript.
 *
 * <p>Memory: the page, whose maps take {@value #MOST_MAP_BYTES} bytes at most before they are
 * encoded as text.
 *
 * <p>The class is long because most of it is the page's text and tags, in the order of the page.
 */
public final class ReportPage implements H5File.DatasetVisitor {
  private static final long MOST_MAP_BYTES = 24L << 20;
  private static final int BARS_WIDTH = 720;
  private static final int BARS_HEIGHT = 120;
  private static final int PERCENT = 100;

  private final String fileName;
  private final long fileBytes;
  private final int frames;
  private final LongConsumer progress;
  private final List<DatasetReport> datasets = new ArrayList<>();
  private final Map<String, String> failures = new LinkedHashMap<>();
  private long room = MOST_MAP_BYTES;

  /**
   * Prepares a page.
   *
   * @param fileName what the file is called there
   * @param fileBytes its size
   * @param frames of how many frames of each dataset at most to draw maps of their own
   * @param progress receives the number of bytes that were read
   */
  public ReportPage(String fileName, long fileBytes, int frames, LongConsumer progress) {
    this.fileName = fileName;
    this.fileBytes = fileBytes;
    this.frames = frames;
    this.progress = progress;
  }

  @Override
  public void visit(Dataset dataset) {
    try {
      DatasetReport report = DatasetReport.of(dataset, frames, room, progress);
      report.maps().forEach(map -> room -= map.image().png().length);
      datasets.add(report);
    } catch (Hdf5Failure failure) {
      failed(dataset.name(), failure);
    }
  }

  @Override
  public void failed(String name, Hdf5Failure failure) {
    failures.put(name, failure.getMessage());
  }

  /**
   * Writes the page about all datasets that were visited.
   *
   * @param command what converts the file; null if there is nothing to gain
   */
  public String write(String command) {
    Html page = begin(fileName);
    page.raw("<a class=\"skip\" href=\"#main\">Skip to the content</a>\n<header>")
        .element("h1", fileName)
        .raw("<p>");
    summarise(page);
    page.raw("</p></header>\n<div class=\"columns\">\n");
    writeTree(page);
    page.raw("<main id=\"main\" tabindex=\"-1\">\n");
    writeOverview(page);
    writeAdvice(page, command);
    for (int i = 0; i < datasets.size(); i++) {
      writeDataset(page, datasets.get(i), i);
    }
    return end(page.raw("</main>\n</div>\n"));
  }

  /** Writes the page about the one dataset that was visited, without what is about a whole file. */
  public String writeSingle() {
    DatasetReport report = datasets.getFirst();
    Html page = begin(report.info().name());
    page.raw("<main id=\"main\">\n");
    writeDataset(page, report, 0);
    return end(page.raw("</main>\n"));
  }

  /** The forecasts of the datasets that are not sparse. */
  public List<Forecast> forecasts() {
    return datasets.stream().map(DatasetReport::forecast).filter(f -> f != null).toList();
  }

  /** Whether the dataset that was asked for is there. */
  public boolean isEmpty() {
    return datasets.isEmpty();
  }

  /** Why datasets could not be read, by their paths. */
  public Map<String, String> failures() {
    return Map.copyOf(failures);
  }

  private static Html begin(String title) {
    return new Html()
        .raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .raw("<meta name=\"color-scheme\" content=\"light dark\">\n")
        .raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';")
        .raw(" img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n")
        .element("title", title + " – vol-sparse")
        .raw("\n<style>\n" + resource("report.css") + "</style>\n</head>\n<body>\n");
  }

  private static String end(Html page) {
    return page.raw("<script>\n" + resource("report.js") + "</script>\n</body>\n</html>\n")
        .toString();
  }

  private static String resource(String name) {
    try (InputStream stream = ReportPage.class.getResourceAsStream(name)) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void summarise(Html page) {
    long stored = datasets.stream().mapToLong(d -> d.info().storedBytes()).sum();
    double dense = datasets.stream().mapToDouble(d -> d.info().denseBytes()).sum();
    long sparse = datasets.stream().filter(d -> d.info().sparse() != null).count();
    page.text(
        "%s, of which %s for the elements of %s, %d of them sparse. In memory the elements take %s%s."
            .formatted(
                Numbers.bytes(fileBytes),
                Numbers.bytes(stored),
                Numbers.count(datasets.size(), "dataset"),
                sparse,
                Numbers.bytes((long) dense),
                stored > 0 ? ": factor " + Numbers.factor(dense, stored) : ""));
  }

  /** A group: what is in it by name, a group or a dataset's index. */
  private static final class Group {
    private final Map<String, Group> groups = new LinkedHashMap<>();
    private final Map<String, Integer> members = new LinkedHashMap<>();
  }

  private void writeTree(Html page) {
    Group root = new Group();
    for (int i = 0; i < datasets.size(); i++) {
      String[] parts = datasets.get(i).info().name().substring(1).split("/", -1);
      Group group = root;
      for (int p = 0; p < parts.length - 1; p++) {
        group = group.groups.computeIfAbsent(parts[p], name -> new Group());
      }
      group.members.put(parts[parts.length - 1], i);
    }
    page.raw("<nav aria-label=\"Groups and datasets\"><h2>Contents</h2>\n");
    page.raw("<p><a href=\"#overview\">Overview</a></p>");
    page.raw("<p><a href=\"#advice\">What would gain</a></p>\n");
    writeGroup(page, root);
    page.raw("</nav>\n");
  }

  private void writeGroup(Html page, Group group) {
    page.raw("<ul>");
    group.members.forEach(
        (name, i) -> {
          DatasetInfo info = datasets.get(i).info();
          page.raw("<li><a href=\"#" + id(i) + "\">").text(name).raw("</a> ");
          page.element("small", info.sparse() != null ? "sparse, " + factor(info) : info.layout());
          page.raw("</li>\n");
        });
    group.groups.forEach(
        (name, inside) -> {
          page.raw("<li><details open>").element("summary", name + "/");
          writeGroup(page, inside);
          page.raw("</details></li>\n");
        });
    page.raw("</ul>");
  }

  private static String id(int dataset) {
    return "dataset-" + dataset;
  }

  private static String factor(DatasetInfo info) {
    return info.storedBytes() == 0
        ? "nothing stored"
        : "factor " + Numbers.factor(info.denseBytes(), info.storedBytes());
  }

  private void writeOverview(Html page) {
    page.raw("<section id=\"overview\" aria-labelledby=\"overview-title\">\n");
    page.element("h2 id=\"overview-title\"", "Overview");
    if (datasets.isEmpty()) {
      page.element("p", "The file has no datasets.");
    } else {
      long most = datasets.stream().mapToLong(d -> d.info().storedBytes()).max().orElse(0);
      page.beginTable(
          "All datasets", "Dataset", "Shape", "Type", "Storage", "Defined", "Stored", "Factor");
      for (int i = 0; i < datasets.size(); i++) {
        DatasetInfo info = datasets.get(i).info();
        page.raw("<tr><th scope=\"row\"><a href=\"#" + id(i) + "\">").text(info.name());
        page.raw("</a></th>").element("td", Numbers.lengths(info.shape()));
        page.element("td", info.type()).element("td", info.layout());
        page.element(
            "td",
            info.sparse() == null
                ? "–"
                : Numbers.percent(info.sparse().defined(), info.elements()));
        page.raw("<td>").text(Numbers.bytes(info.storedBytes()));
        writeMeter(page, info.storedBytes(), most);
        page.raw("</td>");
        page.element(
            "td",
            info.storedBytes() == 0 ? "–" : Numbers.factor(info.denseBytes(), info.storedBytes()));
        page.raw("</tr>\n");
      }
      page.endTable();
    }
    failures.forEach(
        (name, why) -> page.element("p class=\"warning\"", name + " cannot be read: " + why));
    page.raw("</section>\n");
  }

  private static void writeMeter(Html page, double part, double whole) {
    page.raw("<div class=\"meter\" aria-hidden=\"true\"><span style=\"width:")
        .raw(share(part, whole))
        .raw("\"></span></div>");
  }

  private static String share(double part, double whole) {
    return number(whole == 0 ? 0 : PERCENT * part / whole) + "%";
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }

  private void writeAdvice(Html page, String command) {
    page.raw("<section id=\"advice\" aria-labelledby=\"advice-title\">\n");
    page.element("h2 id=\"advice-title\"", "What would gain");
    List<Forecast> forecasts = forecasts();
    if (forecasts.isEmpty()) {
      page.element("p", "Every dataset is sparse already.");
    } else {
      page.element(
          "p",
          "Estimated from a random sample of each dataset's chunks, encoded as the connector would.");
      page.beginTable(
          "Datasets that are not sparse",
          "Dataset",
          "Gains",
          "Stored now",
          "Sparse",
          "Factor",
          "Why");
      for (Forecast forecast : forecasts) {
        boolean known = forecast.reason() == null;
        page.row(
            forecast.dataset(),
            forecast.gains() ? "yes" : "no",
            Numbers.bytes(forecast.storedBytes()),
            known ? "about " + Numbers.bytes(forecast.sparseBytes()) : "–",
            known ? Numbers.factor(forecast.storedBytes(), forecast.sparseBytes()) : "–",
            known
                ? remark(forecast)
                : "cannot be sparse, or nothing to tell: " + forecast.reason());
      }
      page.endTable();
    }
    if (command != null) {
      page.raw("<p>This makes them sparse in a copy:</p>\n<pre tabindex=\"0\"><code>");
      page.text(command).raw("</code></pre>\n");
    }
    page.raw("</section>\n");
  }

  private static String remark(Forecast forecast) {
    return "%s differ from the fill value%s"
        .formatted(
            Numbers.percent(forecast.density(), 1),
            forecast.contiguous() ? "; contiguous, it would get chunks" : "");
  }

  private static void writeDataset(Html page, DatasetReport report, int index) {
    DatasetInfo info = report.info();
    String title = id(index) + "-title";
    page.raw("<section class=\"dataset\" id=\"" + id(index) + "\" aria-labelledby=\"" + title);
    page.raw("\">\n").element("h2 id=\"" + title + "\"", info.name());
    writeFacts(page, info);
    writeBytes(page, info);
    page.element("h3", "Defined elements");
    if (report.note() != null) {
      page.element("p", report.note());
    } else {
      writeMaps(page, report, index);
      writeDensity(page, report.density());
    }
    page.raw("</section>\n");
  }

  private static void fact(Html page, String name, String value) {
    page.raw("<div>").element("dt", name).element("dd", value).raw("</div>\n");
  }

  private static void writeFacts(Html page, DatasetInfo info) {
    page.raw("<dl class=\"facts\">\n");
    String most = Numbers.lengths(info.maximumShape());
    String shape = Numbers.lengths(info.shape());
    fact(page, "Shape", most.equals(shape) ? shape : shape + ", up to " + most);
    fact(page, "Type", info.type());
    fact(page, "Storage", info.layout());
    if (info.chunkShape() != null) {
      fact(page, "Chunks of", Numbers.lengths(info.chunkShape()));
    }
    if (!info.filters().isEmpty()) {
      fact(page, "Filters", String.join(", ", info.filters()));
    }
    fact(page, "In memory", Numbers.bytes(info.denseBytes()));
    fact(page, "In the file", Numbers.bytes(info.storedBytes()));
    if (info.storedBytes() > 0) {
      fact(page, "Factor", Numbers.factor(info.denseBytes(), info.storedBytes()));
    }
    DatasetInfo.Sparse sparse = info.sparse();
    if (sparse != null) {
      fact(
          page,
          sparse.keepsWritten() ? "Written" : "Defined",
          "%d elements, %s"
              .formatted(sparse.defined(), Numbers.percent(sparse.defined(), info.elements())));
      fact(
          page,
          "Stored chunks",
          "%d of %d".formatted(sparse.storedChunks(), sparse.chunksInExtent()));
      if (sparse.gzip() != null) {
        fact(page, "With gzip", "about " + Numbers.bytes(sparse.gzip().bytes()) + " (an estimate)");
      }
    }
    page.raw("</dl>\n");
    if (info.damage() != null) {
      page.element("p class=\"warning\"", "Damaged: " + info.damage());
    } else if (sparse != null && sparse.damaged() > 0) {
      page.element(
          "p class=\"warning\"",
          Numbers.count(sparse.damaged(), "chunk") + " damaged: vol-sparse verify lists them.");
    }
  }

  private static void writeBytes(Html page, DatasetInfo info) {
    DatasetInfo.Sparse sparse = info.sparse();
    if (info.storedBytes() == 0) {
      return;
    }
    Map<String, Long> parts = new LinkedHashMap<>();
    if (sparse != null) {
      parts.put("which elements are defined", sparse.selectionBytes());
      parts.put("their values", sparse.valueBytes());
      long rest = info.storedBytes() - sparse.selectionBytes() - sparse.valueBytes();
      parts.put("headers, and chunks in the program's filters", Math.max(0, rest));
    } else {
      parts.put("elements, as the program's filters make them", info.storedBytes());
    }
    page.element("h3", "Where the bytes are");
    page.raw("<div class=\"stack\" aria-hidden=\"true\">");
    parts
        .values()
        .forEach(
            bytes ->
                page.raw("<span style=\"width:" + share(bytes, info.storedBytes()) + "\"></span>"));
    page.raw("</div>\n");
    page.beginTable("Bytes in the file", "Part", "Bytes", "Share");
    parts.forEach(
        (name, bytes) ->
            page.row(name, Numbers.bytes(bytes), Numbers.percent(bytes, info.storedBytes())));
    page.endTable();
    if (sparse != null && sparse.encodings().size() > 1) {
      page.beginTable("Encodings of chunks", "Encoding", "Chunks");
      sparse.encodings().forEach((name, count) -> page.row(name, Long.toString(count)));
      page.endTable();
    }
  }

  private static String dataUri(DatasetReport.Map map) {
    return "data:image/png;base64," + Base64.getEncoder().encodeToString(map.image().png());
  }

  private static String inWords(DatasetReport.Map map) {
    return "%s: %d of %s defined (%s)"
        .formatted(
            map.name(),
            map.defined(),
            Numbers.count(map.elements(), "element"),
            Numbers.percent(map.defined(), map.elements()));
  }

  private static String range(DatasetReport.Map map) {
    return map.image().most() == 0
        ? "nothing is defined"
        : "faintest %s, strongest %s of a cell defined"
            .formatted(
                Numbers.percent(map.image().least(), 1), Numbers.percent(map.image().most(), 1));
  }

  private static void writeMaps(Html page, DatasetReport report, int index) {
    DatasetReport.Map first = report.maps().getFirst();
    String name = report.info().name();
    String what = "Where the defined elements of " + name + " are; ";
    page.raw("<figure class=\"map\" data-rows=\"" + first.rows() + "\" data-columns=\"");
    page.raw(first.columns() + "\" data-alt=\"").text(what);
    page.raw("\">\n<div class=\"controls\" hidden>");
    if (report.maps().size() > 1) {
      String select = id(index) + "-frame";
      page.raw("<label for=\"" + select + "\">Show</label> <select id=\"" + select + "\">");
      for (int i = 0; i < report.maps().size(); i++) {
        DatasetReport.Map map = report.maps().get(i);
        // The first one is in the page already.
        page.raw("<option data-words=\"").text(inWords(map)).raw("\" data-range=\"");
        page.text(range(map)).raw(i == 0 ? "\">" : "\" data-image=\"" + dataUri(map) + "\">");
        page.text(map.name()).raw("</option>");
      }
      page.raw("</select> ");
    }
    page.raw("<button type=\"button\" data-zoom=\"2\">Zoom in</button> ");
    page.raw("<button type=\"button\" data-zoom=\"0.5\">Zoom out</button> ");
    page.raw("<button type=\"button\" data-zoom=\"0\">Whole map</button></div>\n");
    page.raw("<div class=\"stage\" tabindex=\"0\" role=\"region\" aria-label=\"Map of ").text(name);
    page.raw(", scrolls when zoomed; plus, minus and 0 zoom\">");
    page.raw("<img alt=\"")
        .text(what + inWords(first))
        .raw("\" src=\"" + dataUri(first) + "\" width=\"");
    page.raw(
        first.image().width() + "\" height=\"" + first.image().height() + "\" style=\"--ratio:");
    page.raw(number(ratio(first)) + "\"></div>\n<figcaption><span class=\"words\">");
    page.text(inWords(first)).raw("</span>; <span class=\"range\">").text(range(first));
    page.raw("</span>. <span class=\"view\" role=\"status\"></span></figcaption>\n</figure>\n");
    writeCoarse(page, first);
  }

  /** Width over height in elements, kept within what can be looked at. */
  private static double ratio(DatasetReport.Map map) {
    return Math.clamp((double) map.columns() / map.rows(), 0.25, 20);
  }

  private static void writeCoarse(Html page, DatasetReport.Map map) {
    page.raw("<details>").element("summary", "The map as a table");
    String[] columns = new String[map.coarse()[0].length + 1];
    columns[0] = "Rows \\ columns";
    for (int i = 1; i < columns.length; i++) {
      columns[i] = part(i - 1, columns.length - 1, map.columns());
    }
    page.beginTable("Share of elements that are defined, " + map.name(), columns);
    for (int row = 0; row < map.coarse().length; row++) {
      String[] cells = new String[columns.length - 1];
      for (int column = 0; column < cells.length; column++) {
        cells[column] = Numbers.percent(map.coarse()[row][column], 1);
      }
      page.row(part(row, map.coarse().length, map.rows()), cells);
    }
    page.endTable().raw("</details>\n");
  }

  /** The indices in one of several parts of a length. */
  private static String part(int index, int parts, long length) {
    long first = Math.ceilDiv(index * length, parts);
    long last = Math.ceilDiv((index + 1) * length, parts) - 1;
    return first >= last ? Long.toString(first) : first + "–" + last;
  }

  private static void writeDensity(Html page, DatasetReport.Density density) {
    double most = 0;
    for (double largest : density.largest()) {
      most = Math.max(most, largest);
    }
    int bars = density.means().length;
    String grouped =
        bars < density.chunks()
            ? "; several chunks to a bar, their mean, and pale the densest of them"
            : "";
    page.element("h3", "Density over chunks");
    page.raw("<svg class=\"bars\" viewBox=\"0 0 " + BARS_WIDTH + " " + BARS_HEIGHT);
    page.raw("\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"Density over chunks; the");
    page.raw(" table below has the values\">");
    double width = (double) BARS_WIDTH / bars;
    for (int i = 0; i < bars && most > 0; i++) {
      writeBar(page, "largest", i * width, width, density.largest()[i] / most);
      writeBar(page, "mean", i * width, width, density.means()[i] / most);
    }
    page.raw("</svg>\n<p class=\"scale\"><span>chunk 0</span><span>full height: ");
    page.text(Numbers.percent(most, 1) + " defined" + grouped).raw("</span><span>");
    page.text("chunk " + (density.chunks() - 1)).raw("</span></p>\n");
    page.raw("<details>").element("summary", "The densities as a table");
    page.beginTable("Density over chunks, in the order of the chunks", "Chunks", "Mean", "Largest");
    for (int i = 0; i < bars; i++) {
      page.row(
          part(i, bars, density.chunks()),
          Numbers.percent(density.means()[i], 1),
          Numbers.percent(density.largest()[i], 1));
    }
    page.endTable().raw("</details>\n");
  }

  private static void writeBar(Html page, String what, double x, double width, double share) {
    if (share > 0) {
      double height = Math.max(1, share * BARS_HEIGHT);
      page.raw("<rect class=\"" + what + "\" x=\"" + number(x) + "\" y=\"");
      page.raw(number(BARS_HEIGHT - height) + "\" width=\"");
      page.raw(number(Math.max(width - (width > 4 ? 1 : 0), 0.5)) + "\" height=\"");
      page.raw(number(height) + "\"/>");
    }
  }
}
