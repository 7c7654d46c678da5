package io.github.volsparse.driver;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SuperblockTest {
  /** Of a file that HDF5 2.0 made, with its checksum. */
  private static final byte[] SUPERBLOCK =
      HexFormat.of()
          .parseHex(
              "894844460d0a1a0a030808000000000000000000ffffffffffffffffb30000000000000030000000000000009555568b");

  private static final int FLAGS = 11;
  private static final int CHECKSUM = 44;

  private static byte[] opened() {
    byte[] bytes = SUPERBLOCK.clone();
    bytes[FLAGS] |= 1;
    int checksum = Superblock.checksum(MemorySegment.ofArray(bytes).asSlice(0, CHECKSUM));
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(CHECKSUM, checksum);
    return bytes;
  }

  @Test
  void theChecksumIsThatOfHdf5() {
    int stored = ByteBuffer.wrap(SUPERBLOCK).order(ByteOrder.LITTLE_ENDIAN).getInt(CHECKSUM);
    assertEquals(
        stored, Superblock.checksum(MemorySegment.ofArray(SUPERBLOCK).asSlice(0, CHECKSUM)));
  }

  @Test
  void theFlagOfAnOpenFileIsTakenAway() {
    byte[] bytes = opened();
    Superblock.clearWriteAccess(MemorySegment.ofArray(bytes));
    assertArrayEquals(SUPERBLOCK, bytes);
  }

  @Test
  void otherBytesStayAsTheyAre() {
    byte[] old = opened();
    old[8] = 0; // the version
    byte[] unchanged = old.clone();
    Superblock.clearWriteAccess(MemorySegment.ofArray(old));
    assertArrayEquals(unchanged, old);
    for (int length = 0; length < SUPERBLOCK.length; length++) {
      byte[] part = java.util.Arrays.copyOf(opened(), length);
      byte[] same = part.clone();
      Superblock.clearWriteAccess(MemorySegment.ofArray(part));
      assertArrayEquals(same, part);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 512, 1024, 8192})
  void isFoundWhereHdf5LooksForIt(int address) {
    MemoryDisks disks = new MemoryDisks();
    byte[] content = new byte[address + 100];
    MemorySegment.copy(SUPERBLOCK, 0, MemorySegment.ofArray(content), JAVA_BYTE, address, 48);
    disks.put("x", content);
    Disk file = disks.open("x", Disks.Mode.WRITE);
    assertEquals(new Superblock.Found(address, Superblock.SIGNATURE), Superblock.find(file));
    Commit.mark(file, address, 77);
    assertTrue(Superblock.find(file).isMarked());
    disks.put("y", new byte[10_000]);
    assertNull(Superblock.find(disks.open("y", Disks.Mode.READ)));
  }
}
