package io.github.volsparse.integration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.volsparse.hdf5.generated.hdf5_h;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A program creates, writes, reads, extends and closes datasets. */
@ExtendWith(Library.class)
class DatasetTest {
  private static final Shape FRAMES = Shape.of(4, 100, 100).chunks(1, 100, 100);

  @TempDir Path folder;

  private Path file() {
    return folder.resolve("file.h5");
  }

  private static int[] spots(int elements, int step) {
    int[] values = new int[elements];
    for (int i = 0; i < elements; i += step) {
      values[i] = i + 1;
    }
    return values;
  }

  @Test
  void whatWasWrittenIsReadInTheSameSession() {
    int[] data = spots(40_000, 97);
    try (H5File file = H5File.create(file(), Access.SPARSE);
        Dataset dataset = file.create("frames", FRAMES)) {
      dataset.writeInts(data);
      assertArrayEquals(data, dataset.readInts());
    }
  }

  @Test
  void whatWasWrittenIsReadAfterReopening() {
    int[] data = spots(40_000, 97);
    try (H5File file = H5File.create(file(), Access.SPARSE);
        Dataset dataset = file.create("frames", FRAMES)) {
      dataset.writeInts(data);
    }
    try (H5File file = H5File.open(file(), Access.SPARSE);
        Dataset dataset = file.dataset("frames")) {
      assertArrayEquals(data, dataset.readInts());
    }
  }

  @Test
  void theNativeConnectorReadsWhatWasWritten() {
    int[] data = spots(40_000, 97);
    try (H5File file = H5File.create(file(), Access.SPARSE);
        Dataset dataset = file.create("frames", FRAMES)) {
      dataset.writeInts(data);
    }
    try (H5File file = H5File.open(file(), Access.NATIVE);
        Dataset dataset = file.dataset("frames")) {
      assertArrayEquals(data, dataset.readInts());
    }
  }

  @Test
  void theNativeConnectorChangesWhatWasWritten() {
    int[] data = spots(40_000, 97);
    try (H5File file = H5File.create(file(), Access.SPARSE);
        Dataset dataset = file.create("frames", FRAMES)) {
      dataset.writeInts(data);
    }
    Space corner = Space.of(4, 100, 100).block(new long[] {1, 98, 98}, new long[] {2, 2, 2});
    try (H5File file = H5File.change(file(), Access.NATIVE);
        Dataset dataset = file.dataset("frames")) {
      dataset.write(
          hdf5_h.H5T_NATIVE_INT_g(), Space.of(8), corner, Dataset.bytes(1, 2, 3, 4, 5, 6, 7, 8));
    }
    for (int i = 0; i < 8; i++) {
      data[(1 + i / 4) * 10_000 + (98 + i / 2 % 2) * 100 + 98 + i % 2] = i + 1;
    }
    try (H5File file = H5File.open(file(), Access.SPARSE);
        Dataset dataset = file.dataset("frames")) {
      assertArrayEquals(data, dataset.readInts());
    }
  }

  @Test
  void spotsTakeLittleRoom() {
    try (H5File file = H5File.create(file(), Access.SPARSE);
        Dataset dataset = file.create("frames", FRAMES)) {
      dataset.writeInts(spots(40_000, 1000));
      assertTrue(dataset.storedBytes() < 1500, dataset.storedBytes() + " bytes for 40 numbers");
    }
  }

  @Test
  void chunksWithoutDataTakeNoRoom() {
    try (H5File file = H5File.create(file(), Access.SPARSE);
        Dataset dataset = file.create("frames", FRAMES)) {
      assertEquals(0, dataset.storedBytes());
      dataset.writeInts(new int[40_000]);
      // That it was written shows in one empty chunk.
      assertEquals(40, dataset.storedBytes());
    }
  }

  @Test
  void aFillValueThatIsNotZeroIsWhatIsNotWritten() {
    Shape shape = Shape.of(3, 5).chunks(2, 2).fill(Dataset.bytes(-7));
    try (H5File file = H5File.create(file(), Access.SPARSE);
        Dataset dataset = file.create("frames", shape)) {
      dataset.write(
          hdf5_h.H5T_NATIVE_INT_g(),
          Space.of(2),
          Space.of(3, 5).points(new long[] {2, 4}, new long[] {0, 1}),
          Dataset.bytes(5, 0));
      assertArrayEquals(
          new int[] {-7, 0, -7, -7, -7, -7, -7, -7, -7, -7, -7, -7, -7, -7, 5}, dataset.readInts());
    }
  }

  @Test
  void aFlushedFileShowsItsDataToOthers() {
    int[] data = spots(40_000, 97);
    try (H5File file = H5File.create(file(), Access.SPARSE);
        Dataset dataset = file.create("frames", FRAMES)) {
      Space part = Space.of(4, 100, 100).block(new long[] {0, 0, 0}, new long[] {4, 100, 99});
      byte[] written = new byte[4 * 4 * 100 * 99];
      java.util.Arrays.fill(written, (byte) 1);
      dataset.writeInts(data);
      dataset.write(hdf5_h.H5T_NATIVE_INT_g(), Space.of(4 * 100 * 99), part, written);
      file.flush();
      int[] now = dataset.readInts();
      try (H5File other = H5File.open(file(), Access.NATIVE);
          Dataset same = other.dataset("frames")) {
        assertArrayEquals(now, same.readInts());
      }
    }
  }

  @Test
  void aFlushedDatasetShowsItsDataToOthers() {
    try (H5File file = H5File.create(file(), Access.SPARSE);
        Dataset dataset = file.create("frames", Shape.of(10).chunks(5))) {
      dataset.write(
          hdf5_h.H5T_NATIVE_INT_g(),
          Space.of(1),
          Space.of(10).points(new long[] {7}),
          Dataset.bytes(9));
      dataset.flush();
      try (H5File other = H5File.open(file(), Access.NATIVE);
          Dataset same = other.dataset("frames")) {
        assertEquals(9, same.readInts()[7]);
      }
    }
  }

