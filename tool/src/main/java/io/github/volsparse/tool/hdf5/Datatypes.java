package io.github.volsparse.tool.hdf5;

import static io.github.volsparse.tool.hdf5.H5.check;
import static io.github.volsparse.tool.hdf5.H5.nonZero;

import io.github.volsparse.hdf5.generated.hdf5_h;
import java.util.function.Predicate;

/** Classes of datatypes, and their parts. */
public final class Datatypes {
  private Datatypes() {}

  /** The class of a datatype. */
  public static int classOf(Id type) {
    return check("H5Tget_class", hdf5_h.H5Tget_class(type.value()));
  }

  /** The bytes of an element. */
  public static long size(Id type) {
    return nonZero("H5Tget_size", hdf5_h.H5Tget_size(type.value()));
  }

  /** The type that an array, a sequence or an enumeration is made of. */
  public static Id base(Id type) {
    return Id.of("H5Tget_super", hdf5_h.H5Tget_super(type.value()));
  }

  /** The number of members of a compound or an enumeration. */
  public static int members(Id type) {
    return check("H5Tget_nmembers", hdf5_h.H5Tget_nmembers(type.value()));
  }

  /** The type of a member of a compound. */
  public static Id member(Id type, int index) {
    return Id.of("H5Tget_member_type", hdf5_h.H5Tget_member_type(type.value(), index));
  }

  /** Whether a datatype is or contains one of a class. */
  public static boolean contains(Id type, int typeClass) {
    return check("H5Tdetect_class", hdf5_h.H5Tdetect_class(type.value(), typeClass)) > 0;
  }

  /**
   * Whether a datatype is or contains a string of variable length, which {@code H5Tdetect_class}
   * does not tell from one of fixed length.
   */
  public static boolean hasVariableString(Id type) {
    return switch (classOf(type)) {
      case hdf5_h.H5T_STRING ->
          check("H5Tis_variable_str", hdf5_h.H5Tis_variable_str(type.value())) > 0;
      case hdf5_h.H5T_ARRAY -> test(base(type), Datatypes::hasVariableString);
      case hdf5_h.H5T_COMPOUND -> {
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
