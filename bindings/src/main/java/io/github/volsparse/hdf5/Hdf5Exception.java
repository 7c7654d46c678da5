package io.github.volsparse.hdf5;

/**
 * A function of HDF5 failed.
 *
 * <p>The exception takes HDF5's error stack with it, for every later call of the library would
 * clear it: code on the way up may close what it opened. Who ends the exception's journey calls
 * {@link #restoreErrorStack} to give the stack back to the program, or {@link #discardErrorStack}
 * if the failure was expected.
 */
public final class Hdf5Exception extends RuntimeException {
  private static final long serialVersionUID = 1;

  private static final Hdf5Function H5Eget_current_stack = new Hdf5Function("H5Eget_current_stack");
  private static final Hdf5Function H5Eset_current_stack = new Hdf5Function("H5Eset_current_stack");
  private static final Hdf5Function H5Eclose_stack = new Hdf5Function("H5Eclose_stack");

  private long stack;

  /**
   * Takes the error stack of the function that has just failed.
   *
   * @param function its name
   */
  public Hdf5Exception(String function) {
    super(function + " failed", null, false, false);
    stack = H5Eget_current_stack.call();
  }

  /** Makes the error stack taken at the failure the calling thread's current one. */
  public void restoreErrorStack() {
    if (stack > 0) {
      H5Eset_current_stack.call(stack); // closes the copy, too
      stack = 0;
    }
  }

  /** Releases the error stack. */
  public void discardErrorStack() {
    if (stack > 0) {
      H5Eclose_stack.call(stack);
      stack = 0;
    }
  }
}
