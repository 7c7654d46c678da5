package io.github.volsparse.cache;

/**
 * Decides which of the chunks that are read enter the cache, for all datasets of a library.
 *
 * <p>A chunk enters when it is read a second time. Most are read once: one frame after another, or
 * a slice across all frames. If a program repeatedly reads more chunks than fit the cache, each
 * would evict one that is needed before it. So an evicted chunk enters again only one time in
 * {@link #RETURNS}, and most of the others stay.
 */
final class RecentChunks {
  private static final int READ_PLACES = 4096;
  private static final int EVICTED_PLACES = 1 << 14;
  private static final int RETURNS = 8;

  /** The chunks that were read lately, some forgotten early: a hash of the coordinates of each. */
  private final long[] read = new long[READ_PLACES];

  /** Those that were evicted lately, likewise; null if there are none. */
  private long[] evicted;

  private int returned;

  /** Notes that a chunk is read that is not in the cache; returns whether it gets a place. */
  boolean add(CachedChunks of, long[] scaled) {
    long hash = hash(of, scaled);
    int place = (int) hash & READ_PLACES - 1;
    if (read[place] != hash) {
      read[place] = hash;
      return false;
    }
    return evicted == null
        || evicted[(int) hash & EVICTED_PLACES - 1] != hash
        || ++returned % RETURNS == 0;
  }

  /** Notes that a chunk was evicted that had been read only. */
  void evicted(CachedChunks of, long[] scaled) {
    if (evicted == null) {
      evicted = new long[EVICTED_PLACES];
    }
    long hash = hash(of, scaled);
    evicted[(int) hash & EVICTED_PLACES - 1] = hash;
  }

  /** Tells nearly any two chunks apart; never 0, which marks a free place. */
  private static long hash(CachedChunks of, long[] scaled) {
    long hash =
        mixed(of.number()); // else a chunk would be the next one of the dataset opened before
    for (long coordinate : scaled) {
      hash = mixed(hash + coordinate);
    }
    return hash | Long.MIN_VALUE;
  }

  private static long mixed(long number) {
    long product = number * 0x9E37_79B9_7F4A_7C15L;
    return product ^ product >>> 29;
  }
}
