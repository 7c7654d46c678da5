package io.github.volsparse.format;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Byte transposition: first byte of every element, then the second of every element, and so on.
 * Similar high bytes become neighbours, which LZ4 compresses. The result is that of HDF5's shuffle
 * filter for the values.
 */
public final class Shuffle {

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  /** About how many bytes are shuffled at a time: in arrays, and in the nearest cache. */
  private static final int BLOCK_BYTES = 1 << 13;

  private Shuffle() {}

  /** Elements in a block: a multiple of 8, so that 2-byte ones go four at a time. */
  private static int blockElements(int elementSize) {
    return Math.max(8, BLOCK_BYTES / elementSize & -8);
  }

  /** Shuffles the whole elements of one segment into another; what is left over is left out. */
  static void shuffle(MemorySegment from, int elementSize, MemorySegment to) {
    long elements = from.byteSize() / elementSize;
    int block = blockElements(elementSize);
    byte[] plain = new byte[block * elementSize];
    byte[] shuffled = new byte[block * elementSize];
    for (long at = 0; at < elements; at += block) {
      int count = (int) Math.min(block, elements - at);
      Elements.copy(from, at * elementSize, plain, count * elementSize);
      shuffle(plain, count, elementSize, shuffled);
      MemorySegment planes = MemorySegment.ofArray(shuffled);
      for (int plane = 0; plane < elementSize; plane++) {
        MemorySegment.copy(planes, (long) plane * count, to, plane * elements + at, count);
      }
    }
  }

  /**
   * Puts the bytes of each element of a segment together again, in another one.
   *
   * @param from what HDF5's filter made: bytes of no whole element are at the end
   * @param elementSize in bytes, at least 1
   * @param to receives as many bytes
   */
  public static void unshuffle(MemorySegment from, int elementSize, MemorySegment to) {
    long elements = from.byteSize() / elementSize;
    int block = (int) Math.min(blockElements(elementSize), elements);
    byte[] shuffled = new byte[block * elementSize];
    byte[] plain = new byte[block * elementSize];
    for (long at = 0; at < elements; at += block) {
      int count = (int) Math.min(block, elements - at);
      unshuffle(from, elements, at, count, elementSize, shuffled, plain);
      Elements.copy(plain, count * elementSize, to, at * elementSize);
    }
    long whole = elements * elementSize;
    MemorySegment.copy(from, whole, to, whole, from.byteSize() - whole);
  }

  /** Unshuffles {@code count} of the elements of {@code planes}, through {@code room}. */
  private static void unshuffle(
      MemorySegment planes,
      long elements,
      long at,
      int count,
      int elementSize,
      byte[] room,
      byte[] to) {
    MemorySegment shuffled = MemorySegment.ofArray(room);
    for (int plane = 0; plane < elementSize; plane++) {
      MemorySegment.copy(planes, plane * elements + at, shuffled, (long) plane * count, count);
    }
    unshuffle(room, count, elementSize, to);
  }

  /** Shuffled values, one after another. */
  static final class Reader extends ValueReader.InPieces {
    private final Block planes;
    private final int elementSize;
    private final long elements;
    private final byte[] shuffled;
    private final byte[] plain;

    /** The next element to put back in order. */
    private long next;

    /**
     * Takes what it reads.
     *
     * @param planes all values, shuffled; given back with this
     */
    Reader(Block planes, int elementSize) {
      this(planes, elementSize, new byte[blockElements(elementSize) * elementSize]);
    }

    private Reader(Block planes, int elementSize, byte[] plain) {
      super(MemorySegment.ofArray(plain), elementSize);
      this.planes = planes;
      this.elementSize = elementSize;
      this.elements = planes.size() / elementSize;
      this.plain = plain;
      this.shuffled = new byte[plain.length];
    }

    @Override
    int decode() {
      int count = (int) Math.min(blockElements(elementSize), elements - next);
      unshuffle(planes.segment(), elements, next, count, elementSize, shuffled, plain);
      next += count;
      return count * elementSize;
    }

    @Override
    void giveBack() {
      planes.giveBack();
    }
  }

  /** Shuffles whole elements from one array into another. */
  private static void shuffle(byte[] from, int elements, int elementSize, byte[] to) {
    if (elementSize == 2) {
      shufflePairs(from, elements, to);
      return;
    }
    for (int plane = 0; plane < elementSize; plane++) {
      int start = plane * elements;
      for (int i = 0, at = plane; i < elements; i++, at += elementSize) {
        to[start + i] = from[at];
      }
    }
  }

