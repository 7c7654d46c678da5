package io.github.volsparse.hdf5;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Arrays;

/** The basis of the generated functions: calls by words, and memory at addresses. */
public final class Words {
  private static final int OF_CALLBACK = 6;

  /** All memory there is: reading from it makes no segment of its own. */
  private static final MemorySegment EVERYTHING = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private Words() {}

  /**
   * Calls a C function of six arguments or fewer; arguments that it does not have are ignored.
   *
   * @param function its address
   * @return its result; of one narrower than 64 bits only the low bits mean anything
   */
  public static long call(long function, long a, long b, long c, long d, long e, long f) {
    return Native.invoke(function, a, b, c, d, e, f);
  }

  /** Calls a C function of up to twelve arguments. */
  public static long call(long function, long[] words) {
    return Native.invoke(function, words);
  }

  /**
   * The address of a function or variable of HDF5.
   *
   * @throws UnsupportedOperationException if this HDF5 has none of that name
   */
  public static long find(String name) {
    return Hdf5Library.symbol(name);
  }

  /** The number at an address. */
  public static long read(long address) {
    return EVERYTHING.get(JAVA_LONG, address);
  }

  /** The memory from an address on. */
  public static MemorySegment at(long address) {
    return EVERYTHING.asSlice(address);
  }

  /**
   * The address of memory, which has to be there until the call ends.
   *
   * @throws IllegalArgumentException if it is an array of Java
   */
  public static long address(MemorySegment memory) {
    if (!memory.isNative()) {
      throw new IllegalArgumentException("C cannot use the address of a Java array");
    }
    return memory.address();
  }

  /** A function of Java that C calls, its arguments and result as words. */
  @FunctionalInterface
  public interface Callback {
    /** Is called. What it throws ends the process. */
    long call(long a, long b, long c, long d, long e, long f);
  }

  /** Makes a C function of six arguments or fewer, which is there as long as the arena. */
  public static MemorySegment callback(Callback callback, Arena arena) {
    Class<?>[] parameters = new Class<?>[OF_CALLBACK];
    Arrays.fill(parameters, long.class);
    MemoryLayout[] layouts = new MemoryLayout[OF_CALLBACK];
    Arrays.fill(layouts, JAVA_LONG);
    try {
      MethodHandle call =
          MethodHandles.lookup()
              .findVirtual(Callback.class, "call", MethodType.methodType(long.class, parameters))
              .bindTo(callback);
      return Linker.nativeLinker()
          .upcallStub(call, FunctionDescriptor.of(JAVA_LONG, layouts), arena);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("call", e);
    }
  }
}
