package io.github.volsparse.format;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.roaringbitmap.RoaringBitmap;

class SelectionCodecTest {

  private final SelectionCodec codec = new SelectionCodec();

  @Test
  void writesTheBytesOfTheRoaringLibrary() {
    Randomised.everyRound(
        300,
        random -> {
          Runs runs = randomRuns(random);
          byte[] bytes = write(runs);
          byte[] library = libraryBytes(runs);
          if (bytes.length < library.length) {
            // The library takes runs where there are two positions to each, an array has 2 bytes
            // less.
            assertTrue(hasTwoPositionsPerRun(runs));
          } else {
            assertArrayEquals(library, bytes);
          }
          Runs read =
              SelectionCodec.read(
                  MemorySegment.ofArray(bytes), ChunkSpec.MAX_ELEMENTS, runs.total());
          assertEquals(runs.size(), read.size());
          for (int run = 0; run < runs.size(); run++) {
            assertEquals(runs.start(run), read.start(run));
            assertEquals(runs.end(run), read.end(run));
          }
        });
  }

  /** Whether a container has just two positions for every run. */
  private static boolean hasTwoPositionsPerRun(Runs runs) {
    Map<Long, Long> surplus = new HashMap<>();
    for (int run = 0; run < runs.size(); run++) {
      for (long at = runs.start(run); at < runs.end(run); ) {
        long next = Math.min(runs.end(run), (at | 0xFFFF) + 1);
        surplus.merge(at >> 16, next - at - 2, Long::sum);
        at = next;
      }
    }
    return surplus.containsValue(0L);
  }

  /** Containers of all three kinds, few and many, up to the end of the largest chunk. */
  private static Runs randomRuns(SplittableRandom random) {
    Runs runs = new Runs();
    long at = random.nextBoolean() ? 0 : random.nextLong(ChunkSpec.MAX_ELEMENTS - 1_000_000);
    for (int part = random.nextInt(1, 6); part > 0; part--) {
      int gap = random.nextInt(1, 40);
      int length = random.nextInt(1, random.nextBoolean() ? 2 : 500);
      long end = at + random.nextInt(1, 150_000);
      while (at < end) {
        long from = at + random.nextInt(gap);
        at = from + random.nextInt(1, length + 1);
        runs.append(from, at);
      }
      at += random.nextInt(200_000) + 1L;
      if (at > ChunkSpec.MAX_ELEMENTS - 1_000_000) {
        runs.append(ChunkSpec.MAX_ELEMENTS - 1, ChunkSpec.MAX_ELEMENTS);
        break;
      }
    }
    return runs;
  }

  @Test
  void writesTheLargestChunkWhole() {
    Runs all = Runs.all(ChunkSpec.MAX_ELEMENTS);
    byte[] bytes = write(all);
    assertArrayEquals(libraryBytes(all), bytes);
    Runs read =
        SelectionCodec.read(
            MemorySegment.ofArray(bytes), ChunkSpec.MAX_ELEMENTS, ChunkSpec.MAX_ELEMENTS);
    assertEquals(1, read.size());
    assertEquals(ChunkSpec.MAX_ELEMENTS, read.total());
  }

  @Test
  void readsOffsetsOnlyWhereTheFormatHasThem() {
    for (int containers = 1; containers < 7; containers++) {
      Runs single = new Runs();
      Runs many = new Runs();
      for (long c = 0; c < containers; c++) {
        single.append(c << 16, (c << 16) + 1);
        many.append(c << 16, (c << 16) + 1000);
      }
      assertArrayEquals(libraryBytes(single), write(single));
      assertArrayEquals(libraryBytes(many), write(many));
    }
  }

  @Test
  void rejectsMalformedBitmaps() {
    // Cookie without runs, one container of key 0, its positions and its offset.
    assertMalformed("starts with", 12345, 1, 0x0001_0000, 16, 0x0002_0001);
    assertMalformed("has 0 containers", 12346, 0);
    assertMalformed("has 65537 containers", 12346, 65537);
    assertMalformed("cut off", 12346, 1, 0x0001_0000, 16);
    assertMalformed("cut off", 12346, 1, 0x0001_0000);
    assertMalformed("not at its offset", 12346, 1, 0x0001_0000, 20, 0x0002_0001);
    assertMalformed("out of order", 12346, 1, 0x0001_0000, 16, 0x0001_0001);
    assertMalformed("out of order", 12346, 1, 0x0001_0000, 16, 0x0001_0002);
    assertMalformed("ends at byte", 12346, 1, 0x0001_0000, 16, 0x0002_0001, 0);
    assertMalformed("has position 99", 12346, 1, 0x0001_0000, 16, 99 << 16 | 1);
    assertMalformed("header says 2", 12346, 1, 0x0003_0000, 16, 0x0002_0001, 0x0004_0003);
    assertMalformed(
        "is not behind", 12346, 2, 0x0001_0000, 0x0001_0000, 24, 28, 0x0002_0001, 0x0002_0001);
    assertMalformed("has not 8192 positions", bitmapOf(8192, 8191));
  }

  @Test
  void rejectsMalformedRuns() {
    assertMalformedRuns("out of order or too long", 2, 5, 2, 7, 1);
    assertMalformedRuns("out of order or too long", 1, 65000, 1000);
    assertMalformedRuns("has not 2 positions", 1, 5, 2);
    assertMalformedRuns("has not 2 positions", 0);
    assertMalformedRuns("cut off", 3, 5, 0, 9, 0);
  }

  /** One run container that claims two positions. */
  private static void assertMalformedRuns(String message, int... shorts) {
    ByteBuffer buffer = ByteBuffer.allocate(9 + 2 * shorts.length);
    buffer.order(ByteOrder.LITTLE_ENDIAN);
    buffer.putInt(12347).put((byte) 1).putInt(0x0001_0000);
    for (int value : shorts) {
      buffer.putShort((short) value);
    }
    assertMalformed(message, buffer.array());
  }

  private static int[] bitmapOf(int claimed, int positions) {
    int[] ints = new int[4 + 2048];
    ints[0] = 12346;
    ints[1] = 1;
    ints[2] = (claimed - 1) << 16;
    ints[3] = 16;
    for (int i = 0; i < positions; i++) {
      ints[4 + i / 32] |= 1 << i % 32;
    }
    return ints;
  }

  private static void assertMalformed(String message, int... ints) {
    ByteBuffer buffer = ByteBuffer.allocate(4 * ints.length);
    buffer.order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().put(ints);
    assertMalformed(message, buffer.array());
  }

  private static void assertMalformed(String message, byte[] bytes) {
    MemorySegment section = MemorySegment.ofArray(bytes);
    CorruptBlobException e =
        assertThrows(
            CorruptBlobException.class, () -> SelectionCodec.read(section, 99, 2), message);
    assertEquals(true, e.getMessage().contains(message), e.getMessage());
  }

  private byte[] write(Runs runs) {
    MemorySegment section = MemorySegment.ofArray(new byte[(int) codec.plan(runs)]);
    codec.write(runs, section, 0);
    return section.toArray(JAVA_BYTE);
  }

  private static byte[] libraryBytes(Runs runs) {
    RoaringBitmap bitmap = new RoaringBitmap();
    for (int run = 0; run < runs.size(); run++) {
      bitmap.add(runs.start(run), runs.end(run));
    }
    bitmap.runOptimize();
    byte[] bytes = new byte[bitmap.serializedSizeInBytes()];
    bitmap.serialize(ByteBuffer.wrap(bytes));
    return bytes;
  }
}
