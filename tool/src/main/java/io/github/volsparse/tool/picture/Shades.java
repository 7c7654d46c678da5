package io.github.volsparse.tool.picture;

import io.github.volsparse.tool.chunks.DefinedMap;

/** How dark each cell of a map is drawn: by the logarithm of its density. */
final class Shades {
  /** The first is for no elements; the others go from few to many. */
  static final int COUNT = 256;

  private final DefinedMap map;
  private final double least;
  private final double most;

  Shades(DefinedMap map) {
    this.map = map;
    double smallest = Double.MAX_VALUE;
    double largest = 0;
    for (int y = 0; y < map.height(); y++) {
      for (int x = 0; x < map.width(); x++) {
        double density = map.density(x, y);
        largest = Math.max(largest, density);
        smallest = density > 0 ? Math.min(smallest, density) : smallest;
      }
    }
    least = largest == 0 ? 0 : smallest;
    most = largest;
  }

  /** The smallest density above 0; 0 if nothing is defined. */
  double least() {
    return least;
  }

  /** The largest density. */
  double most() {
    return most;
  }

  /** The shade of each cell, row by row. */
  byte[] pixels() {
    byte[] pixels = new byte[map.width() * map.height()];
    for (int y = 0; y < map.height(); y++) {
      for (int x = 0; x < map.width(); x++) {
        pixels[y * map.width() + x] = (byte) shade(map.density(x, y));
      }
    }
    return pixels;
  }

  private int shade(double density) {
    if (density == 0) {
      return 0;
    }
    double share = most == least ? 1 : Math.log(density / least) / Math.log(most / least);
    return 1 + (int) Math.round(share * (COUNT - 2));
  }
}