  /** Four elements of two bytes at a time, the most frequent size in detector data. */
  private static void shufflePairs(byte[] from, int elements, byte[] to) {
    int whole = elements / 4 * 4;
    for (int i = 0; i < whole; i += 4) {
      long word = (long) LONG.get(from, 2 * i);
      INT.set(to, i, evenBytes(word));
      INT.set(to, elements + i, evenBytes(word >>> Byte.SIZE));
    }
    for (int i = whole; i < elements; i++) {
      to[i] = from[2 * i];
      to[elements + i] = from[2 * i + 1];
    }
  }

  private static int evenBytes(long word) {
    long even = word & 0x00FF_00FF_00FF_00FFL;
    even = (even | even >>> 8) & 0x0000_FFFF_0000_FFFFL;
    return (int) (even | even >>> 16);
  }

  private static void unshuffle(byte[] from, int elements, int elementSize, byte[] to) {
    int done =
        switch (elementSize) {
          case 2 -> unshuffle2(from, elements, to);
          case 4 -> unshuffle4(from, elements, to);
          case 8 -> unshuffle8(from, elements, to);
          default -> 0;
        };
    for (int plane = 0; plane < elementSize; plane++) {
      int start = plane * elements;
      for (int i = done, at = done * elementSize + plane; i < elements; i++, at += elementSize) {
        to[at] = from[start + i];
      }
    }
  }

  // Four or two elements at a time. Each returns how many it has done.

  private static int unshuffle2(byte[] from, int elements, byte[] to) {
    int whole = elements / 4 * 4;
    for (int i = 0; i < whole; i += 4) {
      LONG.set(to, 2 * i, pairs(from, i, elements));
    }
    return whole;
  }

  private static int unshuffle4(byte[] from, int elements, byte[] to) {
    int whole = elements / 4 * 4;
    for (int i = 0; i < whole; i += 4) {
      long low = pairs(from, i, elements);
      long high = pairs(from, i + 2 * elements, elements);
      LONG.set(to, 4 * i, spreadShorts(low) | spreadShorts(high) << Short.SIZE);
      LONG.set(to, 4 * i + 8, spreadShorts(low >>> 32) | spreadShorts(high >>> 32) << Short.SIZE);
    }
    return whole;
  }

  private static int unshuffle8(byte[] from, int elements, byte[] to) {
    int whole = elements / 4 * 4;
    for (int i = 0; i < whole; i += 4) {
      long a = pairs(from, i, elements);
      long b = pairs(from, i + 2 * elements, elements);
      long c = pairs(from, i + 4 * elements, elements);
      long d = pairs(from, i + 6 * elements, elements);
      long low = spreadShorts(a) | spreadShorts(b) << Short.SIZE;
      long high = spreadShorts(c) | spreadShorts(d) << Short.SIZE;
      LONG.set(to, 8 * i, low & 0xFFFF_FFFFL | high << Integer.SIZE);
      LONG.set(to, 8 * i + 8, low >>> Integer.SIZE | high & 0xFFFF_FFFF_0000_0000L);
      low = spreadShorts(a >>> 32) | spreadShorts(b >>> 32) << Short.SIZE;
      high = spreadShorts(c >>> 32) | spreadShorts(d >>> 32) << Short.SIZE;
      LONG.set(to, 8 * i + 16, low & 0xFFFF_FFFFL | high << Integer.SIZE);
      LONG.set(to, 8 * i + 24, low >>> Integer.SIZE | high & 0xFFFF_FFFF_0000_0000L);
    }
    return whole;
  }

  /** Four bytes of one plane and of the next, alternating. */
  private static long pairs(byte[] from, int at, int elements) {
    return spreadBytes((int) INT.get(from, at))
        | spreadBytes((int) INT.get(from, at + elements)) << Byte.SIZE;
  }

  private static long spreadBytes(int bytes) {
    return spreadTo(spreadShorts(bytes), Byte.SIZE, 0x00FF_00FF_00FF_00FFL);
  }

  /** The two shorts of the low half, apart by a short. */
  private static long spreadShorts(long shorts) {
    return spreadTo(shorts & 0xFFFF_FFFFL, Short.SIZE, 0x0000_FFFF_0000_FFFFL);
  }

  private static long spreadTo(long units, int by, long mask) {
    return (units | units << by) & mask;
  }
}
