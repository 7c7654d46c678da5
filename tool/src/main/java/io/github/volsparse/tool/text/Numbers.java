package io.github.volsparse.tool.text;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Numbers as people read them; the same in every locale. */
public final class Numbers {
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  private static final int KIBI = 1024;
  private static final int LARGE = 100;
  private static final int MIDDLE = 10;

  private Numbers() {}

  /** A size, such as {@code 1.25 MiB}. */
  public static String bytes(long bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= KIBI && unit < UNITS.length - 1) {
      value /= KIBI;
      unit++;
    }
    return (unit == 0 ? Long.toString(bytes) : threeDigits(value)) + " " + UNITS[unit];
  }

  /** A number with about three digits that count. */
  public static String threeDigits(double value) {
    String format = value >= LARGE ? "%.0f" : value >= MIDDLE ? "%.1f" : "%.2f";
    return String.format(Locale.ROOT, format, value);
  }

  /** By what factor one size is larger than another, such as {@code 12.5}. */
  public static String factor(double large, double small) {
    return small == 0 ? "∞" : threeDigits(large / small);
  }

  /** A share in percent, however small. */
  public static String percent(double part, double whole) {
    if (whole == 0) {
      return "0 %";
    }
    double percent = LARGE * part / whole;
    return percent == 0 || percent >= 0.01
        ? threeDigits(percent) + " %"
        : String.format(Locale.ROOT, "%.1e %%", percent);
  }

  /** Lengths, such as {@code 1000 x 512 x 512}; {@code scalar} if there are none. */
  public static String lengths(long[] lengths) {
    return lengths.length == 0
        ? "scalar"
        : Arrays.stream(lengths)
            .mapToObj(n -> n < 0 ? "unlimited" : Long.toString(n))
            .collect(Collectors.joining(" x "));
  }

  /** Coordinates, such as {@code 3,0,512}. */
  public static String coordinates(long[] coordinates) {
    return Arrays.stream(coordinates).mapToObj(Long::toString).collect(Collectors.joining(","));
  }

  /** A number and what it counts, such as {@code 1 chunk} or {@code 3 chunks}. */
  public static String count(long number, String one) {
    return number + " " + one + (number == 1 ? "" : "s");
  }
}
