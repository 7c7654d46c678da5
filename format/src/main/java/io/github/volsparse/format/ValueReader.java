package io.github.volsparse.format;

import java.lang.foreign.MemorySegment;

/** Reads the values of a blob one after another, in any coding. */
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

  /** Values that are decoded a piece at a time, however few are asked for. */
  abstract static class InPieces extends ValueReader {
    private final MemorySegment piece;
    private final int elementSize;

    // Bytes of the piece: the next one, and behind the last.
    private int from;
    private int to;

    /**
     * Takes what it reads from.
     *
     * @param piece where {@link #decode} puts values
     */
    InPieces(MemorySegment piece, int elementSize) {
      this.piece = piece;
      this.elementSize = elementSize;
    }

    /**
     * Decodes the next values.
     *
     * @return their bytes, at least one value's
     * @throws CorruptBlobException if they are not to be had
     */
    abstract int decode();

    @Override
    final void next(MemorySegment target, long at, long count) {
      long bytes = count * elementSize;
      for (long done = 0; done < bytes; ) {
        if (from == to) {
          to = decode();
          from = 0;
        }
        int length = (int) Math.min(to - from, bytes - done);
        Elements.copy(piece, from, target, at + done, length);
        from += length;
        done += length;
      }
    }
  }

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
