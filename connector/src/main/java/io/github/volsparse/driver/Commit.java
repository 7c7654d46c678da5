package io.github.volsparse.driver;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The way of what is held into its file. These are the steps, and what is left of the file when the
 * program dies between them:
 *
 * <ol>
 *   <li>The journal is written: the file is as it was flushed before.
 *   <li>The mark takes the place of the file's signature. This is one write of eight bytes within a
 *       sector, and the moment that counts: from here on the journal is applied, by whoever opens
 *       the file next. Programs without the connector find no HDF5 file.
 *   <li>The bytes are written where they belong, and the file is made as long as it is to be.
 *   <li>The signature takes the place of the mark: the file is as it is flushed now. What is left
 *       of a journal beside a file without a mark means nothing.
 *   <li>The journal is removed.
 * </ol>
 *
 * <p>Where the machine may fail, each step is on the disk before the next begins. The death of a
 * program needs none of that: what it wrote, the system has.
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
     * @param reader fills memory with bytes from so many after the first on
     */
    void write(long address, long size, Reader reader);
  }

  /** Fills memory with bytes that belong to the file. */
  interface Reader {
    /**
     * Fills the memory.
     *
     * @param offset how many bytes come before these
     */
    void read(long offset, MemorySegment into);
  }

  private Commit() {}

  /**
   * Writes the end of a journal: what is held in memory, the index, and the header that names it.
   *
   * @param size how long the file will be; -1 if that stays as it is
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

  /** Puts the mark in the place of the signature. */
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

  /** Writes what is held where it belongs, but for the signature. */
  static void apply(Disk file, long base, Source source) {
    try (Arena arena = Arena.ofConfined()) {
      Gathering gathering = new Gathering(file, base, arena);
      source.writeTo(gathering);
      gathering.write();
    }
  }

  /** Writes to a file what comes after one another at once. */
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

  /** Puts the signature in the place of the mark. */
  static void unmark(Disk file, long base) {
    putSignature(file, base, Superblock.SIGNATURE);
  }

  /** What is held, as it is put into a file that will be so long at most (-1: any length). */
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
