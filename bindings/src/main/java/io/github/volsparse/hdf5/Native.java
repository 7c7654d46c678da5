package io.github.volsparse.hdf5;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Calls of C functions, all by one signature: every argument is a word of 64 bits, and so is the
 * result. The JDK generates code for each signature that is linked, which takes milliseconds.
 *
 * <p>The functions must take and return integers, enumerations or pointers: in the calling
 * conventions of Linux on x86-64 and AArch64 each of them travels in a 64-bit word of its own,
 * whatever its width.
 *
 * <p>In a world the functions of HDF5 may be called only on the thread of the callback: HDF5 may
 * have been built without thread safety.
 */
final class Native {
  /** The words that travel in registers; a function of fewer does not look at the others. */
  private static final int REGISTERS = 6;

  private static final int MAXIMUM_WORDS = 12;

  private static final MethodHandle CALL = link(REGISTERS);

  /** Memory for the words of a longer call, while no other one uses it. */
  private static final MemorySegment WORDS = Arena.global().allocate(JAVA_LONG, MAXIMUM_WORDS);

  private static final AtomicBoolean IS_IN_USE = new AtomicBoolean();

  /** The plugin's functions; 0 outside of a world. */
  private static long callOfWords;

  private static long symbol;
  private static long lastError;
  private static long pushError;
  private static long explainError;
  private static long end;
  private static long clearStack;
  private static long callOfSystem;
  private static long systemSymbol;

  private Native() {}

  /** Links a function of so many words. */
  private static MethodHandle link(int words) {
    MemoryLayout[] layouts = new MemoryLayout[words];
    Arrays.fill(layouts, JAVA_LONG);
    return Linker.nativeLinker().downcallHandle(FunctionDescriptor.of(JAVA_LONG, layouts));
  }

  /**
   * Sets the plugin's functions, by their addresses. The class calls them with strings of C.
   *
   * @param functions {@code int64_t call(int64_t function, const int64_t words[12])}, {@code void
   *     *symbol(void *library, const char *name)}, {@code void last_error(void *library, char
   *     *text, size_t size)}, {@code void push_error(void *library, const char *function, const
   *     char *major, const char *minor, const char *message)}, {@code void explain_error(void
   *     *library, const char *function, const char *message)}, {@code void end(void *library)},
   *     {@code void clear_stack(void)}, {@code int64_t call_of_system(int64_t function, const
   *     int64_t words[12])}, {@code void *c_symbol(const char *name)}
   */
  static void open(MemorySegment functions) {
    callOfWords = functions.getAtIndex(JAVA_LONG, 0);
    symbol = functions.getAtIndex(JAVA_LONG, 1);
    lastError = functions.getAtIndex(JAVA_LONG, 2);
    pushError = functions.getAtIndex(JAVA_LONG, 3);
    explainError = functions.getAtIndex(JAVA_LONG, 4);
    end = functions.getAtIndex(JAVA_LONG, 5);
    clearStack = functions.getAtIndex(JAVA_LONG, 6);
    callOfSystem = functions.getAtIndex(JAVA_LONG, 7);
    systemSymbol = functions.getAtIndex(JAVA_LONG, 8);
  }

  /**
   * Calls a C function of six arguments or fewer; arguments that it does not have are ignored.
   *
   * @param function its address
   * @return its result; of one narrower than 64 bits only the low bits mean anything
   */
  static long invoke(long function, long a, long b, long c, long d, long e, long f) {
    try {
      return (long) CALL.invokeExact(MemorySegment.ofAddress(function), a, b, c, d, e, f);
    } catch (RuntimeException | Error thrown) {
      throw thrown; // none is the function's: a stack that is at its end, say
    } catch (Throwable thrown) {
      throw new AssertionError(thrown);
    }
  }

  /**
   * Calls a C function.
   *
   * @param function its address
   * @param words its arguments, 12 at most: integers as they are, pointers as addresses. The array
   *     is copied and not changed.
   * @return its result; of one narrower than 64 bits only the low bits mean anything
   */
  static long invoke(long function, long[] words) {
    if (words.length <= REGISTERS) {
      long[] w = Arrays.copyOf(words, REGISTERS);
      return invoke(function, w[0], w[1], w[2], w[3], w[4], w[5]);
    }
    if (IS_IN_USE.getAndSet(true)) { // by a call that this one is within, or of another thread
      try (Arena arena = Arena.ofConfined()) {
        return invoke(function, words, arena.allocate(JAVA_LONG, MAXIMUM_WORDS));
      }
    }
    try {
      return invoke(function, words, WORDS);
    } finally {
      IS_IN_USE.set(false);
    }
  }

  private static long invoke(long function, long[] words, MemorySegment memory) {
    for (int i = 0; i < words.length; i++) { // a copy from an array has the JDK generate a class
      memory.setAtIndex(JAVA_LONG, i, words[i]);
    }
    if (callOfWords == 0) {
      return OutsideOfWorld.invoke(function, memory);
    }
    return invoke(callOfWords, function, memory.address(), 0, 0, 0, 0);
  }

