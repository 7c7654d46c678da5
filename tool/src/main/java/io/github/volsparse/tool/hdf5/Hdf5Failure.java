package io.github.volsparse.tool.hdf5;

import static java.lang.foreign.MemorySegment.NULL;

import io.github.volsparse.hdf5.generated.H5E_error2_t;
import io.github.volsparse.hdf5.generated.H5E_walk2_t;
import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A function of HDF5 failed. The message is one line of HDF5's error stack: the entry of
 * vol-sparse's connector, if there is one, otherwise the innermost one, which is the most precise.
 */
public final class Hdf5Failure extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** What the connector's entries name as their functions begins so. */
  private static final String CONNECTOR_PREFIX = "sparse_";

  private final String function;

  /** Takes the error stack of the function that has just failed. */
  public Hdf5Failure(String function) {
    super(said(function), null, false, false);
    this.function = function;
  }

  /** The function that failed. */
  public String function() {
    return function;
  }

  private static String said(String function) {
    List<String> entries = new ArrayList<>();
    List<String> ofConnector = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment visitor =
          H5E_walk2_t.allocate(
              (number, entry, data) -> {
                String where = H5E_error2_t.func_name(entry).getString(0);
                String words = H5E_error2_t.desc(entry).getString(0).strip();
                (where.startsWith(CONNECTOR_PREFIX) ? ofConnector : entries).add(words);
                return 0;
              },
              arena);
      hdf5_h.H5Ewalk2(hdf5_h.H5E_DEFAULT, hdf5_h.H5E_WALK_UPWARD, visitor, NULL);
      hdf5_h.H5Eclear2(hdf5_h.H5E_DEFAULT);
    }
    if (!ofConnector.isEmpty()) {
      return ofConnector.getFirst();
    }
    return entries.isEmpty() ? function + " failed" : entries.getFirst();
  }
}
