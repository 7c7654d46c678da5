package io.github.volsparse.tool.convert;

import io.github.volsparse.tool.hdf5.Hdf5Failure;

/** An object cannot be copied; the message says which and why. */
public final class ConversionException extends RuntimeException {
  private static final long serialVersionUID = 1;

  ConversionException(String message) {
    super(message);
  }

  ConversionException(String object, Hdf5Failure cause) {
    super(
        object + " cannot be copied: %s: %s".formatted(cause.function(), cause.getMessage()),
        cause);
  }
}
