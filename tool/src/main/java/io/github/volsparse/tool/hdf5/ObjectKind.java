package io.github.volsparse.tool.hdf5;

import static io.github.volsparse.tool.hdf5.H5.check;

import io.github.volsparse.hdf5.generated.hdf5_h;

/** What an object is. */
public enum ObjectKind {
  /** A group. */
  GROUP,
  /** A dataset. */
  DATASET,
  /** A named datatype. */
  NAMED_DATATYPE,
  /** Something else. */
  OTHER;

  /** What an open object is. */
  public static ObjectKind of(Id object) {
    return switch (check("H5Iget_type", hdf5_h.H5Iget_type(object.value()))) {
      case hdf5_h.H5I_GROUP -> GROUP;
      case hdf5_h.H5I_DATATYPE -> NAMED_DATATYPE;
      case hdf5_h.H5I_DATASET -> DATASET;
      default -> OTHER;
    };
  }
}
