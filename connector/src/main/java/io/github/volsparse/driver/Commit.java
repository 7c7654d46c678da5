package io.github.volsparse.driver;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Puts held bytes into their file. These are the steps, with the state of the file if the program
 * dies after each of them:
 *
 * <ol>
 *   <li>The journal is written: the file is as at the previous flush.
 *   <li>The mark replaces the file's signature. This is one write of eight bytes within a sector,
 *       and the commit point: from now on whoever opens the file applies the journal. Programs
 *       without the connector do not recognise the file as an HDF5 file.
 *   <li>The bytes are written to their places, and the file gets its new length.
 *   <li>The signature replaces the mark: the file is as at this flush. A journal of a file without
 *       a mark has no effect.
 *   <li>The journal is removed.
 * </ol>
 *
 * <p>To survive a failure of the machine, each step is on the disk before the next begins. The
 * death of a program does not need that: the system has what was written.
 */
final class Commit {
  private static final int BUFFER_BYTES = 1 << 20;

  /** What is put into the file. */
  interface Source {
    /** Writes all to the file. */
    void writeTo(Sink sink);
  }

  /** Takes bytes for the file. */
  interface Sink {
    /**
     * Takes bytes.
     *
     * @param reader fills memory with bytes from an offset on
     */
    void write(long address, long size, Reader reader);
  }

  /** Fills memory with bytes that belong to the file. */
  interface Reader {
    /**
     * Fills the memory.
     *
     * @param offset of these bytes, from the first one on
     */
    void read(long offset, MemorySegment into);
  }

  private Commit() {}

  /**
   * Writes the end of a journal: what is held in memory, the index, and the header that names it.
   *
   * @param size the new length of the file; -1 if it does not change
   */
  static void finishJournal(Overlay overlay, int number, long base, long size) {
    Disk journal = overlay.openJournal();
    boolean isInMemory = overlay.journalEnd() == Overlay.FILE_FROM;
    long index = isInMemory ? Overlay.MEMORY_FROM + overlay.memoryUsed() : overlay.journalEnd();
    long count = overlay.pieces().size();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment entries = arena.allocate(count * Journal.ENTRY_BYTES + 8, 8);
      entries = entries.asSlice(0, count * Journal.ENTRY_BYTES);
      long place = 0;
      for (Overlay.Piece piece : overlay.pieces()) {
        Journal.putEntry(entries, place++, piece.address(), piece.size(), piece.position());
      }
      long head = Journal.HEADER_BYTES + overlay.memoryUsed();
      long all = isInMemory ? head + entries.byteSize() : head;
      MemorySegment whole = arena.allocate(all, 8);
      Journal.putHeader(whole, number, base, size, index, count, Journal.checksum(entries));
      MemorySegment.copy(overlay.memory(), 0, whole, Overlay.MEMORY_FROM, overlay.memoryUsed());
      if (isInMemory) {
        MemorySegment.copy(entries, 0, whole, index, entries.byteSize());
      } else {
        journal.write(index, entries);
      }
      journal.write(0, whole);
    }
  }

  /** Replaces the signature by the mark. */
  static void mark(Disk file, long base, int number) {
    putSignature(file, base, Superblock.mark(number));
  }

  private static void putSignature(Disk file, long base, long bytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment signature = arena.allocate(Superblock.SIGNATURE_BYTES, 8);
      signature.set(JAVA_LONG_UNALIGNED, 0, bytes);
      file.write(base, signature);
    }
  }

  /** Writes the held bytes to their places, except for the signature. */
  static void apply(Disk file, long base, Source source) {
    try (Arena arena = Arena.ofConfined()) {
      Gathering gathering = new Gathering(file, base, arena);
      source.writeTo(gathering);
      gathering.write();
    }
  }

  /** Joins adjacent bytes into one write. */
  private static final class Gathering implements Sink {
    private final Disk file;
    private final long base;
    private final Arena arena;
    private MemorySegment buffer;
    private long from;
    private long used;

    private Gathering(Disk file, long base, Arena arena) {
      this.file = file;
      this.base = base;
      this.arena = arena;
    }

    @Override
    public void write(long address, long size, Reader reader) {
      if (buffer == null) {
        buffer = arena.allocate(BUFFER_BYTES, 8);
      }
      long done = 0;
      while (done < size) {
        long at = address + done;
        long bytes = Math.min(buffer.byteSize(), size - done);
        if (at < base) {
          bytes = Math.min(bytes, base - at);
        } else if (at < base + Superblock.SIGNATURE_BYTES) {
          done += Math.min(size - done, base + Superblock.SIGNATURE_BYTES - at);
          continue;
        }
        if (at != from + used || used + bytes > buffer.byteSize()) {
          write();
          from = at;
        }
        reader.read(done, buffer.asSlice(used, bytes));
        used += bytes;
        done += bytes;
      }
    }

    private void write() {
      if (used > 0) {
        file.write(from, buffer.asSlice(0, used));
        used = 0;
      }
    }
  }

  /** Replaces the mark by the signature. */
  static void unmark(Disk file, long base) {
    putSignature(file, base, Superblock.SIGNATURE);
  }

  /** The held bytes for a file of at most this length (-1: any length). */
  static Source of(Overlay overlay, long limit) {
    return sink -> {
      for (Overlay.Piece piece : overlay.pieces()) {
        long size = limited(piece.address(), piece.size(), limit);
        sink.write(piece.address(), size, (offset, into) -> overlay.read(piece, offset, into));
      }
    };
  }

  /** What a journal has, likewise. */
  static Source of(Disk journal, Journal.Contents contents) {
    return sink -> {
      for (Journal.Entry entry : contents.entries()) {
        long size = limited(entry.address(), entry.size(), contents.size());
        sink.write(
            entry.address(),
            size,
            (offset, into) -> {
              if (entry.position() < 0) {
                into.fill((byte) 0);
              } else if (journal.read(entry.position() + offset, into) < into.byteSize()) {
                throw new DiskException("the journal is shorter than its index says", 5);
              }
            });
      }
    };
  }

  private static long limited(long address, long size, long limit) {
    return limit < 0 ? size : Math.max(0, Math.min(size, limit - address));
  }
}
