package io.github.volsparse.driver;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The parts of an HDF5 file's superblock, its first bytes, that matter here. */
final class Superblock {
  /** How many bytes a signature or a mark has. */
  static final int SIGNATURE_BYTES = 8;

  /** {@code \211HDF\r\n\032\n} as a little-endian number. */
  static final long SIGNATURE = 0x0a1a0a0d46444889L;

  /** {@code \211VSJ}: the first half of the mark. */
  private static final long MARK = 0x4a535689L;

  private static final long FIRST_PLACE = 512;

  private static final int VERSION = 8;
  private static final int ADDRESS_BYTES = 9;
  private static final int FLAGS = 11;

  /** That a program has the file open to write: bit 0. */
  private static final int WRITE_ACCESS = 1;

  private Superblock() {}

  /** The mark, which replaces the signature while a journal is applied. */
  static long mark(int journal) {
    return MARK | (long) journal << 32;
  }

  /** Whether these are the bytes of a mark. */
  static boolean isMark(long bytes) {
    return (bytes & 0xffffffffL) == MARK;
  }

  /** The signature or mark of a file. */
  record Found(long address, long bytes) {
    /** Whether the file waits for its journal. */
    boolean isMarked() {
      return isMark(bytes);
    }
  }

  /**
   * Looks for the signature or a mark, where HDF5 looks for the signature.
   *
   * @return null if there is none: it is not an HDF5 file
   */
  static Found find(Disk file) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(SIGNATURE_BYTES, SIGNATURE_BYTES);
      for (long at = 0; at >= 0; at = at == 0 ? FIRST_PLACE : at << 1) {
        if (file.read(at, bytes) < SIGNATURE_BYTES) {
          return null;
        }
        long found = bytes.get(JAVA_LONG_UNALIGNED, 0);
        if (found == SIGNATURE || isMark(found)) {
          return new Found(at, found);
        }
      }
      return null;
    }
  }

  /**
   * Removes from a superblock the flag that a program has the file open for writing. HDF5 refuses
   * to open a file with this flag, and a program that dies would leave it.
   *
   * @param bytes a superblock and what follows it; is changed
   */
  static void clearWriteAccess(MemorySegment bytes) {
    if (bytes.byteSize() < FLAGS + 1
        || bytes.get(JAVA_LONG_UNALIGNED, 0) != SIGNATURE
        || bytes.get(JAVA_BYTE, VERSION) < 2) {
      return; // the flags of older versions mean nothing
    }
    int flags = bytes.get(JAVA_BYTE, FLAGS);
    long checked = FLAGS + 1 + 4L * bytes.get(JAVA_BYTE, ADDRESS_BYTES);
    if ((flags & WRITE_ACCESS) == 0 || bytes.byteSize() < checked + 4) {
      return;
    }
    bytes.set(JAVA_BYTE, FLAGS, (byte) (flags & ~WRITE_ACCESS));
    bytes.set(JAVA_INT_UNALIGNED, checked, checksum(bytes.asSlice(0, checked)));
  }

  /** HDF5's checksum of metadata: Bob Jenkins' lookup3, from 0. */
  static int checksum(MemorySegment bytes) {
    long length = bytes.byteSize();
    int a = 0xdeadbeef + (int) length;
    int b = a;
    int c = a;
    long at = 0;
    while (length - at > 12) {
      a += word(bytes, at);
      b += word(bytes, at + 4);
      c += word(bytes, at + 8);
      a = (a - c) ^ Integer.rotateLeft(c, 4);
      c += b;
      b = (b - a) ^ Integer.rotateLeft(a, 6);
      a += c;
      c = (c - b) ^ Integer.rotateLeft(b, 8);
      b += a;
      a = (a - c) ^ Integer.rotateLeft(c, 16);
      c += b;
      b = (b - a) ^ Integer.rotateLeft(a, 19);
      a += c;
      c = (c - b) ^ Integer.rotateLeft(b, 4);
      b += a;
      at += 12;
    }
    if (at == length) {
      return c;
    }
    a += word(bytes, at);
    b += word(bytes, at + 4);
    c += word(bytes, at + 8);
    c = (c ^ b) - Integer.rotateLeft(b, 14);
    a = (a ^ c) - Integer.rotateLeft(c, 11);
    b = (b ^ a) - Integer.rotateLeft(a, 25);
    c = (c ^ b) - Integer.rotateLeft(b, 16);
    a = (a ^ c) - Integer.rotateLeft(c, 4);
    b = (b ^ a) - Integer.rotateLeft(a, 14);
    c = (c ^ b) - Integer.rotateLeft(b, 24);
    return c;
  }

  /** Four bytes as a little-endian number; those that are not there are 0. */
  private static int word(MemorySegment bytes, long at) {
    int word = 0;
    for (int i = 0; i < 4 && at + i < bytes.byteSize(); i++) {
      word |= (bytes.get(JAVA_BYTE, at + i) & 0xff) << 8 * i;
    }
    return word;
  }
}
