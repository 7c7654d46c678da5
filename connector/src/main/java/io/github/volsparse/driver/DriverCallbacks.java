package io.github.volsparse.driver;

import io.github.volsparse.hdf5.Text;
import java.lang.foreign.MemorySegment;

/** What the plugin's file driver asks of Java. The words of a file are the first argument. */
public final class DriverCallbacks {
  private DriverCallbacks() {}

  /** A file has been opened for writing: {@code (words, name)}. */
  public static long open(long[] a) {
    FileDriver.add(a[0], Text.at(MemorySegment.ofAddress(a[1]).reinterpret(Long.MAX_VALUE)));
    return 0;
  }

  /** A file is about to be closed: {@code (words)}. */
  public static long close(long[] a) {
    DriverFile file = FileDriver.file(a[0]);
    if (file != null) {
      try {
        file.close();
      } finally {
        FileDriver.remove(a[0]);
      }
    }
    return 0;
  }

  /** Bytes are read of which some are held: {@code (words, address, size, buffer)}. */
  public static long read(long[] a) {
    FileDriver.file(a[0]).read(a[1], a[2], a[3]);
    return 0;
  }

  /** Bytes are written over flushed ones: {@code (words, address, size, buffer)}. */
  public static long write(long[] a) {
    DriverFile file = FileDriver.file(a[0]);
    boolean wasHeld = file.isHeld();
    file.write(a[1], a[2], a[3]);
    if (wasHeld != file.isHeld()) {
      FileDriver.noteHeld();
    }
    return 0;
  }

  /** The file gets shorter than it was flushed: {@code (words, size)}. */
  public static long truncate(long[] a) {
    FileDriver.file(a[0]).truncate(a[1]);
    FileDriver.noteHeld();
    return 0;
  }
}
