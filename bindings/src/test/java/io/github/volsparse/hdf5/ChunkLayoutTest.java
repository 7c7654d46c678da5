package io.github.volsparse.hdf5;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ChunkLayoutTest {
  /** A size that does not fit into an {@code int}. */
  private static final long SIZE = 3_000_000_000L;

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment arguments = arena.allocate(ChunkArguments.BYTES, 8);
  private final MemorySegment offset = arena.allocate(16);
  private final MemorySegment bufferSize = arena.allocate(8);

  @AfterEach
  void close() {
    arena.close();
  }

  @Test
  void narrowWrite() {
    ChunkLayout.NARROW.setWrite(arguments, offset, 5, SIZE, 4711);
    assertEquals(offset.address(), arguments.get(JAVA_LONG, 0));
    assertEquals(5, arguments.get(JAVA_INT, 8));
    assertEquals((int) SIZE, arguments.get(JAVA_INT, 12));
    assertEquals(4711, arguments.get(JAVA_LONG, 16));
    assertEquals(SIZE, ChunkLayout.NARROW.sizeOfWrite(arguments));
    assertEquals(4711, ChunkLayout.NARROW.bufferOfWrite(arguments));
  }

  @Test
  void wideWrite() {
    ChunkLayout.WIDE.setWrite(arguments, offset, 5, SIZE, 4711);
    assertEquals(offset.address(), arguments.get(JAVA_LONG, 0));
    assertEquals(5, arguments.get(JAVA_INT, 8));
    assertEquals(SIZE, arguments.get(JAVA_LONG, 16));
    assertEquals(4711, arguments.get(JAVA_LONG, 24));
    assertEquals(SIZE, ChunkLayout.WIDE.sizeOfWrite(arguments));
    assertEquals(4711, ChunkLayout.WIDE.bufferOfWrite(arguments));
  }

  @Test
  void onlyAWideReadSaysHowLargeItsBufferIs() {
    for (ChunkLayout layout : ChunkLayout.values()) {
      layout.setRead(arguments, offset, 4711, bufferSize);
      assertEquals(offset.address(), arguments.get(JAVA_LONG, 0));
      assertEquals(4711, arguments.get(JAVA_LONG, 16));
    }
    assertEquals(bufferSize, ChunkLayout.WIDE.bufferSizeOfRead(arguments));
    assertNull(ChunkLayout.NARROW.bufferSizeOfRead(arguments));
    ChunkLayout.WIDE.setRead(arguments, offset, 4711, MemorySegment.NULL);
    assertNull(ChunkLayout.WIDE.bufferSizeOfRead(arguments));
  }
}
