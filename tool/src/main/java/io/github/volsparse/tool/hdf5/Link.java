package io.github.volsparse.tool.hdf5;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

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
  /** {@code H5L_TYPE_HARD}. */
  public static final int HARD = 0;

  /** {@code H5L_TYPE_SOFT}. */
  public static final int SOFT = 1;

  /** {@code H5L_TYPE_EXTERNAL}. */
  public static final int EXTERNAL = 64;

  private static final int INDEX_NAME = 0;
  private static final int INDEX_CREATION_ORDER = 1;
  private static final int TRACKED = 1;

  /** Of {@code H5L_info2_t}. */
  private static final int CHARACTER_SET_AT = 16;

  private static final int TARGET_AT = 24;
  private static final int INFO_BYTES = 40;

  /** The links of a group, in the order of their creation where that is known, else of names. */
  public static List<Link> of(Id group) {
    List<Link> links = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      long visitor =
          H5.function(
              arena,
              (in, name, info, data, e, f) -> {
                links.add(link(H5.textAt(name), H5.at(info, INFO_BYTES)));
                return 0;
              });
      H5.status("H5Literate2", group.value(), index(group), 0, 0, visitor, 0);
    }
    return links;
  }

  private static Link link(String name, MemorySegment info) {
    int type = info.get(JAVA_INT, 0);
    int characterSet = info.get(JAVA_INT, CHARACTER_SET_AT);
    return type == HARD
        ? new Link(name, type, characterSet, Token.at(info, TARGET_AT), 0)
        : new Link(name, type, characterSet, null, info.get(JAVA_LONG, TARGET_AT));
  }

  private static int index(Id group) {
    try (Arena arena = Arena.ofConfined();
        Id properties = H5.id("H5Gget_create_plist", group.value())) {
      MemorySegment flags = arena.allocate(JAVA_INT);
      H5.status("H5Pget_link_creation_order", properties.value(), flags.address());
      return (flags.get(JAVA_INT, 0) & TRACKED) != 0 ? INDEX_CREATION_ORDER : INDEX_NAME;
    }
  }
}
