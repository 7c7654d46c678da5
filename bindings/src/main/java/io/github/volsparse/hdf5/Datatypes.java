package io.github.volsparse.hdf5;

import static io.github.volsparse.hdf5.Hdf5.RESULT;
import static io.github.volsparse.hdf5.Hdf5.check;
import static io.github.volsparse.hdf5.Hdf5.isDone;
import static io.github.volsparse.hdf5.Hdf5.nonZero;
import static java.lang.foreign.MemorySegment.NULL;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Datatypes: the functions {@code H5T}.
 *
 * <p>Every function throws {@link Hdf5Exception} on failure, and may be called only on the thread
 * of a callback. An identifier that is returned belongs to the caller, who closes it.
 */
public final class Datatypes {
  private Datatypes() {}

  private static final boolean DECODES_BY_SIZE = Hdf5Library.has("H5Tdecode2");

  /** Closes a datatype. */
  public static void H5Tclose(long type) {
    check("H5Tclose", hdf5_h.H5Tclose(type));
  }

  /** The class of a datatype, an {@code H5T_class_t}. */
  public static int H5Tget_class(long type) {
    return check("H5Tget_class", hdf5_h.H5Tget_class(type));
  }

  /** Bytes of an element. */
  public static long H5Tget_size(long type) {
    return nonZero("H5Tget_size", hdf5_h.H5Tget_size(type));
  }

  /** Whether two datatypes are the same. */
  public static boolean H5Tequal(long a, long b) {
    return check("H5Tequal", hdf5_h.H5Tequal(a, b)) > 0;
  }

  /** Whether HDF5 can convert elements of one datatype to another. */
  public static boolean canConvert(long from, long to) {
    return isDone(hdf5_h.H5Tfind(from, to, RESULT) == 0 ? -1 : 0);
  }

  /** Whether a datatype is or contains one of a class. */
  public static boolean H5Tdetect_class(long type, int typeClass) {
    return check("H5Tdetect_class", hdf5_h.H5Tdetect_class(type, typeClass)) > 0;
  }

  /**
   * Whether a datatype is or contains a string of variable length, which {@code H5Tdetect_class}
   * does not tell from one of fixed length.
   */
  public static boolean hasVariableString(long type) {
    int typeClass = H5Tget_class(type);
    if (typeClass == hdf5_h.H5T_STRING) {
      return check("H5Tis_variable_str", hdf5_h.H5Tis_variable_str(type)) > 0;
    }
    if (typeClass == hdf5_h.H5T_ARRAY) {
      return hasVariableStringAndClose(check("H5Tget_super", hdf5_h.H5Tget_super(type)));
    }
    if (typeClass == hdf5_h.H5T_COMPOUND) {
      int members = check("H5Tget_nmembers", hdf5_h.H5Tget_nmembers(type));
      for (int i = 0; i < members; i++) {
        if (hasVariableStringAndClose(
            check("H5Tget_member_type", hdf5_h.H5Tget_member_type(type, i)))) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean hasVariableStringAndClose(long type) {
    try {
      return hasVariableString(type);
    } finally {
      H5Tclose(type);
    }
  }

  /** A datatype as bytes, which know nothing of the file it is from. */
  public static MemorySegment H5Tencode(long type, Arena arena) {
    RESULT.set(JAVA_LONG, 0, 0);
    check("H5Tencode", hdf5_h.H5Tencode(type, NULL, RESULT));
    long bytes = RESULT.get(JAVA_LONG, 0);
    MemorySegment encoded = arena.allocate(bytes, 8);
    check("H5Tencode", hdf5_h.H5Tencode(type, encoded, RESULT));
    return encoded;
  }

  /** A new datatype of such bytes. */
  public static long H5Tdecode(MemorySegment encoded) {
    return DECODES_BY_SIZE
        ? check("H5Tdecode2", hdf5_h.H5Tdecode2(encoded, encoded.byteSize()))
        : check("H5Tdecode", hdf5_h.H5Tdecode(encoded));
  }

  /**
   * One of HDF5's own datatypes of numbers in files: by kind, by size (1, 2, 4, 8), little-endian
   * first.
   */
  private static long predefined(int index) {
    return switch (index) {
      case 0 -> hdf5_h.H5T_STD_I8LE_g();
      case 1 -> hdf5_h.H5T_STD_I8BE_g();
      case 2 -> hdf5_h.H5T_STD_I16LE_g();
      case 3 -> hdf5_h.H5T_STD_I16BE_g();
      case 4 -> hdf5_h.H5T_STD_I32LE_g();
      case 5 -> hdf5_h.H5T_STD_I32BE_g();
      case 6 -> hdf5_h.H5T_STD_I64LE_g();
      case 7 -> hdf5_h.H5T_STD_I64BE_g();
      case 8 -> hdf5_h.H5T_STD_U8LE_g();
      case 9 -> hdf5_h.H5T_STD_U8BE_g();
      case 10 -> hdf5_h.H5T_STD_U16LE_g();
      case 11 -> hdf5_h.H5T_STD_U16BE_g();
      case 12 -> hdf5_h.H5T_STD_U32LE_g();
      case 13 -> hdf5_h.H5T_STD_U32BE_g();
      case 14 -> hdf5_h.H5T_STD_U64LE_g();
      case 15 -> hdf5_h.H5T_STD_U64BE_g();
      case 16 -> hdf5_h.H5T_IEEE_F32LE_g();
      case 17 -> hdf5_h.H5T_IEEE_F32BE_g();
      case 18 -> hdf5_h.H5T_IEEE_F64LE_g();
      case 19 -> hdf5_h.H5T_IEEE_F64BE_g();
      default -> throw new IllegalArgumentException();
    };
  }

  private static final int UNSIGNED = 8;
  private static final int FLOATS = 12; // of which the first two sizes are not in the table

  /**
   * The datatype of HDF5's own that is equal to one of numbers; 0 if there is none. It belongs to
   * HDF5, and is none of those that a program is told are open.
   */
  public static long predefined(long type) {
    int typeClass = H5Tget_class(type);
    boolean isInteger = typeClass == hdf5_h.H5T_INTEGER;
    long size = isInteger || typeClass == hdf5_h.H5T_FLOAT ? H5Tget_size(type) : 0;
    if (Long.bitCount(size) != 1 || size > Long.BYTES || !isInteger && size < Float.BYTES) {
      return 0;
    }
    int kind =
        !isInteger
            ? FLOATS
            : check("H5Tget_sign", hdf5_h.H5Tget_sign(type)) == hdf5_h.H5T_SGN_NONE ? UNSIGNED : 0;
    int order = check("H5Tget_order", hdf5_h.H5Tget_order(type)) == hdf5_h.H5T_ORDER_LE ? 0 : 1;
    long id = predefined(kind + 2 * Long.numberOfTrailingZeros(size) + order);
    return H5Tequal(id, type) ? id : 0;
  }

  /**
   * Converts elements in place.
   *
   * @param count elements
   * @param buffer address of room for that many of the larger type, packed from its start
   * @param background address of the elements as they are where the result goes, which compounds
   *     need; otherwise 0
   */
  public static void H5Tconvert(
      long from, long to, long count, long buffer, long background, long dxpl) {
    check("H5Tconvert", hdf5_h.H5Tconvert(from, to, count, buffer, background, dxpl));
  }
}
