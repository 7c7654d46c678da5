package io.github.volsparse.hdf5;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * {@code H5O_info2_t}, of which the first fields are used: the file's number and the object token,
 * 16 bytes. By hand, because the generated class takes 20 ms to link in a cold JVM.
 */
public final class ObjectInfo {
  private static final long FILE_NUMBER = 0;
  private static final long TOKEN = 8;

  /** More than the 72 bytes of the struct. */
  private static final long BYTES = 128;

  private ObjectInfo() {}

  /** Returns memory for the struct. */
  public static MemorySegment allocate(Arena arena) {
    return arena.allocate(BYTES, 8);
  }

  /** Returns the number of the file the object is in. */
  public static long fileNumber(MemorySegment info) {
    return info.get(JAVA_LONG, FILE_NUMBER);
  }

  /** Returns the first or the other eight bytes of the object token. */
  public static long tokenWord(MemorySegment info, int index) {
    return info.get(JAVA_LONG, TOKEN + JAVA_LONG.byteSize() * index);
  }
}
