package io.github.volsparse.integration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The error stack, entry by entry, and a program that goes on after an error. */
@ExtendWith(Library.class)
class ErrorTest {
  @TempDir Path folder;

  private Path file() {
    return folder.resolve("file.h5");
  }

  // ---- errors of the connector below ----

  /** The entries of a failed open through a connector, the innermost first. */
  private static List<ErrorEntry> failedOpen(Path path, Access access) {
    return assertThrows(Hdf5Failure.class, () -> H5File.open(path, access)).stack();
  }

  /** Native's entries must come first, in order, up to the one of the native connector itself. */
  private static void assertSameFailure(Path path) {
    List<String> natively = upToNativeConnector(failedOpen(path, Access.NATIVE));
    assertEquals(natively, upToNativeConnector(failedOpen(path, Access.SPARSE)));
    assertTrue(natively.size() > 1, natively.toString());
  }

  private static List<String> upToNativeConnector(List<ErrorEntry> stack) {
    int end = 0;
    while (!stack.get(end).function().equals("H5VL__native_file_open")) {
      end++;
    }
    return stack.subList(0, end + 1).stream()
        .map(
            e ->
                e.function()
                    + ": "
                    + e.kind()
                    + ": "
                    + e.description().replaceAll("0x\\w+|\\d+:\\d+:\\d+ \\d+", ""))
        .toList();
  }

  @Test
  void aFileThatIsMissing() {
    assertSameFailure(folder.resolve("missing.h5"));
  }

  @Test
  void aFileThatIsNoHdf5File() throws IOException {
    Files.writeString(file(), "no HDF5 file, however long it may be");
    assertSameFailure(file());
  }

  @Test
  void aFolderInsteadOfAFile() {
    assertSameFailure(folder);
  }

  @Test
  void aFileThatIsCutOff() throws IOException {
    try (H5File file = H5File.create(file(), Access.SPARSE);
        Dataset dataset = file.create("data", Shape.of(100).chunks(10))) {
      dataset.writeInts(new int[100]);
    }
    byte[] whole = Files.readAllBytes(file());
    Files.write(file(), Arrays.copyOf(whole, whole.length / 2));
    assertSameFailure(file());
  }

  @Test
  void aFileThatIsMissingForAProgramWithNothingButThePluginPath() {
    Access nothing = Access.BY_ENVIRONMENT;
    List<ErrorEntry> stack = failedOpen(folder.resolve("missing.h5"), nothing);
    assertEquals("File accessibility: Unable to open file", stack.getFirst().kind());
    assertTrue(stack.getFirst().description().contains("No such file"), stack.toString());
  }

  // ---- options ----

  private void assertRefused(String options, String... named) {
    Access access = Access.sparse("under_vol=0;under_info={};" + options);
    Hdf5Failure failure =
        assertThrows(Hdf5Failure.class, () -> H5File.create(file(), access).close(), options);
    ErrorEntry innermost = failure.stack().getFirst();
    for (String name : named) {
      assertTrue(innermost.description().contains(name), failure.getMessage());
    }
    assertEquals("Virtual Object Layer: Can't operate on object", innermost.kind());
  }

  @Test
  void aConnectorBelowThatDoesNotExistIsRefused() {
    Hdf5Failure failure =
        assertThrows(
            Hdf5Failure.class,
            () -> H5File.create(file(), Access.sparse("under_vol=400;under_info={}")).close());
    assertTrue(failure.stack().size() > 2, failure.getMessage());
  }

  @Test
  void theProgramGoesOnAfterABadOption() {
    assertRefused("colour=red", "colour");
    try (H5File file = H5File.create(file(), Access.SPARSE);
        Dataset dataset = file.create("data", Shape.of(3).chunks(2))) {
      dataset.writeInts(1, 2, 3);
      assertArrayEquals(new int[] {1, 2, 3}, dataset.readInts());
    }
  }
}
