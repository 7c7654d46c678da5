package io.github.volsparse.tool.picture;

import io.github.volsparse.tool.chunks.DefinedMap;
import io.github.volsparse.tool.text.Numbers;
import java.util.Base64;
import java.util.Locale;

/** Draws a {@link DefinedMap}: a map of the elements, and below it the density of the chunks. */
public final class MapPicture {
  private static final int WIDTH = 720;
  private static final int MARGIN = 60;
  private static final int TOP = 72;
  private static final int MAP_SIDE = 500;
  private static final int LEAST_SIDE = 24;
  private static final int LEGEND_X = 610;
  private static final int LEGEND_HEIGHT = 160;
  private static final int BARS_HEIGHT = 120;
  private static final int GAP = 70;

  private static final int NOTHING = 0xf4f4f2;
  private static final int[] RAMP = {0xc6dbef, 0x6baed6, 0x2171b5, 0x08306b};

  private final DefinedMap map;
  private final Shades shades;
  private final double least;
  private final double most;
  private final StringBuilder svg = new StringBuilder();

  private MapPicture(DefinedMap map) {
    this.map = map;
    shades = new Shades(map);
    least = shades.least();
    most = shades.most();
  }

  /**
   * Draws a map.
   *
   * @param title what it is of
   * @param subtitle more of that
   * @return an SVG document
   */
  public static String draw(DefinedMap map, String title, String subtitle) {
    return new MapPicture(map).draw(title, subtitle);
  }

  private String draw(String title, String subtitle) {
    double scale = (double) MAP_SIDE / Math.max(map.columns(), map.rows());
    int mapWidth = side(map.columns() * scale);
    int mapHeight = side(map.rows() * scale);
    int legendHeight = most > least ? LEGEND_HEIGHT + GAP : GAP;
    int contentHeight = Math.max(mapHeight, legendHeight);
    int barsTop = TOP + contentHeight + GAP;
    int height = barsTop + BARS_HEIGHT + MARGIN;
    add(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\""
            + " font-family=\"sans-serif\" font-size=\"12\" fill=\"#333\">%n",
        WIDTH, height, WIDTH, height);
    add("<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>%n");
    text(MARGIN, 30, "font-size=\"17\" font-weight=\"bold\"", title);
    text(MARGIN, 50, "", subtitle);
    drawMap(mapWidth, mapHeight);
    if (most > 0) {
      drawLegend();
    }
    drawBars(barsTop);
    return svg.append("</svg>\n").toString();
  }

  private static int side(double length) {
    return (int) Math.max(LEAST_SIDE, Math.round(length));
  }

