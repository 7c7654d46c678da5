package io.github.volsparse.tool.convert;

import static io.github.volsparse.tool.hdf5.H5.check;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.github.volsparse.hdf5.generated.hdf5_h;
import io.github.volsparse.tool.hdf5.Id;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The creation properties of a group, for its copy. */
final class GroupProperties {
  private GroupProperties() {}

  /**
   * Sets the properties that a group was created with. (The list that HDF5 gives of an existing
   * group does not do to create another: it says where the links of that one are.)
   */
  static void copy(Id group, Id creation) {
    try (Arena arena = Arena.ofConfined();
        Id properties = Id.of("H5Gget_create_plist", hdf5_h.H5Gget_create_plist(group.value()))) {
      long from = properties.value();
      long to = creation.value();
      MemorySegment a = arena.allocate(JAVA_INT);
      MemorySegment b = arena.allocate(JAVA_INT);
      check("H5Pget_link_creation_order", hdf5_h.H5Pget_link_creation_order(from, a));
      check(
          "H5Pset_link_creation_order", hdf5_h.H5Pset_link_creation_order(to, a.get(JAVA_INT, 0)));
      check("H5Pget_attr_creation_order", hdf5_h.H5Pget_attr_creation_order(from, a));
      check(
          "H5Pset_attr_creation_order", hdf5_h.H5Pset_attr_creation_order(to, a.get(JAVA_INT, 0)));
      check("H5Pget_obj_track_times", hdf5_h.H5Pget_obj_track_times(from, a));
      check("H5Pset_obj_track_times", hdf5_h.H5Pset_obj_track_times(to, a.get(JAVA_BOOLEAN, 0)));
      check("H5Pget_link_phase_change", hdf5_h.H5Pget_link_phase_change(from, a, b));
      check(
          "H5Pset_link_phase_change",
          hdf5_h.H5Pset_link_phase_change(to, a.get(JAVA_INT, 0), b.get(JAVA_INT, 0)));
      check("H5Pget_attr_phase_change", hdf5_h.H5Pget_attr_phase_change(from, a, b));
      check(
          "H5Pset_attr_phase_change",
          hdf5_h.H5Pset_attr_phase_change(to, a.get(JAVA_INT, 0), b.get(JAVA_INT, 0)));
      check("H5Pget_est_link_info", hdf5_h.H5Pget_est_link_info(from, a, b));
      check(
          "H5Pset_est_link_info",
          hdf5_h.H5Pset_est_link_info(to, a.get(JAVA_INT, 0), b.get(JAVA_INT, 0)));
    }
  }
}
