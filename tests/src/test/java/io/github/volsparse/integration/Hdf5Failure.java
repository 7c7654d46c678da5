package io.github.volsparse.integration;

import io.github.volsparse.hdf5.generated.hdf5_h;
import java.util.List;
import java.util.stream.Collectors;

/** A function of HDF5 failed: with the error stack as a C program finds it. */
final class Hdf5Failure extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient List<ErrorEntry> stack;

  private Hdf5Failure(List<ErrorEntry> stack) {
    super(
        stack.stream()
            .map(e -> e.function() + ": " + e.description() + " (" + e.kind() + ")")
            .collect(Collectors.joining("\n  ", "HDF5 says:\n  ", "")));
    this.stack = stack;
  }

  /** The entries, the innermost first. */
  List<ErrorEntry> stack() {
    return stack;
  }

  private static void failIfNegative(long result) {
    if (result < 0) {
      Hdf5Failure failure = new Hdf5Failure(ErrorEntry.stack());
      hdf5_h.H5Eclear2(0);
      throw failure;
    }
  }

  /** Passes a {@code herr_t}, an {@code htri_t} or a count on; a negative one is a failure. */
  static int check(int result) {
    failIfNegative(result);
    return result;
  }

  /** Passes an identifier on; a negative one is a failure. */
  static long check(long id) {
    failIfNegative(id);
    return id;
  }
}