  private void add(String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values));
  }

  private void text(double x, double y, String style, String words) {
    String safe = words.replace("&", "&amp;").replace("<", "&lt;");
    add("<text x=\"%.1f\" y=\"%.1f\" %s>%s</text>%n", x, y, style, safe);
  }

  private void drawMap(int width, int height) {
    byte[] png = Png.encode(map.width(), map.height(), shades.pixels(), palette());
    add(
        "<image x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" preserveAspectRatio=\"none\""
            + " image-rendering=\"pixelated\" href=\"data:image/png;base64,%s\"/>%n",
        MARGIN, TOP, width, height, Base64.getEncoder().encodeToString(png));
    add(
        "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"none\" stroke=\"#999\"/>%n",
        MARGIN, TOP, width, height);
    String end = "text-anchor=\"end\"";
    text(MARGIN - 6.0, TOP + 10.0, end, "0");
    if (map.rows() > 1) {
      text(MARGIN - 6.0, TOP + height, end, Long.toString(map.rows() - 1));
    }
    text(MARGIN, TOP + height + 16.0, "", "0");
    text(MARGIN + width, TOP + height + 16.0, end, Long.toString(map.columns() - 1));
  }

  private static int[] palette() {
    int[] palette = new int[Shades.COUNT];
    palette[0] = NOTHING;
    for (int i = 1; i < Shades.COUNT; i++) {
      double at = (double) (i - 1) / (Shades.COUNT - 2) * (RAMP.length - 1);
      int step = Math.min((int) at, RAMP.length - 2);
      palette[i] = between(RAMP[step], RAMP[step + 1], at - step);
    }
    return palette;
  }

  private static int between(int from, int to, double share) {
    int mixed = 0;
    for (int shift = 0; shift <= 16; shift += 8) {
      int a = from >> shift & 0xff;
      int b = to >> shift & 0xff;
      mixed |= (int) Math.round(a + (b - a) * share) << shift;
    }
    return mixed;
  }

  private void drawLegend() {
    add("<defs><linearGradient id=\"ramp\" x1=\"0\" y1=\"1\" x2=\"0\" y2=\"0\">");
    for (int i = 0; i < RAMP.length; i++) {
      add("<stop offset=\"%.3f\" stop-color=\"#%06x\"/>", (double) i / (RAMP.length - 1), RAMP[i]);
    }
    add("</linearGradient></defs>%n");
    text(LEGEND_X, TOP + 10.0, "", "defined");
    int top = TOP + 20;
    if (most > least) {
      add(
          "<rect x=\"%d\" y=\"%d\" width=\"16\" height=\"%d\" fill=\"url(#ramp)\"/>%n",
          LEGEND_X, top, LEGEND_HEIGHT);
      text(LEGEND_X + 24.0, top + 10.0, "", Numbers.percent(most, 1));
      text(LEGEND_X + 24.0, top + LEGEND_HEIGHT, "", Numbers.percent(least, 1));
      top += LEGEND_HEIGHT + 10;
    } else {
      swatch(top, RAMP[RAMP.length - 1], Numbers.percent(most, 1));
      top += 24;
    }
    swatch(top, NOTHING, "none");
  }

  private void swatch(int top, int colour, String words) {
    add(
        "<rect x=\"%d\" y=\"%d\" width=\"16\" height=\"14\" fill=\"#%06x\" stroke=\"#ccc\"/>%n",
        LEGEND_X, top, colour);
    text(LEGEND_X + 24.0, top + 12.0, "", words);
  }

  private void drawBars(int top) {
    double[] means = map.meanDensities();
    double[] maxima = map.largestDensities();
    double largest = 0;
    for (double density : maxima) {
      largest = Math.max(largest, density);
    }
    long perBar = Math.ceilDiv(map.chunks(), means.length);
    text(
        MARGIN,
        top - 12.0,
        "font-weight=\"bold\"",
        "Density per chunk"
            + (perBar > 1
                ? ", %d chunks to a bar: mean, and light the largest".formatted(perBar)
                : ""));
    double bar = (double) MAP_SIDE / means.length;
    double gap = bar > 4 ? 1 : 0;
    for (int i = 0; i < means.length && largest > 0; i++) {
      bar(i, bar, gap, top, maxima[i] / largest, RAMP[0]);
      bar(i, bar, gap, top, means[i] / largest, RAMP[2]);
    }
    int bottom = top + BARS_HEIGHT;
    add(
        "<path d=\"M%d %d V%d H%d\" fill=\"none\" stroke=\"#999\"/>%n",
        MARGIN, top, bottom, MARGIN + MAP_SIDE);
    String end = "text-anchor=\"end\"";
    text(MARGIN - 6.0, top + 10.0, end, Numbers.percent(largest, 1));
    text(MARGIN - 6.0, bottom, end, "0");
    text(MARGIN, bottom + 16.0, "", "chunk 0");
    text(MARGIN + MAP_SIDE, bottom + 16.0, end, Long.toString(map.chunks() - 1));
  }

  private void bar(int index, double width, double gap, int top, double share, int colour) {
    if (share > 0) {
      double height = Math.max(1, share * BARS_HEIGHT);
      add(
          "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"#%06x\"/>%n",
          MARGIN + index * width,
          top + BARS_HEIGHT - height,
          Math.max(width - gap, 0.5),
          height,
          colour);
    }
  }
}
