package io.github.volsparse.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Reads one selection section from front to back and checks all of it, see {@link SelectionCodec}.
 * A subclass gets each container after it has been checked.
 */
abstract class SelectionReader {
  private final MemorySegment section;
  private long at;
  private long elements;
  private long expected;

  /** How many positions there were in the containers before. */
  private long total;

  // Made when first needed.
  private long[] bits;
  private short[] positions;
  private short[] starts;
  private short[] lengths;

  SelectionReader(MemorySegment section) {
    this.section = section;
  }

  /**
   * A container of positions in order.
   *
   * @param low the position that the lowest bits are added to
   * @param positions low 16 bits of the positions; to read only, and until the next container
   * @param cardinality how many they are
   */
  abstract void array(long low, short[] positions, int cardinality);

  /**
   * A container of bits.
   *
   * @param bits the bits of 65536 positions; to read only, and until the next container
   * @param cardinality how many are set
   */
  abstract void bitmap(long low, long[] bits, int cardinality);

  /**
   * A container of runs in order, which do not overlap but may touch.
   *
   * @param starts low 16 bits of the first position of each
   * @param lengths one less than its positions
   * @param count how many runs
   * @param cardinality the positions in all of them
   */
  abstract void runs(long low, short[] starts, short[] lengths, int count, int cardinality);

  /**
   * Reads the section.
   *
   * @param elements number of elements in the chunk: every position is below
   * @param expected number of positions that the blob's header promises
   * @throws CorruptBlobException if it is not a well-formed bitmap of that many such positions
   */
  final void read(long elements, long expected) {
    this.elements = elements;
    this.expected = expected;
    int cookie = readInt();
    boolean anyRun = (cookie & 0xFFFF) == SelectionCodec.COOKIE;
    if (!anyRun && cookie != SelectionCodec.COOKIE_NO_RUNS) {
      throw corrupt("is not a roaring bitmap: it starts with " + cookie);
    }
    int containers = anyRun ? (cookie >>> Short.SIZE) + 1 : readInt();
    if (containers < 1 || containers > SelectionCodec.CONTAINER) {
      throw corrupt("has " + containers + " containers");
    }
    long flagsAt = at;
    long keysAt = flagsAt + (anyRun ? Math.ceilDiv(containers, Byte.SIZE) : 0);
    long offsetsAt = keysAt + (long) containers * SelectionCodec.KEY_BYTES;
    boolean offsets = SelectionCodec.hasOffsets(containers, anyRun);
    at = offsetsAt + (offsets ? (long) containers * SelectionCodec.OFFSET_BYTES : 0);
    need(0);

    int lastKey = -1;
    for (int c = 0; c < containers; c++) {
      long keyAt = keysAt + (long) c * SelectionCodec.KEY_BYTES;
      int key = unsigned(keyAt);
      int cardinality = unsigned(keyAt + Short.BYTES) + 1;
      if (key <= lastKey) {
        throw corrupt("is damaged: container " + c + " does not follow the one before it");
      }
      long offsetAt = offsetsAt + (long) c * SelectionCodec.OFFSET_BYTES;
      if (offsets && section.get(Elements.INT, offsetAt) != (int) at) {
        throw corrupt("is damaged: container " + c + " is not at its offset");
      }
      boolean run = anyRun && (section.get(Elements.BYTE, flagsAt + c / 8) >> (c % 8) & 1) != 0;
      long low = (long) key * SelectionCodec.CONTAINER;
      if (run) {
        readRuns(low, cardinality);
      } else if (cardinality <= SelectionCodec.MAX_ARRAY) {
        readArray(low, cardinality);
      } else {
        readBitmap(low, cardinality);
      }
      total += cardinality;
      lastKey = key;
    }
    if (at != section.byteSize()) {
      throw corrupt("ends at byte " + at + " of " + section.byteSize());
    }
    if (total != expected) {
      throw new CorruptBlobException(
          "the selection has " + total + " positions, the header says " + expected);
    }
  }

  /** Checks that there are values for the positions of a container, before it is used. */
  private void checkTotal(int cardinality) {
    if (cardinality > expected - total) {
      throw new CorruptBlobException(
          "the selection has %d positions or more, the header says %d"
              .formatted(total + cardinality, expected));
    }
  }

