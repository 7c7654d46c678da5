package io.github.volsparse.stored;

/** A chunk of a sparse dataset cannot be read or written; the message says which and why. */
public final class SparseIOException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public SparseIOException(String message, RuntimeException cause) {
    super(message, cause);
  }
}
