package io.github.volsparse.format;

import java.lang.foreign.MemorySegment;

/**
 * Values of 1, 2, 4 or 8 bytes as unsigned little-endian integers in few bits: in blocks of 512
 * bytes, a base is subtracted from each value, and the differences take as many bits as the largest
 * needs.
 *
 * <pre>
 *   8 bytes         the common base: a value, then zeros
 *   1 byte a block  bits 0-6 the width in bits; bit 7 the block has a base of its own
 *   zeros up to a multiple of 8
 *   the blocks      8 bytes with its own base, if it has one; the rows, see {@link PackedWords}
 * </pre>
 *
 * <p>A width is at most half of a value's bits, and no base plus the largest number of so many bits
 * exceeds a value's bits; or it is all of a value's bits, and nothing is subtracted. The missing
 * values of the last block are packed like others and have no meaning.
 */
final class PackedValues {
  /** The bytes of values in a block. */
  static final int BLOCK_BYTES = PackedWords.WORDS * Long.BYTES;

  /** Words that are packed and unpacked at a time. */
  private static final int GROUP = 1024;

  private static final int GROUP_BYTES = GROUP * Long.BYTES;
  private static final int GROUP_BLOCKS = GROUP / PackedWords.WORDS;

  private static final int OWN_BASE = 0x80;
  private static final int WIDTH = 0x7F;

  private PackedValues() {}

  /** Whether values of this size can be packed. */
  static boolean packs(int elementSize) {
    return Packer.packs(elementSize);
  }

  private static long blocks(long rawBytes) {
    return Math.ceilDiv(rawBytes, BLOCK_BYTES);
  }

  /** Where the blocks begin. */
  private static long head(long blocks) {
    return Long.BYTES + BlobHeader.align(blocks);
  }

  /** Whether a section of this length may hold this many bytes of values. */
  static boolean isPossible(int elementSize, long rawBytes, long sectionBytes) {
    return packs(elementSize) && head(blocks(rawBytes)) <= sectionBytes;
  }

  /** The lowest bit of every value in a word. */
  private static long ones(int lane) {
    return Long.divideUnsigned(-1L, largest(lane));
  }

  /** The largest number of this many bits. */
  private static long largest(int bits) {
    return bits == 0 ? 0 : -1L >>> Long.SIZE - bits;
  }

  /** Values while they are packed; an instance is used for one section after another. */
  static final class Writer {
    /** About what an instance takes of the Java heap. */
    static final long MEMORY_BYTES = 2L * GROUP_BYTES;

    private final long[] words = new long[GROUP];
    private final long[] rows = new long[GROUP + GROUP_BLOCKS];
    private final byte[] widths = new byte[GROUP_BLOCKS];
    private int lane;
    private long ones;
    private long common;

    private void begin(int elementSize, long commonBase) {
      lane = elementSize * Byte.SIZE;
      ones = ones(lane);
      common = commonBase * ones;
    }

    /**
     * Returns how long a section would be.
     *
     * @param values whole values
     * @param commonBase the base of blocks that have none of their own; no value may be less where
     *     it is not 0
     */
    long plan(MemorySegment values, int elementSize, long commonBase) {
      begin(elementSize, commonBase);
      long raw = values.byteSize();
      long length = head(blocks(raw));
      for (long at = 0; at < raw; at += GROUP_BYTES) {
        length += Long.BYTES * (long) pack(values, at, false);
      }
      return length;
    }

    /**
     * Packs values.
     *
     * @param to receives the section
     * @param limit the most bytes the section may have, at most as many as {@code to} has
     * @return the length of the section; -1 if it would be longer than the limit
     */
    long encode(
        MemorySegment values, int elementSize, long commonBase, MemorySegment to, long limit) {
      begin(elementSize, commonBase);
      long raw = values.byteSize();
      long blocks = blocks(raw);
      long at = head(blocks);
      if (at > limit) {
        return -1;
      }
      to.set(Elements.LONG, 0, commonBase);
      to.set(Elements.LONG, at - Long.BYTES, 0);
      for (long from = 0; from < raw; from += GROUP_BYTES) {
        int count = pack(values, from, true);
        if (at + (long) count * Long.BYTES > limit) {
          return -1;
        }
        long block = from / BLOCK_BYTES;
        int blockCount = (int) Math.min(GROUP_BLOCKS, blocks - block);
        Elements.copy(widths, blockCount, to, Long.BYTES + block);
        Elements.copy(rows, count, to, at);
        at += (long) count * Long.BYTES;
      }
      return at;
    }

    /** Packs a group; returns how many words it takes. */
    private int pack(MemorySegment values, long at, boolean write) {
      long rest = values.byteSize() - at;
      Fill.copyBlock(values, at, values.byteSize(), common, words, GROUP_BYTES);
      int blocks = (int) Math.min(GROUP_BLOCKS, blocks(rest));
      int to = 0;
      for (int block = 0; block < blocks; block++) {
        int from = block * PackedWords.WORDS;
        long base = common;
        int width = width(PackedWords.union(words, from, base));
        widths[block] = (byte) width;
        boolean isWhole = (from + PackedWords.WORDS) * (long) Long.BYTES <= rest;
        if (width > lane / 4 && isWhole && width(varying(from)) < width) {
          long own = ownBase(from, width);
          if (own != 0) {
            base = own * ones;
            width = width(PackedWords.union(words, from, base));
            widths[block] = (byte) (width | OWN_BASE);
            rows[to++] = own;
          }
        }
        if (write) {
          PackedWords.pack(words, from, width == lane ? 0 : base, width, lane, rows, to);
        }
        to += PackedWords.rows(width, lane);
      }
      return to;
    }