  private void readRuns(long low, int cardinality) {
    int count = readShort();
    need((long) count * SelectionCodec.RUN_BYTES);
    if (starts == null || starts.length < count) {
      starts = new short[Math.max(16, count)];
      lengths = new short[starts.length];
    }
    int free = 0;
    int sum = 0;
    for (int i = 0; i < count; i++, at += SelectionCodec.RUN_BYTES) {
      int start = unsigned(at);
      int end = start + unsigned(at + Short.BYTES) + 1;
      if (start < free || end > SelectionCodec.CONTAINER) {
        throw corrupt(
            "is damaged: run "
                + (low + start)
                + " to "
                + (low + end)
                + " is out of order or too long");
      }
      starts[i] = (short) start;
      lengths[i] = (short) (end - start - 1);
      sum += end - start;
      free = end;
    }
    checkCardinality(low, sum, cardinality);
    checkLast(low + free - 1);
    checkTotal(cardinality);
    runs(low, starts, lengths, count, cardinality);
  }

  private void readArray(long low, int cardinality) {
    need((long) cardinality * Short.BYTES);
    if (positions == null) {
      positions = new short[SelectionCodec.MAX_ARRAY];
    }
    MemorySegment.copy(
        section,
        Elements.SHORT,
        at,
        MemorySegment.ofArray(positions),
        ValueLayout.JAVA_SHORT,
        0,
        cardinality);
    at += (long) cardinality * Short.BYTES;
    if (!ascends(positions, cardinality)) {
      throw corrupt("is damaged: positions from " + low + " on: one position is out of order");
    }
    checkLast(low + Short.toUnsignedInt(positions[cardinality - 1]));
    checkTotal(cardinality);
    array(low, positions, cardinality);
  }

  private static boolean ascends(short[] p, int count) {
    int wrong = 0;
    for (int i = 1; i < count; i++) {
      wrong |= (p[i] & 0xFFFF) - (p[i - 1] & 0xFFFF) - 1;
    }
    return wrong >= 0;
  }

  private void readBitmap(long low, int cardinality) {
    need(SelectionCodec.BITMAP_BYTES);
    if (bits == null) {
      bits = new long[SelectionCodec.BITMAP_WORDS];
    }
    Elements.copy(section, at, bits, SelectionCodec.BITMAP_WORDS);
    at += SelectionCodec.BITMAP_BYTES;
    checkCardinality(low, ContainerBits.count(bits, 0, SelectionCodec.BITMAP_WORDS), cardinality);
    if (low + SelectionCodec.CONTAINER > elements) {
      int last = SelectionCodec.BITMAP_WORDS - 1;
      while (bits[last] == 0) {
        last--; // some bit is set
      }
      checkLast(low + last * Long.SIZE + Long.SIZE - 1 - Long.numberOfLeadingZeros(bits[last]));
    }
    checkTotal(cardinality);
    bitmap(low, bits, cardinality);
  }

  private static void checkCardinality(long low, int found, int cardinality) {
    if (found != cardinality) {
      throw corrupt(
          "is damaged: the container of position "
              + low
              + " does not have "
              + cardinality
              + " positions");
    }
  }

  private void checkLast(long position) {
    if (position >= elements) {
      throw new CorruptBlobException(
          "the selection has position " + position + ", but its chunk has only " + elements);
    }
  }

  private int readInt() {
    need(Integer.BYTES);
    int value = section.get(Elements.INT, at);
    at += Integer.BYTES;
    return value;
  }

  private int readShort() {
    need(Short.BYTES);
    int value = unsigned(at);
    at += Short.BYTES;
    return value;
  }

  private int unsigned(long offset) {
    return Short.toUnsignedInt(section.get(Elements.SHORT, offset));
  }

  private void need(long bytes) {
    if (bytes > section.byteSize() - at) {
      throw corrupt("is cut off after " + section.byteSize() + " bytes");
    }
  }

  private static CorruptBlobException corrupt(String what) {
    return new CorruptBlobException("the selection " + what);
  }
}
