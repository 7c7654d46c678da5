package io.github.volsparse.format;

import java.lang.foreign.MemorySegment;

/**
 * Finds and packs the defined elements of a whole chunk, block by block, and writes the containers
 * of their positions as they are found. For elements of 1, 2, 4 and 8 bytes. An instance keeps its
 * arrays for the next chunk and belongs to one thread.
 */
final class WholeChunkEncoder {
  /** About what an instance takes of the Java heap. */
  static final long MEMORY_BYTES = ContainerBits.MEMORY_BYTES + 3L * Packer.BLOCK_BYTES;

  /** Behind a block with elements in more lines the next ones are not listed. */
  private static final int FEW_LINES = 24;

  /** Behind a block that was not listed, with so many elements at most, the next one is. */
  private static final int FEW = 32;

  private final Packer packer;
  private final ContainerBits container = new ContainerBits();

  WholeChunkEncoder(int elementSize) {
    packer = Packer.of(elementSize);
  }

  int elementSize() {
    return packer.elementSize;
  }

  /**
   * Encodes a chunk.
   *
   * @param elements all elements; only read
   * @param values receives the packed values of those that are defined; room for all
   * @param selection receives their positions; it was begun
   */
  void encode(MemorySegment elements, Fill fill, MemorySegment values, SelectionCodec selection) {
    long pattern = fill.pattern();
    long bytes = elements.byteSize();
    long containerBytes = (long) SelectionCodec.CONTAINER * packer.elementSize;
    boolean isSparse = true; // the container before
    boolean isFew = true; // the block before
    long packedAt = 0;
    for (long low = 0; low < bytes; low += containerBytes) {
      container.clear(isSparse || isFew);
      long end = Math.min(bytes, low + containerBytes);
      for (long at = low; at < end; at += Packer.BLOCK_BYTES) {
        Fill.copyBlock(elements, at, end, pattern, packer.words, Packer.BLOCK_BYTES);
        int listed = -1;
        if (isFew && container.isOnlyListed()) {
          listed = container.list(packer, pattern);
        }
        int found;
        if (listed >= 0) {
          found = listed & 0xFFFF;
          isFew = listed >>> Integer.SIZE / 2 <= FEW_LINES;
        } else {
          found = container.scan(packer, pattern);
          isFew = found <= FEW;
        }
        if (found > 0) {
          copyOut(found, values, packedAt);
          packedAt += (long) found * packer.elementSize;
        }
      }
      isSparse = container.cardinality() <= SelectionCodec.MAX_ARRAY;
      if (container.cardinality() > 0) {
        selection.add((int) (low / containerBytes), container);
      }
    }
  }

  private void copyOut(int found, MemorySegment values, long at) {
    if (found == packer.blockElements()) {
      Elements.copy(packer.words, Packer.BLOCK_WORDS, values, at);
    } else {
      packer.copyOut(found, values, at);
    }
  }
}
