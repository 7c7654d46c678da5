package io.github.volsparse.stored;

import io.github.volsparse.format.CorruptBlobException;
import java.util.Arrays;

/** A chunk of a sparse dataset cannot be read or written; the message says which and why. */
public final class SparseIOException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * What failed on which dataset.
   *
   * @param cause null if HDF5 has not failed
   */
  public SparseIOException(String message, RuntimeException cause) {
    super(message, cause);
  }

  /**
   * The error for a chunk.
   *
   * @param verb what could not be done with it
   * @param offset of its first element, in elements
   * @param io names the dataset
   */
  static SparseIOException ofChunk(String verb, long[] offset, ChunkIO io, RuntimeException cause) {
    String what = cause instanceof CorruptBlobException ? ": " + cause.getMessage() : "";
    return new SparseIOException(
        "cannot %s the chunk at offset %s of %s%s"
            .formatted(verb, Arrays.toString(offset), io.name(), what),
        cause);
  }
}
