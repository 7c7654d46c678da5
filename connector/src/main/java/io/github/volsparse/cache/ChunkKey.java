package io.github.volsparse.cache;

import java.util.Arrays;

/** Scaled coordinates of a chunk as a key: they stay the same when the extent grows. */
record ChunkKey(long[] scaled) {
  @Override
  public boolean equals(Object other) {
    return other instanceof ChunkKey key && Arrays.equals(scaled, key.scaled);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(scaled);
  }
}
