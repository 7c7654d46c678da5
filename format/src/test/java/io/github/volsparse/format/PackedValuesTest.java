package io.github.volsparse.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PackedValuesTest {
  private static final PackedValues.Writer WRITER = new PackedValues.Writer();

  private static byte[] pack(byte[] values, int size, long base) {
    MemorySegment from = MemorySegment.ofArray(values);
    long planned = WRITER.plan(from, size, base);
    MemorySegment to = MemorySegment.ofArray(new byte[(int) planned]);
    assertEquals(-1, WRITER.encode(from, size, base, to, planned - 1));
    assertEquals(planned, WRITER.encode(from, size, base, to, planned));
    return to.toArray(Elements.BYTE);
  }

  private static byte[] unpack(byte[] section, int size, int rawBytes) {
    MemorySegment from = MemorySegment.ofArray(section);
    if (!ValueCoding.PACKED.isPossible(size, rawBytes, section.length)) {
      throw new CorruptBlobException("not possible");
    }
    byte[] values = new byte[rawBytes];
    ValueCoding.PACKED.decode(from, size, MemorySegment.ofArray(values));
    return values;
  }

  @Test
  void comeBack() {
    Randomised.everyRound(
        2000,
        random -> {
          int size = 1 << random.nextInt(4);
          int lane = 8 * size;
          byte[] values = new byte[size * random.nextInt(1, 5000)];
          ByteBuffer buffer = ByteBuffer.wrap(values).order(ByteOrder.LITTLE_ENDIAN);
          long common = random.nextInt(2);
          int width = random.nextInt(lane + 1);
          long mask = width == 0 ? 0 : -1L >>> 64 - width;
          long most = -1L >>> 64 - lane;
          long base = random.nextBoolean() ? common : random.nextLong() & most;
          for (int at = 0; at < values.length; at += size) {
            long value = random.nextInt(400) == 0 ? random.nextLong() : random.nextLong() & mask;
            value = Math.max(common, (base + value & most) == 0 ? common : base + value & most);
            if (Long.compareUnsigned(base + (value & mask), most) > 0) {
              value = common;
            }
            for (int i = 0; i < size; i++) {
              buffer.put(at + i, (byte) (value >>> 8 * i));
            }
          }
          for (int at = 0; common == 1 && at < values.length; at += size) {
            boolean isZero = true;
            for (int i = 0; i < size; i++) {
              isZero &= values[at + i] == 0;
            }
            values[at] = isZero ? 1 : values[at];
          }
          byte[] section = pack(values, size, common);
          assertArrayEquals(values, unpack(section, size, values.length));
        });
  }

  @Test
  void takeAsManyBitsAsTheLargest() {
    for (int size : new int[] {1, 2, 4, 8}) {
      for (int width = 0; width <= 8 * size; width++) {
        byte[] values = new byte[3 * 512];
        for (int at = 0; at < values.length; at += 512) {
          for (int bit = 0; bit < width; bit++) {
            values[at + 16 + bit / 8] |= (byte) (1 << bit % 8);
          }
        }
        int stored = 2 * width > 8 * size ? 8 * size : width;
        byte[] section = pack(values, size, 0);
        for (int block = 0; block < 3; block++) {
          assertEquals(stored, section[8 + block], size + " bytes, width " + width);
        }
        assertArrayEquals(values, unpack(section, size, values.length));
      }
    }
  }

  @Test
  void haveBasesOfTheirOwnWhereThatSaves() {
    for (int size : new int[] {2, 4, 8}) {
      for (int high : new int[] {100, 255}) {
        byte[] values = new byte[1024];
        for (int i = 0; i < 512; i++) {
          values[i] =
              (byte) (i % size == size - 1 ? high : i % size == 0 ? 252 + i / size % 4 : 255);
        }
        byte[] section = pack(values, size, 0);
        assertEquals(0x80 | 2, section[8] & 0xFF, size + " bytes from " + high);
        assertEquals(0, section[9]);
        assertArrayEquals(values, unpack(section, size, 1024));
      }
    }
  }

  /** Values to be read in pieces of any length. */
  @Test
  void areReadInPieces() {
    Randomised.everyRound(
        200,
        random -> {
          int count = random.nextInt(1, 30_000);
          byte[] values = new byte[2 * count];
          for (int i = 0; i < count; i++) {
            values[2 * i] = (byte) random.nextInt(1, 8);
          }
          MemorySegment section = MemorySegment.ofArray(pack(values, 2, 1));
          ValueReader reader = ValueCoding.PACKED.reader(section, 2, values.length);
          MemorySegment read = MemorySegment.ofArray(new byte[values.length]);
          for (int at = 0; at < count; ) {
            int piece = Math.min(random.nextInt(1, 6000), count - at);
            reader.next(read, 2L * at, piece);
            at += piece;
          }
          assertArrayEquals(values, read.toArray(Elements.BYTE));
        });
  }

  @Test
  void saveWhatTheyCan() {
    byte[] twos = new byte[2 * 256 * 16];
    for (int i = 0; i < twos.length; i += 2) {
      twos[i] = (byte) (1 + i / 2 % 4);
    }
    // A base, 16 descriptors, and two bits for each of 256 values in a block.
    assertEquals(8 + 16 + 16 * 64, pack(twos, 2, 1).length);
    byte[] equal = new byte[4 * 128];
    Arrays.fill(equal, (byte) 77);
    assertEquals(8 + 8 + 8, pack(equal, 4, 0).length, "equal values are their base");
  }

  @Test
  void rejectMalformedSections() {
    byte[] values = new byte[1024];
    for (int i = 0; i < values.length; i += 2) {
      values[i] = (byte) (1 + i % 3);
    }
    byte[] good = pack(values, 2, 1);
    assertArrayEquals(values, unpack(good, 2, 1024));
    assertMalformed("base that exceeds their size", good, 2, 1);
    assertMalformed("padding that is not zero", good, 10, 1);
    assertMalformed("width of 9 bits", good, 8, 9);
    assertMalformed("width of 17 bits", good, 8, 17);
    assertMalformed("width of 127 bits", good, 9, 0x7F);
    assertMalformed("cut off", good, 9, 16);
    assertMalformed("end before", good, 9, 0);
    assertMalformed("cut off", good, 8, 0x90);
    assertMalformed("exceed the range of their type", good, 0, 0xFF, 0xFF);
    assertMessage("cut off", Arrays.copyOf(good, good.length - 8));
    assertMessage("end before", Arrays.copyOf(good, good.length + 8));
    assertMessage("not possible", Arrays.copyOf(good, 15));
  }

  private static void assertMalformed(String message, byte[] good, int at, int... bytes) {
    byte[] bad = good.clone();
    for (int i = 0; i < bytes.length; i++) {
      bad[at + i] = (byte) bytes[i];
    }
    assertMessage(message, bad);
  }

  private static void assertMessage(String message, byte[] section) {
    CorruptBlobException e =
        assertThrows(CorruptBlobException.class, () -> unpack(section, 2, 1024), message);
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }
}
