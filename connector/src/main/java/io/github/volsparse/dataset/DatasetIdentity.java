package io.github.volsparse.dataset;

import io.github.volsparse.hdf5.Hdf5;
import io.github.volsparse.hdf5.Hdf5Exception;
import io.github.volsparse.hdf5.UnderObject;

/**
 * Makes the identities of new datasets, to which their blobs are bound.
 *
 * <p>They need only differ among the datasets that an index of chunks could be confused about:
 * those of one file. And a program that does the same again is to make the same file, byte for
 * byte. So an identity is mixed of where the dataset is created, its name, what it is, and how many
 * the process has created before.
 */
final class DatasetIdentity {
  private static final long FACTOR = 0x9E3779B97F4A7C15L;

  private static long created;

  private DatasetIdentity() {}

  /**
   * The identity of the next dataset.
   *
   * @param location the object that its name starts from, in the connector below
   * @param locationType that object's {@code H5I_type_t}
   * @param name address of its name; 0 if it has none
   * @param typeSize bytes of its datatype
   * @param chunkShape its chunk shape
   */
  static long next(
      UnderObject location, int locationType, long name, long typeSize, long[] chunkShape) {
    long identity = mix(created++, typeSize);
    for (long length : chunkShape) {
      identity = mix(identity, length);
    }
    if (name != 0) {
      String text = Hdf5.string(name);
      for (int i = 0; i < text.length(); i++) {
        identity = mix(identity, text.charAt(i));
      }
    }
    try {
      UnderDataset.Key place = UnderDataset.key(location, locationType);
      identity = mix(mix(identity, place.token0()), place.token1());
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
