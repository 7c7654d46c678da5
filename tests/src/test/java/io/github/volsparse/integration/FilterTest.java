package io.github.volsparse.integration;

import static io.github.volsparse.integration.Hdf5Failure.check;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A program sets filters and other creation properties: it gets back what it set. */
@ExtendWith(Library.class)
class FilterTest {
  /** HDF5's {@code H5Z_SO_INT}. */
  private static final int SCALE_INTEGERS = 2;

  @TempDir Path folder;

  private static Map<String, LongConsumer> pipelines() {
    LongConsumer deflate = list -> check(hdf5_h.H5Pset_deflate(list, 4));
    LongConsumer shuffle = list -> check(hdf5_h.H5Pset_shuffle(list));
    LongConsumer checksum = list -> check(hdf5_h.H5Pset_fletcher32(list));
    Map<String, LongConsumer> pipelines = new LinkedHashMap<>();
    pipelines.put("none", list -> {});
    pipelines.put("deflate", deflate);
    pipelines.put("shuffle and deflate", shuffle.andThen(deflate));
    pipelines.put("checksum", checksum);
    pipelines.put("all three", shuffle.andThen(deflate).andThen(checksum));
    pipelines.put(
        "scaled integers", list -> check(hdf5_h.H5Pset_scaleoffset(list, SCALE_INTEGERS, 0)));
    return pipelines;
  }

  private static int[] spots(int elements) {
    int[] values = new int[elements];
    for (int i = 3; i < elements; i += 17) {
      values[i] = i;
    }
    return values;
  }

