package io.github.volsparse.tool.hdf5;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A function of HDF5 failed. The message is what HDF5 says, in one line: the entry of vol-sparse's
 * connector on its error stack, if there is one, else the innermost one, which knows best.
 */
public final class Hdf5Failure extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Of {@code H5E_error2_t}: where the pointers to a function's name and to the words are. */
  private static final int FUNCTION_AT = 40;

  /** What the connector's entries name as their functions begins so. */
  private static final String CONNECTOR_PREFIX = "sparse_";

  private static final int WORDS_AT = 48;
  private static final int ENTRY_BYTES = 56;

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
      long visitor =
          H5.function(
              arena,
              (number, entry, data, d, e, f) -> {
                MemorySegment error = H5.at(entry, ENTRY_BYTES);
                String where = H5.textAt(error.get(JAVA_LONG, FUNCTION_AT));
                String words = H5.textAt(error.get(JAVA_LONG, WORDS_AT)).strip();
                (where.startsWith(CONNECTOR_PREFIX) ? ofConnector : entries).add(words);
                return 0;
              });
      H5.call("H5Ewalk2", H5.DEFAULT, 0, visitor, 0);
      H5.call("H5Eclear2", H5.DEFAULT);
    }
    if (!ofConnector.isEmpty()) {
      return ofConnector.getFirst();
    }
    return entries.isEmpty() ? function + " failed" : entries.getFirst();
  }
}