  @Test
  void aDatasetGrowsAndShrinks() {
    Twins.agree(
        folder,
        (path, access, seen) -> {
          Shape shape = Shape.of(3, 7).chunks(2, 4).resizable().fill(Dataset.bytes(3));
          try (H5File file = H5File.create(path, access);
              Dataset dataset = file.create("data", shape)) {
            dataset.writeInts(spots(21, 2));
            dataset.setExtent(5, 9);
            seen.note("grown", dataset.readAll());
            dataset.writeInts(spots(45, 3));
            seen.note("written", dataset.readAll());
            dataset.setExtent(1, 2);
            seen.note("shrunk", dataset.readAll());
            dataset.setExtent(6, 6);
            seen.note("grown again", dataset.readAll());
            dataset.setExtent(0, 6);
            seen.note("empty", dataset.readAll());
            dataset.setExtent(2, 6);
            seen.note("grown from nothing", dataset.readAll());
          }
          try (H5File file = H5File.open(path, access);
              Dataset dataset = file.dataset("data")) {
            seen.note("reopened", dataset.readAll());
          }
        });
  }

  @Test
  void aContiguousDatasetStaysNativeUnlessTheOptionSaysOtherwise() {
    int[] data = spots(40_000, 97);
    for (String layout : new String[] {"chunked", "all"}) {
      Access access = Access.sparse("under_vol=0;under_info={};layout=" + layout);
      try (H5File file = H5File.create(file(), access);
          Dataset dataset = file.create("frames", Shape.of(4, 100, 100));
          Handle list = dataset.creationList()) {
        dataset.writeInts(data);
        assertArrayEquals(data, dataset.readInts());
        assertEquals(hdf5_h.H5D_CONTIGUOUS, hdf5_h.H5Pget_layout(list.id()));
        boolean sparse = dataset.storedBytes() < 160_000;
        assertEquals(layout.equals("all"), sparse, dataset.storedBytes() + " bytes");
      }
    }
  }

  @Test
  void keepWrittenStoresFillValuesThatWereWritten() {
    Access access = Access.sparse("under_vol=0;under_info={};keep=written");
    try (H5File file = H5File.create(file(), access);
        Dataset dataset = file.create("frames", Shape.of(100).chunks(10))) {
      dataset.write(
          hdf5_h.H5T_NATIVE_INT_g(),
          Space.of(1),
          Space.of(100).points(new long[] {7}),
          new byte[4]);
      dataset.flush();
      assertTrue(dataset.storedBytes() > 0);
      assertArrayEquals(new int[100], dataset.readInts());
    }
  }

  @Test
  void aSmallCacheLosesNothing() {
    int[] data = spots(40_000, 3);
    Access access = Access.sparse("under_vol=0;under_info={};cache=1KiB");
    try (H5File file = H5File.create(file(), access);
        Dataset dataset = file.create("frames", Shape.of(400, 100).chunks(40, 30))) {
      for (int row = 0; row < 400; row++) {
        Space one = Space.of(400, 100).block(new long[] {row, 0}, new long[] {1, 100});
        dataset.write(
            hdf5_h.H5T_NATIVE_INT_g(),
            Space.of(100),
            one,
            Dataset.bytes(java.util.Arrays.copyOfRange(data, 100 * row, 100 * (row + 1))));
      }
      assertArrayEquals(data, dataset.readInts());
    }
    try (H5File file = H5File.open(file(), Access.SPARSE);
        Dataset dataset = file.dataset("frames")) {
      assertArrayEquals(data, dataset.readInts());
    }
  }

  @Test
  void aDatasetOfTheNativeConnectorIsReadAndWritten() {
    int[] data = spots(40_000, 97);
    try (H5File file = H5File.create(file(), Access.NATIVE);
        Dataset dataset = file.create("frames", FRAMES)) {
      dataset.writeInts(data);
    }
    try (H5File file = H5File.change(file(), Access.SPARSE);
        Dataset dataset = file.dataset("frames")) {
      assertArrayEquals(data, dataset.readInts());
      data[3] = 5;
      dataset.writeInts(data);
    }
    try (H5File file = H5File.open(file(), Access.NATIVE);
        Dataset dataset = file.dataset("frames")) {
      assertArrayEquals(data, dataset.readInts());
      assertEquals(160_000, dataset.storedBytes());
    }
  }

  @Test
  void aDatasetWithoutANameWorks() {
    try (H5File file = H5File.create(file(), Access.SPARSE);
        Handle list = FRAMES.creationList();
        Handle space = Space.of(4, 100, 100).open();
        Dataset dataset =
            new Dataset(
                hdf5_h.H5Dcreate_anon(
                    file.id(), hdf5_h.H5T_NATIVE_INT_g(), space.id(), list.id(), 0))) {
      int[] data = spots(40_000, 97);
      dataset.writeInts(data);
      assertArrayEquals(data, dataset.readInts());
    }
  }

  @Test
  void aFileThatExistsIsRecognised() {
    H5File.create(file(), Access.SPARSE).close();
    try (java.lang.foreign.Arena arena = java.lang.foreign.Arena.ofConfined();
        Handle list = new Handle(Access.SPARSE.accessList(), hdf5_h::H5Pclose)) {
      var name = arena.allocateFrom(file().toString());
      assertTrue(Hdf5Failure.check(hdf5_h.H5Fis_accessible(name, list.id())) > 0);
      Hdf5Failure.check(hdf5_h.H5Fdelete(name, list.id()));
      assertFalse(java.nio.file.Files.exists(file()));
    }
  }
}
