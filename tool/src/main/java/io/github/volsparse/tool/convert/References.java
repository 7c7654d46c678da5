package io.github.volsparse.tool.convert;

import static io.github.volsparse.tool.hdf5.H5.check;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.hdf5.generated.hdf5_h;
import io.github.volsparse.tool.hdf5.Datatypes;
import io.github.volsparse.tool.hdf5.H5;
import io.github.volsparse.tool.hdf5.H5File;
import io.github.volsparse.tool.hdf5.Hdf5Failure;
import io.github.volsparse.tool.hdf5.Id;
import io.github.volsparse.tool.hdf5.Token;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns references to objects of the source into references to their copies, in elements in memory,
 * at any depth in compounds, arrays and sequences.
 */
final class References {
  private static final long UNALIGNED = 1;

  /** Changes the element at a place in memory. */
  private interface Change {
    void apply(MemorySegment element);
  }

  private final H5File source;
  private final Id copy;
  private final ObjectMap objects;
  private final long fileNumber;
  private long lost;

  References(H5File source, Id copy, ObjectMap objects) {
    this.source = source;
    this.copy = copy;
    this.objects = objects;
    this.fileNumber = Token.fileNumber(source.id());
  }

  /** The number of references so far that pointed to nothing, and point to nothing in the copy. */
  long lost() {
    return lost;
  }

  /**
   * Changes all references in elements.
   *
   * @param type the elements' datatype, in memory
   * @param elements packed
   */
  void translate(Id type, MemorySegment elements) {
    Change change = changeOf(type);
    if (change == null) {
      return;
    }
    long size = Datatypes.size(type);
    for (long at = 0; at < elements.byteSize(); at += size) {
      change.apply(elements.asSlice(at, size));
    }
  }

  /** The changes to make in an element of a type; null if there are none. */
  private Change changeOf(Id type) {
    return switch (Datatypes.classOf(type)) {
      case hdf5_h.H5T_REFERENCE -> changeOfReference(type);
      case hdf5_h.H5T_ARRAY -> changeOfArray(type);
      case hdf5_h.H5T_VLEN -> changeOfSequence(type);
      case hdf5_h.H5T_COMPOUND -> changeOfCompound(type);
      default -> null;
    };
  }

  private Change changeOfReference(Id type) {
    if (isType(type, hdf5_h.H5T_STD_REF_OBJ_g())) {
      return this::translateObject;
    }
    return isType(type, hdf5_h.H5T_STD_REF_DSETREG_g())
        ? this::translateRegion
        : this::translateAny;
  }

  private static boolean isType(Id type, long predefined) {
    return check("H5Tequal", hdf5_h.H5Tequal(type.value(), predefined)) > 0;
  }

  private Change changeOfArray(Id type) {
    try (Id base = Datatypes.base(type)) {
      Change change = changeOf(base);
      long size = Datatypes.size(base);
      return change == null ? null : element -> applyToAll(change, element, size);
    }
  }

  private static void applyToAll(Change change, MemorySegment elements, long size) {
    for (long at = 0; at < elements.byteSize(); at += size) {
      change.apply(elements.asSlice(at, size));
    }
  }

  /** {@code hvl_t}: a length and a pointer. */
  private Change changeOfSequence(Id type) {
    try (Id base = Datatypes.base(type)) {
      Change change = changeOf(base);
      long size = Datatypes.size(base);
      return change == null
          ? null
          : element -> {
            long length = word(element, 0);
            if (length > 0) {
              applyToAll(change, H5.at(word(element, 1), length * size), size);
            }
          };
    }
  }

  private Change changeOfCompound(Id type) {
    List<Change> changes = new ArrayList<>();
    for (int i = 0; i < Datatypes.members(type); i++) {
      try (Id member = Datatypes.member(type, i)) {
        Change change = changeOf(member);
        if (change != null) {
          long offset = hdf5_h.H5Tget_member_offset(type.value(), i);
          long size = Datatypes.size(member);
          changes.add(element -> change.apply(element.asSlice(offset, size)));
        }
      }
    }
    return changes.isEmpty() ? null : element -> changes.forEach(c -> c.apply(element));
  }

  private static long word(MemorySegment memory, int index) {
    return memory.get(JAVA_LONG.withByteAlignment(UNALIGNED), index * JAVA_LONG.byteSize());
  }

