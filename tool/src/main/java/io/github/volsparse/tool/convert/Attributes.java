package io.github.volsparse.tool.convert;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.github.volsparse.tool.hdf5.Datatypes;
import io.github.volsparse.tool.hdf5.H5;
import io.github.volsparse.tool.hdf5.Id;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Copies the attributes of objects. */
final class Attributes {
  private static final int INDEX_NAME = 0;
  private static final int INDEX_CREATION_ORDER = 1;
  private static final int TRACKED = 1;

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
      H5.status("H5Pget_attr_creation_order", creation, flags.address());
      boolean tracked = (flags.get(JAVA_INT, 0) & TRACKED) != 0;
      long visitor =
          H5.function(
              arena,
              (in, name, info, data, e, f) -> {
                names.add(H5.textAt(name));
                return 0;
              });
      int index = tracked ? INDEX_CREATION_ORDER : INDEX_NAME;
      H5.status("H5Aiterate2", object.value(), index, 0, 0, visitor, 0);
    }
    return names;
  }

  private boolean copy(Id from, Id to, String name) {
    try (Arena arena = Arena.ofConfined();
        Id attribute = open(arena, from, name);
        Id type = H5.id("H5Aget_type", attribute.value());
        Id space = H5.id("H5Aget_space", attribute.value());
        Id properties = H5.id("H5Aget_create_plist", attribute.value());
        Id newType = objects.typeFor(type, file);
        Id made =
            H5.id(
                "H5Acreate2",
                to.value(),
                H5.text(arena, name),
                newType.value(),
                space.value(),
                properties.value(),
                H5.DEFAULT)) {
      if (Datatypes.contains(type, Datatypes.REFERENCE)) {
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
          Id type = H5.id("H5Aget_type", attribute.value());
          Id space = H5.id("H5Aget_space", attribute.value())) {
        if (Datatypes.contains(type, Datatypes.REFERENCE)) {
          try (Id made = open(arena, to, name)) {
            transfer(attribute, made, type, space, references);
          }
        }
      }
    }
  }

  private static Id open(Arena arena, Id object, String name) {
    return H5.id("H5Aopen", object.value(), H5.text(arena, name), H5.DEFAULT);
  }

  private static void transfer(Id from, Id to, Id type, Id space, References references) {
    long count = H5.number("H5Sget_simple_extent_npoints", space.value());
    if (count == 0) {
      return;
    }
    try (Arena arena = Arena.ofConfined();
        Id memoryType = H5.id("H5Tcopy", type.value())) {
      MemorySegment value = arena.allocate(count * Datatypes.size(memoryType), 16);
      H5.status("H5Aread", from.value(), memoryType.value(), value.address());
      if (references != null) {
        references.translate(memoryType, value);
      }
      H5.status("H5Awrite", to.value(), memoryType.value(), value.address());
      H5.status("H5Treclaim", memoryType.value(), space.value(), H5.DEFAULT, value.address());
    }
  }

  private static void copyComment(Id from, Id to) {
    String comment =
        H5.filledText((buffer, bytes) -> H5.call("H5Oget_comment", from.value(), buffer, bytes));
    if (!comment.isEmpty()) {
      try (Arena arena = Arena.ofConfined()) {
        H5.status("H5Oset_comment", to.value(), H5.text(arena, comment));
      }
    }
  }
}
