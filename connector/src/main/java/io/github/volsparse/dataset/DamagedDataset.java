package io.github.volsparse.dataset;

import io.github.volsparse.hdf5.Hdf5Exception;
import io.github.volsparse.hdf5.UnderObject;

/**
 * A dataset that carries the sparse filter and cannot be one of ours: its filter's parameters
 * cannot be read, or do not fit what it is. Nothing in its chunks can be believed. Its shape, type,
 * attributes and links are HDF5's own, and stay readable.
 *
 * @param reason what is wrong
 */
public record DamagedDataset(String reason) {
  /**
   * The error for whoever wants its data.
   *
   * @param handle the dataset in the connector below
   */
  public SparseIOException refusal(UnderObject handle) {
    String where = "a dataset";
    try {
      where =
          "dataset \"%s\" in file \"%s\""
              .formatted(UnderDataset.name(handle), UnderDataset.fileName(handle));
    } catch (Hdf5Exception e) {
      e.discardErrorStack(); // without names, then
    }
    return new SparseIOException(
        ("vol-sparse does not touch the data of %s: %s. Its shape, type and attributes can be read."
                + " Restore the file from a copy; \"vol-sparse verify\" says what else is damaged")
            .formatted(where, reason),
        null);
  }
}