  /** Notes every creation property a program can ask for. */
  private static void note(Twins.Transcript seen, String name, Handle list) {
    long id = list.id();
    seen.note(name + ": layout", hdf5_h.H5Pget_layout(id));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment shape = arena.allocate(JAVA_LONG, 8);
      int rank = hdf5_h.H5Pget_chunk(id, 8, shape);
      hdf5_h.H5Eclear2(0);
      seen.note(name + ": chunk " + rank, shape.toArray(JAVA_BYTE));
      MemorySegment value = arena.allocate(16);
      seen.attempt(name + ": chunk options", () -> check(hdf5_h.H5Pget_chunk_opts(id, value)));
      seen.note(name + ": chunk options", value.toArray(JAVA_BYTE));
      check(hdf5_h.H5Pget_alloc_time(id, value));
      seen.note(name + ": allocation time", value.get(JAVA_INT, 0));
      check(hdf5_h.H5Pget_fill_time(id, value));
      seen.note(name + ": fill time", value.get(JAVA_INT, 0));
      check(hdf5_h.H5Pget_fill_value(id, hdf5_h.H5T_NATIVE_INT_g(), value));
      seen.note(name + ": fill value", value.get(JAVA_INT, 0));
      int filters = check(hdf5_h.H5Pget_nfilters(id));
      for (int i = 0; i < filters; i++) {
        MemorySegment flags = arena.allocate(JAVA_INT);
        MemorySegment count = arena.allocateFrom(JAVA_LONG, 20);
        MemorySegment parameters = arena.allocate(JAVA_INT, 20);
        MemorySegment text = arena.allocate(64);
        int filter =
            check(
                hdf5_h.H5Pget_filter2(
                    id, i, flags, count, parameters, 64, text, arena.allocate(JAVA_INT)));
        seen.note(
            "%s: filter %d is %d \"%s\" %d %s"
                .formatted(
                    name,
                    i,
                    filter,
                    text.getString(0),
                    flags.get(JAVA_INT, 0),
                    Arrays.toString(
                        parameters.asSlice(0, 4 * count.get(JAVA_LONG, 0)).toArray(JAVA_INT))));
      }
    }
  }

  private void agreeOnCreationList(String name, Shape shape) {
    Twins.agree(
        folder,
        (path, access, seen) -> {
          try (H5File file = H5File.create(path, access);
              Dataset dataset = file.create("data", shape);
              Handle set = shape.creationList();
              Handle got = dataset.creationList()) {
            note(seen, name, got);
            seen.note(name + ": equal", check(hdf5_h.H5Pequal(set.id(), got.id())));
          }
          try (H5File file = H5File.open(path, access);
              Dataset dataset = file.dataset("data");
              Handle got = dataset.creationList()) {
            note(seen, name + " reopened", got);
          }
        });
  }

  @Test
  void everyPipelineComesBackAsItWasSet() {
    pipelines()
        .forEach(
            (name, pipeline) ->
                agreeOnCreationList(name, Shape.of(20, 30).chunks(7, 8).with(pipeline)));
  }

  @Test
  void everyAllocationTimeComesBackAsItWasSet() {
    int[] times = {
      hdf5_h.H5D_ALLOC_TIME_EARLY, hdf5_h.H5D_ALLOC_TIME_LATE, hdf5_h.H5D_ALLOC_TIME_INCR
    };
    for (int time : times) {
      agreeOnCreationList(
          "allocation " + time,
          Shape.of(20, 30).chunks(7, 8).with(list -> check(hdf5_h.H5Pset_alloc_time(list, time))));
    }
  }

  @Test
  void everyFillTimeComesBackAsItWasSet() {
    int[] times = {
      hdf5_h.H5D_FILL_TIME_ALLOC, hdf5_h.H5D_FILL_TIME_NEVER, hdf5_h.H5D_FILL_TIME_IFSET
    };
    for (int time : times) {
      agreeOnCreationList(
          "fill " + time,
          Shape.of(20, 30)
              .chunks(7, 8)
              .fill(Dataset.bytes(5))
              .with(list -> check(hdf5_h.H5Pset_fill_time(list, time))));
    }
  }

  @Test
  void unfilteredEdgeChunksComeBackAsTheyWereSet() {
    agreeOnCreationList(
        "edges",
        Shape.of(20, 30)
            .chunks(7, 8)
            .with(pipelines().get("deflate"))
            .with(
                list ->
                    check(
                        hdf5_h.H5Pset_chunk_opts(
                            list, hdf5_h.H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS))));
  }

  @Test
  void aContiguousLayoutComesBackAsItWasSet() {
    Twins.agree(
        folder,
        Access.sparse("under_vol=0;under_info={};layout=all"),
        (path, access, seen) -> {
          Shape shape = Shape.of(20, 30).fill(Dataset.bytes(5));
          try (H5File file = H5File.create(path, access);
              Dataset dataset = file.create("data", shape);
              Handle list = dataset.creationList()) {
            note(seen, "contiguous", list);
            seen.note("all", dataset.readAll());
          }
        });
  }

  @Test
  void aCompactLayoutStaysNative() {
    agreeOnCreationList(
        "compact",
        Shape.of(20).with(list -> check(hdf5_h.H5Pset_layout(list, hdf5_h.H5D_COMPACT))));
  }

  @Test
  void aCreationListOfOneDatasetMakesAnother() {
    Twins.agree(
        folder,
        (path, access, seen) -> {
          Shape shape = Shape.of(20).chunks(6).with(pipelines().get("all three"));
          try (H5File file = H5File.create(path, access);
              Dataset dataset = file.create("data", shape);
              Handle list = dataset.creationList();
              Handle space = Space.of(20).open();
              Dataset another =
                  new Dataset(
                      hdf5_h.H5Dcreate_anon(
                          file.id(), hdf5_h.H5T_NATIVE_INT_g(), space.id(), list.id(), 0));
              Handle again = another.creationList()) {
            note(seen, "again", again);
            another.writeInts(spots(20));
            seen.note("all", another.readAll());
          }
        });
  }

  @Test
  void dataGoesThroughEveryPipeline() {
    pipelines()
        .forEach(
            (name, pipeline) ->
                Twins.agree(
                    folder,
                    (path, access, seen) -> {
                      Shape shape = Shape.of(20, 30).chunks(7, 8).with(pipeline);
                      try (H5File file = H5File.create(path, access);
                          Dataset dataset = file.create("data", shape)) {
                        dataset.writeInts(spots(600));
                        seen.note(name, dataset.readAll());
                      }
                      // A program without the connector adds to it: through all filters.
                      Space part = Space.of(20, 30).block(new long[] {5, 6}, new long[] {4, 20});
                      byte[] more = new byte[320];
                      Arrays.fill(more, (byte) 1);
                      try (H5File file = H5File.change(path, Access.NATIVE);
                          Dataset dataset = file.dataset("data")) {
                        dataset.write(hdf5_h.H5T_NATIVE_INT_g(), Space.of(80), part, more);
                        seen.note(name + " natively", dataset.readAll());
                      }
                      try (H5File file = H5File.change(path, access);
                          Dataset dataset = file.dataset("data")) {
                        seen.note(name + " after that", dataset.readAll());
                        dataset.write(
                            hdf5_h.H5T_NATIVE_INT_g(),
                            Space.of(2),
                            Space.of(20, 30).points(new long[] {8, 8}, new long[] {19, 29}),
                            Dataset.bytes(-1, -2));
                        seen.note(name + " and changed", dataset.readAll());
                      }
                      try (H5File file = H5File.open(path, Access.NATIVE);
                          Dataset dataset = file.dataset("data")) {
                        seen.note(name + " natively at last", dataset.readAll());
                      }
                    }));
  }

  @Test
  void aProgramWritesChunksItCompressedItself() {
    Twins.agree(
        folder,
        (path, access, seen) -> {
          Shape shape = Shape.of(16).chunks(8).with(pipelines().get("deflate"));
          try (Arena arena = Arena.ofConfined();
              H5File file = H5File.create(path, access);
              Dataset dataset = file.create("data", shape)) {
            byte[] deflated = deflate(Dataset.bytes(1, 2, 3, 4, 5, 6, 7, 8));
            MemorySegment offset = arena.allocateFrom(JAVA_LONG, 8);
            check(
                hdf5_h.H5Dwrite_chunk(
                    dataset.id(),
                    0,
                    0,
                    offset,
                    deflated.length,
                    arena.allocateFrom(JAVA_BYTE, deflated)));
            seen.note("all", dataset.readAll());
            MemorySegment mask = arena.allocate(JAVA_INT);
            MemorySegment size = arena.allocate(JAVA_LONG);
            MemorySegment address = arena.allocate(JAVA_LONG);
            check(hdf5_h.H5Dget_chunk_info_by_coord(dataset.id(), offset, mask, address, size));
            seen.note("mask", mask.get(JAVA_INT, 0));
            seen.note("size", size.get(JAVA_LONG, 0));
            check(hdf5_h.H5Dget_num_chunks(dataset.id(), 0, size));
            seen.note("chunks", size.get(JAVA_LONG, 0));
            dataset.write(
                hdf5_h.H5T_NATIVE_INT_g(),
                Space.of(2),
                Space.of(16).points(new long[] {9}, new long[] {0}),
                Dataset.bytes(100, 101));
            seen.note("changed", dataset.readAll());
          }
        });
  }

  private static byte[] deflate(byte[] bytes) {
    java.util.zip.Deflater deflater = new java.util.zip.Deflater(4);
    deflater.setInput(bytes);
    deflater.finish();
    byte[] deflated = new byte[200];
    int length = deflater.deflate(deflated);
    deflater.end();
    return Arrays.copyOf(deflated, length);
  }

  @Test
  void sparseDataIsSmallWithTheProgramsFiltersToo() {
    try (H5File file = H5File.create(folder.resolve("file.h5"), Access.SPARSE);
        Dataset dataset =
            file.create(
                "data", Shape.of(400, 100).chunks(400, 100).with(pipelines().get("checksum")))) {
      int[] data = new int[40_000];
      data[7] = 1;
      dataset.writeInts(data);
      assertTrue(dataset.storedBytes() < 200, dataset.storedBytes() + " bytes");
      assertArrayEquals(data, dataset.readInts());
    }
  }

  @Test
  void aFilterThatNeedsTheElementsKeepsTheDatasetNative() {
    try (H5File file = H5File.create(folder.resolve("file.h5"), Access.SPARSE);
        Dataset dataset =
            file.create("data", Shape.of(40).chunks(40).with(pipelines().get("scaled integers")))) {
      dataset.writeInts(spots(40));
      file.flush();
      try (H5File other = H5File.open(folder.resolve("file.h5"), Access.NATIVE);
          Dataset same = other.dataset("data");
          Handle list = same.creationList()) {
        assertEquals(1, hdf5_h.H5Pget_nfilters(list.id()));
      }
    }
  }
}
