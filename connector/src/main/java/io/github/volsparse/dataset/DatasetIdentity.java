package io.github.volsparse.dataset;

import io.github.volsparse.hdf5.Hdf5;
import io.github.volsparse.hdf5.Hdf5Exception;
import io.github.volsparse.stored.UnderDataset;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Makes the identities of new datasets, to which their blobs are bound.
 *
 * <p>They must differ among the datasets of one file, because a damaged chunk index can lead to any
 * of them. A program that does the same again must make an identical file, also in the same
 * process. So an identity is computed from the dataset's location, name, shape and type, and the
 * number of datasets created since the file was opened.
 *
 * <p>All ranks that have a file open give a dataset the same identity. That number is left out
 * there: a rank may have forgotten the file, so ranks need not agree on it.
 */
final class DatasetIdentity {
  private static final long FACTOR = 0x9E3779B97F4A7C15L;

  /** The most files in which datasets are created in turn; the count of others starts again. */
  private static final int MAXIMUM_FILES = 64;

  /** How many datasets were created in a file, by its number, which no other file gets again. */
  private static final Map<Long, Long> CREATED =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Long> eldest) {
          return size() > MAXIMUM_FILES;
        }
      };

  private DatasetIdentity() {}

  /**
   * The identity of the next dataset.
   *
   * @param where where it is created
   * @param typeSize bytes of its datatype
   * @param chunkShape its chunk shape
   */
  static long next(CreationProperties.Place where, long typeSize, long[] chunkShape) {
    long identity = typeSize;
    for (long length : chunkShape) {
      identity = mix(identity, length);
    }
    if (where.name() != 0) {
      String text = Hdf5.string(where.name());
      for (int i = 0; i < text.length(); i++) {
        identity = mix(identity, text.charAt(i));
      }
    }
    try {
      UnderDataset.Key place = UnderDataset.key(where.location(), where.type());
      long before = where.isShared() ? 0 : CREATED.merge(place.file(), 1L, Long::sum);
      identity = mix(mix(mix(identity, place.token0()), place.token1()), before);
    } catch (Hdf5Exception e) {
      e.discardErrorStack(); // the place makes it differ the more, and is not needed
    }
    return identity;
  }

  /** The finalizer of SplitMix64, over both. */
  private static long mix(long a, long b) {
    long z = (a ^ b) + FACTOR;
    z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    return z ^ z >>> 31;
  }
}
