package io.github.volsparse.hdf5;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * C strings in UTF-8, terminated by a zero byte. They are copied from segment to segment: {@link
 * Arena#allocateFrom(String)} and {@link MemorySegment#getString(long)} copy from and to arrays,
 * which takes 3 ms to link in a cold JVM.
 */
public final class Text {
  private Text() {}

  /** Copies a text into memory of the arena. */
  public static MemorySegment allocate(Arena arena, String text) {
    byte[] bytes = text.getBytes(UTF_8);
    MemorySegment memory = arena.allocate(bytes.length + 1L);
    MemorySegment.copy(MemorySegment.ofArray(bytes), 0, memory, 0, bytes.length);
    return memory;
  }

  /** Returns the text at the beginning of memory. */
  public static String at(MemorySegment memory) {
    long length = 0;
    while (memory.get(JAVA_BYTE, length) != 0) {
      length++;
    }
    return new String(memory.asSlice(0, length).toArray(JAVA_BYTE), UTF_8);
  }
}
