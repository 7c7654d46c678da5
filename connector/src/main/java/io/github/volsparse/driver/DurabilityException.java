package io.github.volsparse.driver;

/** Flushed data cannot be kept, or not be restored. The message is for the user. */
public final class DurabilityException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** With what went wrong, on what file, and what to do. */
  public DurabilityException(String message) {
    super(message, null, false, false);
  }
}
