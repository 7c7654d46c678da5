package io.github.volsparse.integration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A program that knows of no connector gets the sparse one from HDF5_VOL_CONNECTOR. */
@ExtendWith(Library.class)
class ByEnvironmentTest {
  @TempDir Path folder;

  @BeforeAll
  static void connectorIsSet() {
    String value = System.getenv("HDF5_VOL_CONNECTOR");
    assumeTrue(
        value != null && value.contains("codec=none"),
        "HDF5_VOL_CONNECTOR does not name the sparse connector with codec=none");
  }

  private static int[] spots() {
    int[] data = new int[40_000];
    for (int i = 0; i < data.length; i += 1000) {
      data[i] = 7;
    }
    return data;
  }

  @Test
  void theDefaultAccessListNamesTheConnector() {
    try (H5File file = H5File.create(folder.resolve("file.h5"), Access.BY_ENVIRONMENT);
        Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocate(64);
      hdf5_h.H5VLget_connector_name(file.id(), name, 64);
      assertEquals("sparse", name.getString(0));
    }
  }

  @Test
  void dataIsStoredSparselyAndReadNatively() {
    Path path = folder.resolve("file.h5");
    try (H5File file = H5File.create(path, Access.BY_ENVIRONMENT);
        Dataset dataset = file.create("data", Shape.of(400, 100).chunks(400, 100))) {
      dataset.writeInts(spots());
      assertTrue(dataset.storedBytes() < 1000, dataset.storedBytes() + " bytes for 40 numbers");
      assertArrayEquals(spots(), dataset.readInts());
    }
    try (H5File file = H5File.open(path, Access.NATIVE);
        Dataset dataset = file.dataset("data")) {
      assertArrayEquals(spots(), dataset.readInts());
    }
  }

  @Test
  void optionsOfTheEnvironmentHold() {
    int[] compressible = new int[40_000];
    java.util.Arrays.fill(compressible, 7);
    Path path = folder.resolve("file.h5");
    try (H5File file = H5File.create(path, Access.BY_ENVIRONMENT);
        Dataset dataset = file.create("data", Shape.of(400, 100).chunks(400, 100))) {
      dataset.writeInts(compressible);
      assertTrue(dataset.storedBytes() >= 160_000, dataset.storedBytes() + " bytes");
    }
    try (H5File file = H5File.create(path, Access.SPARSE);
        Dataset dataset = file.create("data", Shape.of(400, 100).chunks(400, 100))) {
      dataset.writeInts(compressible);
      assertTrue(dataset.storedBytes() < 10_000, dataset.storedBytes() + " bytes");
    }
  }
}
