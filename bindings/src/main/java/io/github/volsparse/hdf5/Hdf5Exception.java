package io.github.volsparse.hdf5;

/**
 * A function of HDF5 failed.
 *
 * <p>The exception keeps HDF5's error stack, because every later call of the library would clear
 * it, such as a close during cleanup. Code that catches the exception calls {@link
 * #restoreErrorStack} to return the stack to the program, or {@link #discardErrorStack} if the
 * failure was expected.
 */
public final class Hdf5Exception extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient ErrorStack stack = ErrorStack.take();

  /**
   * Takes the error stack of the function that has just failed.
   *
   * @param function its name
   */
  public Hdf5Exception(String function) {
    super(function + " failed", null, false, false);
  }

  /** Makes the error stack taken at the failure the calling thread's current one. */
  public void restoreErrorStack() {
    stack.restore();
  }

  /** Releases the error stack. */
  public void discardErrorStack() {
    stack.discard();
  }

  /** Releases the error stacks of whatever was thrown and its causes. */
  public static void discardErrorStacks(Throwable thrown) {
    for (Throwable t = thrown; t != null; t = t.getCause()) {
      if (t instanceof Hdf5Exception e) {
        e.discardErrorStack();
      }
    }
  }
}
