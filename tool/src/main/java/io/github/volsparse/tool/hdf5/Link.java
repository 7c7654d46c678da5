package io.github.volsparse.tool.hdf5;

import static io.github.volsparse.tool.hdf5.H5.check;
import static java.lang.foreign.MemorySegment.NULL;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.github.volsparse.hdf5.generated.H5L_info2_t;
import io.github.volsparse.hdf5.generated.H5L_iterate2_t;
import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A link in a group.
 *
 * @param name its name
 * @param type its type, an {@code H5L_type_t}
 * @param characterSet that of its name, an {@code H5T_cset_t}
 * @param target the object it leads to; null unless the link is hard
 * @param valueBytes the size of its value; 0 if the link is hard
 */
public record Link(String name, int type, int characterSet, Token target, long valueBytes) {
  /** The links of a group, in the order of their creation where that is known, else of names. */
  public static List<Link> of(Id group) {
    List<Link> links = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment visitor =
          H5L_iterate2_t.allocate(
              (in, name, info, data) -> {
                links.add(link(name.getString(0), info));
                return 0;
              },
              arena);
      check(
          "H5Literate2",
          hdf5_h.H5Literate2(group.value(), index(group), hdf5_h.H5_ITER_INC, NULL, visitor, NULL));
    }
    return links;
  }

  private static Link link(String name, MemorySegment info) {
    int type = H5L_info2_t.type(info);
    int characterSet = H5L_info2_t.cset(info);
    MemorySegment value = H5L_info2_t.u(info);
    return type == hdf5_h.H5L_TYPE_HARD
        ? new Link(name, type, characterSet, Token.at(H5L_info2_t.u.token(value)), 0)
        : new Link(name, type, characterSet, null, H5L_info2_t.u.val_size(value));
  }

  private static int index(Id group) {
    try (Arena arena = Arena.ofConfined();
        Id properties = Id.of("H5Gget_create_plist", hdf5_h.H5Gget_create_plist(group.value()))) {
      MemorySegment flags = arena.allocate(JAVA_INT);
      check(
          "H5Pget_link_creation_order",
          hdf5_h.H5Pget_link_creation_order(properties.value(), flags.address()));
      return (flags.get(JAVA_INT, 0) & hdf5_h.H5P_CRT_ORDER_TRACKED) != 0
          ? hdf5_h.H5_INDEX_CRT_ORDER
          : hdf5_h.H5_INDEX_NAME;
    }
  }
}
