package io.github.volsparse.driver;

import java.lang.foreign.MemorySegment;

/**
 * An open file of the operating system.
 *
 * <p>Every method throws {@link DiskException} if the system reports an error.
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

  /** Sets the length of the file in bytes. */
  void truncate(long size);

  /** Writes the file to the device, so that it survives a failure of the machine. */
  void sync();

  /** The length of the file in bytes. */
  long size();

  /**
   * Locks the file against all other opens until it is closed. A lock ends with its process and the
   * children of that by {@code fork()}, like HDF5's own locks.
   *
   * @return false if it is already locked
   */
  boolean lock();

  /** The descriptor; -1 if there is none. */
  int descriptor();

  @Override
  void close();
}
