package io.github.volsparse.dataset;

import io.github.volsparse.hdf5.UnderObject;
import io.github.volsparse.stored.SparseIOException;
import io.github.volsparse.stored.UnderDataset;

/**
 * A dataset with the sparse filter whose data cannot be used: the filter's parameters cannot be
 * read or do not fit the dataset, or this process does not have all of its data. Its shape, type,
 * attributes and links are HDF5's own, and remain readable.
 *
 * @param reason what is wrong
 * @param advice what can be done
 */
public record DamagedDataset(String reason, String advice) {
  /** A dataset whose chunks cannot be trusted. */
  static DamagedDataset inFile(String reason) {
    return new DamagedDataset(
        reason, "Restore the file from a copy; \"vol-sparse verify\" lists all damage");
  }

  /**
   * A dataset of which the parent of this process by {@code fork()} may have more than the file.
   */
  static DamagedDataset inParent() {
    return new DamagedDataset(
        "the parent process had not written all of its data, and could not write them"
            + " at the fork, because other threads may have been inside HDF5",
        "Flush the file before the fork, or open it in this process");
  }

  /**
   * The error for an access to its data.
   *
   * @param handle the dataset in the connector below
   */
  public SparseIOException refusal(UnderObject handle) {
    return new SparseIOException(
        ("vol-sparse does not access the data of %s: %s. Its shape, type and attributes"
                + " can be read. %s")
            .formatted(UnderDataset.title(handle), reason, advice),
        null);
  }
}
