package io.github.volsparse.tool.text;

import java.util.Locale;

/**
 * The progress of long work, in the last line of a terminal. It appears after one second and
 * disappears when the work is done.
 */
public final class Progress implements AutoCloseable {
  private static final long SHOWN_AFTER_NANOS = 1_000_000_000L;
  private static final long SHOWN_EVERY_NANOS = 100_000_000L;
  private static final int WIDTH = 30;

  private final boolean terminal;
  private final String what;
  private final long total;
  private final long begin = System.nanoTime();
  private long shown = begin;
  private boolean visible;
  private long done;

  /**
   * Begins.
   *
   * @param terminal whether standard error is one; nothing is shown otherwise
   * @param what is being done, in a word or two
   * @param total how much there is to do
   */
  public Progress(boolean terminal, String what, long total) {
    this.terminal = terminal;
    this.what = what;
    this.total = Math.max(1, total);
  }

  /** So much more is done. */
  public void add(long amount) {
    done += amount;
    long now = System.nanoTime();
    if (terminal && now - begin > SHOWN_AFTER_NANOS && now - shown > SHOWN_EVERY_NANOS) {
      shown = now;
      visible = true;
      show((now - begin) / 1e9);
    }
  }

  private void show(double seconds) {
    double share = Math.min(1, (double) done / total);
    int full = (int) (share * WIDTH);
    double left = share == 0 ? 0 : seconds / share - seconds;
    System.err.printf(
        Locale.ROOT,
        "\r%s [%s%s] %3.0f %%, %.0f s left\u001b[K",
        what,
        "#".repeat(full),
        ".".repeat(WIDTH - full),
        100 * share,
        left);
  }

  /** Ends. */
  @Override
  public void close() {
    if (visible) {
      System.err.print("\r\u001b[K");
      visible = false;
    }
  }
}
