package io.github.volsparse.config;

import io.github.volsparse.format.ChunkSpec.Keep;
import io.github.volsparse.format.Codec;
import java.util.Locale;
import java.util.Objects;

/**
 * The connector's options: the string after its name in {@code HDF5_VOL_CONNECTOR}, in HDF5's own
 * grammar for stacked connectors.
 *
 * <pre>  under_vol=0;under_info={};layout=chunked;keep=nonfill;codec=lz4;cache=64MiB;threads=1;
 *   parallel=native;durable=process
 * </pre>
 *
 * <p>All keys are optional, in any order. {@code docs/configuration.md} describes them.
 *
 * @param underVol value of the connector below, 0 for HDF5's native one
 * @param underInfo that connector's own info string
 * @param layout which layouts become sparse
 * @param keep which elements count as defined
 * @param codec the codec that compresses values where that saves space
 * @param cacheBytes how many bytes of decoded chunks are kept in memory
 * @param threads how many threads encode chunks, the calling one included
 * @param parallel what becomes of datasets without filters in files of several MPI ranks
 * @param durable which failures flushed data survive
 */
public record Configuration(
    int underVol,
    String underInfo,
    Layout layout,
    Keep keep,
    Codec codec,
    long cacheBytes,
    int threads,
    Parallel parallel,
    Durable durable) {

  /** What flushed data survive, while a program writes on. */
  public enum Durable {
    /** What they survive natively. */
    OFF,
    /** The death of the program. */
    PROCESS,
    /** That of the machine as well. */
    POWER
  }

  /** Which layouts become sparse. */
  public enum Layout {
    /** Chunked datasets. */
    CHUNKED,
    /** Chunked datasets, and contiguous ones, which get a chunk shape. */
    ALL
  }

  /**
   * What becomes of datasets without filters in files that several MPI ranks have open. One that is
   * sparse is filtered, and HDF5 lets ranks write that together only.
   */
  public enum Parallel {
    /** They are native, and each rank may write them alone. */
    NATIVE,
    /** They are sparse, as they are in other files. */
    SPARSE
  }

  private static final long MEBI = 1 << 20;

  /** What holds where nothing is said. */
  public static final Configuration DEFAULT =
      new Configuration(
          0,
          "",
          Layout.CHUNKED,
          Keep.NONFILL,
          Codec.LZ4,
          64 * MEBI,
          1,
          Parallel.NATIVE,
          Durable.PROCESS);

  private static final String KEYS =
      "under_vol, under_info, layout, keep, codec, cache, threads, parallel, durable";

  /**
   * Reads an info string.
   *
   * @throws IllegalArgumentException if a key is unknown or a value is bad; the message names it
   */
  public static Configuration parse(String text) {
    Configuration result = DEFAULT;
    int at = 0;
    while (at < text.length()) {
      int end = endOfOption(text, at);
      String option = text.substring(at, end).strip();
      if (!option.isEmpty()) {
        result = result.with(option);
      }
      at = end + 1;
    }
    return result;
  }

  /** The position of the semicolon that ends an option; those inside braces do not count. */
  private static int endOfOption(String text, int from) {
    int depth = 0;
    for (int i = from; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '{') {
        depth++;
      } else if (c == '}' && --depth < 0) {
        throw new IllegalArgumentException(
            "there is a closing brace without an opening one in \"" + text + "\"");
      } else if (c == ';' && depth == 0) {
        return i;
      }
    }
    if (depth != 0) {
      throw new IllegalArgumentException("a brace is not closed in \"" + text + "\"");
    }
    return text.length();
  }

  private Configuration with(String option) {
    int equals = option.indexOf('=');
    if (equals < 0) {
      throw new IllegalArgumentException("option \"" + option + "\" is not of the form key=value");
    }
    String key = option.substring(0, equals).strip();
    String value = option.substring(equals + 1).strip();
    Builder changed = new Builder(this);
    switch (key) {
      case "under_vol" ->
          changed.underVol =
              number(key, value, 0, "the value of a VOL connector, 0 for HDF5's native one");
      case "under_info" -> changed.underInfo = braced(key, value);
      case "layout" -> changed.layout = choice(key, value, Layout.values());
      case "keep" -> changed.keep = choice(key, value, Keep.values());
      case "codec" -> changed.codec = choice(key, value, Codec.values());
      case "cache" -> changed.cacheBytes = bytes(key, value);
      case "threads" -> changed.threads = number(key, value, 1, "a number of threads, 1 or more");
      case "parallel" -> changed.parallel = choice(key, value, Parallel.values());
      case "durable" -> changed.durable = choice(key, value, Durable.values());
      default ->
          throw new IllegalArgumentException(
              "unknown option \"" + key + "\"; the options are " + KEYS);
    }
    return changed.build();
  }

  /** A configuration while one of its options is changed. */
  private static final class Builder {
    private int underVol;
    private String underInfo;
    private Layout layout;
    private Keep keep;
    private Codec codec;
    private long cacheBytes;
    private int threads;
    private Parallel parallel;
    private Durable durable;

    private Builder(Configuration from) {
      underVol = from.underVol;
      underInfo = from.underInfo;
      layout = from.layout;
      keep = from.keep;
      codec = from.codec;
      cacheBytes = from.cacheBytes;
      threads = from.threads;
      parallel = from.parallel;
      durable = from.durable;
    }

    private Configuration build() {
      return new Configuration(
          underVol, underInfo, layout, keep, codec, cacheBytes, threads, parallel, durable);
    }
  }

  private static IllegalArgumentException bad(String key, String value, String expected) {
    return new IllegalArgumentException(
        "option \"" + key + "\" has the value \"" + value + "\"; expected " + expected);
  }

  private static int number(String key, String value, int least, String expected) {
    try {
      int number = Integer.parseInt(value);
      if (number >= least) {
        return number;
      }
    } catch (NumberFormatException e) {
      // falls through to the message
    }
    throw bad(key, value, expected);
  }

  private static String braced(String key, String value) {
    if (value.length() < 2 || !value.startsWith("{") || !value.endsWith("}")) {
      throw bad(key, value, "the info string of the connector below, in braces");
    }
    return value.substring(1, value.length() - 1);
  }

  private static <E extends Enum<E>> E choice(String key, String value, E[] choices) {
    StringBuilder names = new StringBuilder();
    for (E choice : choices) {
      String name = choice.name().toLowerCase(Locale.ROOT);
      if (name.equals(value)) {
        return choice;
      }
      names.append(names.isEmpty() ? "" : " or ").append(name);
    }
    throw bad(key, value, names.toString());
  }

  /** A size: a whole number, alone or followed by KiB, MiB or GiB. */
  private static long bytes(String key, String value) {
    int digits = 0;
    while (digits < value.length() && Character.isDigit(value.charAt(digits))) {
      digits++;
    }
    long unit =
        switch (value.substring(digits).strip()) {
          case "", "B" -> 1;
          case "KiB" -> 1 << 10;
          case "MiB" -> MEBI;
          case "GiB" -> 1 << 30;
          default -> 0;
        };
    if (unit == 0 || digits == 0) {
      throw bad(key, value, "a size such as 64MiB");
    }
    try {
      return Math.multiplyExact(Long.parseLong(value.substring(0, digits)), unit);
    } catch (NumberFormatException | ArithmeticException e) {
      throw bad(key, value, "less than 8589934592GiB");
    }
  }

  // Every program needs it with its first file: no format, which takes milliseconds in a cold JVM.

  /** The options as an info string, every key given. */
  @Override
  public String toString() {
    return new StringBuilder(128)
        .append("under_vol=")
        .append(underVol)
        .append(";under_info={")
        .append(underInfo)
        .append("};layout=")
        .append(name(layout))
        .append(";keep=")
        .append(name(keep))
        .append(";codec=")
        .append(name(codec))
        .append(";cache=")
        .append(cacheBytes)
        .append(";threads=")
        .append(threads)
        .append(";parallel=")
        .append(name(parallel))
        .append(";durable=")
        .append(name(durable))
        .toString();
  }

  private static String name(Enum<?> choice) {
    return choice.name().toLowerCase(Locale.ROOT);
  }

  // Written out: what Java makes for a record takes 15 ms to link in a cold JVM.

  @Override
  public boolean equals(Object other) {
    return other instanceof Configuration that
        && underVol == that.underVol
        && underInfo.equals(that.underInfo)
        && layout == that.layout
        && keep == that.keep
        && codec == that.codec
        && cacheBytes == that.cacheBytes
        && threads == that.threads
        && parallel == that.parallel
        && durable == that.durable;
  }

  @Override
  public int hashCode() {
    return Objects.hash(
        underVol, underInfo, layout, keep, codec, cacheBytes, threads, parallel, durable);
  }
}
