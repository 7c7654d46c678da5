package io.github.volsparse.tool.picture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

/** Images as another decoder, the JDK's, reads them. */
class PngTest {
  private static final int[] COLOURS = {0xff8000, 0x0000ff, 0x123456};
  private static final byte[] PIXELS = {0, 1, 2, 2, 1, 0};

  private static BufferedImage decode(byte[] png) throws IOException {
    return ImageIO.read(new ByteArrayInputStream(png));
  }

  @Test
  void everyPixelHasItsColour() throws IOException {
    BufferedImage image = decode(Png.encode(3, 2, PIXELS, COLOURS));
    assertEquals(3, image.getWidth());
    assertEquals(2, image.getHeight());
    for (int i = 0; i < PIXELS.length; i++) {
      assertEquals(0xff000000 | COLOURS[PIXELS[i]], image.getRGB(i % 3, i / 3));
    }
  }

  @Test
  void coloursCoverAsMuchAsTheyAreTold() throws IOException {
    byte[] opacities = {0, (byte) 200};
    BufferedImage image = decode(Png.encode(3, 2, PIXELS, COLOURS, opacities));
    int[] expected = {0, 200, 255};
    for (int i = 0; i < PIXELS.length; i++) {
      assertEquals(expected[PIXELS[i]], image.getRGB(i % 3, i / 3) >>> 24);
    }
  }
}
