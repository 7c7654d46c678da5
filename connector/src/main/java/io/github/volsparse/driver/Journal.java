package io.github.volsparse.driver;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The format of a journal: a header, bytes of the file in any order, and an index with their
 * places. All numbers are little-endian.
 *
 * <p>The header names the index only when everything is written. But a journal is valid only with
 * the mark in its file: without the mark any journal is discarded.
 */
final class Journal {
  /** The name of a journal is the file's name and this suffix. */
  static final String SUFFIX = ".journal";

  /** How long the header is; bytes of the file come after it. */
  static final int HEADER_BYTES = 512;

  /** An entry of the index: address in the file, bytes, position in the journal (-1: zeros). */
  static final int ENTRY_BYTES = 24;

  /** {@code VSJOURNL}. */
  private static final long MAGIC = 0x4c4e52554f4a5356L;

  private static final int VERSION = 1;

  private static final String TEXT =
      "\nThis is a journal of vol-sparse for the file with the same name without .journal.\n"
          + "The next program that opens that file with vol-sparse removes it, and so does\n"
          + "    vol-sparse recover FILE\n"
          + "Do not remove it before: if the file cannot be opened, the journal is needed.\n";

  private static final int MAGIC_AT = 0;
  private static final int VERSION_AT = 8;
  private static final int NUMBER_AT = 12;
  private static final int BASE_AT = 16;
  private static final int SIZE_AT = 24;
  private static final int INDEX_AT = 32;
  private static final int COUNT_AT = 40;
  private static final int INDEX_CHECKSUM_AT = 48;
  private static final int TEXT_AT = 64;
  private static final int CHECKSUM_AT = HEADER_BYTES - 4;

  /**
   * Bytes of the file that are in the journal.
   *
   * @param address their place in the file
   * @param size their number
   * @param position their place in the journal; -1 for zeros, which are not stored
   */
  record Entry(long address, long size, long position) {}

  /**
   * The content of a journal.
   *
   * @param number the number by which the mark in the file names it
   * @param base where the superblock of the file is
   * @param size the new length of the file; -1 if it does not change
   * @param entries the index
   */
  record Contents(int number, long base, long size, List<Entry> entries) {}

  private Journal() {}

  /** The journal of a file. */
  static String path(String file) {
    return file + SUFFIX;
  }

  /** Writes the header of an incomplete journal. */
  static void begin(Disk journal, int number) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment header = arena.allocate(HEADER_BYTES);
      putHeader(header, number, 0, -1, 0, 0, 0);
      journal.write(0, header);
    }
  }

  /**
   * Makes a header.
   *
   * @param index the place of the index; 0 if the journal is incomplete
   */
  static void putHeader(
      MemorySegment header,
      int number,
      long base,
      long size,
      long index,
      long count,
      int checksum) {
    header.asSlice(0, HEADER_BYTES).fill((byte) 0);
    header.set(JAVA_LONG_UNALIGNED, MAGIC_AT, MAGIC);
    header.set(JAVA_INT_UNALIGNED, VERSION_AT, VERSION);
    header.set(JAVA_INT_UNALIGNED, NUMBER_AT, number);
    header.set(JAVA_LONG_UNALIGNED, BASE_AT, base);
    header.set(JAVA_LONG_UNALIGNED, SIZE_AT, size);
    header.set(JAVA_LONG_UNALIGNED, INDEX_AT, index);
    header.set(JAVA_LONG_UNALIGNED, COUNT_AT, count);
    header.set(JAVA_INT_UNALIGNED, INDEX_CHECKSUM_AT, checksum);
    byte[] text = TEXT.getBytes(US_ASCII);
    MemorySegment.copy(MemorySegment.ofArray(text), 0, header, TEXT_AT, text.length);
    header.set(JAVA_INT_UNALIGNED, CHECKSUM_AT, checksum(header.asSlice(0, CHECKSUM_AT)));
  }

  /** Puts an entry into an index. */
  static void putEntry(MemorySegment index, long place, long address, long size, long position) {
    long at = place * ENTRY_BYTES;
    index.set(JAVA_LONG_UNALIGNED, at, address);
    index.set(JAVA_LONG_UNALIGNED, at + 8, size);
    index.set(JAVA_LONG_UNALIGNED, at + 16, position);
  }

  /** The checksum of an index or a header: CRC-32C. */
  static int checksum(MemorySegment bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.asByteBuffer());
    return (int) crc.getValue();
  }

  /** Whether a file is a journal, complete or not, or empty. */
  static boolean isJournal(Disk journal) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment magic = arena.allocate(8, 8);
      long bytes = journal.read(0, magic);
      return bytes == 0 || bytes == 8 && magic.get(JAVA_LONG_UNALIGNED, 0) == MAGIC;
    }
  }

  /**
   * Reads a journal.
   *
   * @param path its name, for messages
   * @throws DurabilityException if it is damaged or incomplete
   */
  static Contents read(Disk journal, String path) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment header = arena.allocate(HEADER_BYTES);
      if (journal.read(0, header) < HEADER_BYTES
          || header.get(JAVA_LONG_UNALIGNED, MAGIC_AT) != MAGIC
          || header.get(JAVA_INT_UNALIGNED, CHECKSUM_AT)
              != checksum(header.asSlice(0, CHECKSUM_AT))) {
        throw new DurabilityException(path + " is not a journal of vol-sparse, or is damaged");
      }
      if (header.get(JAVA_INT_UNALIGNED, VERSION_AT) != VERSION) {
        throw new DurabilityException(
            path + " was written by a newer version of vol-sparse: use that version");
      }
      long size = journal.size();
      long at = header.get(JAVA_LONG_UNALIGNED, INDEX_AT);
      long count = header.get(JAVA_LONG_UNALIGNED, COUNT_AT);
      if (at < HEADER_BYTES || at > size || count < 0 || count > (size - at) / ENTRY_BYTES) {
        throw new DurabilityException(path + " is incomplete");
      }
      List<Entry> entries = new ArrayList<>();
      CRC32C crc = new CRC32C();
      MemorySegment some = arena.allocate((long) ENTRY_BYTES << 10, 8);
      for (long done = 0; done < count; ) {
        MemorySegment part = some.asSlice(0, ENTRY_BYTES * Math.min(count - done, 1 << 10));
        journal.read(at + done * ENTRY_BYTES, part);
        crc.update(part.asByteBuffer());
        for (long i = 0; i < part.byteSize(); i += ENTRY_BYTES, done++) {
          Entry entry =
              new Entry(
                  part.get(JAVA_LONG_UNALIGNED, i),
                  part.get(JAVA_LONG_UNALIGNED, i + 8),
                  part.get(JAVA_LONG_UNALIGNED, i + 16));
          boolean isZeros = entry.position < 0;
          if (entry.address < 0
              || entry.size < 0
              || !isZeros && entry.position > size - entry.size) {
            throw new DurabilityException(path + " is damaged");
          }
          entries.add(entry);
        }
      }
      if ((int) crc.getValue() != header.get(JAVA_INT_UNALIGNED, INDEX_CHECKSUM_AT)) {
        throw new DurabilityException(path + " is damaged: the checksum of its index is wrong");
      }
      return new Contents(
          header.get(JAVA_INT_UNALIGNED, NUMBER_AT),
          header.get(JAVA_LONG_UNALIGNED, BASE_AT),
          header.get(JAVA_LONG_UNALIGNED, SIZE_AT),
          entries);
    }
  }
}
