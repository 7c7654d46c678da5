package io.github.volsparse.driver;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.config.Configuration.Durable;
import io.github.volsparse.hdf5.Hdf5Exception;
import io.github.volsparse.hdf5.Words;
import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.TreeMap;

/**
 * An open file of the driver, whose flushed bytes are kept.
 *
 * <p>The class is long because the states of a file (something held, marked, without a journal) are
 * told apart in every call, and are to be seen side by side.
 */
final class DriverFile {
  private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private static final long COPY_BYTES = 1 << 20;

  /** What C and Java tell one another, in the order of the plugin's {@code struct driver_words}. */
  private enum Word {
    NUMBER,
    END,
    HELD_FROM,
    HELD_TO,
    SIZE,
    PROGRESS,
    FAILED,
    CALL,
    DESCRIPTOR,
    BASE,
    SERIAL,
    STRENGTH,
    JOURNAL,
    MEMORY,
    MEMORY_FROM,
    MEMORY_SIZE,
    PIECES,
    PIECE_COUNT,
    REFUSED
  }

  // As in the plugin's driver.h: enum progress, enum below.
  private static final long WRITTEN = 0;
  private static final long FLUSHED = 2;
  private static final long CLOSING = 3;
  private static final int BELOW_WRITE = 1;
  private static final int BELOW_TRUNCATE = 2;
  private static final int BELOW_END = 3;

  private final Disks disks = SystemDisks.INSTANCE;

  /** Address of the plugin's {@code struct driver_words}. */
  private final long words;

  /** Address of the plugin's {@code vol_sparse_driver_below}. */
  private final long below;

  /** The name it was opened with. */
  private final String name;

  private final boolean survivesMachine;
  private final Disk file;
  private final Overlay overlay = new Overlay(this::openJournal);

  /** Where the journal is, if there is one. */
  private String journalPath;

  /** The journal, while it is not in use; null if there is none. */
  private Disk keptJournal;

  /** Whether the journal's name is on the disk. */
  private boolean isJournalSynced;

  /** Whether the file is marked: the journal is whole, and has not been applied as a whole. */
  private boolean isMarked;

  /**
   * Bytes whose place the program knows: it may read and write them past HDF5, so what HDF5 writes
   * there goes there at once. The address after the last, by the first.
   */
  private final TreeMap<Long, Long> passing = new TreeMap<>();

  /** Whether no journal can be made beside the file: then it is kept no better than natively. */
  private boolean hasNoJournal;

  /** Whether the file's name is on the disk. */
  private boolean isNameSynced;

  /** What is held, listed for a child of fork(). */
  private Arena listed;

  DriverFile(long words, long below, String name) {
    this.words = words;
    this.below = below;
    this.name = name;
    survivesMachine = get(Word.STRENGTH) == Durable.POWER.ordinal();
    file = SystemDisks.of((int) get(Word.DESCRIPTOR), name);
    set(Word.NUMBER, 1);
    noteHeld();
  }

  private long get(Word word) {
    return MEMORY.get(JAVA_LONG, words + 8L * word.ordinal());
  }

  private void set(Word word, long value) {
    MEMORY.set(JAVA_LONG, words + 8L * word.ordinal(), value);
  }

  private long callBelow(int operation, long address, long size, long buffer) {
    return Words.call(below, words, operation, address, size, buffer, 0);
  }

  /** HDF5's serial number of the file. */
  long serial() {
    return get(Word.SERIAL);
  }

  /** Whether HDF5 has flushed all of it, and has written nothing since. */
  boolean isFlushed() {
    return get(Word.PROGRESS) == FLUSHED;
  }

  /** Whether something is held. */
  boolean isHeld() {
    return !overlay.isEmpty();
  }

  /** From now on everything passes through; nothing is held. */
  void passThrough() {
    set(Word.NUMBER, 0);
    overlay.close();
    removeJournal();
    forgetList();
  }

  /** From now on these bytes pass through. Nothing is held of the file. */
  void passThrough(long address, long size) {
    long from = address;
    long to = address + size;
    Map.Entry<Long, Long> before = passing.floorEntry(from);
    if (before != null && before.getValue() >= from) {
      from = before.getKey();
    }
    for (Map.Entry<Long, Long> next = passing.ceilingEntry(from);
        next != null && next.getKey() <= to;
        next = passing.ceilingEntry(from)) {
      to = Math.max(to, next.getValue());
      passing.remove(next.getKey());
    }
    passing.put(from, to);
  }