    /** The bits in which the values of a block differ. */
    private long varying(int from) {
      long some = PackedWords.union(words, from, 0);
      long all = PackedWords.intersection(words, from);
      for (int by = Long.SIZE / 2; by >= lane; by >>= 1) {
        some |= some >>> by;
        all &= all >>> by;
      }
      return some & ~all & largest(lane);
    }

    /** The width of the widest lane: at most half a lane, or all of it. */
    private int width(long any) {
      long folded = any;
      for (int by = Long.SIZE / 2; by >= lane; by >>= 1) {
        folded |= folded >>> by;
      }
      int width = Long.SIZE - Long.numberOfLeadingZeros(folded & largest(lane));
      return 2 * width > lane ? lane : width;
    }

    /** A base that reduces the size of a whole block; 0 if there is none. */
    private long ownBase(int from, int width) {
      long least = -1L;
      long most = 0;
      for (int i = from; i < from + PackedWords.WORDS; i++) {
        for (int shift = 0; shift < Long.SIZE; shift += lane) {
          long value = words[i] >>> shift & largest(lane);
          least = Long.compareUnsigned(value, least) < 0 ? value : least;
          most = Long.compareUnsigned(value, most) > 0 ? value : most;
        }
      }
      int needed = width(most - least);
      if (PackedWords.rows(needed, lane) + 1 >= PackedWords.rows(width, lane)) {
        return 0;
      }
      // The largest number of the width must fit above it.
      long highest = largest(lane) - largest(needed);
      return Long.compareUnsigned(least, highest) > 0 ? highest : least;
    }
  }

  /** Packed values, one after another. */
  static final class Reader extends ValueReader.InPieces {
    private final MemorySegment section;
    private final int lane;
    private final long ones;
    private final long common;
    private final long blocks;
    private final byte[] widths = new byte[GROUP_BLOCKS];
    private final long[] rows = new long[PackedWords.WORDS];
    private final long[] words;

    /** The next block, and where it is. */
    private long block;

    private long at;

    /**
     * Checks what precedes the blocks.
     *
     * @param section exactly the section, for which {@link PackedValues#isPossible} was checked
     * @param rawBytes bytes of all values
     * @throws CorruptBlobException if the section is not one of such values
     */
    Reader(MemorySegment section, int elementSize, long rawBytes) {
      this(section, elementSize, rawBytes, new long[GROUP]);
    }

    private Reader(MemorySegment section, int elementSize, long rawBytes, long[] words) {
      super(MemorySegment.ofArray(words), elementSize);
      this.section = section;
      this.words = words;
      lane = elementSize * Byte.SIZE;
      ones = ones(lane);
      blocks = blocks(rawBytes);
      at = head(blocks);
      common = base(0);
      for (long padding = Long.BYTES + blocks; padding < at; padding++) {
        check(section.get(Elements.BYTE, padding) == 0, "have padding that is not zero");
      }
    }

    private long base(long offset) {
      long base = section.get(Elements.LONG, offset);
      check((base & ~largest(lane)) == 0, "have a base that exceeds their size");
      return base;
    }

    private static void check(boolean valid, String what) {
      if (!valid) {
        throw new CorruptBlobException("the packed values " + what);
      }
    }

    @Override
    int decode() {
      int count = (int) Math.min(GROUP_BLOCKS, blocks - block);
      check(count > 0, "are fewer than the header says");
      Elements.copy(section, Long.BYTES + block, widths, count);
      for (int i = 0; i < count; i++) {
        unpackBlock(widths[i], i * PackedWords.WORDS);
      }
      block += count;
      check(block < blocks || at == section.byteSize(), "end before the end of their section");
      return count * BLOCK_BYTES;
    }

    private void unpackBlock(int descriptor, int word) {
      int width = descriptor & WIDTH;
      check(2 * width <= lane || width == lane, "have the invalid width of " + width + " bits");
      int count = PackedWords.rows(width, lane);
      long base = width == lane ? 0 : common;
      boolean isOwn = (descriptor & OWN_BASE) != 0;
      check(
          section.byteSize() - at >= (long) Long.BYTES * (isOwn ? count + 1 : count),
          "are cut off");
      if (isOwn) {
        check(width < lane, "have a base although they are not packed");
        base = base(at);
        at += Long.BYTES;
      }
      check(
          Long.compareUnsigned(base, largest(lane) - largest(width)) <= 0,
          "exceed the range of their type");
      Elements.copy(section, at, rows, count);
      at += (long) count * Long.BYTES;
      PackedWords.unpack(rows, 0, base * ones, width, lane, largest(width) * ones, words, word);
    }
  }
}
