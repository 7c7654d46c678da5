package io.github.volsparse.driver;

/**
 * The files of the operating system, by their paths.
 *
 * <p>Every method throws {@link DiskException} if the system reports an error.
 */
interface Disks {
  /** How a file is opened. */
  enum Mode {
    /** To be read. */
    READ,
    /** To be read and written. */
    WRITE,
    /** To be read and written; it is made if it is not there. */
    CREATE
  }

  /** Opens a file; null if it is not there. */
  Disk open(String path, Mode mode);

  /** Whether there is a file. */
  boolean exists(String path);

  /** Removes a file, if it is there. */
  void remove(String path);

  /** Gives a file another name. */
  void rename(String from, String to);

  /**
   * Writes the folder of a file to the device, so that its names survive a failure of the machine.
   */
  void syncFolder(String path);

  /** A path without symbolic links; the path itself if it cannot be resolved. */
  String resolve(String path);

  /** The present path of an open file; null if it has no name any more, or the path is unknown. */
  String pathOf(int descriptor);
}
