package io.github.volsparse.tool.hdf5;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.hdf5.Words;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;

/**
 * Shared by all calls of HDF5's functions ({@link io.github.volsparse.hdf5.generated.hdf5_h}):
 * failures become exceptions, arguments and results are in C's memory.
 */
public final class H5 {
  private H5() {}

  /**
   * Passes on what a function returned: a {@code herr_t}, an {@code htri_t}, an {@code int} or an
   * enumeration.
   *
   * @param function its name
   * @throws Hdf5Failure if it is negative
   */
  public static int check(String function, int result) {
    if (result < 0) {
      throw new Hdf5Failure(function);
    }
    return result;
  }

  /**
   * Passes on what a function returned: a number of 64 bits that is negative on failure, such as
   * {@code hssize_t}.
   *
   * @param function its name
   * @throws Hdf5Failure if it is negative
   */
  public static long check(String function, long result) {
    if (result < 0) {
      throw new Hdf5Failure(function);
    }
    return result;
  }

  /**
   * Passes on what a function returned: a pointer, or a size that is 0 on failure.
   *
   * @param function its name
   * @throws Hdf5Failure if it is 0
   */
  public static long nonZero(String function, long result) {
    if (result == 0) {
      throw new Hdf5Failure(function);
    }
    return result;
  }

  // ---- arguments

  /** The address of a text in UTF-8, ended by a zero byte. */
  public static long text(Arena arena, String text) {
    return arena.allocateFrom(text).address();
  }

  /** The address of numbers of 64 bits; 0 if there are none. */
  public static long numbers(Arena arena, long... numbers) {
    return numbers.length == 0 ? 0 : arena.allocateFrom(JAVA_LONG, numbers).address();
  }

  /** The text at an address. */
  public static String textAt(long address) {
    return Words.at(address).getString(0);
  }

  /** The memory at an address. */
  public static MemorySegment at(long address, long bytes) {
    return MemorySegment.ofAddress(address).reinterpret(bytes);
  }

  /**
   * Text that a function writes into a buffer, in two calls: the first tells how long it is.
   *
   * @param function its name
   * @param call gets the address of the buffer and its size; returns the length of the text
   */
  public static String filledText(String function, FillText call) {
    long length = check(function, call.fill(0, 0));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(length + 1);
      call.fill(buffer.address(), length + 1);
      return buffer.getString(0);
    }
  }

  /** A call that writes text into a buffer. */
  public interface FillText {
    /** Makes the call; returns the length of the whole text. */
    long fill(long buffer, long bytes);
  }

  // ---- the C library

  private static long ofC(String function, long a, long b, long c) {
    long address = Linker.nativeLinker().defaultLookup().findOrThrow(function).address();
    return Words.call(address, a, b, c, 0, 0, 0);
  }

  /** Ends the process at once, with nothing that is usually done at its end. */
  static void leave(int status) {
    ofC("_exit", status, 0, 0);
  }

  /** Sets a variable of the process's environment, or removes it, as HDF5 will see it. */
  public static void setEnvironment(String name, String value) {
    try (Arena arena = Arena.ofConfined()) {
      if (value == null) {
        ofC("unsetenv", text(arena, name), 0, 0);
      } else {
        ofC("setenv", text(arena, name), text(arena, value), 1);
      }
    }
  }
}
