package io.github.volsparse.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.roaringbitmap.ArrayContainer;
import org.roaringbitmap.BitmapContainer;
import org.roaringbitmap.Container;
import org.roaringbitmap.RunContainer;

/**
 * The defined positions of one container of a chunk while they are found, block by block: a list of
 * few, bits for many, or both.
 */
final class ContainerBits {
  /** Bytes of all its arrays. */
  static final long MEMORY_BYTES =
      SelectionCodec.BITMAP_BYTES
          + Short.BYTES * (2L * SelectionCodec.MAX_ARRAY + 2L * Packer.BLOCK_BYTES);

  private final long[] bits = new long[SelectionCodec.BITMAP_WORDS];

  /** Low 16 bits of the positions; room for as many as an array has, and for a block more. */
  private final short[] positions =
      new short[SelectionCodec.MAX_ARRAY + Packer.BLOCK_BYTES + Packer.SLACK];

  /** Runs or positions to be copied. */
  private final short[] copied = new short[SelectionCodec.MAX_ARRAY + 2 * Long.SIZE];

  private boolean hasBits;

  /** The runs that were loaded, as long as nobody wants their bits; else null. */
  private RunContainer loaded;

  private boolean isListed;
  private int cardinality;

  /** Bits that are set or cleared already end before this word. */
  private int words;

  /**
   * Forgets all positions.
   *
   * @param isListed whether to list them, as long as an array has room for them
   */
  void clear(boolean isListed) {
    this.isListed = isListed;
    hasBits = !isListed;
    loaded = null;
    cardinality = 0;
    words = 0;
  }

  int cardinality() {
    return cardinality;
  }

  /** Whether {@link #list} may be used: what was found before is listed only. */
  boolean isOnlyListed() {
    return !hasBits;
  }

  /**
   * Packs the elements of the next block where they are in few lines.
   *
   * @return as {@link Packer#list}
   */
  int list(Packer packer, long pattern) {
    int found = packer.list(pattern, words * Long.SIZE, positions, cardinality);
    if (found >= 0) {
      cardinality += found & 0xFFFF;
      words += packer.blockElements() / Long.SIZE;
      isListed = cardinality <= SelectionCodec.MAX_ARRAY;
      if (!isListed) {
        makeBits();
      }
    }
    return found;
  }

  /**
   * Finds the elements of the next block, and packs them.
   *
   * @param packs whether somebody wants them packed
   * @return how many; those of a block in which all differ are not packed, for they are already
   */
  int scan(Packer packer, long pattern, boolean packs) {
    if (!hasBits) {
      makeBits();
    }
    int blockWords = packer.blockElements() / Long.SIZE;
    int at = words;
    words += blockWords;
    if (packer.allDiffer(pattern)) {
      Arrays.fill(bits, at, at + blockWords, -1L);
      isListed = false;
      cardinality += packer.blockElements();
      return packer.blockElements();
    }
    if (!packer.anyDiffers(pattern)) {
      Arrays.fill(bits, at, at + blockWords, 0);
      return 0;
    }
    packer.scan(pattern, bits, at);
    int found;
    if (isListed) {
      found = packer.pack(bits, at, positions, cardinality);
      isListed = cardinality + found <= SelectionCodec.MAX_ARRAY;
    } else {
      found = packs ? packer.pack(bits, at) : count(bits, at, words);
    }
    cardinality += found;
    return found;
  }

  // ---- set one by one, or taken from other containers

  /** Begins to set bits, none of which is set. */
  void beginBits(int elements) {
    clear(false);
    words = Math.ceilDiv(elements, Long.SIZE);
    Arrays.fill(bits, 0, words, 0);
  }

  /** The bits, to be set. */
  long[] bits() {
    return bits;
  }

  /** Counts the bits that were set. */
  void endBits() {
    cardinality = count(bits, 0, words);
  }

  /** How many bits are set in the words from one on, before another. */
  static int count(long[] b, int from, int to) {
    int count = 0;
    for (int i = from; i < to; i++) {
      count += Long.bitCount(b[i]);
    }
    return count;
  }

  /** The first bit from one on that is set, or is not; {@code end} if there is none before that. */
  static int next(long[] b, int from, int end, boolean isSet) {
    long flip = isSet ? 0 : -1L;
    int at = from;
    while (at < end) {
      long rest = (b[at / Long.SIZE] ^ flip) >>> at;
      if (rest != 0) {
        return Math.min(end, at + Long.numberOfTrailingZeros(rest));
      }
      at = (at | Long.SIZE - 1) + 1;
    }
    return end;
  }

  /** Takes the positions of a container of the library's. */
  void load(Container container) {
    if (container instanceof RunContainer runs) {
      clear(false);
      loaded = runs;
    } else {
      loadBits(container);
    }
    cardinality = container.getCardinality();
  }

  private void loadBits(Container container) {
    beginBits(SelectionCodec.CONTAINER);
    container.copyBitmapTo(bits, 0);
  }

  private void needBits() {
    if (loaded != null) {
      int count = cardinality;
      loadBits(loaded);
      cardinality = count;
    }
  }

