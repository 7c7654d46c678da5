package io.github.volsparse.api;

/** An operation on a sparse dataset failed; the message has the reasons from HDF5's error stack. */
public final class SparseDatasetException extends RuntimeException {
  private static final long serialVersionUID = 1;

  SparseDatasetException(String message) {
    super(message);
  }
}
