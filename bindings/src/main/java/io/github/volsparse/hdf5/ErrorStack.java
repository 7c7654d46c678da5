package io.github.volsparse.hdf5;

import io.github.volsparse.hdf5.generated.hdf5_h;

/**
 * HDF5's error stack, taken from the calling thread, because every later call of the library clears
 * it.
 */
public final class ErrorStack {
  private long id;

  private ErrorStack(long id) {
    this.id = id;
  }

  /** Takes the calling thread's error stack, which is empty then. */
  public static ErrorStack take() {
    return new ErrorStack(hdf5_h.H5Eget_current_stack());
  }

  /** Whether it has no entries, or was given back. */
  public boolean isEmpty() {
    return id <= 0 || hdf5_h.H5Eget_num(id) <= 0;
  }

  /** Makes it the calling thread's error stack. */
  public void restore() {
    if (id > 0) {
      hdf5_h.H5Eset_current_stack(id); // closes it, too
      id = 0;
    }
  }

  /** Releases it. */
  public void discard() {
    if (id > 0) {
      hdf5_h.H5Eclose_stack(id);
      id = 0;
    }
  }
}