  /**
   * Takes those positions of a set whose ranks are in another.
   *
   * @param of the set, opened as runs
   */
  void select(ContainerView of, ContainerBits ranks) {
    if (!ranks.hasBits) {
      ranks.makeBits();
    }
    beginBits(SelectionCodec.CONTAINER);
    for (int run = 0; run < of.runs(); run++) {
      int from = of.rankOfRun(run);
      copyBits(ranks.bits, from, bits, of.start(run), of.end(run) - of.start(run));
    }
    cardinality = ranks.cardinality;
  }

  private static void copyBits(long[] from, int fromBit, long[] to, int toBit, int count) {
    for (int done = 0; done < count; ) {
      int source = fromBit + done;
      int target = toBit + done;
      int length =
          Math.min(count - done, Long.SIZE - Math.max(source % Long.SIZE, target % Long.SIZE));
      long taken = from[source / Long.SIZE] >>> source & -1L >>> -length;
      to[target / Long.SIZE] |= taken << target;
      done += length;
    }
  }

  /** The positions as a container of the library's, in the smallest form. */
  Container toContainer() {
    needBits();
    if (cardinality <= SelectionCodec.MAX_ARRAY) {
      short[] p = positions;
      if (!isListed) {
        listPositions(bits, words, copied);
        p = copied;
      }
      char[] low = new char[cardinality];
      for (int i = 0; i < cardinality; i++) {
        low[i] = (char) p[i];
      }
      return new ArrayContainer(low).runOptimize();
    }
    if (!hasBits) {
      makeBits();
    }
    Arrays.fill(bits, words, bits.length, 0);
    return new BitmapContainer(bits.clone(), cardinality).runOptimize();
  }

  private void makeBits() {
    Arrays.fill(bits, 0, words, 0);
    for (int i = 0; i < cardinality; i++) {
      int position = Short.toUnsignedInt(positions[i]);
      bits[position / Long.SIZE] |= 1L << position;
    }
    hasBits = true;
  }

  /** How many runs the positions make. */
  int runs() {
    if (loaded != null) {
      return loaded.numberOfRuns();
    }
    return isListed ? runs(positions, cardinality) : runs(bits, words);
  }

  private static int runs(short[] p, int count) {
    int runs = count;
    for (int i = 1; i < count; i++) {
      runs -= (p[i] - p[i - 1] & 0xFFFF) == 1 ? 1 : 0;
    }
    return runs;
  }

  /** How many runs the set bits of the first words make. */
  static int runs(long[] b, int words) {
    int runs = Long.bitCount(b[0] & ~(b[0] << 1));
    for (int i = 1; i < words; i++) {
      runs += Long.bitCount(b[i] & ~(b[i] << 1 | b[i - 1] >>> -1));
    }
    return runs;
  }

  /** Writes a container of bits. */
  void copyBits(MemorySegment to, long at) {
    needBits();
    Arrays.fill(bits, words, bits.length, 0);
    Elements.copy(bits, bits.length, to, at);
  }

  /** Writes a container of positions, which an array has room for. */
  void copyPositions(MemorySegment to, long at) {
    needBits();
    if (isListed) {
      copy(positions, cardinality, to, at);
    } else {
      listPositions(bits, words, copied);
      copy(copied, cardinality, to, at);
    }
  }

  private static void listPositions(long[] b, int words, short[] o) {
    int at = 0;
    for (int i = 0; i < words; i++) {
      for (long rest = b[i]; rest != 0; rest &= rest - 1) {
        o[at++] = (short) (i * Long.SIZE + Long.numberOfTrailingZeros(rest));
      }
    }
  }

  /** Writes a container of runs, so many as {@link #runs} says. */
  void copyRuns(int runs, MemorySegment to, long at) {
    copied[0] = (short) runs;
    if (loaded != null) {
      listRuns(loaded, runs, copied);
    } else if (hasBits) {
      listRuns(bits, words, copied);
    } else {
      listRuns(positions, cardinality, copied);
    }
    copy(copied, 1 + 2 * runs, to, at);
  }

  private static void listRuns(RunContainer container, int runs, short[] o) {
    for (int run = 0; run < runs; run++) {
      o[1 + 2 * run] = (short) container.getValue(run);
      o[2 + 2 * run] = (short) container.getLength(run);
    }
  }

  private static void listRuns(short[] p, int count, short[] o) {
    int run = -1;
    for (int i = 0; i < count; i++) {
      if (i > 0 && (p[i] - p[i - 1] & 0xFFFF) == 1) {
        o[run + 1]++;
      } else {
        run += 2;
        o[run] = p[i];
        o[run + 1] = 0;
      }
    }
  }

  private static void listRuns(long[] b, int words, short[] o) {
    int start = 1;
    int end = 1;
    long before = 0;
    for (int i = 0; i < words; i++) {
      long word = b[i];
      long after = i + 1 < words ? b[i + 1] << -1 : 0;
      int base = i * Long.SIZE;
      for (long x = word & ~(word << 1 | before); x != 0; x &= x - 1, start += 2) {
        o[start] = (short) (base + Long.numberOfTrailingZeros(x));
      }
      for (long x = word & ~(word >>> 1 | after); x != 0; x &= x - 1, end += 2) {
        o[end + 1] = (short) (base + Long.numberOfTrailingZeros(x) - o[end]);
      }
      before = word >>> -1;
    }
  }

  private static void copy(short[] from, int count, MemorySegment to, long at) {
    MemorySegment.copy(
        MemorySegment.ofArray(from), ValueLayout.JAVA_SHORT, 0, to, Elements.SHORT, at, count);
  }
}
