package io.github.volsparse.stored;

/**
 * The order of HDF5's chunk index for a dataset that can grow without limit in one dimension only:
 * there that dimension comes first, whatever its place in the dataset.
 */
public final class UnlimitedDimension {
  private UnlimitedDimension() {}

  /**
   * The dimension without limit; -1 if there is none, or more than one.
   *
   * @param maximumChunks how many chunks there may be along each; {@code Long.MAX_VALUE} for no
   *     limit
   */
  public static int only(long[] maximumChunks) {
    int only = -1;
    for (int d = 0; d < maximumChunks.length; d++) {
      if (maximumChunks[d] == Long.MAX_VALUE) {
        if (only >= 0) {
          return -1;
        }
        only = d;
      }
    }
    return only;
  }

  /**
   * The chunk that HDF5 means when it has numbered the chunks in the order of its index and takes
   * the number apart as if that were the order of the dimensions.
   *
   * @param named its scaled coordinates, so made up
   * @param unlimited the dimension without limit
   * @return null if they cannot be made up: they have the unlimited dimension's place in the order
   */
  public static long[] meant(long[] named, int unlimited, long[] maximumChunks) {
    long[] meant = named.clone();
    long number = named[unlimited];
    for (int d = unlimited - 1; d >= 0; d--) {
      if (named[d] != 0) {
        return null;
      }
      meant[d] = number % maximumChunks[d];
      number /= maximumChunks[d];
    }
    meant[unlimited] = number;
    return meant;
  }
}
