package io.github.volsparse.driver;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class RecoveryTest {
  private static final int OLD_BYTES = 300_000;

  private final MemoryDisks disks = new MemoryDisks();

  private static byte[] file(Random random, int bytes) {
    byte[] content = new byte[bytes];
    random.nextBytes(content);
    for (int i = 0; i < Superblock.SIGNATURE_BYTES; i++) {
      content[i] = (byte) (Superblock.SIGNATURE >>> 8 * i);
    }
    return content;
  }

  private Disk newJournal() {
    Disk journal = disks.open("x.journal", Disks.Mode.CREATE);
    Journal.begin(journal, 0);
    return journal;
  }

  /** Puts pieces of the new content over the old one, and commits them. */
  private void commit(byte[] before, byte[] after, Random random) {
    try (Arena arena = Arena.ofConfined();
        Overlay overlay = new Overlay(this::newJournal)) {
      int kept = Math.min(before.length, after.length);
      for (int at = 0; at < kept; ) {
        int bytes = Math.min(kept - at, 1 + random.nextInt(random.nextBoolean() ? 500 : 90_000));
        overlay.put(at, arena.allocateFrom(JAVA_BYTE, Arrays.copyOfRange(after, at, at + bytes)));
        at += bytes;
      }
      long size = after.length < before.length ? after.length : -1;
      if (size >= 0) {
        overlay.zero(size, before.length);
      }
      Disk file = disks.open("x", Disks.Mode.WRITE);
      Commit.finishJournal(overlay, 5, 0, size);
      Commit.mark(file, 0, 5);
      Commit.apply(file, 0, Commit.of(overlay, size));
      if (size >= 0) {
        file.truncate(size);
      }
      Commit.unmark(file, 0);
      disks.remove("x.journal");
    }
  }

  private void recover(int deaths) {
    for (int calls = 0; ; calls++) {
      disks.dieAfter(calls < deaths ? calls : Integer.MAX_VALUE);
      try {
        Recovery.recover(disks, "x");
        return;
      } catch (MemoryDisks.Death e) {
        assertTrue(calls < deaths, "recovery does not end");
      }
    }
  }

  @RepeatedTest(6)
  void aDeathLeavesOldOrNew(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    byte[] before = file(random, OLD_BYTES);
    byte[] after = file(random, random.nextBoolean() ? OLD_BYTES : OLD_BYTES / 2);
    long seed = random.nextLong();
    boolean wasNew = false;
    for (int calls = 0; ; calls++) {
      disks.put("x", before.clone());
      disks.dieAfter(calls);
      boolean died = false;
      try {
        commit(before, after, new Random(seed));
      } catch (MemoryDisks.Death e) {
        died = true;
      }
      disks.dieAfter(Integer.MAX_VALUE);
      boolean isMarked = Superblock.find(disks.open("x", Disks.Mode.READ)).isMarked();
      if (!isMarked) {
        byte[] now = disks.content("x");
        assertTrue(Arrays.equals(now, before) || Arrays.equals(now, after), "a mixture");
      }
      recover(died ? random.nextInt(4) : 0); // and that may be killed as well
      boolean isNew = Arrays.equals(disks.content("x"), after);
      assertTrue(isNew || Arrays.equals(disks.content("x"), before), "a mixture");
      assertTrue(isNew || !wasNew, "what was there is gone");
      assertTrue(isNew || !isMarked, "a mark was set and the journal is not applied");
      assertFalse(disks.exists("x.journal"));
      wasNew = isNew;
      if (!died) {
        assertTrue(isNew);
        return;
      }
    }
  }

  @Test
  void aJournalBesideAFileWithoutAMarkIsNotApplied() {
    Random random = new Random(1);
    byte[] before = file(random, 5000);
    disks.put("x", before.clone());
    disks.dieAfter(4); // the journal is whole, and the file not marked
    assertThrows(MemoryDisks.Death.class, () -> commit(before, file(random, 5000), new Random(2)));
    disks.dieAfter(Integer.MAX_VALUE);
    disks.put("x", file(new Random(9), 4000));
    byte[] other = disks.content("x").clone();
    Recovery.recover(disks, "x");
    assertArrayEquals(other, disks.content("x"));
  }

  @Test
  void whatIsNotOursStays() {
    disks.put("x", file(new Random(1), 1000));
    disks.put("x.journal", "somebody's diary".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    assertEquals(Recovery.Outcome.NOTHING, Recovery.recover(disks, "x"));
    assertTrue(disks.exists("x.journal"));
    disks.put("y", new byte[100]);
    assertEquals(Recovery.Outcome.NO_FILE, Recovery.recover(disks, "y"));
    assertEquals(Recovery.Outcome.NO_FILE, Recovery.recover(disks, "z"));
  }

  @Test
  void aMarkWithoutItsJournalIsAnError() {
    byte[] content = file(new Random(1), 1000);
    disks.put("x", content);
    Commit.mark(disks.open("x", Disks.Mode.WRITE), 0, 3);
    DurabilityException missing =
        assertThrows(DurabilityException.class, () -> Recovery.recover(disks, "x"));
    assertTrue(missing.getMessage().contains("x.journal is missing"), missing.getMessage());
    Journal.begin(disks.open("x.journal", Disks.Mode.CREATE), 3);
    assertThrows(DurabilityException.class, () -> Recovery.recover(disks, "x"));
  }
}
