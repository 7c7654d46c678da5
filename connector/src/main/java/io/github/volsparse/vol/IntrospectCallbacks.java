package io.github.volsparse.vol;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.config.Configuration;
import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.MemorySegment;

/** The callbacks of {@code introspect_cls} that are not just forwarded. */
final class IntrospectCallbacks {

  private IntrospectCallbacks() {}

  /**
   * {@code herr_t get_conn_cls(void *obj, H5VL_get_conn_lvl_t lvl, const H5VL_class_t **conn_cls)}.
   */
  static long connectorClass(long[] arguments) {
    if ((int) arguments[1] != hdf5_h.H5VL_GET_CONN_LVL_CURR) {
      return Forwarding.forward(Slot.INTROSPECT_GET_CONN_CLS, arguments);
    }
    MemorySegment.ofAddress(arguments[2])
        .reinterpret(JAVA_LONG.byteSize())
        .set(JAVA_LONG, 0, World.connectorClass());
    return 0;
  }

  /**
   * {@code herr_t get_cap_flags(const void *info, uint64_t *cap_flags)}: what the connector below
   * can do, we can.
   */
  static long capabilityFlags(long[] arguments) {
    Configuration configuration = UnderConnector.configuration(arguments[0]);
    try (UnderConnector below = UnderConnector.of(configuration)) {
      return hdf5_h.H5VLintrospect_get_cap_flags(below.info(), below.id(), arguments[1]);
    }
  }
}
