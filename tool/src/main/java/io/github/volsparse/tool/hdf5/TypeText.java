package io.github.volsparse.tool.hdf5;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** A datatype in words, such as {@code uint16} or {@code {id: int32, at: float32[2]}}. */
public final class TypeText {
  private static final int BIG_ENDIAN = 1;
  private static final int MEMBERS_SHOWN = 6;

  private TypeText() {}

  /** Describes a datatype. */
  public static String of(Id type) {
    long t = type.value();
    long bits = Datatypes.size(type) * Byte.SIZE;
    return switch (Datatypes.classOf(type)) {
      case Datatypes.INTEGER ->
          (H5.status("H5Tget_sign", t) == 0 ? "uint" : "int") + bits + order(t);
      case Datatypes.FLOAT -> "float" + bits + order(t);
      case Datatypes.STRING ->
          H5.status("H5Tis_variable_str", t) > 0
              ? "string of any length"
              : "string of " + bits / Byte.SIZE;
      case Datatypes.BITFIELD -> "bit field of " + bits + order(t);
      case Datatypes.OPAQUE -> "opaque of " + bits / Byte.SIZE;
      case Datatypes.COMPOUND -> compound(t);
      case Datatypes.REFERENCE -> "reference";
      case Datatypes.ENUM ->
          "enumeration of " + Datatypes.members(type) + " in " + ofAndClose(Datatypes.base(type));
      case Datatypes.VLEN -> "sequence of " + ofAndClose(Datatypes.base(type));
      case Datatypes.ARRAY -> array(t);
      default -> bits / Byte.SIZE + " bytes of an unknown class";
    };
  }

  private static String ofAndClose(Id type) {
    try (type) {
      return of(type);
    }
  }

  private static String order(long type) {
    return H5.status("H5Tget_order", type) == BIG_ENDIAN && H5.nonZero("H5Tget_size", type) > 1
        ? " big-endian"
        : "";
  }

  private static String compound(long type) {
    int count = H5.status("H5Tget_nmembers", type);
    List<String> members = new ArrayList<>();
    for (int i = 0; i < Math.min(count, MEMBERS_SHOWN); i++) {
      members.add(memberName(type, i) + ": " + ofAndClose(H5.id("H5Tget_member_type", type, i)));
    }
    if (count > MEMBERS_SHOWN) {
      members.add("… %d more".formatted(count - MEMBERS_SHOWN));
    }
    return "{" + String.join(", ", members) + "}";
  }

  private static String memberName(long type, int index) {
    long name = H5.nonZero("H5Tget_member_name", type, index);
    try {
      return H5.textAt(name);
    } finally {
      H5.status("H5free_memory", name);
    }
  }

  private static String array(long type) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment lengths = arena.allocate(JAVA_LONG, H5.MAX_RANK);
      int rank = H5.status("H5Tget_array_dims2", type, lengths.address());
      StringBuilder text = new StringBuilder(ofAndClose(H5.id("H5Tget_super", type)));
      for (int d = 0; d < rank; d++) {
        text.append(d == 0 ? "[" : ", ").append(lengths.getAtIndex(JAVA_LONG, d));
      }
      return text.append("]").toString();
    }
  }
}
