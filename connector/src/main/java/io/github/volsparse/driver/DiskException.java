package io.github.volsparse.driver;

/** The operating system refuses something. */
final class DiskException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int number;

  /**
   * With the reason.
   *
   * @param number the error number, {@code errno}
   */
  DiskException(String message, int number) {
    super(message, null, false, false);
    this.number = number;
  }

  /** The error number, {@code errno}. */
  int number() {
    return number;
  }
}
