package io.github.volsparse.hdf5;

/** HDF5's error stack, taken off the calling thread: every later call of the library clears it. */
public final class ErrorStack {
  private static final Hdf5Function GET_CURRENT_STACK = new Hdf5Function("H5Eget_current_stack");
  private static final Hdf5Function SET_CURRENT_STACK = new Hdf5Function("H5Eset_current_stack");
  private static final Hdf5Function CLOSE_STACK = new Hdf5Function("H5Eclose_stack");
  private static final Hdf5Function GET_NUM = new Hdf5Function("H5Eget_num");

  private long id;

  private ErrorStack(long id) {
    this.id = id;
  }

  /** Takes the calling thread's error stack, which is empty then. */
  public static ErrorStack take() {
    return new ErrorStack(GET_CURRENT_STACK.call());
  }

  /** Whether it has no entries, or was given back. */
  public boolean isEmpty() {
    return id <= 0 || GET_NUM.call(id) <= 0;
  }

  /** Makes it the calling thread's error stack. */
  public void restore() {
    if (id > 0) {
      SET_CURRENT_STACK.call(id); // closes it, too
      id = 0;
    }
  }

  /** Releases it. */
  public void discard() {
    if (id > 0) {
      CLOSE_STACK.call(id);
      id = 0;
    }
  }
}
