package io.github.volsparse.tool.convert;

import static io.github.volsparse.tool.hdf5.H5.check;
import static java.lang.foreign.MemorySegment.NULL;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.github.volsparse.hdf5.generated.H5A_operator2_t;
import io.github.volsparse.hdf5.generated.hdf5_h;
import io.github.volsparse.tool.hdf5.Datatypes;
import io.github.volsparse.tool.hdf5.H5;
import io.github.volsparse.tool.hdf5.Id;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Copies the attributes of objects. */
final class Attributes {
  private final ObjectMap objects;
  private final Id file;

  /**
   * Prepares to copy.
   *
   * @param file the copy
   */
  Attributes(ObjectMap objects, Id file) {
    this.objects = objects;
    this.file = file;
  }

  /**
   * Makes all attributes of an object in the order of the source, and writes those without
   * references.
   *
   * @return whether there are any with references, for {@link #writeReferences}
   */
  boolean copy(Id from, Id to, long creation) {
    boolean references = false;
    for (String name : names(from, creation)) {
      references |= copy(from, to, name);
    }
    copyComment(from, to);
    return references;
  }

  private static List<String> names(Id object, long creation) {
    List<String> names = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment flags = arena.allocate(JAVA_INT);
      check(
          "H5Pget_attr_creation_order",
          hdf5_h.H5Pget_attr_creation_order(creation, flags.address()));
      boolean tracked = (flags.get(JAVA_INT, 0) & hdf5_h.H5P_CRT_ORDER_TRACKED) != 0;
      MemorySegment visitor =
          H5A_operator2_t.allocate(
              (in, name, info, data) -> {
                names.add(name.getString(0));
                return 0;
              },
              arena);
      int index = tracked ? hdf5_h.H5_INDEX_CRT_ORDER : hdf5_h.H5_INDEX_NAME;
      check(
          "H5Aiterate2",
          hdf5_h.H5Aiterate2(object.value(), index, hdf5_h.H5_ITER_INC, NULL, visitor, NULL));
    }
    return names;
  }

  private boolean copy(Id from, Id to, String name) {
    try (Arena arena = Arena.ofConfined();
        Id attribute = open(arena, from, name);
        Id type = Id.of("H5Aget_type", hdf5_h.H5Aget_type(attribute.value()));
        Id space = Id.of("H5Aget_space", hdf5_h.H5Aget_space(attribute.value()));
        Id properties =
            Id.of("H5Aget_create_plist", hdf5_h.H5Aget_create_plist(attribute.value()));
        Id newType = objects.typeFor(type, file);
        Id made =
            Id.of(
                "H5Acreate2",
                hdf5_h.H5Acreate2(
                    to.value(),
                    H5.text(arena, name),
                    newType.value(),
                    space.value(),
                    properties.value(),
                    hdf5_h.H5P_DEFAULT))) {
      if (Datatypes.contains(type, hdf5_h.H5T_REFERENCE)) {
        return true;
      }
      transfer(attribute, made, type, space, null);
      return false;
    }
  }

  /** Writes the attributes of an object that hold references. */
  void writeReferences(Id from, Id to, long creation, References references) {
    for (String name : names(from, creation)) {
      try (Arena arena = Arena.ofConfined();
          Id attribute = open(arena, from, name);
          Id type = Id.of("H5Aget_type", hdf5_h.H5Aget_type(attribute.value()));
          Id space = Id.of("H5Aget_space", hdf5_h.H5Aget_space(attribute.value()))) {
        if (Datatypes.contains(type, hdf5_h.H5T_REFERENCE)) {
          try (Id made = open(arena, to, name)) {
            transfer(attribute, made, type, space, references);
          }
        }
      }
    }
  }

  private static Id open(Arena arena, Id object, String name) {
    return Id.of(
        "H5Aopen", hdf5_h.H5Aopen(object.value(), H5.text(arena, name), hdf5_h.H5P_DEFAULT));
  }

  private static void transfer(Id from, Id to, Id type, Id space, References references) {
    long count =
        check("H5Sget_simple_extent_npoints", hdf5_h.H5Sget_simple_extent_npoints(space.value()));
    if (count == 0) {
      return;
    }
    try (Arena arena = Arena.ofConfined();
        Id memoryType = Id.of("H5Tcopy", hdf5_h.H5Tcopy(type.value()))) {
      MemorySegment value = arena.allocate(count * Datatypes.size(memoryType), 16);
      check("H5Aread", hdf5_h.H5Aread(from.value(), memoryType.value(), value.address()));
      if (references != null) {
        references.translate(memoryType, value);
      }
      check("H5Awrite", hdf5_h.H5Awrite(to.value(), memoryType.value(), value.address()));
      check(
          "H5Treclaim",
          hdf5_h.H5Treclaim(
              memoryType.value(), space.value(), hdf5_h.H5P_DEFAULT, value.address()));
    }
  }

  private static void copyComment(Id from, Id to) {
    String comment =
        H5.filledText(
            "H5Oget_comment",
            (buffer, bytes) -> hdf5_h.H5Oget_comment(from.value(), buffer, bytes));
    if (!comment.isEmpty()) {
      try (Arena arena = Arena.ofConfined()) {
        check("H5Oset_comment", hdf5_h.H5Oset_comment(to.value(), H5.text(arena, comment)));
      }
    }
  }
}
