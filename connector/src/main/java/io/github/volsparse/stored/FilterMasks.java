package io.github.volsparse.stored;

/**
 * The filter masks of a sparse dataset's chunks: bit <i>n</i> is set where filter <i>n</i> of the
 * stored pipeline was skipped. The first filter is ours, the others are the program's, which counts
 * them from 0.
 *
 * <p>HDF5 stores masks of 32 bits and uses only those of filters that exist. In the mask of a blob,
 * bit 31 is set if the program stored the chunk itself ({@code H5Dwrite_chunk}, with elements that
 * skipped all its filters). The bits between it and those of the filters then hold the program's
 * mask; the highest of them stands for all above.
 */
public final class FilterMasks {
  private static final int SKIPS_OURS = 1;
  private static final int FROM_PROGRAM = 1 << 31;

  private final int filters;
  private final int own;

  /** How many bits there are for the mask of a program. */
  private final int room;

  /**
   * The masks of a dataset.
   *
   * @param userFilters the number of the program's own filters, 0 to 31
   */
  FilterMasks(int userFilters) {
    filters = (int) ((2L << userFilters) - 1);
    own = filters & ~SKIPS_OURS;
    room = Math.max(0, 30 - userFilters);
  }

  /** The mask of a blob that we store. */
  int own() {
    return own;
  }

  /** Whether a program's mask skips all its filters. */
  public boolean skipsAll(int programMask) {
    return (programMask << 1 & own) == own;
  }

  /** The mask of a chunk that is stored as the program gave it, without our filter. */
  public int asGiven(int programMask) {
    return programMask << 1 | SKIPS_OURS;
  }

  /** Whether {@link #ofBlob} can tell a program's mask from all others. */
  boolean canTell(int programMask) {
    return room > 0 && ofProgram(ofBlob(programMask)) == programMask;
  }

  /** The mask of a blob of elements that the program stored itself under a mask of its own. */
  int ofBlob(int programMask) {
    return own | FROM_PROGRAM | programMask << 31 - room & ~FROM_PROGRAM;
  }

  /** Whether a stored chunk is a blob that none of the program's filters has transformed. */
  boolean isBlob(int stored) {
    return (stored & filters) == own;
  }

  /** Whether a filter of the stored pipeline was skipped. */
  public boolean skipsAny(int stored) {
    return (stored & filters) != 0;
  }

  /** Whether a stored chunk is as the program gave it. */
  public boolean isAsGiven(int stored) {
    return (stored & SKIPS_OURS) != 0;
  }

  /** Whether a stored chunk is a blob of elements that the program stored itself. */
  public boolean isFromProgram(int stored) {
    return room > 0 && isBlob(stored) && (stored & FROM_PROGRAM) != 0;
  }

  /** The mask that the program gave a chunk; 0 if it gave none. */
  public int ofProgram(int stored) {
    if (isAsGiven(stored)) {
      return stored >> 1;
    }
    return isFromProgram(stored) ? stored << 1 >> 32 - room : 0;
  }
}
