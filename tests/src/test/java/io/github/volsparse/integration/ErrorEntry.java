package io.github.volsparse.integration;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.github.volsparse.hdf5.generated.H5E_error2_t;
import io.github.volsparse.hdf5.generated.H5E_walk2_t;
import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * An entry of HDF5's error stack.
 *
 * @param major the text of the major error
 * @param minor the text of the minor error
 * @param function where it happened
 * @param description what happened
 */
record ErrorEntry(String major, String minor, String function, String description) {

  /** The calling thread's error stack, the innermost entry first. */
  static List<ErrorEntry> stack() {
    List<ErrorEntry> stack = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      H5E_walk2_t.Function visitor =
          (number, entry, data) -> {
            MemorySegment error = entry.reinterpret(H5E_error2_t.sizeof());
            stack.add(
                new ErrorEntry(
                    message(H5E_error2_t.maj_num(error)),
                    message(H5E_error2_t.min_num(error)),
                    H5E_error2_t.func_name(error).getString(0),
                    H5E_error2_t.desc(error).getString(0)));
            return 0;
          };
      hdf5_h.H5Ewalk2(0, 0, H5E_walk2_t.allocate(visitor, arena), MemorySegment.NULL);
    }
    return stack;
  }

  private static String message(long id) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocate(256);
      hdf5_h.H5Eget_msg(id, arena.allocate(JAVA_INT), text, text.byteSize());
      return text.getString(0);
    }
  }

  /** The kind of error, without the words. */
  String kind() {
    return major + ": " + minor;
  }
}
