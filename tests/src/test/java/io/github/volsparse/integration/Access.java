package io.github.volsparse.integration;

import static io.github.volsparse.integration.Hdf5Failure.check;
import static java.lang.foreign.ValueLayout.ADDRESS;

import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Through which connector a program reaches its files.
 *
 * @param connector the name of the connector; null for what the environment says
 * @param options its info string; empty for none
 */
record Access(String connector, String options) {
  static final Access NATIVE = new Access("native", "");
  static final Access SPARSE = new Access("sparse", "");
  static final Access BY_ENVIRONMENT = new Access(null, "");

  /** The sparse connector with options, in the grammar of {@code HDF5_VOL_CONNECTOR}. */
  static Access sparse(String options) {
    return new Access("sparse", options);
  }

  /** A new file access list, which the caller closes. */
  long accessList() {
    long list = check(hdf5_h.H5Pcreate(hdf5_h.H5P_CLS_FILE_ACCESS_ID_g()));
    if (connector == null) {
      return list;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(connector);
      long id =
          check(
              this.connector.equals("native")
                  ? hdf5_h.H5VLget_connector_id_by_name(name)
                  : hdf5_h.H5VLregister_connector_by_name(name, 0));
      MemorySegment info = arena.allocate(ADDRESS);
      if (!options.isEmpty()) {
        check(hdf5_h.H5VLconnector_str_to_info(arena.allocateFrom(options), id, info));
      }
      check(hdf5_h.H5Pset_vol(list, id, info.get(ADDRESS, 0)));
      if (!options.isEmpty()) {
        check(hdf5_h.H5VLfree_connector_info(id, info.get(ADDRESS, 0)));
      }
      check(hdf5_h.H5VLclose(id));
    }
    return list;
  }
}
