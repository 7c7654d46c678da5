package io.github.volsparse.integration;

import static io.github.volsparse.integration.Hdf5Failure.check;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.volsparse.hdf5.generated.hdf5_h;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * What goes wrong is on HDF5's error stack, where a program looks for it, and the program goes on.
 */
@ExtendWith(Library.class)
class ErrorTest {
  private static final int FILTER = 33003;

  /** Of the blob's header (docs/format.md). */
  private static final int CRC = 4;

  private static final int COVERED_FROM = 8;
  private static final int VERSION = 16;

  /** That of packed values. */
  private static final int NEWEST_VERSION = 3;

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

  @Test
  void aFileThatMayOnlyBeRead() {
    Twins.agree(
        folder,
        (path, access, seen) -> {
          try (H5File file = H5File.create(path, access);
              Dataset dataset = file.create("data", Shape.of(10).chunks(4))) {
            dataset.writeInts(new int[10]);
          }
          try (H5File file = H5File.open(path, access);
              Dataset dataset = file.dataset("data")) {
            seen.attempt("write all", () -> dataset.writeInts(new int[10]));
            seen.attempt(
                "write one",
                () ->
                    dataset.write(
                        hdf5_h.H5T_NATIVE_INT_g(),
                        Space.of(1),
                        Space.of(10).points(new long[] {3}),
                        Dataset.bytes(1)));
            seen.attempt("extent", () -> dataset.setExtent(5));
            seen.attempt("create", () -> file.create("more", Shape.of(10).chunks(4)));
            seen.note("read", dataset.readAll());
          }
        });
  }

