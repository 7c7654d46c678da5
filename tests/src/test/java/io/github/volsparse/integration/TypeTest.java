package io.github.volsparse.integration;

import static io.github.volsparse.integration.Hdf5Failure.check;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A program stores elements of every type and converts between types. */
@ExtendWith(Library.class)
class TypeTest {
  @TempDir Path folder;

  private static Map<String, Long> numbers() {
    Map<String, Long> types = new LinkedHashMap<>();
    types.put("int8", hdf5_h.H5T_NATIVE_INT8_g());
    types.put("uint8", hdf5_h.H5T_NATIVE_UINT8_g());
    types.put("int16", hdf5_h.H5T_NATIVE_INT16_g());
    types.put("uint16", hdf5_h.H5T_NATIVE_UINT16_g());
    types.put("int", hdf5_h.H5T_NATIVE_INT_g());
    types.put("long long", hdf5_h.H5T_NATIVE_LLONG_g());
    types.put("float", hdf5_h.H5T_NATIVE_FLOAT_g());
    types.put("double", hdf5_h.H5T_NATIVE_DOUBLE_g());
    types.put("big-endian int", hdf5_h.H5T_STD_I32BE_g());
    types.put("big-endian double", hdf5_h.H5T_IEEE_F64BE_g());
    return types;
  }

