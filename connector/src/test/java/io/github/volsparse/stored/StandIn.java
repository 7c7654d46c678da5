package io.github.volsparse.stored;

import io.github.volsparse.hdf5.Hdf5Library;
import io.github.volsparse.hdf5.Words;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Optional;

/**
 * In place of libhdf5: error stacks, and nothing else. {@link
 * io.github.volsparse.hdf5.Hdf5Exception} takes one when it is made, and whoever ends its journey
 * gives it back.
 */
final class StandIn {
  private static long open;

  private static final Map<String, MemorySegment> FUNCTIONS =
      Map.of(
          "H5Eget_current_stack", function((a, b, c, d, e, f) -> ++open),
          "H5Eclose_stack", function((a, b, c, d, e, f) -> open-- > 0 ? 0 : -1));

  static {
    Hdf5Library.use("a stand-in", name -> Optional.ofNullable(FUNCTIONS.get(name)));
  }

  private StandIn() {}

  private static MemorySegment function(Words.Callback callback) {
    return Words.callback(callback, Arena.global());
  }

  /** How many error stacks have been taken and not given back since {@link #begin}. */
  static long openErrorStacks() {
    return open;
  }

  /** Has failures of HDF5 an error stack to take. */
  static void begin() {
    open = 0;
  }
}
