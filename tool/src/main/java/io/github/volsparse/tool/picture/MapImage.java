package io.github.volsparse.tool.picture;

import io.github.volsparse.tool.chunks.DefinedMap;
import java.util.Arrays;

/**
 * A {@link DefinedMap} as an image for a page, light or dark: one colour on a transparent
 * background, more opaque where the density is higher.
 *
 * @param png the image, a pixel for each cell
 * @param least the smallest density above 0; 0 if nothing is defined
 * @param most the largest density
 */
public record MapImage(byte[] png, int width, int height, double least, double most) {
  private static final int COLOUR = 0x2b7fdb;

  /** The opacity of the least density, so that a single element is seen. */
  private static final int FAINTEST = 72;

  private static final int OPAQUE = 255;

  /** Draws a map. */
  public static MapImage of(DefinedMap map) {
    Shades shades = new Shades(map);
    int[] colours = new int[Shades.COUNT];
    Arrays.fill(colours, COLOUR);
    byte[] opacities = new byte[Shades.COUNT];
    for (int i = 1; i < Shades.COUNT; i++) {
      opacities[i] = (byte) (FAINTEST + (OPAQUE - FAINTEST) * (i - 1) / (Shades.COUNT - 2));
    }
    byte[] png = Png.encode(map.width(), map.height(), shades.pixels(), colours, opacities);
    return new MapImage(png, map.width(), map.height(), shades.least(), shades.most());
  }
}
