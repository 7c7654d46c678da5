package io.github.volsparse.integration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A Java program stores and reads datasets: the connector joins its JVM. */
@ExtendWith(Library.class)
class DatasetTest {
  @TempDir Path folder;

  private Path file() {
    return folder.resolve("file.h5");
  }

  @Test
  void dataIsStoredSparselyAndReadThroughEitherConnector() {
    int[] data = new int[40_000];
    for (int i = 0; i < data.length; i += 97) {
      data[i] = i + 1;
    }
    try (H5File file = H5File.create(file(), Access.SPARSE);
        Dataset dataset = file.create("frames", Shape.of(4, 100, 100).chunks(1, 100, 100))) {
      dataset.writeInts(data);
      assertArrayEquals(data, dataset.readInts());
      assertTrue(dataset.storedBytes() < 6000, dataset.storedBytes() + " bytes for 413 numbers");
    }
    Space corner = Space.of(4, 100, 100).block(new long[] {1, 98, 98}, new long[] {1, 2, 2});
    try (H5File file = H5File.change(file(), Access.NATIVE);
        Dataset dataset = file.dataset("frames")) {
      assertArrayEquals(data, dataset.readInts());
      dataset.write(hdf5_h.H5T_NATIVE_INT_g(), Space.of(4), corner, Dataset.bytes(1, 2, 3, 4));
    }
    for (int i = 0; i < 4; i++) {
      data[10_000 + (98 + i / 2) * 100 + 98 + i % 2] = i + 1;
    }
    try (H5File file = H5File.open(file(), Access.SPARSE);
        Dataset dataset = file.dataset("frames")) {
      assertArrayEquals(data, dataset.readInts());
    }
  }

  @Test
  void aFileThatExistsIsRecognisedAndDeleted() {
    H5File.create(file(), Access.SPARSE).close();
    try (Arena arena = Arena.ofConfined();
        Handle list = new Handle(Access.SPARSE.accessList(), hdf5_h::H5Pclose)) {
      var name = arena.allocateFrom(file().toString());
      assertTrue(Hdf5Failure.check(hdf5_h.H5Fis_accessible(name, list.id())) > 0);
      Hdf5Failure.check(hdf5_h.H5Fdelete(name, list.id()));
      assertFalse(Files.exists(file()));
    }
  }
}
