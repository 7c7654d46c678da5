package io.github.volsparse.driver;

import java.util.concurrent.locks.LockSupport;

/** Recovers a file whose program died while it put flushed data into it. */
public final class Recovery {
  /** How long to wait for a program that is applying the journal. */
  private static final long PATIENCE_NANOS = 10_000_000_000L;

  private static final long PAUSE_NANOS = 2_000_000L;

  /** What was found, and done. */
  public enum Outcome {
    /** The file was in order. */
    NOTHING,
    /** The file was in order, and a journal without effect was removed. */
    DISCARDED,
    /** The journal was applied. */
    APPLIED,
    /** There is no such file, or it is not an HDF5 file. */
    NO_FILE
  }

  private Recovery() {}

  /**
   * Recovers a file.
   *
   * @param path its name
   * @throws DurabilityException if it waits for its journal, and the journal cannot be applied
   */
  public static Outcome recover(String path) {
    return recover(SystemDisks.INSTANCE, path);
  }

  /** Whether a file waits for its journal; false if it cannot be read. */
  public static boolean isNeeded(String path) {
    try (Disk file = SystemDisks.INSTANCE.open(path, Disks.Mode.READ)) {
      Superblock.Found found = file == null ? null : Superblock.find(file);
      return found != null && found.isMarked();
    } catch (DiskException e) {
      return false;
    }
  }

  /** Removes the journal of a file that is in order, unless a program uses it. */
  public static void discard(String path) {
    discard(SystemDisks.INSTANCE, SystemDisks.INSTANCE.resolve(path));
  }

  private static boolean discard(Disks disks, String path) {
    String name = Journal.path(path);
    if (!disks.exists(name)) {
      return false;
    }
    try (Disk journal = disks.open(name, Disks.Mode.WRITE)) {
      if (journal == null || !Journal.isJournal(journal) || !journal.lock()) {
        return false;
      }
      disks.remove(name);
      return true;
    } catch (DiskException e) {
      return false; // it does no harm, and the next one may have the rights
    }
  }

  static Outcome recover(Disks disks, String given) {
    String path = disks.resolve(given);
    try {
      Superblock.Found found;
      try (Disk file = disks.open(path, Disks.Mode.READ)) {
        found = file == null ? null : Superblock.find(file);
      }
      if (found == null) {
        return Outcome.NO_FILE;
      }
      if (!found.isMarked()) {
        return discard(disks, path) ? Outcome.DISCARDED : Outcome.NOTHING;
      }
      try (Disk file = disks.open(path, Disks.Mode.WRITE)) {
        return apply(disks, path, file);
      }
    } catch (DiskException e) {
      throw new DurabilityException(
          path
              + " was being flushed when its program ended, and its journal cannot be applied ("
              + e.getMessage()
              + "): open it once with write permission for the file and its folder, or run"
              + " vol-sparse recover");
    }
  }

  private static Outcome apply(Disks disks, String path, Disk file) {
    String name = Journal.path(path);
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (true) {
      Superblock.Found found = Superblock.find(file);
      if (found == null || !found.isMarked()) {
        return Outcome.NOTHING; // its program, or another one, has done it
      }
      try (Disk journal = disks.open(name, Disks.Mode.WRITE)) {
        if (journal == null) {
          if (Superblock.find(file) instanceof Superblock.Found again && !again.isMarked()) {
            return Outcome.NOTHING;
          }
          throw new DurabilityException(
              path
                  + " was being flushed when its program ended, and its journal "
                  + name
                  + " is missing: restore it under that name");
        }
        if (journal.lock()) {
          apply(disks, path, file, found.address(), journal);
          return Outcome.APPLIED;
        }
      }
      if (System.nanoTime() > deadline) {
        throw new DurabilityException(
            path + " is being flushed by another program: try again later");
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private static void apply(Disks disks, String path, Disk file, long base, Disk journal) {
    String name = Journal.path(path);
    Superblock.Found found = Superblock.find(file);
    if (found == null || !found.isMarked()) {
      return; // while the lock was waited for
    }
    Journal.Contents contents = Journal.read(journal, name);
    if (Superblock.mark(contents.number()) != found.bytes() || contents.base() != base) {
      throw new DurabilityException(
          path
              + " was being flushed when its program ended, and "
              + name
              + " is the journal of another file: restore the right one");
    }
    Commit.apply(file, base, Commit.of(journal, contents));
    if (contents.size() >= 0) {
      file.truncate(contents.size());
    }
    file.sync();
    Commit.unmark(file, base);
    file.sync();
    disks.remove(name);
  }
}
