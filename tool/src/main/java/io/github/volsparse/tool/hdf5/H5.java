package io.github.volsparse.tool.hdf5;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Calls of HDF5's functions by name.
 *
 * <p>Arguments are words: integers, enumerations and identifiers as they are, pointers as
 * addresses. (The calling convention of x86-64 passes all of these in the same registers. It passes
 * floating-point numbers elsewhere; no function that takes one is called.)
 */
public final class H5 {
  /** {@code H5P_DEFAULT}, {@code H5S_ALL}, {@code H5E_DEFAULT}, and a null pointer. */
  public static final long DEFAULT = 0;

  /** {@code H5S_MAX_RANK}. */
  public static final int MAX_RANK = 32;

  private static final int FEW = 6;
  private static final int MANY = 12;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle CALL_FEW = LINKER.downcallHandle(words(FEW));
  private static MethodHandle callMany;

  private static SymbolLookup library;
  private static final Map<String, MemorySegment> FUNCTIONS = new HashMap<>();

  private H5() {}

  private static FunctionDescriptor words(int count) {
    MemoryLayout[] arguments = new MemoryLayout[count];
    Arrays.fill(arguments, JAVA_LONG);
    return FunctionDescriptor.of(JAVA_LONG, arguments);
  }

  /** Sets the library whose functions are called. */
  static void use(SymbolLookup loaded) {
    library = loaded;
    FUNCTIONS.clear();
  }

  /** Whether the library has a function or variable. */
  public static boolean has(String name) {
    return library.find(name).isPresent();
  }

  private static MemorySegment symbol(String name) {
    return FUNCTIONS.computeIfAbsent(
        name,
        n ->
            library
                .find(n)
                .orElseThrow(
                    () ->
                        new UnsupportedOperationException(
                            "the HDF5 library has no "
                                + n
                                + ": vol-sparse needs HDF5 1.14 or newer")));
  }

  /** Calls a function and leaves the judgement of its result to the caller. */
  public static long call(String function, long... words) {
    return call(symbol(function), words);
  }

  private static long call(MemorySegment function, long... words) {
    try {
      if (words.length <= FEW) {
        long[] w = Arrays.copyOf(words, FEW);
        return (long) CALL_FEW.invokeExact(function, w[0], w[1], w[2], w[3], w[4], w[5]);
      }
      if (callMany == null) {
        callMany = LINKER.downcallHandle(words(MANY));
      }
      long[] w = Arrays.copyOf(words, MANY);
      return (long)
          callMany.invokeExact(
              function, w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8], w[9], w[10], w[11]);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e); // a downcall throws nothing checked
    }
  }

  /**
   * Calls a function that returns a {@code herr_t}, {@code htri_t}, {@code int} or an enumeration.
   *
   * @throws Hdf5Failure if it returns a negative value
   */
  public static int status(String function, long... words) {
    int result = (int) call(function, words);
    if (result < 0) {
      throw new Hdf5Failure(function);
    }
    return result;
  }

  /**
   * Calls a function that returns a 64-bit number that is negative on failure, such as {@code
   * hssize_t}.
   *
   * @throws Hdf5Failure if it is negative
   */
  public static long number(String function, long... words) {
    long result = call(function, words);
    if (result < 0) {
      throw new Hdf5Failure(function);
    }
    return result;
  }

  /**
   * Calls a function that returns an identifier.
   *
   * @throws Hdf5Failure if it fails
   */
  public static Id id(String function, long... words) {
    return new Id(number(function, words));
  }

  /**
   * Calls a function that returns a pointer, or a size that is 0 on failure.
   *
   * @throws Hdf5Failure if it returns 0
   */
  public static long nonZero(String function, long... words) {
    long result = call(function, words);
    if (result == 0) {
      throw new Hdf5Failure(function);
    }
    return result;
  }

  /** The value of one of HDF5's variables that hold an identifier, such as a predefined type. */
  public static long identifier(String variable) {
    return symbol(variable).reinterpret(JAVA_LONG.byteSize()).get(JAVA_LONG, 0);
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
    return at(address, Long.MAX_VALUE).getString(0);
  }

  /** The memory at an address. */
  public static MemorySegment at(long address, long bytes) {
    return MemorySegment.ofAddress(address).reinterpret(bytes);
  }

  /**
   * Text that a function writes into a buffer, in two calls: the first tells how long it is.
   *
   * @param call gets the address of the buffer and its size; returns the length of the text
   */
  public static String filledText(FillText call) {
    long length = call.fill(0, 0);
    if (length < 0) {
      throw new Hdf5Failure("the function that returns a name");
    }
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

  // ---- calls from HDF5

  /** A function that HDF5 calls, its arguments and result as words. */
  public interface Callback {
    /** Is called. What it throws must not get out: it would end the process. */
    long call(long a, long b, long c, long d, long e, long f);
  }

  /**
   * Makes a function that HDF5 can call.
   *
   * @return its address, valid as long as the arena
   */
  public static long function(Arena arena, Callback callback) {
    try {
      MethodType type = MethodType.genericMethodType(0).changeReturnType(long.class);
      for (int i = 0; i < FEW; i++) {
        type = type.appendParameterTypes(long.class);
      }
      MethodHandle handle =
          MethodHandles.lookup().findVirtual(Callback.class, "call", type).bindTo(callback);
      return LINKER.upcallStub(handle, words(FEW), arena).address();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  // ---- the C library

  /** Ends the process at once, with nothing that is usually done at its end. */
  static void leave(int status) {
    call(LINKER.defaultLookup().findOrThrow("_exit"), status);
  }

  /** Sets a variable of the process's environment, or removes it, as HDF5 will see it. */
  public static void setEnvironment(String name, String value) {
    try (Arena arena = Arena.ofConfined()) {
      SymbolLookup c = LINKER.defaultLookup();
      if (value == null) {
        call(c.findOrThrow("unsetenv"), text(arena, name));
      } else {
        call(c.findOrThrow("setenv"), text(arena, name), text(arena, value), 1);
      }
    }
  }
}
