package io.github.volsparse.dataset;

import java.util.Arrays;

/**
 * The chunks that were read lately, some forgotten early.
 *
 * <p>A chunk is worth a place in the cache when it is read a second time. Most are read once: a
 * frame after another, or a slice across all frames.
 */
final class RecentChunks {
  private static final int PLACES = 1024;

  private final long[][] places = new long[PLACES][];

  /** Adds a chunk; returns whether it was there. */
  boolean add(long[] scaled) {
    int hash = Arrays.hashCode(scaled);
    int place = (hash ^ hash >>> 16) & (PLACES - 1);
    if (Arrays.equals(places[place], scaled)) {
      return true;
    }
    places[place] = scaled.clone();
    return false;
  }
}
