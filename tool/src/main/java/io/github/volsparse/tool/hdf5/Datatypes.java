package io.github.volsparse.tool.hdf5;

import java.util.function.Predicate;

/** Classes of datatypes, and what is inside one. */
public final class Datatypes {
  // H5T_class_t
  public static final int INTEGER = 0;
  public static final int FLOAT = 1;
  public static final int STRING = 3;
  public static final int BITFIELD = 4;
  public static final int OPAQUE = 5;
  public static final int COMPOUND = 6;
  public static final int REFERENCE = 7;
  public static final int ENUM = 8;
  public static final int VLEN = 9;
  public static final int ARRAY = 10;

  private Datatypes() {}

  /** The class of a datatype. */
  public static int classOf(Id type) {
    return H5.status("H5Tget_class", type.value());
  }

  /** The bytes of an element. */
  public static long size(Id type) {
    return H5.nonZero("H5Tget_size", type.value());
  }

  /** The type that an array, a sequence or an enumeration is made of. */
  public static Id base(Id type) {
    return H5.id("H5Tget_super", type.value());
  }

  /** The number of members of a compound or an enumeration. */
  public static int members(Id type) {
    return H5.status("H5Tget_nmembers", type.value());
  }

  /** The type of a member of a compound. */
  public static Id member(Id type, int index) {
    return H5.id("H5Tget_member_type", type.value(), index);
  }

  /** Whether a datatype is or contains one of a class. */
  public static boolean contains(Id type, int typeClass) {
    return H5.status("H5Tdetect_class", type.value(), typeClass) > 0;
  }

  /**
   * Whether a datatype is or contains a string of variable length, which {@code H5Tdetect_class}
   * does not tell from one of fixed length.
   */
  public static boolean hasVariableString(Id type) {
    return switch (classOf(type)) {
      case STRING -> H5.status("H5Tis_variable_str", type.value()) > 0;
      case ARRAY -> test(base(type), Datatypes::hasVariableString);
      case COMPOUND -> {
        boolean found = false;
        for (int i = 0; i < members(type) && !found; i++) {
          found = test(member(type, i), Datatypes::hasVariableString);
        }
        yield found;
      }
      default -> false;
    };
  }

  private static boolean test(Id type, Predicate<Id> predicate) {
    try (type) {
      return predicate.test(type);
    }
  }
}
