package io.github.volsparse.hdf5;

/**
 * The functions the plugin gives to Java; it registers them when it loads this class.
 *
 * <p>May be called on the thread of the callback only: HDF5 may have been built without thread
 * safety.
 */
final class Native {
  private Native() {}

  /**
   * Calls a C function.
   *
   * @param function its address
   * @param words its arguments, 12 at most: integers as they are, pointers as addresses. The array
   *     is copied and not changed.
   * @return its result; of one narrower than 64 bits only the low bits mean anything
   */
  static native long invoke(long function, long[] words);

  /**
   * Calls a C function of six arguments or fewer; those it does not have are of no account. This is
   * the way of nearly all calls: an array costs as much as the rest of it.
   */
  static native long invoke(long function, long a, long b, long c, long d, long e, long f);

  /**
   * The address of a symbol.
   *
   * @param library handle of a libhdf5, as {@code dlopen} returned it
   * @return 0 if it has no such symbol
   */
  static native long symbol(long library, String name);

  /**
   * The innermost entry on the calling thread's error stack, as {@code function: description};
   * empty if there is none.
   *
   * @param library handle of a libhdf5
   */
  static native String lastError(long library);

  /**
   * Pushes an entry on the calling thread's error stack ({@code H5Epush2}).
   *
   * @param major the major error, such as {@code H5E_VOL}
   * @param minor the minor error, such as {@code H5E_CANTINIT}
   */
  static native void pushError(
      long library, String function, String major, String minor, String message);

  /**
   * Makes an entry the innermost one on the calling thread's error stack, of the same kind as the
   * one that was, and with its text after the message.
   */
  static native void explainError(long library, String function, String message);

  /**
   * Closes a libhdf5, once no thread is inside it; no callback of it enters Java after that.
   *
   * @param library its handle
   */
  static native void end(long library);
}
