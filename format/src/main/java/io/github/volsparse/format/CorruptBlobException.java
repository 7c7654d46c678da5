package io.github.volsparse.format;

/** A blob cannot be read: damaged, cut off, made for another chunk, or newer than this reader. */
public final class CorruptBlobException extends RuntimeException {

  private static final long serialVersionUID = 1;

  /**
   * Creates the exception.
   *
   * @param message what is wrong, where, and what was expected
   */
  public CorruptBlobException(String message) {
    super(message);
  }

  /**
   * Creates the exception.
   *
   * @param message what is wrong, where, and what was expected
   * @param cause what a codec had to say about it
   */
  public CorruptBlobException(String message, Throwable cause) {
    super(message, cause);
  }
}
