package io.github.volsparse.integration;

import static io.github.volsparse.integration.Hdf5Failure.check;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A program holds one dataset several times, or lets go of the file first. */
@ExtendWith(Library.class)
class SharedDatasetTest {
  private static final Shape SHAPE = Shape.of(20).chunks(6).resizable();

  @TempDir Path folder;

  private Path file() {
    return folder.resolve("file.h5");
  }

  private static void set(Dataset dataset, int index, int value) {
    dataset.write(
        hdf5_h.H5T_NATIVE_INT_g(),
        Space.of(1),
        Space.of(dataset.extent()).points(new long[] {index}),
        Dataset.bytes(value));
  }

  private static int[] with(int... indexesAndValues) {
    int[] values = new int[20];
    for (int i = 0; i < indexesAndValues.length; i += 2) {
      values[indexesAndValues[i]] = indexesAndValues[i + 1];
    }
    return values;
  }

  private int[] stored() {
    try (H5File file = H5File.open(file(), Access.NATIVE);
        Dataset dataset = file.dataset("data")) {
      return dataset.readInts();
    }
  }

  @Test
  void twoHandlesSeeEachOthersWrites() {
    try (H5File file = H5File.create(file(), Access.SPARSE);
        Dataset first = file.create("data", SHAPE);
        Dataset second = file.dataset("data")) {
      set(first, 3, 4);
      assertArrayEquals(with(3, 4), second.readInts());
      set(second, 4, 5);
      assertArrayEquals(with(3, 4, 4, 5), first.readInts());
    }
    assertArrayEquals(with(3, 4, 4, 5), stored());
  }

  @Test
  void handlesOfTwoOpenFilesSeeEachOthersWrites() {
    try (H5File file = H5File.create(file(), Access.SPARSE);
        Dataset first = file.create("data", SHAPE);
        H5File again = H5File.change(file(), Access.SPARSE);
        Dataset second = again.dataset("data")) {
      set(first, 3, 4);
      assertArrayEquals(with(3, 4), second.readInts());
      set(second, 4, 5);
      assertArrayEquals(with(3, 4, 4, 5), first.readInts());
    }
    assertArrayEquals(with(3, 4, 4, 5), stored());
  }

  @Test
  void aDatasetAndItsHardLinkAreOne() {
    try (Arena arena = Arena.ofConfined();
        H5File file = H5File.create(file(), Access.SPARSE);
        Dataset first = file.create("data", SHAPE)) {
      var link = arena.allocateFrom("link");
      check(hdf5_h.H5Lcreate_hard(file.id(), arena.allocateFrom("data"), file.id(), link, 0, 0));
      try (Dataset second = file.dataset("link")) {
        set(first, 3, 4);
        set(second, 4, 5);
        assertArrayEquals(with(3, 4, 4, 5), first.readInts());
      }
    }
    assertArrayEquals(with(3, 4, 4, 5), stored());
  }

  @Test
  void closingOneHandleLeavesTheOther() {
    try (H5File file = H5File.create(file(), Access.SPARSE);
        Dataset first = file.create("data", SHAPE)) {
      Dataset second = file.dataset("data");
      set(second, 3, 4);
      second.close();
      set(first, 4, 5);
      assertArrayEquals(with(3, 4, 4, 5), first.readInts());
    }
    assertArrayEquals(with(3, 4, 4, 5), stored());
  }

  @Test
  void growthThroughOneHandleShowsInTheOther() {
    try (H5File file = H5File.create(file(), Access.SPARSE);
        Dataset first = file.create("data", SHAPE);
        Dataset second = file.dataset("data")) {
      set(first, 3, 4);
      second.setExtent(25);
      set(second, 24, 7);
      int[] expected = java.util.Arrays.copyOf(with(3, 4), 25);
      expected[24] = 7;
      assertArrayEquals(expected, first.readInts());
      first.setExtent(4);
      assertArrayEquals(new int[] {0, 0, 0, 4}, second.readInts());
    }
  }

  @Test
  void aDatasetOutlivesItsFile() {
    H5File file = H5File.create(file(), Access.SPARSE);
    Dataset dataset = file.create("data", SHAPE);
    set(dataset, 3, 4);
    file.close();
    set(dataset, 4, 5);
    assertArrayEquals(with(3, 4, 4, 5), dataset.readInts());
    dataset.close();
    assertArrayEquals(with(3, 4, 4, 5), stored());
  }

  @Test
  void aFileThatClosesItsDatasetsLosesNothing() {
    long id;
    try (Arena arena = Arena.ofConfined();
        Handle list = new Handle(Access.SPARSE.accessList(), hdf5_h::H5Pclose)) {
      check(hdf5_h.H5Pset_fclose_degree(list.id(), hdf5_h.H5F_CLOSE_STRONG));
      id =
          check(
              hdf5_h.H5Fcreate(
                  arena.allocateFrom(file().toString()), hdf5_h.H5F_ACC_TRUNC, 0, list.id()));
    }
    Handle file = new Handle(id, hdf5_h::H5Fclose);
    Dataset dataset = file.create("data", SHAPE);
    Dataset same = file.dataset("data");
    set(dataset, 3, 4);
    set(same, 4, 5);
    file.close();
    assertThrows(Hdf5Failure.class, dataset::readInts);
    assertThrows(Hdf5Failure.class, same::close);
    assertArrayEquals(with(3, 4, 4, 5), stored());
  }

  @Test
  void aFileOfTheSameNameIsAnotherFile() {
    for (int value = 1; value < 4; value++) {
      try (H5File file = H5File.create(file(), Access.SPARSE);
          Dataset dataset = file.create("data", SHAPE)) {
        assertArrayEquals(new int[20], dataset.readInts());
        set(dataset, 3, value);
        assertArrayEquals(with(3, value), dataset.readInts());
      }
      assertArrayEquals(with(3, value), stored());
    }
  }

  @Test
  void aDatasetThatIsDeletedAndMadeAgainIsEmpty() {
    try (Arena arena = Arena.ofConfined();
        H5File file = H5File.create(file(), Access.SPARSE)) {
      for (int round = 0; round < 3; round++) {
        try (Dataset dataset = file.create("data", SHAPE)) {
          assertArrayEquals(new int[20], dataset.readInts());
          set(dataset, 3, 4);
          check(hdf5_h.H5Ldelete(file.id(), arena.allocateFrom("data"), 0));
          set(dataset, 4, 5);
          assertArrayEquals(with(3, 4, 4, 5), dataset.readInts());
        }
      }
    }
  }

  @Test
  void twoFilesAtATimeDoNotMixUp() {
    Path other = folder.resolve("other.h5");
    try (H5File file = H5File.create(file(), Access.SPARSE);
        H5File second = H5File.create(other, Access.SPARSE);
        Dataset here = file.create("data", SHAPE);
        Dataset there = second.create("data", SHAPE)) {
      set(here, 3, 4);
      set(there, 4, 5);
      assertArrayEquals(with(3, 4), here.readInts());
      assertArrayEquals(with(4, 5), there.readInts());
    }
  }

  @Test
  void manyDatasetsAreOpenAtOnce() {
    try (H5File file = H5File.create(file(), Access.SPARSE)) {
      Dataset[] datasets = new Dataset[200];
      for (int i = 0; i < 200; i++) {
        datasets[i] = file.create("data" + i, SHAPE);
        set(datasets[i], i % 20, i + 1);
      }
      for (int i = 199; i >= 0; i--) {
        assertArrayEquals(with(i % 20, i + 1), datasets[i].readInts());
        datasets[i].close();
      }
    }
  }
}
