package io.github.volsparse.hdf5;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/**
 * Pointers in structs, written as the numbers they are: a pointer set with the layout {@code
 * ADDRESS}, as the generated classes do it, takes 30 ms to link in a cold JVM.
 */
public final class Pointers {
  private Pointers() {}

  /** Sets a pointer. */
  public static void set(MemorySegment struct, long offset, MemorySegment target) {
    struct.set(JAVA_LONG, offset, target.address());
  }

  /** Returns where a pointer leads: memory of no known size. */
  public static MemorySegment get(MemorySegment struct, long offset) {
    return MemorySegment.ofAddress(struct.get(JAVA_LONG, offset));
  }
}