  /** HDF5 reads what is held in part. The driver below has read what is in the file. */
  void read(long address, long size, long buffer) {
    overlay.read(address, MEMORY.asSlice(buffer, size));
  }

  /** HDF5 writes what is below the end of the flushed bytes, or into the superblock. */
  void write(long address, long size, long buffer) {
    finishApplying();
    MemorySegment from = MEMORY.asSlice(buffer, size);
    if (address != get(Word.BASE)) {
      write(address, from);
    } else {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment superblock = arena.allocate(size, 8).copyFrom(from);
        Superblock.clearWriteAccess(superblock);
        write(address, superblock);
      }
    }
    if (get(Word.REFUSED) != 0) {
      forgetError();
    }
  }

  private void write(long address, MemorySegment from) {
    long end = address + from.byteSize();
    for (long at = address; at < end; ) {
      long flushed = get(Word.END); // less, once there can be no journal
      Map.Entry<Long, Long> range = passing.floorEntry(at);
      boolean isKnown = range != null && range.getValue() > at;
      Long change = isKnown ? range.getValue() : passing.higherKey(at);
      boolean passes = isKnown || at >= flushed;
      long to = passes || flushed > end ? end : flushed;
      to = change == null ? to : Math.min(to, change);
      MemorySegment part = from.asSlice(at - address, to - at);
      if (passes) {
        pass(at, part);
      } else {
        hold(at, part);
      }
      at = to;
    }
  }

  /**
   * Writes bytes into the file. If that fails they are held, and written later: HDF5 (1.14, 2.0)
   * writes a chunk again that it could not write, but may have forgotten to index it.
   */
  private void pass(long address, MemorySegment from) {
    long end = address + from.byteSize();
    if ((int) callBelow(BELOW_WRITE, address, from.byteSize(), from.address()) >= 0) {
      overlay.drop(address, end);
      noteHeld();
      return;
    }
    try {
      overlay.put(address, from);
      noteSize(end);
    } catch (NoJournalException | DurabilityException | DiskException e) {
      throw new Hdf5Exception("H5FDwrite"); // there is no room for them
    } finally {
      noteHeld();
    }
    forgetError();
  }

  /**
   * HDF5 is not to learn of a write that failed. Its driver has added one error to the stack, on
   * which there may be others, of the call that is under way.
   */
  private static void forgetError() {
    hdf5_h.H5Epop(hdf5_h.H5E_DEFAULT, 1);
  }

  /** Writes what is beyond the flushed bytes and could not be written when HDF5 wrote it. */
  private void writeHeldBack() {
    long flushed = get(Word.END);
    if (!isHeld() || overlay.to() <= flushed) {
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(COPY_BYTES, 8);
      while (isHeld() && overlay.to() > flushed) {
        long from = Math.max(flushed, Math.max(overlay.lastFrom(), overlay.to() - COPY_BYTES));
        MemorySegment part = buffer.asSlice(0, overlay.to() - from);
        overlay.read(from, part);
        file.write(from, part);
        overlay.drop(from, overlay.to());
      }
    } finally {
      noteHeld();
    }
  }

  private void hold(long address, MemorySegment from) {
    try {
      overlay.put(address, from);
    } catch (NoJournalException e) {
      writeWithoutJournal();
      write(address, from);
      return;
    } catch (DiskException e) {
      throw failure("cannot be changed: what is to overwrite flushed data cannot be held", e);
    } finally {
      noteHeld();
    }
    noteSize(address + from.byteSize());
  }

  /** HDF5 has written so far; the driver below may not know it. */
  private void noteSize(long end) {
    long size = get(Word.SIZE);
    if (size >= 0) {
      set(Word.SIZE, Math.max(size, end));
    }
  }

  /**
   * HDF5 makes the file shorter than it was flushed, or than what is held.
   *
   * @param size so long
   */
  void truncate(long size) {
    finishApplying();
    long end = get(Word.END);
    overlay.drop(size, Long.MAX_VALUE);
    if (size < end) {
      overlay.zero(size, end);
      set(Word.SIZE, size);
    }
    noteHeld();
  }

  /** HDF5 has flushed the file: puts what is held into it. */
  void commit() {
    set(Word.PROGRESS, WRITTEN);
    try {
      finishApplying();
      writeHeldBack();
      if (isHeld() || get(Word.SIZE) >= 0) {
        commitHeld();
      } else if (survivesMachine) {
        file.sync();
        syncName();
      }
    } catch (NoJournalException e) {
      writeWithoutJournal();
    } catch (DiskException e) {
      throw failure(
          isMarked
              ? "cannot be flushed as a whole. Its journal is complete, and the next flush, or the"
                  + " next program that opens the file, tries again"
              : "cannot be flushed. It is as it was flushed last, and the next flush tries again",
          e);
    }
    set(Word.END, hasNoJournal ? 0 : callBelow(BELOW_END, 0, 0, 0));
  }

  private void commitHeld() {
    long base = get(Word.BASE);
    int number = newNumber();
    overlay.openJournal();
    followRename();
    Commit.finishJournal(overlay, number, base, get(Word.SIZE));
    if (survivesMachine) {
      file.sync();
      overlay.journal().sync();
      if (!isJournalSynced) {
        disks.syncFolder(journalPath);
        isJournalSynced = true;
        isNameSynced = true;
      }
    }
    Commit.mark(file, base, number);
    isMarked = true;
    finishApplying();
  }

  /** Applies the journal of a marked file, where that has not been done, or has failed. */
  private void finishApplying() {
    if (!isMarked) {
      return;
    }
    try {
      long base = get(Word.BASE);
      sync();
      apply(base);
      sync();
      Commit.unmark(file, base);
      isMarked = false;
      sync();
      letGo();
    } catch (DiskException e) {
      throw failure("waits for its journal to be applied", e);
    } finally {
      noteHeld();
    }
    set(Word.END, callBelow(BELOW_END, 0, 0, 0));
  }

  private void apply(long base) {
    long size = get(Word.SIZE);
    Commit.apply(file, base, Commit.of(overlay, size));
    if (size >= 0 && (int) callBelow(BELOW_TRUNCATE, 0, size, 0) < 0) {
      throw new Hdf5Exception("H5FDtruncate");
    }
  }

  private void sync() {
    if (survivesMachine) {
      file.sync();
    }
  }

  private void syncName() {
    if (!isNameSynced) {
      disks.syncFolder(disks.resolve(name));
      isNameSynced = true;
    }
  }

  /**
   * Nothing is held any more. A journal that was short is kept for the next flush: beside a file
   * without a mark it means nothing, and to make and remove it takes longer than to write it.
   */
  private void letGo() {
    boolean isShort = overlay.journalEnd() == Overlay.FILE_FROM;
    Disk used = overlay.clear();
    if (used != null) {
      keptJournal = used;
    }
    set(Word.SIZE, -1);
    noteHeld();
    if (!isShort) {
      removeJournal();
    }
  }

  void removeJournal() {
    if (keptJournal != null) {
      keptJournal.close();
      keptJournal = null;
      isJournalSynced = false;
      try {
        disks.remove(journalPath);
      } catch (DiskException e) {
        // Beside a file without a mark it means nothing.
      }
    }
  }

  /** Where no journal can be made, what is held goes into the file as it would natively. */
  private void writeWithoutJournal() {
    hasNoJournal = true;
    try {
      apply(-Superblock.SIGNATURE_BYTES);
      sync();
    } catch (DiskException e) {
      throw failure("cannot be written", e);
    }
    letGo();
    removeJournal();
    set(Word.END, 0);
  }

  /** The file closes. What HDF5 could not write as a whole is given up. */
  void close() {
    try {
      if (isMarked) {
        finishApplying();
      }
      boolean isWhole = get(Word.PROGRESS) == CLOSING && get(Word.FAILED) != get(Word.CALL);
      if (isWhole) {
        commit();
      }
    } finally {
      if (!isMarked) {
        letGo();
      }
      passThrough();
    }
  }

  /** A number that the last journals of the file had not. */
  private int newNumber() {
    long mixed =
        (System.nanoTime() ^ System.currentTimeMillis() << 20 ^ words) * 0x9e3779b97f4a7c15L;
    return (int) (mixed >>> 32);
  }

  /** There is no place for a journal. */
  private static final class NoJournalException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private NoJournalException() {
      super(null, null, false, false);
    }
  }

  /** Where the file is now; null if it has no name any more. */
  private String path() {
    String path = disks.pathOf((int) get(Word.DESCRIPTOR));
    if (path == null && !disks.exists("/proc/self/fd")) {
      path = disks.resolve(name);
    }
    return path;
  }

  private Disk createJournal(String wanted) {
    try {
      return disks.open(wanted, Disks.Mode.CREATE);
    } catch (DiskException e) {
      if (!isOutOfDescriptors(e.number())) {
        throw e;
      }
      FileDriver.letGoOfJournals();
      return disks.open(wanted, Disks.Mode.CREATE);
    }
  }

  private static boolean isOutOfDescriptors(int number) {
    return number == SystemDisks.EMFILE || number == SystemDisks.ENFILE;
  }

  private Disk openJournal() {
    if (keptJournal != null) {
      Disk kept = keptJournal;
      keptJournal = null;
      return kept;
    }
    String path = path();
    if (path == null || hasNoJournal) {
      throw new NoJournalException();
    }
    String wanted = Journal.path(path);
    Disk journal;
    try {
      journal = createJournal(wanted);
    } catch (DiskException e) {
      int number = e.number();
      if (number == SystemDisks.EACCES
          || number == SystemDisks.EPERM
          || number == SystemDisks.EROFS
          || isOutOfDescriptors(number)
          || number == SystemDisks.ENOENT
          || number == SystemDisks.ENOTDIR
          || number == SystemDisks.ENAMETOOLONG) {
        throw new NoJournalException();
      }
      throw e;
    }
    boolean isDone = false;
    try {
      if (!Journal.isJournal(journal)) {
        throw new DurabilityException(
            wanted
                + " is in the way of the journal of "
                + path
                + ": give it another name, or open the file with durable=off");
      }
      if (!journal.lock()) {
        throw new DurabilityException(path + " is being written by another program as well");
      }
      journal.truncate(0);
      Journal.begin(journal, 0);
      isDone = true;
    } finally {
      if (!isDone) {
        journal.close();
      }
    }
    journalPath = wanted;
    return journal;
  }

  /** The journal is to be beside the file also where that was moved. */
  private void followRename() {
    String path = path();
    if (path == null) {
      throw new NoJournalException();
    }
    String wanted = Journal.path(path);
    if (!wanted.equals(journalPath)) {
      disks.rename(journalPath, wanted);
      journalPath = wanted;
      isJournalSynced = false;
    }
  }

  private DurabilityException failure(String what, DiskException cause) {
    return new DurabilityException(name + " " + what + ": " + cause.getMessage());
  }

  /** Tells C what is held. */
  private void noteHeld() {
    boolean isHeld = isHeld();
    set(Word.HELD_FROM, isHeld ? overlay.from() : Long.MAX_VALUE);
    set(Word.HELD_TO, isHeld ? overlay.to() : 0);
    set(Word.PIECE_COUNT, -1);
  }

  /** Lists what is held, so that a child of fork() can read it. */
  void list() {
    forgetList();
    listed = Arena.ofShared();
    long count = overlay.pieces().size();
    MemorySegment pieces = listed.allocate(Journal.ENTRY_BYTES * count + 8, 8);
    long place = 0;
    for (Overlay.Piece piece : overlay.pieces()) {
      Journal.putEntry(pieces, place++, piece.address(), piece.size(), piece.position());
    }
    set(Word.JOURNAL, overlay.journal() == null ? -1 : overlay.journal().descriptor());
    set(Word.MEMORY, overlay.memory().address());
    set(Word.MEMORY_FROM, Overlay.MEMORY_FROM);
    set(Word.MEMORY_SIZE, overlay.memoryUsed());
    set(Word.PIECES, pieces.address());
    set(Word.PIECE_COUNT, count);
  }

  private void forgetList() {
    set(Word.PIECE_COUNT, -1);
    if (listed != null) {
      listed.close();
      listed = null;
    }
  }
}
