package io.github.volsparse.vol;

import io.github.volsparse.config.Configuration;

/**
 * How a file was opened, which all objects reached through it share.
 *
 * @param connector identifier of the connector below
 * @param configuration the options
 * @param ranks how many MPI ranks have it open together; 0 if it has a file driver without MPI
 * @param isInherited whether it was opened before a {@code fork()}, by the parent
 */
record FileAccess(long connector, Configuration configuration, int ranks, boolean isInherited) {
  /** Whether the connector below is HDF5's native one, which knows no wrapping. */
  boolean isOverNative() {
    return configuration.underVol() == 0;
  }

  // Written out: what Java makes for a record takes 30 ms to link in a cold JVM.

  @Override
  public boolean equals(Object other) {
    return other instanceof FileAccess that
        && connector == that.connector
        && ranks == that.ranks
        && isInherited == that.isInherited
        && configuration.equals(that.configuration);
  }

  @Override
  public int hashCode() {
    return 31 * Long.hashCode(connector) + configuration.hashCode();
  }
}