  @Test
  void datasetsThatCannotBeCreated() {
    Twins.agree(
        folder,
        (path, access, seen) -> {
          try (H5File file = H5File.create(path, access)) {
            seen.attempt("chunk too large", () -> file.create("a", Shape.of(3).chunks(5)));
            seen.attempt("rank of the chunk", () -> file.create("b", Shape.of(3).chunks(2, 2)));
            seen.attempt("no such group", () -> file.create("x/y", Shape.of(3).chunks(2)));
            seen.attempt("no such type", () -> file.create("c", Shape.of(3).chunks(2).type(0)));
            seen.attempt(
                "resizable but contiguous", () -> file.create("d", Shape.of(3).resizable()));
            seen.attempt("nothing there", () -> file.dataset("e"));
            seen.attempt(
                "no such filter",
                () ->
                    file.create(
                        "f",
                        Shape.of(3)
                            .chunks(2)
                            .with(
                                list ->
                                    check(
                                        hdf5_h.H5Pset_filter(
                                            list, 300, 0, 0, MemorySegment.NULL)))));
          }
        });
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
  void unknownAndBadOptionsAreNamed() {
    assertRefused("colour=red", "\"colour\"", "layout, keep");
    assertRefused("cache=lots", "\"cache\"", "\"lots\"");
    assertRefused("layout=round", "\"layout\"", "\"round\"", "chunked or all");
    assertRefused("keep=", "\"keep\"");
    assertRefused("codec", "\"codec\"");
    assertRefused("under_vol=-1", "\"under_vol\"", "\"-1\"");
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

  // ---- damaged chunks ----

  private static final int[] DATA = new int[64];

  static {
    for (int i = 0; i < 64; i += 5) {
      DATA[i] = i + 1;
    }
  }

  /** A file with a dataset of four chunks, 4 by 4 elements each. */
  private void writeFile() {
    try (H5File file = H5File.create(file(), Access.SPARSE);
        Handle group = file.createGroup("entry");
        Dataset dataset = group.create("data", Shape.of(8, 8).chunks(4, 4))) {
      dataset.writeInts(DATA);
    }
  }

  /** Where the bytes of the chunk at (0, 4) lie in the file, and how many they are. */
  private long[] chunk() {
    try (Arena arena = Arena.ofConfined();
        H5File file = H5File.open(file(), Access.NATIVE);
        Dataset dataset = file.dataset("entry/data")) {
      MemorySegment address = arena.allocate(JAVA_LONG);
      MemorySegment size = arena.allocate(JAVA_LONG);
      check(
          hdf5_h.H5Dget_chunk_info_by_coord(
              dataset.id(),
              arena.allocateFrom(JAVA_LONG, 0, 4),
              arena.allocate(JAVA_INT),
              address,
              size));
      return new long[] {address.get(JAVA_LONG, 0), size.get(JAVA_LONG, 0)};
    }
  }

  /** Changes the bytes of the chunk in the file, not their number. */
  private void damage(long[] chunk, UnaryOperator<byte[]> change) {
    try (FileChannel channel =
        FileChannel.open(file(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer blob = ByteBuffer.allocate((int) chunk[1]);
      channel.read(blob, chunk[0]);
      channel.write(ByteBuffer.wrap(change.apply(blob.array())), chunk[0]);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Stores other bytes as the chunk, as a native program can. */
  private void replace(byte[] blob) {
    try (Arena arena = Arena.ofConfined();
        H5File file = H5File.change(file(), Access.NATIVE);
        Dataset dataset = file.dataset("entry/data")) {
      check(
          hdf5_h.H5Dwrite_chunk(
              dataset.id(),
              0,
              0,
              arena.allocateFrom(JAVA_LONG, 0, 4),
              blob.length,
              arena.allocateFrom(JAVA_BYTE, blob)));
    }
  }

  private byte[] blob(long[] chunk) {
    byte[][] blob = new byte[1][];
    damage(chunk, bytes -> blob[0] = bytes.clone());
    return blob[0];
  }

  /** Reading the chunk fails and says where; the others can be read. */
  private Hdf5Failure assertUnreadable(String how) {
    Space inside = Space.of(8, 8).points(new long[] {1, 6});
    Space others = Space.of(8, 8).block(new long[] {4, 0}, new long[] {4, 8});
    long type = hdf5_h.H5T_NATIVE_INT_g();
    try (H5File file = H5File.open(file(), Access.SPARSE);
        Dataset dataset = file.dataset("entry/data")) {
      assertThrows(Hdf5Failure.class, dataset::readInts, how);
      Hdf5Failure failure =
          assertThrows(
              Hdf5Failure.class, () -> dataset.read(type, Space.of(1), inside, new byte[4]), how);
      ErrorEntry entry =
          failure.stack().stream()
              .filter(e -> e.function().startsWith("sparse_"))
              .findFirst()
              .orElseThrow(() -> failure);
      for (String name : new String[] {file().toString(), "/entry/data", "[0, 4]"}) {
        assertTrue(entry.description().contains(name), how + ": " + failure.getMessage());
      }
      assertEquals("Virtual Object Layer: Read failed", entry.kind(), how);
      byte[] rest = new byte[128];
      dataset.read(type, Space.of(32), others, rest);
      assertArrayEquals(Arrays.copyOfRange(DATA, 32, 64), Dataset.ints(rest));
      return failure;
    }
  }

  @Test
  void everyFlippedBitIsNoticed() {
    writeFile();
    long[] chunk = chunk();
    for (int bit = 0; bit < 8 * chunk[1]; bit++) {
      int at = bit;
      UnaryOperator<byte[]> flip =
          bytes -> {
            bytes[at / 8] ^= (byte) (1 << at % 8);
            return bytes;
          };
      damage(chunk, flip);
      assertUnreadable("bit " + bit);
      damage(chunk, flip);
    }
    try (H5File file = H5File.open(file(), Access.SPARSE);
        Dataset dataset = file.dataset("entry/data")) {
      assertArrayEquals(DATA, dataset.readInts());
    }
  }

  @Test
  void everyTruncationIsNoticed() {
    writeFile();
    byte[] blob = blob(chunk());
    for (int length = blob.length - 1; length > 0; length--) {
      replace(Arrays.copyOf(blob, length));
      assertUnreadable(length + " of " + blob.length + " bytes");
    }
  }

  @Test
  void bytesTooManyAreNoticed() {
    writeFile();
    byte[] blob = blob(chunk());
    replace(Arrays.copyOf(blob, blob.length + 5));
    assertUnreadable("5 bytes more");
  }

  @Test
  void aBlobOfANewerVersionIsSaidToBeNewer() {
    writeFile();
    damage(
        chunk(),
        blob -> {
          blob[VERSION] = NEWEST_VERSION + 1;
          CRC32C crc = new CRC32C();
          crc.update(blob, COVERED_FROM, blob.length - COVERED_FROM);
          ByteBuffer.wrap(blob).order(ByteOrder.LITTLE_ENDIAN).putInt(CRC, (int) crc.getValue());
          return blob;
        });
    String said = assertUnreadable("newer").said();
    assertTrue(said.contains("version " + (NEWEST_VERSION + 1)), said);
  }

  @Test
  void aDatasetOfANewerVersionIsSaidToBeNewer() {
    try (Arena arena = Arena.ofConfined();
        H5File file = H5File.create(file(), Access.NATIVE)) {
      MemorySegment parameters = arena.allocateFrom(JAVA_INT, 3, 0, 4, 0);
      Shape shape =
          Shape.of(8)
              .chunks(4)
              .with(
                  list ->
                      check(
                          hdf5_h.H5Pset_filter(
                              list, FILTER, hdf5_h.H5Z_FLAG_OPTIONAL, 4, parameters)));
      file.create("newer", shape).close();
      file.create("data", Shape.of(8)).close();
    }
    try (H5File file = H5File.change(file(), Access.SPARSE);
        Dataset newer = file.dataset("newer")) {
      Hdf5Failure failure = assertThrows(Hdf5Failure.class, newer::readInts);
      assertTrue(failure.said().contains("newer"), failure.getMessage());
      file.dataset("data").close();
    }
    // Nothing of it is left open: a file that is open cannot be created anew.
    H5File.create(file(), Access.NATIVE).close();
  }

  @Test
  void aDamagedChunkCanBeReplacedButNotChanged() {
    writeFile();
    long[] chunk = chunk();
    damage(
        chunk,
        blob -> {
          blob[20] ^= 1;
          return blob;
        });
    long type = hdf5_h.H5T_NATIVE_INT_g();
    Space whole = Space.of(8, 8).block(new long[] {0, 4}, new long[] {4, 4});
    try (H5File file = H5File.change(file(), Access.SPARSE);
        Dataset dataset = file.dataset("entry/data")) {
      Space one = Space.of(8, 8).points(new long[] {1, 6});
      Hdf5Failure failure =
          assertThrows(
              Hdf5Failure.class, () -> dataset.write(type, Space.of(1), one, Dataset.bytes(9)));
      assertTrue(failure.said().contains("[0, 4]"), failure.getMessage());
      dataset.write(type, Space.of(16), whole, new byte[64]);
      assertEquals(0, dataset.readInts()[6]);
    }
    try (H5File file = H5File.open(file(), Access.NATIVE);
        Dataset dataset = file.dataset("entry/data")) {
      assertEquals(0, dataset.readInts()[6]);
    }
  }

  @Test
  void aProgramWithoutTheConnectorIsToldOfDamageToo() {
    writeFile();
    damage(
        chunk(),
        blob -> {
          blob[20] ^= 1;
          return blob;
        });
    try (H5File file = H5File.open(file(), Access.NATIVE);
        Dataset dataset = file.dataset("entry/data")) {
      Hdf5Failure failure = assertThrows(Hdf5Failure.class, dataset::readInts);
      assertTrue(
          failure.nativeKinds().stream().anyMatch(kind -> kind.contains("Filter operation failed")),
          failure.getMessage());
    }
  }
}