  private static boolean isNull(MemorySegment reference) {
    for (long at = 0; at < reference.byteSize(); at++) {
      if (reference.get(JAVA_BYTE, at) != 0) {
        return false;
      }
    }
    return true;
  }

  /** {@code hobj_ref_t}: the object's address, which natively is its token as well. */
  private void translateObject(MemorySegment reference) {
    long address = word(reference, 0);
    if (address == 0) {
      return;
    }
    Token target = objects.copyOf(new Token(address, 0));
    lost += target == null ? 1 : 0;
    reference.set(JAVA_LONG.withByteAlignment(UNALIGNED), 0, target == null ? 0 : target.word0());
  }

  /** {@code hdset_reg_ref_t}. */
  private void translateRegion(MemorySegment reference) {
    if (isNull(reference)) {
      return;
    }
    long at = reference.address();
    long file = source.id().value();
    try (Arena arena = Arena.ofConfined();
        Id object =
            Id.of(
                "H5Rdereference2",
                hdf5_h.H5Rdereference2(file, hdf5_h.H5P_DEFAULT, hdf5_h.H5R_DATASET_REGION1, at));
        Id region =
            Id.of("H5Rget_region", hdf5_h.H5Rget_region(file, hdf5_h.H5R_DATASET_REGION1, at));
        Id target = openCopy(object)) {
      check(
          "H5Rcreate",
          hdf5_h.H5Rcreate(
              at, target.value(), H5.text(arena, "."), hdf5_h.H5R_DATASET_REGION1, region.value()));
    } catch (Hdf5Failure e) {
      lost++;
      reference.fill((byte) 0);
    }
  }

  /** {@code H5R_ref_t}: to an object, a region or an attribute, perhaps of another file. */
  private void translateAny(MemorySegment reference) {
    if (isNull(reference)) {
      return;
    }
    long at = reference.address();
    try (Arena arena = Arena.ofConfined();
        Id object =
            Id.of(
                "H5Ropen_object",
                hdf5_h.H5Ropen_object(at, hdf5_h.H5P_DEFAULT, hdf5_h.H5P_DEFAULT))) {
      if (Token.fileNumber(object) != fileNumber) {
        return;
      }
      MemorySegment made = arena.allocate(reference.byteSize(), Long.BYTES);
      try (Id target = openCopy(object)) {
        create(arena, at, target, made.address());
      }
      check("H5Rdestroy", hdf5_h.H5Rdestroy(at));
      reference.copyFrom(made);
    } catch (Hdf5Failure e) {
      lost++;
      hdf5_h.H5Rdestroy(at);
      reference.fill((byte) 0);
    }
  }

  private static void create(Arena arena, long original, Id target, long made) {
    long self = H5.text(arena, ".");
    switch (check("H5Rget_type", hdf5_h.H5Rget_type(original))) {
      case hdf5_h.H5R_OBJECT2 ->
          check(
              "H5Rcreate_object",
              hdf5_h.H5Rcreate_object(target.value(), self, hdf5_h.H5P_DEFAULT, made));
      case hdf5_h.H5R_DATASET_REGION2 -> {
        try (Id region =
            Id.of(
                "H5Ropen_region",
                hdf5_h.H5Ropen_region(original, hdf5_h.H5P_DEFAULT, hdf5_h.H5P_DEFAULT))) {
          check(
              "H5Rcreate_region",
              hdf5_h.H5Rcreate_region(
                  target.value(), self, region.value(), hdf5_h.H5P_DEFAULT, made));
        }
      }
      case hdf5_h.H5R_ATTR -> {
        String name =
            H5.filledText(
                "H5Rget_attr_name", (to, size) -> hdf5_h.H5Rget_attr_name(original, to, size));
        check(
            "H5Rcreate_attr",
            hdf5_h.H5Rcreate_attr(
                target.value(), self, H5.text(arena, name), hdf5_h.H5P_DEFAULT, made));
      }
      default -> throw new Hdf5Failure("H5Rget_type");
    }
  }

  private Id openCopy(Id object) {
    Token target = objects.copyOf(Token.of(object));
    if (target == null) {
      throw new Hdf5Failure("the search for a reference's object");
    }
    return target.open(copy);
  }
}
