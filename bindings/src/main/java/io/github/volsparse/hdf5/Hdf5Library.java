package io.github.volsparse.hdf5;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;

/**
 * The libhdf5 that this copy of the classes belongs to. In a world it is the one that loaded the
 * plugin and calls its callbacks. A process with several libhdf5 has a class loader for each, and
 * so a copy of these classes. A Java program that calls HDF5 with these classes sets the libhdf5
 * that it has loaded.
 */
public final class Hdf5Library {
  private static long handle;
  private static String path = "";

  /** The symbols of the library outside of a world; null in a world. */
  private static SymbolLookup symbols;

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

  /**
   * Sets the library of a program that has loaded it itself; once, before anything else is used.
   * Does nothing if it is set already.
   *
   * @param library how it is called in messages
   * @param librarySymbols its functions and variables
   * @throws IllegalStateException if another library is set: these classes belong to one
   */
  public static synchronized void use(String library, SymbolLookup librarySymbols) {
    if (symbols == null) {
      path = library;
      symbols = librarySymbols;
    } else if (find("H5open") != address(librarySymbols, "H5open")) {
      throw new IllegalStateException(
          "another HDF5 library is in use in this program, "
              + path
              + ": a second one needs a class loader of its own, with its own copy of these"
              + " classes");
    }
  }

  /**
   * The version of a library, which need not be the one in use.
   *
   * @return its major, minor and release number; null if it is no libhdf5
   */
  public static int[] version(SymbolLookup librarySymbols) {
    long function = address(librarySymbols, "H5get_libversion");
    if (function == 0) {
      return null;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment numbers = arena.allocate(JAVA_INT, 3);
      long at = numbers.address();
      Words.call(function, at, at + 4, at + 8, 0, 0, 0);
      return numbers.toArray(JAVA_INT);
    }
  }

  /**
   * Sets the plugin's functions; before {@link #open}.
   *
   * @param functions their addresses, as {@link Native#open} says
   */
  public static void setPlugin(MemorySegment functions) {
    Native.open(functions);
  }

  /** Calls a function of C that takes an integer, and arguments that it does not look at. */
  public static void rehearse(long function, int argument) {
    Native.invoke(function, argument, 0, 0, 0, 0, 0);
  }

  /** The file the library was loaded from. */
  public static String path() {
    return path;
  }

  /** Whether the library exports a symbol. */
  public static boolean has(String name) {
    return find(name) != 0;
  }

  private static long find(String name) {
    return symbols == null ? Native.symbol(handle, name) : address(symbols, name);
  }

  private static long address(SymbolLookup library, String name) {
    MemorySegment symbol = library.find(name).orElse(null);
    return symbol == null ? 0 : symbol.address();
  }

  /**
   * The address of a symbol.
   *
   * @throws UnsupportedOperationException if the library has no such symbol
   */
  public static long symbol(String name) {
    long address = find(name);
    if (address == 0) {
      throw new UnsupportedOperationException(
          path
              + " has no "
              + name
              + ": vol-sparse needs a libhdf5 of version 1.14 or 2.x that has it");
    }
    return address;
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

  /** Makes filters that look at what the stack held before give the same every time. */
  public static void clearStack() {
    Native.clearStack();
  }

  /** Closes the library for good, because the JVM ends. */
  public static void end() {
    Native.end(handle);
  }
}
