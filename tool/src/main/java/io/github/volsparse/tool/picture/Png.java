package io.github.volsparse.tool.picture;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;

/** Images of at most 256 colours in PNG, for use inside an SVG or a page. */
final class Png {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  private static final int BITS = 8;
  private static final int INDEXED = 3;

  private Png() {}

  /**
   * Encodes an image.
   *
   * @param pixels a colour's index for each, row by row
   * @param colours the colours, each 0xRRGGBB
   */
  static byte[] encode(int width, int height, byte[] pixels, int[] colours) {
    return encode(width, height, pixels, colours, new byte[0]);
  }

  /**
   * Encodes an image that lets its background through.
   *
   * @param pixels a colour's index for each, row by row
   * @param colours the colours, each 0xRRGGBB
   * @param opacities how much each colour covers, unsigned; the colours beyond them cover all
   */
  static byte[] encode(int width, int height, byte[] pixels, int[] colours, byte[] opacities) {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      bytes.write(SIGNATURE);
      DataOutputStream file = new DataOutputStream(bytes);
      chunk(
          file,
          "IHDR",
          data -> {
            data.writeInt(width);
            data.writeInt(height);
            data.write(new byte[] {BITS, INDEXED, 0, 0, 0});
          });
      chunk(
          file,
          "PLTE",
          data -> {
            for (int colour : colours) {
              data.write(colour >> 16);
              data.write(colour >> 8);
              data.write(colour);
            }
          });
      if (opacities.length > 0) {
        chunk(file, "tRNS", data -> data.write(opacities));
      }
      chunk(
          file,
          "IDAT",
          data -> {
            try (DeflaterOutputStream compressed = new DeflaterOutputStream(data)) {
              for (int row = 0; row < height; row++) {
                compressed.write(0); // the row's filter: none
                compressed.write(pixels, row * width, width);
              }
            }
          });
      chunk(file, "IEND", data -> {});
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory does not fail
    }
  }

  /** Writes the content of a chunk. */
  private interface Content {
    void write(DataOutputStream data) throws IOException;
  }

  private static void chunk(DataOutputStream file, String type, Content content)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(type.getBytes(StandardCharsets.US_ASCII));
    content.write(new DataOutputStream(bytes));
    byte[] typeAndData = bytes.toByteArray();
    CRC32 crc = new CRC32();
    crc.update(typeAndData);
    file.writeInt(typeAndData.length - type.length());
    file.write(typeAndData);
    file.writeInt((int) crc.getValue());
  }
}
