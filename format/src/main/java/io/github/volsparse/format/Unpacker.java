package io.github.volsparse.format;

import java.lang.foreign.MemorySegment;

/**
 * Copies packed values into a block of elements, at the positions of set bits, of a list, or of
 * runs, in arrays that stay in the nearest cache. The counterpart of {@link Packer}.
 */
abstract class Unpacker {
  static final int BLOCK_BYTES = Packer.BLOCK_BYTES;

  /** Room behind values and block, several of which are read and written at a time. */
  static final int SLACK = Long.SIZE;

  final int elementSize;
  final int blockElements;

  Unpacker(int elementSize) {
    this.elementSize = elementSize;
    this.blockElements = Integer.highestOneBit(BLOCK_BYTES / elementSize);
  }

  /** Whether there is an unpacker for elements of this size: a word of bits fits a block. */
  static boolean unpacks(int elementSize) {
    return elementSize <= BLOCK_BYTES / Long.SIZE;
  }

  static Unpacker of(int elementSize, Fill fill) {
    return switch (elementSize) {
      case 1 -> new UnpackerBytes();
      case 2 -> new UnpackerShorts();
      case 4 -> new UnpackerInts();
      case 8 -> new UnpackerLongs();
      default -> new UnpackerRecords(elementSize, fill);
    };
  }

  /** Fetches the next values; at most a block of them. */
  abstract void load(ValueReader from, int count);

  /** The values that were fetched. */
  abstract MemorySegment loaded();

  /** Sets the block to the fill value, repeated to fill a word. */
  abstract void fill(long pattern);

  /**
   * Lays the values out at the set bits; the rest of the block holds the fill value already.
   *
   * @param at the word that has the bits of the block's first elements
   */
  abstract void scatter(long[] bits, int at, long pattern);

  /**
   * Lays the values out at the positions of a list.
   *
   * @param from the first position
   * @param to behind the last one
   * @param base the position with which the block begins
   */
  abstract void scatter(short[] positions, int from, int to, int base);

  /**
   * Copies neighbouring values.
   *
   * @param value the first one
   * @param to where it comes in the block
   */
  abstract void copyRun(int value, int to, int count);

  /** Puts the values straight into memory, at the positions of a list from {@code toAt} on. */
  abstract void store(short[] positions, int count, MemorySegment to, long toAt);

  /** Copies the first elements of the block. */
  abstract void copyOut(int elements, MemorySegment to, long toAt);
}
