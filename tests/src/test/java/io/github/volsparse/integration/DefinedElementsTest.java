package io.github.volsparse.integration;

import static io.github.volsparse.integration.Hdf5Failure.check;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.volsparse.api.DefinedElements;
import io.github.volsparse.api.SparseDatasetException;
import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A Java program asks for the defined elements. */
@ExtendWith(Library.class)
class DefinedElementsTest {
  private static final Space BLOCK = Space.of(30, 40).block(new long[] {5, 8}, new long[] {2, 3});
  private static final Space SINGLE = Space.of(30, 40).points(new long[] {29, 39});

  @TempDir Path folder;

  private final DefinedElements elements = new DefinedElements(SymbolLookup.loaderLookup());

  /** 30 x 40 elements in chunks of 7 x 9: a block of 2 x 3 in two chunks, and a single element. */
  private Dataset create(H5File file) {
    Dataset dataset = file.create("counts", Shape.of(30, 40).chunks(7, 9));
    dataset.write(
        hdf5_h.H5T_NATIVE_INT_g(), Space.of(2, 3), BLOCK, Dataset.bytes(1, 2, 3, 4, 5, 6));
    dataset.write(hdf5_h.H5T_NATIVE_INT_g(), Space.of(1), SINGLE, Dataset.bytes(7));
    return dataset;
  }

  @Test
  void takesNoLibraryButTheOneInUse() {
    assertThrows(
        IllegalArgumentException.class, () -> new DefinedElements(name -> Optional.empty()));
    SymbolLookup inUse = SymbolLookup.loaderLookup();
    SymbolLookup other = name -> inUse.find(name.equals("H5open") ? "H5close" : name);
    assertThrows(IllegalStateException.class, () -> new DefinedElements(other));
  }

  @Test
  void countsSelectsAndErases() {
    try (H5File file = H5File.create(folder.resolve("defined.h5"), Access.SPARSE);
        Dataset dataset = create(file)) {
      assertEquals(7, elements.count(dataset.id(), DefinedElements.H5S_ALL));
      try (Handle defined = selected(dataset, DefinedElements.H5S_ALL)) {
        assertArrayEquals(new int[] {1, 2, 3, 4, 5, 6, 7}, read(dataset, defined));
      }
      try (Handle block = BLOCK.open();
          Handle defined = selected(dataset, block.id())) {
        assertArrayEquals(new int[] {1, 2, 3, 4, 5, 6}, read(dataset, defined));
        elements.erase(dataset.id(), block.id());
      }
      assertEquals(1, elements.count(dataset.id(), DefinedElements.H5S_ALL));
      int[] left = dataset.readInts();
      assertEquals(7, left[29 * 40 + 39]);
      left[29 * 40 + 39] = 0;
      assertArrayEquals(new int[30 * 40], left);
    }
  }

  private Handle selected(Dataset dataset, long where) {
    return new Handle(elements.select(dataset.id(), where), hdf5_h::H5Sclose);
  }

  /** The elements that are selected, as {@code H5Dread} gives them. */
  private static int[] read(Dataset dataset, Handle selected) {
    long count = hdf5_h.H5Sget_select_npoints(selected.id());
    try (Arena arena = Arena.ofConfined();
        Handle packed = Space.of(count).open()) {
      MemorySegment values = arena.allocate(JAVA_INT, count);
      check(
          hdf5_h.H5Dread(
              dataset.id(), hdf5_h.H5T_NATIVE_INT_g(), packed.id(), selected.id(), 0, values));
      return values.toArray(JAVA_INT);
    }
  }

  @Test
  void visitsElementsWithTheirValues() {
    try (H5File file = H5File.create(folder.resolve("visited.h5"), Access.SPARSE);
        Dataset dataset = create(file)) {
      List<String> visited = new ArrayList<>();
      elements.forEach(
          dataset.id(),
          DefinedElements.H5S_ALL,
          hdf5_h.H5T_NATIVE_INT_g(),
          0,
          (count, coordinates, values) -> {
            for (long i = 0; i < count; i++) {
              visited.add(
                  "%d,%d:%d"
                      .formatted(
                          coordinates.getAtIndex(JAVA_LONG, 2 * i),
                          coordinates.getAtIndex(JAVA_LONG, 2 * i + 1),
                          values.getAtIndex(JAVA_INT, i)));
            }
            return true;
          });
      assertEquals(
          List.of("5,8:1", "6,8:4", "5,9:2", "5,10:3", "6,9:5", "6,10:6", "29,39:7"), visited);

      int[] calls = {0};
      elements.forEach(
          dataset.id(),
          DefinedElements.H5S_ALL,
          DefinedElements.NO_VALUES,
          0,
          (count, coordinates, values) -> {
            assertEquals(0, values.byteSize());
            return ++calls[0] < 2;
          });
      assertEquals(2, calls[0]);
    }
  }

  @Test
  void saysWhatIsWrong() {
    Path sparse = folder.resolve("wrong.h5");
    try (H5File file = H5File.create(sparse, Access.SPARSE);
        Dataset dataset = create(file);
        Handle other = Space.of(3, 3).open()) {
      assertSays(
          "the file selection has a dataspace of extent [3, 3]",
          () -> elements.count(dataset.id(), other.id()));
      IllegalStateException own =
          assertThrows(
              IllegalStateException.class,
              () ->
                  elements.forEach(
                      dataset.id(),
                      DefinedElements.H5S_ALL,
                      DefinedElements.NO_VALUES,
                      0,
                      (count, coordinates, values) -> {
                        throw new IllegalStateException("enough");
                      }));
      assertEquals("enough", own.getMessage());
      assertSays("was opened through vol-sparse", () -> elements.count(other.id(), 0));
    }
    try (H5File file = H5File.open(sparse, Access.SPARSE);
        Dataset dataset = file.dataset("counts")) {
      assertSays("no write intent", () -> elements.erase(dataset.id(), DefinedElements.H5S_ALL));
      assertEquals(7, elements.count(dataset.id(), DefinedElements.H5S_ALL));
    }
    Path plain = folder.resolve("native.h5");
    try (H5File file = H5File.create(plain, Access.NATIVE);
        Dataset dataset = create(file)) {
      assertSays("was opened through vol-sparse", () -> elements.count(dataset.id(), 0));
    }
    try (H5File file = H5File.open(plain, Access.SPARSE);
        Dataset dataset = file.dataset("counts")) {
      assertSays("the dataset is not sparse", () -> elements.count(dataset.id(), 0));
    }
  }

  private static void assertSays(String reason, Runnable failing) {
    String said = assertThrows(SparseDatasetException.class, failing::run).getMessage();
    assertTrue(said.contains(reason), said);
    check(hdf5_h.H5Eclear2(0));
  }
}
