package io.github.volsparse.vol;

import io.github.volsparse.config.Configuration;
import io.github.volsparse.hdf5.Connectors;
import io.github.volsparse.hdf5.Hdf5;
import io.github.volsparse.hdf5.generated.hdf5_h;

/**
 * The connector below with its own info, for as long as a call needs it.
 *
 * @param id its identifier, which {@link World} keeps
 * @param info its info, made from the configuration's {@code under_info}; 0 if there is none
 */
record UnderConnector(long id, long info) implements AutoCloseable {

  /**
   * The options of a connector's info.
   *
   * @param info address of the connector's info, which is its string; 0 for the default options
   * @throws IllegalArgumentException if an option is unknown or has a bad value
   */
  static Configuration configuration(long info) {
    return info == 0 ? Configuration.DEFAULT : Configuration.parse(Hdf5.string(info));
  }

  /**
   * The connector below, with its info.
   *
   * @throws IllegalArgumentException if it would be this connector itself
   */
  static UnderConnector of(Configuration configuration) {
    if (configuration.underVol() == World.ownValue()) {
      throw new IllegalArgumentException(
          ("under_vol=%d is vol-sparse itself, which cannot be the connector below"
                  + " itself: omit the option for HDF5's native connector, or give the value of"
                  + " another one")
              .formatted(configuration.underVol()));
    }
    long id = World.connector(configuration.underVol());
    String text = configuration.underInfo();
    return new UnderConnector(
        id, text.isEmpty() ? 0 : Connectors.H5VLconnector_str_to_info(text, id));
  }

  @Override
  public void close() {
    if (info != 0) {
      hdf5_h.H5VLfree_connector_info(id, info);
    }
  }
}
