package io.github.volsparse.format;

import java.lang.foreign.MemorySegment;

/** Scans elements of 1, 2, 4 and 8 bytes, block by block, on words. */
final class WordScanner extends DefinedScanner {
  /** Behind a block with elements in more lines the next ones are not listed. */
  private static final int FEW_LINES = 24;

  /** After a block that was not listed, with at most this many elements, the next one is listed. */
  private static final int FEW = 32;

  private final Packer packer;

  /** Whether the container before had room for its positions in an array. */
  private boolean isSparse;

  /** Whether the block before had few. */
  private boolean isFew;

  WordScanner(int elementSize) {
    super(elementSize);
    packer = Packer.of(elementSize);
  }

  @Override
  long memoryBytes() {
    return ContainerBits.MEMORY_BYTES + 3L * Packer.BLOCK_BYTES;
  }

  @Override
  void begin() {
    isSparse = true;
    isFew = true;
  }

  @Override
  int scan(
      MemorySegment elements, long from, long to, Fill fill, MemorySegment packed, long packedAt) {
    long pattern = fill.pattern();
    long next = packedAt;
    found.clear(isSparse || isFew);
    for (long at = from; at < to; at += Packer.BLOCK_BYTES) {
      Fill.copyBlock(elements, at, to, pattern, packer.words, Packer.BLOCK_BYTES);
      int listed = -1;
      if (isFew && found.isOnlyListed()) {
        listed = found.list(packer, pattern);
      }
      int differing;
      if (listed >= 0) {
        differing = listed & 0xFFFF;
        isFew = listed >>> Integer.SIZE / 2 <= FEW_LINES;
      } else {
        differing = found.scan(packer, pattern, packed != null);
        isFew = differing <= FEW;
      }
      if (differing > 0 && packed != null) {
        copyOut(differing, packed, next);
        next += (long) differing * elementSize;
      }
    }
    isSparse = found.cardinality() <= SelectionCodec.MAX_ARRAY;
    return found.cardinality();
  }

  private void copyOut(int count, MemorySegment packed, long at) {
    if (count == packer.blockElements()) {
      Elements.copy(packer.words, Packer.BLOCK_WORDS, packed, at);
    } else {
      packer.copyOut(count, packed, at);
    }
  }
}
