package io.github.volsparse.integration;

import static io.github.volsparse.integration.Hdf5Failure.check;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.hdf5.generated.H5L_iterate2_t;
import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A program works with attributes, groups, links, copies and references: all as ever. */
@ExtendWith(Library.class)
class ObjectsTest {
  /** The bytes of an {@code H5R_ref_t}. */
  private static final int REFERENCE_BYTES = 64;

  private static final Shape SHAPE = Shape.of(20).chunks(6);

  @TempDir Path folder;

  private static int[] numbers() {
    int[] values = new int[20];
    values[3] = 4;
    values[17] = 18;
    return values;
  }

  /** The name by which an object was opened. */
  private static String name(long id) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocate(256);
      check(hdf5_h.H5Iget_name(id, text, 256));
      return text.getString(0);
    }
  }

  @Test
  void attributesOfEveryKindOfObject() {
    Twins.agree(
        folder,
        (path, access, seen) -> {
          try (Arena arena = Arena.ofConfined();
              H5File file = H5File.create(path, access);
              Handle group = file.createGroup("group");
              Dataset dataset = group.create("data", SHAPE)) {
            for (Handle object : new Handle[] {file, group, dataset}) {
              object.setAttribute("first", (byte) 1, (byte) 2);
              object.setAttribute("second", (byte) 3);
              check(
                  hdf5_h.H5Arename(
                      object.id(), arena.allocateFrom("first"), arena.allocateFrom("renamed")));
              check(hdf5_h.H5Adelete(object.id(), arena.allocateFrom("second")));
              seen.note("renamed", object.attribute("renamed", 2));
              for (String name : new String[] {"first", "second", "renamed"}) {
                seen.note(name, hdf5_h.H5Aexists(object.id(), arena.allocateFrom(name)));
              }
              seen.attempt("an attribute that is not there", () -> object.attribute("first", 2));
            }
          }
        });
  }

  @Test
  void linksOfEveryKind() {
    Path other = folder.resolve("other.h5");
    Twins.agree(
        folder,
        (path, access, seen) -> {
          try (H5File file = H5File.create(other, access);
              Dataset dataset = file.create("data", SHAPE)) {
            dataset.writeInts(numbers());
          }
          try (Arena arena = Arena.ofConfined();
              H5File file = H5File.create(path, access);
              Handle group = file.createGroup("group");
              Dataset dataset = group.create("data", SHAPE)) {
            dataset.writeInts(numbers());
            check(
                hdf5_h.H5Lcreate_hard(
                    file.id(),
                    arena.allocateFrom("group/data"),
                    group.id(),
                    arena.allocateFrom("hard"),
                    0,
                    0));
            check(
                hdf5_h.H5Lcreate_soft(
                    arena.allocateFrom("/group/data"),
                    file.id(),
                    arena.allocateFrom("soft"),
                    0,
                    0));
            check(
                hdf5_h.H5Lcreate_external(
                    arena.allocateFrom(other.toString()),
                    arena.allocateFrom("/data"),
                    file.id(),
                    arena.allocateFrom("external"),
                    0,
                    0));
            check(
                hdf5_h.H5Lcopy(
                    file.id(),
                    arena.allocateFrom("soft"),
                    group.id(),
                    arena.allocateFrom("copy"),
                    0,
                    0));
            check(
                hdf5_h.H5Lmove(
                    group.id(),
                    arena.allocateFrom("hard"),
                    file.id(),
                    arena.allocateFrom("moved"),
                    0,
                    0));
            for (String name : new String[] {"moved", "soft", "external", "group/copy"}) {
              seen.note(name, check(hdf5_h.H5Lexists(file.id(), arena.allocateFrom(name), 0)));
              try (Dataset linked = file.dataset(name)) {
                seen.note(name, linked.readAll());
              }
            }
            check(hdf5_h.H5Ldelete(file.id(), arena.allocateFrom("moved"), 0));
            seen.attempt("a link that is gone", () -> file.dataset("moved"));
            H5L_iterate2_t.Function visitor =
                (location, name, info, data) -> {
                  seen.note("link " + name.getString(0));
                  return 0;
                };
            check(
                hdf5_h.H5Literate2(
                    file.id(),
                    0,
                    0,
                    MemorySegment.NULL,
                    H5L_iterate2_t.allocate(visitor, arena),
                    MemorySegment.NULL));
          }
        });
  }

  @Test
  void whatIsStillInMemoryIsPartOfACopy() {
    Twins.agree(
        folder,
        (path, access, seen) -> {
          Path target = folder.resolve("target-of-" + path.getFileName());
          try (Arena arena = Arena.ofConfined();
              H5File file = H5File.create(path, access);
              H5File into = H5File.create(target, access);
              Handle group = file.createGroup("group");
              Dataset dataset = group.create("data", SHAPE)) {
            dataset.write(
                hdf5_h.H5T_NATIVE_INT_g(),
                Space.of(1),
                Space.of(20).points(new long[] {7}),
                Dataset.bytes(5));
            dataset.setAttribute("unit", (byte) 9);
            check(
                hdf5_h.H5Ocopy(
                    file.id(),
                    arena.allocateFrom("group"),
                    into.id(),
                    arena.allocateFrom("copy"),
                    0,
                    0));
            check(
                hdf5_h.H5Ocopy(
                    group.id(),
                    arena.allocateFrom("data"),
                    file.id(),
                    arena.allocateFrom("twin"),
                    0,
                    0));
            try (Dataset copy = into.dataset("copy/data");
                Dataset twin = file.dataset("twin")) {
              seen.note("copy", copy.readAll());
              seen.note("its attribute", copy.attribute("unit", 1));
              twin.writeInts(numbers());
              seen.note("twin", twin.readAll());
              seen.note("original", dataset.readAll());
            }
          }
        });
  }

  @Test
  void anObjectIsOpenedWithoutKnowingWhatItIs() {
    Twins.agree(
        folder,
        (path, access, seen) -> {
          try (Arena arena = Arena.ofConfined();
              H5File file = H5File.create(path, access)) {
            try (Handle group = file.createGroup("group");
                Dataset dataset = group.create("data", SHAPE)) {
              dataset.writeInts(numbers());
            }
            for (String path2 : new String[] {"group", "group/data"}) {
              try (Handle object =
                  new Handle(
                      hdf5_h.H5Oopen(file.id(), arena.allocateFrom(path2), 0), hdf5_h::H5Oclose)) {
                seen.note("kind", hdf5_h.H5Iget_type(object.id()));
                seen.note(name(object.id()));
              }
            }
            try (Dataset dataset =
                new Dataset(hdf5_h.H5Oopen(file.id(), arena.allocateFrom("group/data"), 0))) {
              seen.note("read", dataset.readAll());
            }
          }
        });
  }

  @Test
  void referencesToObjectsAndRegions() {
    Twins.agree(
        folder,
        (path, access, seen) -> {
          long type = hdf5_h.H5T_STD_REF_g();
          try (Arena arena = Arena.ofConfined();
              H5File file = H5File.create(path, access);
              Dataset dataset = file.create("data", SHAPE);
              Dataset pointers = file.create("pointers", Shape.of(2).chunks(2).type(type));
              Handle region = Space.of(20).block(new long[] {2}, new long[] {5}).open()) {
            dataset.writeInts(numbers());
            MemorySegment references = arena.allocate(2 * REFERENCE_BYTES, 8);
            MemorySegment second = references.asSlice(REFERENCE_BYTES);
            check(hdf5_h.H5Rcreate_object(file.id(), arena.allocateFrom("data"), 0, references));
            check(
                hdf5_h.H5Rcreate_region(
                    file.id(), arena.allocateFrom("data"), region.id(), 0, second));
            pointers.write(type, Space.ALL, Space.ALL, references.toArray(JAVA_BYTE));
            check(hdf5_h.H5Rdestroy(references));
            check(hdf5_h.H5Rdestroy(second));

            byte[] read = new byte[2 * REFERENCE_BYTES];
            pointers.read(type, Space.ALL, Space.ALL, read);
            MemorySegment.copy(read, 0, references, JAVA_BYTE, 0, read.length);
            try (Dataset target = new Dataset(hdf5_h.H5Ropen_object(references, 0, 0));
                Dataset regional = new Dataset(hdf5_h.H5Ropen_object(second, 0, 0));
                Handle selected =
                    new Handle(hdf5_h.H5Ropen_region(second, 0, 0), hdf5_h::H5Sclose)) {
              seen.note("object", target.readAll());
              seen.note("of the region", regional.readAll());
              seen.note("points", hdf5_h.H5Sget_select_npoints(selected.id()));
            }
            check(hdf5_h.H5Rdestroy(references));
            check(hdf5_h.H5Rdestroy(second));
          }
        });
  }

  @Test
  void aFileIsMountedInAnother() {
    Twins.agree(
        folder,
        (path, access, seen) -> {
          Path child = folder.resolve("child-of-" + path.getFileName());
          try (Arena arena = Arena.ofConfined();
              H5File file = H5File.create(path, access);
              H5File mounted = H5File.create(child, access);
              Dataset dataset = mounted.create("data", SHAPE)) {
            file.createGroup("point").close();
            dataset.writeInts(numbers());
            check(hdf5_h.H5Fmount(file.id(), arena.allocateFrom("point"), mounted.id(), 0));
            try (Dataset same = file.dataset("point/data")) {
              seen.note("mounted", same.readAll());
              seen.note(name(same.id()));
            }
            check(hdf5_h.H5Funmount(file.id(), arena.allocateFrom("point")));
            seen.attempt("unmounted", () -> file.dataset("point/data"));
          }
        });
  }

  @Test
  void aFileIsOpenedOnceMore() {
    Twins.agree(
        folder,
        (path, access, seen) -> {
          try (Arena arena = Arena.ofConfined();
              H5File file = H5File.create(path, access);
              Dataset dataset = file.create("data", SHAPE);
              H5File again = file.reopen();
              Dataset same = again.dataset("data")) {
            dataset.writeInts(numbers());
            seen.note("through the other", same.readAll());
            seen.note("objects", hdf5_h.H5Fget_obj_count(file.id(), hdf5_h.H5F_OBJ_ALL));
            MemorySegment name = arena.allocate(4096);
            check(hdf5_h.H5Fget_name(again.id(), name, 4096));
            seen.note(Path.of(name.getString(0)).getParent().toString());
          }
        });
  }

  @Test
  void groupsAreNestedAndOpened() {
    Twins.agree(
        folder,
        (path, access, seen) -> {
          try (H5File file = H5File.create(path, access);
              Handle group = file.createGroup("a");
              Handle inner = group.createGroup("b");
              Dataset dataset = inner.create("data", SHAPE)) {
            dataset.writeInts(numbers());
            seen.attempt("the same again", () -> file.createGroup("a"));
            seen.attempt("a dataset by the same name", () -> inner.create("data", SHAPE));
            seen.attempt("a group that is not there", () -> file.group("c"));
            seen.attempt("a dataset as a group", () -> file.group("a/b/data"));
          }
          try (H5File file = H5File.open(path, access);
              Handle inner = file.group("a/b");
              Dataset dataset = inner.dataset("data")) {
            seen.note("read", dataset.readAll());
            seen.note(name(dataset.id()));
            seen.note("extent", MemorySegment.ofArray(dataset.extent()).toArray(JAVA_BYTE));
            seen.note(
                "rank", MemorySegment.ofArray(dataset.extent()).byteSize() / JAVA_LONG.byteSize());
          }
        });
  }
}
