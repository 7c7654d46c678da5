package io.github.volsparse.driver;

import java.lang.foreign.MemorySegment;

/**
 * An open file, as the operating system has it.
 *
 * <p>Every method throws {@link DiskException} where the system refuses.
 */
interface Disk extends AutoCloseable {
  /**
   * Reads from a position on.
   *
   * @param into native memory, which is filled unless the file ends before
   * @return the bytes read
   */
  long read(long position, MemorySegment into);

  /**
   * Writes all of the memory at a position.
   *
   * @param from native memory
   */
  void write(long position, MemorySegment from);

  /** Makes the file so many bytes long. */
  void truncate(long size);

  /** Has all of the file survive the machine. */
  void sync();

  /** The length of the file in bytes. */
  long size();

  /**
   * Locks the file against all others who open it, until it is closed. A lock ends with its process
   * and that one's children by {@code fork()}, as HDF5's own locks do.
   *
   * @return false if another one has locked it
   */
  boolean lock();

  /** The descriptor; -1 if there is none. */
  int descriptor();

  @Override
  void close();
}
