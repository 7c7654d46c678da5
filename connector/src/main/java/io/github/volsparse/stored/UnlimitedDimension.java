package io.github.volsparse.stored;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * The order of HDF5's chunk index for a dataset with one unlimited dimension: that dimension comes
 * first, whatever its place in the dataset.
 *
 * <p>HDF5 (1.14 to 2.2) ignores that when it lists chunks, so it may return wrong coordinates.
 */
final class UnlimitedDimension {
  private UnlimitedDimension() {}

  /**
   * Corrects the coordinates in HDF5's list of chunks. In a wrong list the coordinates before the
   * unlimited dimension are all 0. The list is corrected if all of the corrected chunks are stored.
   *
   * @param named the scaled coordinates that it names
   * @param maximumChunks how many chunks there may be along each dimension; {@code Long.MAX_VALUE}
   *     for no limit
   * @param isStored whether there is a chunk at scaled coordinates, of whatever extent
   */
  static List<long[]> mend(List<long[]> named, long[] maximumChunks, Predicate<long[]> isStored) {
    int unlimited = only(maximumChunks);
    if (unlimited <= 0 || named.isEmpty()) {
      return named;
    }
    List<long[]> mended = new ArrayList<>(named.size());
    for (long[] scaled : named) {
      long[] other = meant(scaled, unlimited, maximumChunks);
      if (other == null || !isStored.test(other)) {
        return named;
      }
      mended.add(other);
    }
    return mended;
  }

  /**
   * The unlimited dimension; -1 if there is none, or more than one.
   *
   * @param maximumChunks how many chunks there may be along each; {@code Long.MAX_VALUE} for no
   *     limit
   */
  static int only(long[] maximumChunks) {
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
  static long[] meant(long[] named, int unlimited, long[] maximumChunks) {
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