  /** A program without the plugin links what the plugin's function does. */
  private static final class OutsideOfWorld {
    private static final MethodHandle CALL = link(MAXIMUM_WORDS);

    static long invoke(long function, MemorySegment memory) {
      try {
        return (long)
            CALL.invokeExact(
                MemorySegment.ofAddress(function),
                memory.getAtIndex(JAVA_LONG, 0),
                memory.getAtIndex(JAVA_LONG, 1),
                memory.getAtIndex(JAVA_LONG, 2),
                memory.getAtIndex(JAVA_LONG, 3),
                memory.getAtIndex(JAVA_LONG, 4),
                memory.getAtIndex(JAVA_LONG, 5),
                memory.getAtIndex(JAVA_LONG, 6),
                memory.getAtIndex(JAVA_LONG, 7),
                memory.getAtIndex(JAVA_LONG, 8),
                memory.getAtIndex(JAVA_LONG, 9),
                memory.getAtIndex(JAVA_LONG, 10),
                memory.getAtIndex(JAVA_LONG, 11));
      } catch (RuntimeException | Error thrown) {
        throw thrown;
      } catch (Throwable thrown) {
        throw new AssertionError(thrown);
      }
    }
  }

  /**
   * The address of a symbol.
   *
   * @param library handle of a libhdf5, as {@code dlopen} returned it
   * @return 0 if it has no such symbol
   */
  static long symbol(long library, String name) {
    try (Arena arena = Arena.ofConfined()) {
      return invoke(symbol, library, Text.allocate(arena, name).address(), 0, 0, 0, 0);
    }
  }

  /**
   * The innermost entry on the calling thread's error stack, as {@code function: description};
   * empty if there is none.
   *
   * @param library handle of a libhdf5
   */
  static String lastError(long library) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocate(512);
      invoke(lastError, library, text.address(), text.byteSize(), 0, 0, 0);
      return Text.at(text);
    }
  }

  /**
   * Pushes an entry on the calling thread's error stack ({@code H5Epush2}).
   *
   * @param library handle of a libhdf5; 0 to do all but that
   * @param major the major error, such as {@code H5E_VOL}
   * @param minor the minor error, such as {@code H5E_CANTINIT}
   */
  static void pushError(long library, String function, String major, String minor, String message) {
    try (Arena arena = Arena.ofConfined()) {
      invoke(
          pushError,
          library,
          Text.allocate(arena, function).address(),
          Text.allocate(arena, major).address(),
          Text.allocate(arena, minor).address(),
          Text.allocate(arena, message).address(),
          0);
    }
  }

  /**
   * Makes an entry the innermost one on the calling thread's error stack, of the same kind as the
   * one that was, and with its text after the message.
   */
  static void explainError(long library, String function, String message) {
    try (Arena arena = Arena.ofConfined()) {
      invoke(
          explainError,
          library,
          Text.allocate(arena, function).address(),
          Text.allocate(arena, message).address(),
          0,
          0,
          0);
    }
  }

  /**
   * Closes a libhdf5, once no thread is inside it; no callback of it enters Java after that.
   *
   * @param library its handle
   */
  static void end(long library) {
    invoke(end, library, 0, 0, 0, 0, 0);
  }

  /** Zeroes the next MiB of the calling thread's stack, where that much is left; in a world. */
  static void clearStack() {
    invoke(clearStack, 0, 0, 0, 0, 0, 0);
  }

  /**
   * Calls a function of the C library that returns -1 and an error number where it fails.
   *
   * @param function its address
   * @return its result; the complement of the error number if it failed
   */
  static long invokeSystem(long function, long a, long b, long c, long d) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment words = arena.allocate(JAVA_LONG, MAXIMUM_WORDS);
      words.setAtIndex(JAVA_LONG, 0, a);
      words.setAtIndex(JAVA_LONG, 1, b);
      words.setAtIndex(JAVA_LONG, 2, c);
      words.setAtIndex(JAVA_LONG, 3, d);
      if (callOfSystem != 0) {
        return invoke(callOfSystem, function, words.address(), 0, 0, 0, 0);
      }
      long result = OutsideOfWorld.invoke(function, words);
      if ((int) result != -1) {
        return result;
      }
      long errorNumber = invoke(systemSymbol("__errno_location"), 0, 0, 0, 0, 0, 0);
      return ~(long) MemorySegment.ofAddress(errorNumber).reinterpret(4).get(JAVA_INT, 0);
    }
  }

  /** The address of a function of the C library, or 0. */
  static long systemSymbol(String name) {
    if (systemSymbol == 0) {
      return Linker.nativeLinker()
          .defaultLookup()
          .find(name)
          .map(MemorySegment::address)
          .orElse(0L);
    }
    try (Arena arena = Arena.ofConfined()) {
      return invoke(systemSymbol, Text.allocate(arena, name).address(), 0, 0, 0, 0, 0);
    }
  }
}
