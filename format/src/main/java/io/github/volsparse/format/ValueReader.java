package io.github.volsparse.format;

import java.lang.foreign.MemorySegment;

/** The values of a blob, one after another, however they are stored. */
abstract class ValueReader {
  /**
   * Copies the next values, which the blob has.
   *
   * @param to receives them
   * @param at where the first one comes, in bytes
   * @param count how many
   * @throws CorruptBlobException if they are not to be had
   */
  abstract void next(MemorySegment to, long at, long count);

  /** Gives back what memory it took. */
  void giveBack() {}

  /** Values as they are. */
  static final class Raw extends ValueReader {
    private final MemorySegment values;
    private final int elementSize;
    private long from;

    Raw(MemorySegment values, int elementSize) {
      this.values = values;
      this.elementSize = elementSize;
    }

    @Override
    void next(MemorySegment to, long at, long count) {
      long bytes = count * elementSize;
      Elements.copy(values, from, to, at, bytes);
      from += bytes;
    }
  }

  /** The same, in memory of its own. */
  static final class Owned extends ValueReader {
    private final Block block;
    private final Raw values;

    Owned(Block block, int elementSize) {
      this.block = block;
      this.values = new Raw(block.segment(), elementSize);
    }

    @Override
    void next(MemorySegment to, long at, long count) {
      values.next(to, at, count);
    }

    @Override
    void giveBack() {
      block.giveBack();
    }
  }
}
