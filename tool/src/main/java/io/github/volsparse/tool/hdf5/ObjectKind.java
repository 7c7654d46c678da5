package io.github.volsparse.tool.hdf5;

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

  // H5I_type_t
  private static final int GROUP_IDENTIFIER = 2;
  private static final int DATATYPE_IDENTIFIER = 3;
  private static final int DATASET_IDENTIFIER = 5;

  /** What an open object is. */
  public static ObjectKind of(Id object) {
    return switch (H5.status("H5Iget_type", object.value())) {
      case GROUP_IDENTIFIER -> GROUP;
      case DATATYPE_IDENTIFIER -> NAMED_DATATYPE;
      case DATASET_IDENTIFIER -> DATASET;
      default -> OTHER;
    };
  }
}
