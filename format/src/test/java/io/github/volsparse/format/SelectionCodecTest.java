package io.github.volsparse.format;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.roaringbitmap.ContainerPointer;
import org.roaringbitmap.RoaringBitmap;

class SelectionCodecTest {

  @Test
  void writesTheBytesOfTheRoaringLibrary() {
    Randomised.everyRound(
        300,
        random -> {
          RoaringBitmap bitmap = randomBitmap(random);
          Positions positions = positions(bitmap);
          byte[] bytes = write(positions);
          byte[] library = libraryBytes(bitmap);
          if (bytes.length < library.length) {
            // The library takes runs where there are two positions to each, an array has 2 bytes
            // less.
            assertTrue(hasTwoPositionsPerRun(positions));
          } else {
            assertArrayEquals(library, bytes);
          }
          Positions read =
              SelectionCodec.read(
                  MemorySegment.ofArray(bytes), ChunkSpec.MAX_ELEMENTS, positions.total());
          assertEquals(bitmap, read.toBitmap());
        });
  }

  /** Whether a container has just two positions for every run. */
  private static boolean hasTwoPositionsPerRun(Positions positions) {
    ContainerView view = new ContainerView();
    for (int c = 0; c < positions.size(); c++) {
      view.openRuns(positions.container(c));
      if (positions.cardinality(c) == 2 * view.runs()) {
        return true;
      }
    }
    return false;
  }

  /** Containers of all three kinds, few and many, up to the end of the largest chunk. */
  private static RoaringBitmap randomBitmap(SplittableRandom random) {
    RoaringBitmap bitmap = new RoaringBitmap();
    long at = random.nextBoolean() ? 0 : random.nextLong(ChunkSpec.MAX_ELEMENTS - 1_000_000);
    for (int part = random.nextInt(1, 6); part > 0; part--) {
      int gap = random.nextInt(1, 40);
      int length = random.nextInt(1, random.nextBoolean() ? 2 : 500);
      long end = at + random.nextInt(1, 150_000);
      while (at < end) {
        long from = at + random.nextInt(gap);
        at = from + random.nextInt(1, length + 1);
        bitmap.add(from, at);
      }
      at += random.nextInt(200_000) + 1L;
      if (at > ChunkSpec.MAX_ELEMENTS - 1_000_000) {
        bitmap.add(ChunkSpec.MAX_ELEMENTS - 1, ChunkSpec.MAX_ELEMENTS);
        break;
      }
    }
    return bitmap;
  }

  /** The same set, its containers in whatever form the library has chosen. */
  private static Positions positions(RoaringBitmap bitmap) {
    PositionsBuilder positions = new PositionsBuilder();
    for (ContainerPointer container = bitmap.getContainerPointer();
        container.getContainer() != null;
        container.advance()) {
      positions.append(container.key(), container.getContainer());
    }
    return positions.build();
  }

  @Test
  void writesTheLargestChunkWhole() {
    RoaringBitmap all = new RoaringBitmap();
    all.add(0, ChunkSpec.MAX_ELEMENTS);
    byte[] bytes = write(Positions.all(ChunkSpec.MAX_ELEMENTS));
    assertArrayEquals(libraryBytes(all), bytes);
    Positions read =
        SelectionCodec.read(
            MemorySegment.ofArray(bytes), ChunkSpec.MAX_ELEMENTS, ChunkSpec.MAX_ELEMENTS);
    assertEquals(all, read.toBitmap());
  }

  @Test
  void readsOffsetsOnlyWhereTheFormatHasThem() {
    for (int containers = 1; containers < 7; containers++) {
      RoaringBitmap single = new RoaringBitmap();
      RoaringBitmap many = new RoaringBitmap();
      for (long c = 0; c < containers; c++) {
        single.add(c << 16, (c << 16) + 1);
        many.add(c << 16, (c << 16) + 1000);
      }
      assertArrayEquals(libraryBytes(single), write(positions(single)));
      assertArrayEquals(libraryBytes(many), write(positions(many)));
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
        "does not follow", 12346, 2, 0x0001_0000, 0x0001_0000, 24, 28, 0x0002_0001, 0x0002_0001);
    assertMalformed("does not have 8192 positions", bitmapOf(8192, 8191));
  }

  @Test
  void rejectsMalformedRuns() {
    assertMalformedRuns("out of order or too long", 2, 5, 2, 7, 1);
    assertMalformedRuns("out of order or too long", 1, 65000, 1000);
    assertMalformedRuns("does not have 2 positions", 1, 5, 2);
    assertMalformedRuns("does not have 2 positions", 0);
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

  /** Writes a section as a blob's is written: container by container, and then moved. */
  static byte[] write(Positions positions) {
    SelectionCodec codec = new SelectionCodec();
    long most = SelectionCodec.maximumBytes(ChunkSpec.MAX_ELEMENTS, positions.total());
    MemorySegment memory = MemorySegment.ofArray(new byte[(int) most]);
    ContainerBits container = new ContainerBits();
    codec.begin(memory);
    for (int c = 0; c < positions.size(); c++) {
      container.load(positions.container(c));
      codec.add(positions.key(c), container);
    }
    assertEquals(positions.total(), codec.total());
    codec.write(memory, 0);
    return memory.asSlice(0, codec.length()).toArray(JAVA_BYTE);
  }

  private static byte[] libraryBytes(RoaringBitmap bitmap) {
    RoaringBitmap optimised = bitmap.clone();
    optimised.runOptimize();
    byte[] bytes = new byte[optimised.serializedSizeInBytes()];
    optimised.serialize(ByteBuffer.wrap(bytes));
    return bytes;
  }
}
