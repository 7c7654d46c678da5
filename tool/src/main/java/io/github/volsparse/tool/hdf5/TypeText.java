package io.github.volsparse.tool.hdf5;

import static io.github.volsparse.tool.hdf5.H5.check;
import static io.github.volsparse.tool.hdf5.H5.nonZero;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** A datatype as text, such as {@code uint16} or {@code {id: int32, at: float32[2]}}. */
public final class TypeText {
  private static final int MEMBERS_SHOWN = 6;

  private TypeText() {}

  /** Describes a datatype. */
  public static String of(Id type) {
    long t = type.value();
    long bits = Datatypes.size(type) * Byte.SIZE;
    return switch (Datatypes.classOf(type)) {
      case hdf5_h.H5T_INTEGER ->
          (check("H5Tget_sign", hdf5_h.H5Tget_sign(t)) == hdf5_h.H5T_SGN_NONE ? "uint" : "int")
              + bits
              + order(t);
      case hdf5_h.H5T_FLOAT -> "float" + bits + order(t);
      case hdf5_h.H5T_STRING ->
          check("H5Tis_variable_str", hdf5_h.H5Tis_variable_str(t)) > 0
              ? "string of any length"
              : "string of " + bits / Byte.SIZE;
      case hdf5_h.H5T_BITFIELD -> "bit field of " + bits + order(t);
      case hdf5_h.H5T_OPAQUE -> "opaque of " + bits / Byte.SIZE;
      case hdf5_h.H5T_COMPOUND -> compound(t);
      case hdf5_h.H5T_REFERENCE -> "reference";
      case hdf5_h.H5T_ENUM ->
          "enumeration of " + Datatypes.members(type) + " in " + ofAndClose(Datatypes.base(type));
      case hdf5_h.H5T_VLEN -> "sequence of " + ofAndClose(Datatypes.base(type));
      case hdf5_h.H5T_ARRAY -> array(t);
      default -> bits / Byte.SIZE + " bytes of an unknown class";
    };
  }

  private static String ofAndClose(Id type) {
    try (type) {
      return of(type);
    }
  }

  private static String order(long type) {
    return check("H5Tget_order", hdf5_h.H5Tget_order(type)) == hdf5_h.H5T_ORDER_BE
            && nonZero("H5Tget_size", hdf5_h.H5Tget_size(type)) > 1
        ? " big-endian"
        : "";
  }

  private static String compound(long type) {
    int count = check("H5Tget_nmembers", hdf5_h.H5Tget_nmembers(type));
    List<String> members = new ArrayList<>();
    for (int i = 0; i < Math.min(count, MEMBERS_SHOWN); i++) {
      members.add(
          memberName(type, i)
              + ": "
              + ofAndClose(Id.of("H5Tget_member_type", hdf5_h.H5Tget_member_type(type, i))));
    }
    if (count > MEMBERS_SHOWN) {
      members.add("… %d more".formatted(count - MEMBERS_SHOWN));
    }
    return "{" + String.join(", ", members) + "}";
  }

  private static String memberName(long type, int index) {
    long name = nonZero("H5Tget_member_name", hdf5_h.H5Tget_member_name(type, index));
    try {
      return H5.textAt(name);
    } finally {
      check("H5free_memory", hdf5_h.H5free_memory(name));
    }
  }

  private static String array(long type) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment lengths = arena.allocate(JAVA_LONG, hdf5_h.H5S_MAX_RANK);
      int rank = check("H5Tget_array_dims2", hdf5_h.H5Tget_array_dims2(type, lengths.address()));
      StringBuilder text =
          new StringBuilder(ofAndClose(Id.of("H5Tget_super", hdf5_h.H5Tget_super(type))));
      for (int d = 0; d < rank; d++) {
        text.append(d == 0 ? "[" : ", ").append(lengths.getAtIndex(JAVA_LONG, d));
      }
      return text.append("]").toString();
    }
  }
}