  /** Bytes that make numbers of every size in any type, the same for the same random numbers. */
  private static byte[] someNumbers(long type, int count, SplittableRandom random) {
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = random.nextInt(4) == 0 ? random.nextInt(-300, 300) / 2.0 : 0;
    }
    byte[] doubles = MemorySegment.ofArray(values).toArray(ValueLayout.JAVA_BYTE);
    int size = (int) hdf5_h.H5Tget_size(type);
    byte[] numbers = new byte[size * count];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = doubles[i % doubles.length];
    }
    return numbers;
  }

  @Test
  void numbersOfEveryTypeInMemoryAndFile() {
    Twins.everyRound(
        3,
        random -> {
          long seed = random.nextLong();
          Twins.agree(
              folder,
              (path, access, seen) -> {
                try (H5File file = H5File.create(path, access)) {
                  numbers()
                      .forEach(
                          (fileName, fileType) ->
                              numbers()
                                  .forEach(
                                      (memoryName, memoryType) ->
                                          convert(
                                              file,
                                              memoryName + " as " + fileName,
                                              fileType,
                                              memoryType,
                                              new SplittableRandom(seed),
                                              seen)));
                }
              });
        });
  }

  private static void convert(
      H5File file,
      String name,
      long fileType,
      long memoryType,
      SplittableRandom random,
      Twins.Transcript seen) {
    Shape shape = Shape.of(9, 11).chunks(4, 5).type(fileType);
    try (Dataset dataset = file.create(name, shape)) {
      Space most = Space.of(9, 11).block(new long[] {1, 1}, new long[] {8, 9});
      dataset.write(memoryType, Space.of(72), most, someNumbers(memoryType, 72, random));
      seen.note(name + ": stored", dataset.readAll());
      byte[] target = someNumbers(memoryType, 120, random);
      dataset.read(
          memoryType, Space.of(120).block(new long[] {5}, new long[] {99}), Space.ALL, target);
      seen.note(name + ": read back", target);
    }
  }

  /** An id of a datatype a test makes. */
  private static Handle type(long id) {
    return new Handle(id, hdf5_h::H5Tclose);
  }

  private static Handle compound(Arena arena, long size, Object... members) {
    Handle type = type(hdf5_h.H5Tcreate(hdf5_h.H5T_COMPOUND, size));
    for (int i = 0; i < members.length; i += 3) {
      check(
          hdf5_h.H5Tinsert(
              type.id(),
              arena.allocateFrom((String) members[i]),
              (Integer) members[i + 1],
              (Long) members[i + 2]));
    }
    return type;
  }

  /** Writes and reads elements of one type, in the file and in memory. */
  private void roundTrip(Handle type, int size) {
    byte[] data = new byte[60 * size];
    for (int i = 0; i < data.length; i += 7) {
      data[i] = (byte) (i / size % 3);
    }
    Twins.agree(
        folder,
        (path, access, seen) -> {
          Shape shape = Shape.of(60).chunks(16).type(type.id());
          try (H5File file = H5File.create(path, access);
              Dataset dataset = file.create("data", shape)) {
            dataset.write(type.id(), Space.ALL, Space.ALL, data);
          }
          try (H5File file = H5File.open(path, access);
              Dataset dataset = file.dataset("data")) {
            seen.note("read", dataset.readAll());
            byte[] some = new byte[3 * size];
            dataset.read(
                type.id(),
                Space.of(3),
                Space.of(60).points(new long[] {59}, new long[] {16}, new long[] {0}),
                some);
            seen.note("points", some);
          }
        });
    type.close();
  }

  @Test
  void compounds() {
    try (Arena arena = Arena.ofConfined()) {
      roundTrip(
          compound(
              arena,
              16,
              "id",
              0,
              hdf5_h.H5T_NATIVE_INT_g(),
              "weight",
              8,
              hdf5_h.H5T_NATIVE_DOUBLE_g()),
          16);
    }
  }

  @Test
  void someMembersOfACompound() {
    Twins.agree(
        folder,
        (path, access, seen) -> {
          try (Arena arena = Arena.ofConfined();
              Handle whole =
                  compound(
                      arena,
                      8,
                      "a",
                      0,
                      hdf5_h.H5T_NATIVE_INT_g(),
                      "b",
                      4,
                      hdf5_h.H5T_NATIVE_FLOAT_g());
              Handle part = compound(arena, 4, "a", 0, hdf5_h.H5T_NATIVE_INT_g());
              H5File file = H5File.create(path, access);
              Dataset dataset = file.create("data", Shape.of(30).chunks(8).type(whole.id()))) {
            byte[] all = new byte[240];
            all[8] = 3;
            all[100] = 4;
            all[101] = 5;
            dataset.write(whole.id(), Space.ALL, Space.ALL, all);
            byte[] ids = new byte[120];
            dataset.read(part.id(), Space.ALL, Space.ALL, ids);
            seen.note("members", ids);
            ids[7] = 9;
            ids[80] = 2;
            dataset.write(part.id(), Space.ALL, Space.ALL, ids);
            seen.note("whole", dataset.readAll());
          }
        });
  }

  @Test
  void arrays() {
    try (Arena arena = Arena.ofConfined()) {
      roundTrip(
          type(
              hdf5_h.H5Tarray_create2(
                  hdf5_h.H5T_NATIVE_INT16_g(), 2, arena.allocateFrom(ValueLayout.JAVA_LONG, 3, 2))),
          12);
    }
  }

  @Test
  void enumerations() {
    try (Arena arena = Arena.ofConfined()) {
      Handle type = type(hdf5_h.H5Tenum_create(hdf5_h.H5T_NATIVE_INT8_g()));
      String[] names = {"none", "signal", "noise"};
      for (byte i = 0; i < names.length; i++) {
        check(
            hdf5_h.H5Tenum_insert(
                type.id(),
                arena.allocateFrom(names[i]),
                arena.allocateFrom(ValueLayout.JAVA_BYTE, i)));
      }
      roundTrip(type, 1);
    }
  }

  @Test
  void opaqueBytes() {
    try (Arena arena = Arena.ofConfined()) {
      Handle type = type(hdf5_h.H5Tcreate(hdf5_h.H5T_OPAQUE, 5));
      check(hdf5_h.H5Tset_tag(type.id(), arena.allocateFrom("a tag")));
      roundTrip(type, 5);
    }
  }

  @Test
  void fixedStrings() {
    Handle type = type(hdf5_h.H5Tcopy(hdf5_h.H5T_C_S1_g()));
    check(hdf5_h.H5Tset_size(type.id(), 9));
    roundTrip(type, 9);
  }

  @Test
  void bitfields() {
    roundTrip(type(hdf5_h.H5Tcopy(hdf5_h.H5T_STD_B16LE_g())), 2);
  }

  @Test
  void integersOfFewBits() {
    Twins.agree(
        folder,
        (path, access, seen) -> {
          try (Handle type = type(hdf5_h.H5Tcopy(hdf5_h.H5T_NATIVE_INT_g()))) {
            check(hdf5_h.H5Tset_precision(type.id(), 18));
            try (H5File file = H5File.create(path, access);
                Dataset dataset = file.create("data", Shape.of(5).chunks(2).type(type.id()))) {
              dataset.writeInts(131_071, 131_072, -1, 0, -200_000);
              seen.note("clipped", Dataset.bytes(dataset.readInts()));
              seen.note("stored", dataset.readAll());
            }
          }
        });
  }

  @Test
  void stringsOfVariableLengthStayNative() {
    Twins.agree(
        folder,
        (path, access, seen) -> {
          try (Arena arena = Arena.ofConfined();
              Handle type = type(hdf5_h.H5Tcopy(hdf5_h.H5T_C_S1_g()))) {
            check(hdf5_h.H5Tset_size(type.id(), -1));
            try (H5File file = H5File.create(path, access);
                Dataset dataset = file.create("data", Shape.of(2).chunks(2).type(type.id()))) {
              MemorySegment texts =
                  arena.allocateFrom(
                      ValueLayout.JAVA_LONG,
                      arena.allocateFrom("short").address(),
                      arena.allocateFrom("longer").address());
              dataset.write(type.id(), Space.ALL, Space.ALL, texts.toArray(ValueLayout.JAVA_BYTE));
              byte[] read = new byte[16];
              dataset.read(type.id(), Space.ALL, Space.ALL, read);
              long second = MemorySegment.ofArray(read).get(ValueLayout.JAVA_LONG_UNALIGNED, 8);
              seen.note(MemorySegment.ofAddress(second).reinterpret(100).getString(0));
            }
          }
        });
  }

  @Test
  void committedTypes() {
    Twins.agree(
        folder,
        (path, access, seen) -> {
          try (Arena arena = Arena.ofConfined();
              H5File file = H5File.create(path, access);
              Handle type = type(hdf5_h.H5Tcopy(hdf5_h.H5T_NATIVE_INT16_g()))) {
            check(hdf5_h.H5Tcommit2(file.id(), arena.allocateFrom("counts"), type.id(), 0, 0, 0));
            try (Handle named = type(hdf5_h.H5Topen2(file.id(), arena.allocateFrom("counts"), 0));
                Dataset dataset = file.create("data", Shape.of(5).chunks(2).type(named.id()))) {
              dataset.writeInts(1, 0, 0, 70_000, -1);
              seen.note("as int", Dataset.bytes(dataset.readInts()));
              try (Handle own = type(hdf5_h.H5Dget_type(dataset.id()))) {
                seen.note("equal", check(hdf5_h.H5Tequal(own.id(), named.id())));
              }
            }
          }
        });
  }

  @Test
  void aDataTransform() {
    Twins.agree(
        folder,
        (path, access, seen) -> {
          try (Arena arena = Arena.ofConfined();
              H5File file = H5File.create(path, access);
              Handle list =
                  new Handle(
                      hdf5_h.H5Pcreate(hdf5_h.H5P_CLS_DATASET_XFER_ID_g()), hdf5_h::H5Pclose);
              Dataset dataset = file.create("data", Shape.of(6).chunks(4))) {
            check(hdf5_h.H5Pset_data_transform(list.id(), arena.allocateFrom("2*x+1")));
            long type = hdf5_h.H5T_NATIVE_INT_g();
            dataset.writeInts(1, 2, 3, 4, 5, 6);
            byte[] read = new byte[24];
            dataset.read(type, Space.ALL, Space.ALL, list.id(), read);
            seen.note("read", read);
            dataset.write(type, Space.ALL, Space.ALL, list.id(), Dataset.bytes(0, 1, 2, 3, 4, 5));
            seen.note("written", dataset.readAll());
          }
        });
  }

  @Test
  void typesThatDoNotConvertAreRefused() {
    Twins.agree(
        folder,
        (path, access, seen) -> {
          try (H5File file = H5File.create(path, access);
              Dataset dataset = file.create("data", Shape.of(6).chunks(4))) {
            byte[] text = new byte[60];
            seen.attempt(
                "text", () -> dataset.write(hdf5_h.H5T_C_S1_g(), Space.ALL, Space.ALL, text));
            seen.attempt("no type", () -> dataset.write(0, Space.ALL, Space.ALL, text));
            seen.note("all", dataset.readAll());
          }
        });
  }

  @Test
  void manyNumbersAreConvertedInBatches() {
    // More than are converted at once, in one chunk.
    int count = 600_000;
    int[] values = new int[count];
    for (int i = 0; i < count; i += 5) {
      values[i] = i % 30_000;
    }
    Shape shape = Shape.of(count).chunks(count).type(hdf5_h.H5T_NATIVE_UINT16_g());
    try (H5File file = H5File.create(folder.resolve("file.h5"), Access.SPARSE);
        Dataset dataset = file.create("data", shape)) {
      dataset.writeInts(values);
      assertArrayEquals(values, dataset.readInts());
    }
  }
}
