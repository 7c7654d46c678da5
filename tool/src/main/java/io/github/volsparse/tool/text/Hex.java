package io.github.volsparse.tool.text;

import java.util.ArrayList;
import java.util.List;

/** Bytes in hexadecimal, as {@code hexdump -C} prints them. */
public final class Hex {
  private static final int ROW = 16;

  private Hex() {}

  /** Sixteen bytes a line: offset, bytes, characters. */
  public static List<String> dump(byte[] bytes) {
    List<String> lines = new ArrayList<>();
    for (int row = 0; row < bytes.length; row += ROW) {
      StringBuilder hex = new StringBuilder();
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < ROW; i++) {
        hex.append(i == ROW / 2 ? "  " : i == 0 ? "" : " ");
        if (row + i < bytes.length) {
          byte b = bytes[row + i];
          hex.append("%02x".formatted(b));
          text.append(b >= ' ' && b <= '~' ? (char) b : '.');
        } else {
          hex.append("  ");
        }
      }
      lines.add("%08x  %s  |%s|".formatted(row, hex, text));
    }
    return lines;
  }

  /** Bytes one after another, such as {@code 0a ff}. */
  public static String bytes(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (byte b : bytes) {
      text.append(text.isEmpty() ? "" : " ").append("%02x".formatted(b));
    }
    return text.toString();
  }
}
