package io.github.volsparse.hdf5;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/**
 * The libhdf5 that this copy of the classes belongs to: the one that loaded the plugin and calls
 * its callbacks. A process with several libhdf5 has a class loader, and so a copy of these classes,
 * for each.
 */
public final class Hdf5Library {
  private static long handle;
  private static String path = "";

  private Hdf5Library() {}

  /**
   * Sets the library; once, before anything else is used.
   *
   * @param libraryPath the file it was loaded from, for messages
   * @param libraryHandle its handle, as {@code dlopen} returned it; never closed
   */
  public static void open(String libraryPath, long libraryHandle) {
    path = libraryPath;
    handle = libraryHandle;
  }

  /** The file the library was loaded from. */
  public static String path() {
    return path;
  }

  /** Whether the library exports a symbol. */
  public static boolean has(String name) {
    return Native.symbol(handle, name) != 0;
  }

  /**
   * The address of a symbol.
   *
   * @throws UnsupportedOperationException if the library has no such symbol
   */
  static long symbol(String name) {
    long address = Native.symbol(handle, name);
    if (address == 0) {
      throw new UnsupportedOperationException(
          path + " has no " + name + ": vol-sparse needs HDF5 1.14 or newer");
    }
    return address;
  }

  /** The value of one of HDF5's variables that hold an identifier. */
  static long identifier(String name) {
    return MemorySegment.ofAddress(symbol(name))
        .reinterpret(JAVA_LONG.byteSize())
        .get(JAVA_LONG, 0);
  }

  /** The innermost entry on the calling thread's error stack; see {@link Native#lastError}. */
  static String lastError() {
    return Native.lastError(handle);
  }

  /** Pushes an entry on the calling thread's error stack; see {@link Native#pushError}. */
  public static void pushError(String function, String major, String minor, String message) {
    Native.pushError(handle, function, major, minor, message);
  }

  /** Says what the calling thread's error stack is about; see {@link Native#explainError}. */
  public static void explainError(String function, String message) {
    Native.explainError(handle, function, message);
  }

  /** Closes the library for good, because the JVM ends. */
  public static void end() {
    Native.end(handle);
  }
}
