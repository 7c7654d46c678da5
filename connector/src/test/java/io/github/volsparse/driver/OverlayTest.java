package io.github.volsparse.driver;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class OverlayTest {
  private static final int FILE_BYTES = 1 << 20;

  private static MemorySegment random(Arena arena, Random random, int bytes) {
    byte[] content = new byte[bytes];
    random.nextBytes(content);
    return arena.allocateFrom(JAVA_BYTE, content);
  }

  private static void compare(byte[] expected, byte[] file, Overlay overlay) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment all = arena.allocateFrom(JAVA_BYTE, file);
      overlay.read(0, all);
      assertArrayEquals(expected, all.toArray(JAVA_BYTE));
    }
  }

  @RepeatedTest(20)
  void liesOverTheFileAsWrittenLast(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    MemoryDisks disks = new MemoryDisks();
    byte[] file = new byte[FILE_BYTES];
    random.nextBytes(file);
    byte[] expected = file.clone();
    if (repetition.getCurrentRepetition() % 2 == 0) {
      disks.failWrites(random);
    }
    try (Arena arena = Arena.ofConfined();
        Overlay overlay = new Overlay(() -> disks.open("journal", Disks.Mode.CREATE))) {
      for (int i = 0; i < 300; i++) {
        int bytes = random.nextInt(4) == 0 ? random.nextInt(200_000) : 1 + random.nextInt(3000);
        int address = random.nextInt(FILE_BYTES - bytes);
        switch (random.nextInt(12)) {
          case 0 -> {
            overlay.zero(address, address + bytes);
            java.util.Arrays.fill(expected, address, address + bytes, (byte) 0);
          }
          case 1 -> {
            overlay.drop(address, address + bytes);
            System.arraycopy(file, address, expected, address, bytes);
          }
          default -> {
            MemorySegment from = random(arena, random, bytes);
            putAtLast(overlay, address, from);
            MemorySegment.copy(from, 0, MemorySegment.ofArray(expected), address, bytes);
          }
        }
        if (i % 50 == 0) {
          compare(expected, file, overlay);
        }
      }
      compare(expected, file, overlay);
      long end = 0;
      for (Overlay.Piece piece : overlay.pieces()) {
        assertTrue(piece.address() >= end && piece.size() > 0, "pieces do not lie apart");
        end = piece.address() + piece.size();
      }
      assertTrue(overlay.journalEnd() - Overlay.FILE_FROM <= 2 * FILE_BYTES, "the journal grows");
    }
  }

  /** Puts as often as it takes: it may fail once the memory is used up. */
  private static void putAtLast(Overlay overlay, long address, MemorySegment from) {
    while (true) {
      try {
        overlay.put(address, from);
        return;
      } catch (DiskException e) {
        assertTrue(overlay.memoryUsed() > 0, "memory was not tried");
      }
    }
  }

  @Test
  void whatTheJournalDoesNotTakeIsInMemory() {
    try (Arena arena = Arena.ofConfined();
        Overlay overlay =
            new Overlay(
                () -> {
                  throw new DiskException("no room", SystemDisks.EIO);
                })) {
      MemorySegment block = arena.allocate(1_000_000).fill((byte) 7);
      for (int i = 0; i < 4; i++) {
        overlay.put(i * 1_000_000, block);
      }
      assertThrows(DiskException.class, () -> overlay.put(4_000_000, block));
      byte[] expected = new byte[5_000_000];
      java.util.Arrays.fill(expected, 0, 4_000_000, (byte) 7);
      compare(expected, new byte[5_000_000], overlay);
    }
  }

  @Test
  void whatIsWrittenAgainTakesNoMore() {
    MemoryDisks disks = new MemoryDisks();
    try (Arena arena = Arena.ofConfined();
        Overlay overlay = new Overlay(() -> disks.open("journal", Disks.Mode.CREATE))) {
      MemorySegment small = arena.allocate(100);
      MemorySegment large = arena.allocate(100_000);
      for (int i = 0; i < 50; i++) {
        overlay.put(7, small);
        overlay.put(1000, large);
      }
      assertEquals(100, overlay.memoryUsed());
      assertEquals(Overlay.FILE_FROM + 100_000, overlay.journalEnd());
    }
  }

  @Test
  void whatComesAfterOneAnotherIsOnePiece() {
    try (Arena arena = Arena.ofConfined();
        Overlay overlay =
            new Overlay(
                () -> {
                  throw new AssertionError("no journal is needed");
                })) {
      for (int i = 0; i < 1000; i++) {
        overlay.put(50 + 20 * i, arena.allocate(20));
      }
      assertEquals(1, overlay.pieces().size());
    }
  }
}
