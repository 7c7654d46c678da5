package io.github.volsparse.vol;

import io.github.volsparse.dataset.DamagedDataset;
import io.github.volsparse.dataset.SparseDataset;
import io.github.volsparse.dataset.SparseDatasets;
import io.github.volsparse.hdf5.UnderObject;

/**
 * What HDF5 holds for an open object, an attribute or a request of this connector.
 *
 * @param under the same in the connector below
 * @param access how the file it was reached through was opened
 * @param sparse the sparse dataset it is a handle of; null for everything else
 * @param damaged the damage, if it has the sparse filter and is not in order; otherwise null
 * @param isVirtual whether it is a virtual dataset, whose data are those of others
 * @param isDataset whether it is a dataset at all
 */
record VolObject(
    UnderObject under,
    FileAccess access,
    SparseDataset sparse,
    DamagedDataset damaged,
    boolean isVirtual,
    boolean isDataset) {

  /** An object that is not a dataset. */
  VolObject(UnderObject under, FileAccess access) {
    this(under, access, null, null, false, false);
  }

  /** A dataset. */
  VolObject(UnderObject under, FileAccess access, SparseDatasets.Opened opened) {
    this(under, access, opened.sparse(), opened.damaged(), opened.isVirtual(), true);
  }

  /**
   * Checks that its data may be used.
   *
   * @throws io.github.volsparse.stored.SparseIOException if it is a dataset that is not in order
   */
  void requireSound() {
    if (damaged != null) {
      throw damaged.refusal(under);
    }
  }

  /** The same with another object of the connector below. */
  VolObject with(UnderObject other) {
    return new VolObject(other, access, sparse, damaged, isVirtual, isDataset);
  }

  /** An object of the connector below that was reached through this one. */
  VolObject reached(long address) {
    return new VolObject(new UnderObject(address, under.connector()), access);
  }
}
