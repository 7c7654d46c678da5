package io.github.volsparse.hdf5;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Shared by the functions of HDF5, and functions without a subject of their own.
 *
 * <p>{@link hdf5_h} declares the functions as in C. This class, {@link PropertyLists}, {@link
 * Dataspaces}, {@link Datatypes} and {@link Connectors} offer them to the connector in Java style:
 * failures are exceptions, results through pointers are return values, and a boolean replaces an
 * {@code htri_t}. Identifiers ({@code hid_t}) and addresses are {@code long}.
 *
 * <p>Every function throws {@link Hdf5Exception} on failure, and may be called only on the thread
 * of a callback. An identifier that is returned belongs to the caller, who closes it.
 */
public final class Hdf5 {
  private Hdf5() {}

  /**
   * Where functions return what is no larger than this. One is enough: a call uses it and copies
   * the result before anything else can be called. (An arena for each call would cost more than
   * most of the calls.)
   */
  static final MemorySegment RESULT =
      Arena.global().allocate(6 * JAVA_LONG.byteSize() * hdf5_h.H5S_MAX_RANK, 16);

  /** Numbers that a function has returned in {@link #RESULT}, from one of them on. */
  static long[] result(int first, int count) {
    long[] numbers = new long[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = RESULT.getAtIndex(JAVA_LONG, first + i);
    }
    return numbers;
  }

  /**
   * Passes on what a function returned: a {@code herr_t}, an {@code htri_t}, an {@code int} or an
   * enumeration.
   *
   * @param function its name
   * @throws Hdf5Exception if it is negative
   */
  public static int check(String function, int result) {
    if (result < 0) {
      throw new Hdf5Exception(function);
    }
    return result;
  }

  /**
   * Passes on what a function returned: an {@code hid_t} or an {@code hssize_t}.
   *
   * @param function its name
   * @throws Hdf5Exception if it is negative
   */
  public static long check(String function, long result) {
    if (result < 0) {
      throw new Hdf5Exception(function);
    }
    return result;
  }

  /**
   * Passes on what a function returned: a pointer, or a size that is 0 on failure.
   *
   * @param function its name
   * @throws Hdf5Exception if it is 0
   */
  public static long nonZero(String function, long result) {
    if (result == 0) {
      throw new Hdf5Exception(function);
    }
    return result;
  }

  /**
   * Whether a call succeeded whose failure is expected, which is then taken off the error stack.
   * Nothing is printed, for the plugin sees to that while a callback runs.
   */
  static boolean isDone(int status) {
    if (status < 0) {
      hdf5_h.H5Eclear2(hdf5_h.H5E_DEFAULT);
      return false;
    }
    return true;
  }

  /**
   * Allocates memory that HDF5 itself may free.
   *
   * @param clear whether it holds zeros
   */
  public static long H5allocate_memory(long bytes, boolean clear) {
    return nonZero("H5allocate_memory", hdf5_h.H5allocate_memory(bytes, clear));
  }

  /** Frees memory that HDF5 allocated. */
  public static void H5free_memory(long address) {
    check("H5free_memory", hdf5_h.H5free_memory(address));
  }

  /** Adds a reference to an identifier. */
  public static void H5Iinc_ref(long id) {
    check("H5Iinc_ref", hdf5_h.H5Iinc_ref(id));
  }

  /** Registers a filter; the class struct must stay where it is. */
  public static void H5Zregister(long filterClass) {
    check("H5Zregister", hdf5_h.H5Zregister(filterClass));
  }

  /** The text at an address, in UTF-8 and ended by a zero byte. */
  public static String string(long address) {
    return Text.at(MemorySegment.ofAddress(address).reinterpret(Long.MAX_VALUE));
  }
}
