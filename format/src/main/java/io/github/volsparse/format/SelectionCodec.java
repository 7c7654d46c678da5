package io.github.volsparse.format;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.roaringbitmap.ArrayContainer;
import org.roaringbitmap.BitmapContainer;

/**
 * The selection section of a blob: a set of positions in the portable serialization of roaring
 * bitmaps, version 1.0 of the RoaringFormatSpec, all integers little-endian.
 *
 * <p>The positions are split by their high 16 bits into <em>containers</em>, each stored in the
 * smallest of three forms:
 *
 * <ul>
 *   <li>array: the low 16 bits of every position, ascending; 2 bytes a position, at most 4096;
 *   <li>bitmap: 65536 bits; 8192 bytes, for more than 4096 positions;
 *   <li>run: a count, then start and length - 1 of every run; 2 bytes and 4 a run.
 * </ul>
 *
 * <p>So a position never costs more than 2 bytes, and a container never more than 8 KiB. The bytes
 * are those of {@code RoaringBitmap.runOptimize()} and {@code serialize()}, except where an array
 * is 2 bytes smaller than the runs that the library would use; any roaring library reads them. The
 * library is not used for writing, because a blob's containers are written as they are found, nor
 * for reading, because it trusts its input.
 *
 * <p>Containers are first written to memory of the caller, and copied behind the section's header
 * when all are found: their size decides whether the blob becomes sparse. An instance keeps its
 * arrays for the next section and belongs to one thread.
 */
final class SelectionCodec {

  /** First four bytes of a bitmap without run containers. */
  static final int COOKIE_NO_RUNS = 12346;

  /** First two bytes of a bitmap with run containers; container count - 1 in the next two. */
  static final int COOKIE = 12347;

  /** With run containers but fewer containers than this, the offsets are left out. */
  private static final int OFFSETS_FROM = 4;

  /** Positions per container. */
  static final int CONTAINER = 1 << 16;

  /** Up to here positions are an array, above a bitmap: where their sizes meet. */
  static final int MAX_ARRAY = 4096;

  static final int BITMAP_BYTES = CONTAINER / Byte.SIZE;
  static final int BITMAP_WORDS = CONTAINER / Long.SIZE;

  private static final int COOKIE_BYTES = 4;
  private static final int COUNT_BYTES = 4;

  /** Key and cardinality - 1 of a container. */
  static final int KEY_BYTES = 4;

  static final int OFFSET_BYTES = 4;

  /** Start and length - 1 of a run. */
  static final int RUN_BYTES = 4;

  private int containers;
  private int[] keys = new int[4];
  private int[] cardinalities = new int[4];
  private int[] runCounts = new int[4];
  private boolean anyRun;

  /** Where containers go that are added one after another, and how far they reach. */
  private MemorySegment body;

  private long bodyEnd;
  private long total;

  private boolean isRun(int c) {
    return runBytes(runCounts[c]) < plainBytes(cardinalities[c]);
  }

  private long bytes(int c) {
    return Math.min(runBytes(runCounts[c]), plainBytes(cardinalities[c]));
  }

  private static int runBytes(int runs) {
    return Short.BYTES + runs * RUN_BYTES;
  }

  private static int plainBytes(int cardinality) {
    return cardinality <= MAX_ARRAY ? cardinality * Short.BYTES : BITMAP_BYTES;
  }

  private static long headerBytes(int containers, boolean anyRun) {
    long bytes = COOKIE_BYTES + (anyRun ? Math.ceilDiv(containers, Byte.SIZE) : COUNT_BYTES);
    bytes += (long) containers * KEY_BYTES;
    if (hasOffsets(containers, anyRun)) {
      bytes += (long) containers * OFFSET_BYTES;
    }
    return bytes;
  }

  static boolean hasOffsets(int containers, boolean anyRun) {
    return !anyRun || containers >= OFFSETS_FROM;
  }

  /**
   * The most bytes that a section can take.
   *
   * @param elements elements in the chunk
   * @param positions how many of them may be in the section
   */
  static long maximumBytes(long elements, long positions) {
    long containers = Math.min(positions, Math.ceilDiv(elements, CONTAINER));
    return COOKIE_BYTES
        + COUNT_BYTES
        + containers * (1 + KEY_BYTES + OFFSET_BYTES)
        + Math.min(positions * Short.BYTES, containers * BITMAP_BYTES);
  }

  long memoryBytes() {
    return (long) Integer.BYTES * 3 * keys.length;
  }

  private void writeHeader(MemorySegment to, long start, long firstContainer) {
    long at = start + COOKIE_BYTES;
    if (anyRun) {
      to.set(Elements.INT, start, COOKIE | (containers - 1) << Short.SIZE);
      for (int c = 0; c < containers; c += Byte.SIZE) {
        to.set(Elements.BYTE, at++, runFlags(c));
      }
    } else {
      to.set(Elements.INT, start, COOKIE_NO_RUNS);
      to.set(Elements.INT, at, containers);
      at += COUNT_BYTES;
    }
    for (int c = 0; c < containers; c++) {
      to.set(Elements.SHORT, at, (short) keys[c]);
      to.set(Elements.SHORT, at + Short.BYTES, (short) (cardinalities[c] - 1));
      at += KEY_BYTES;
    }
    if (hasOffsets(containers, anyRun)) {
      long offset = firstContainer;
      for (int c = 0; c < containers; c++) {
        to.set(Elements.INT, at, (int) offset);
        at += OFFSET_BYTES;
        offset += bytes(c);
      }
    }
  }

  private byte runFlags(int first) {
    int flags = 0;
    for (int c = first; c < Math.min(containers, first + Byte.SIZE); c++) {
      flags |= isRun(c) ? 1 << (c - first) : 0;
    }
    return (byte) flags;
  }

  static void setBits(long[] bitmap, int from, int end) {
    int first = from / Long.SIZE;
    int last = (end - 1) / Long.SIZE;
    long firstBits = -1L << from;
    long lastBits = -1L >>> -end;
    if (first == last) {
      bitmap[first] |= firstBits & lastBits;
      return;
    }
    bitmap[first] |= firstBits;
    Arrays.fill(bitmap, first + 1, last, -1L);
    bitmap[last] |= lastBits;
  }

  // ---- write

  /**
   * Begins a section of containers that are found one after another.
   *
   * @param memory receives the containers
   */
  void begin(MemorySegment memory) {
    containers = 0;
    anyRun = false;
    body = memory;
    bodyEnd = 0;
    total = 0;
  }

  /**
   * Adds a container, behind all others.
   *
   * @param key the high 16 bits of its positions
   * @param found its positions
   */
  void add(int key, ContainerBits found) {
    int c = containers;
    if (c == keys.length) {
      int capacity = Math.min(c * 4, CONTAINER);
      keys = Arrays.copyOf(keys, capacity);
      cardinalities = Arrays.copyOf(cardinalities, capacity);
      runCounts = Arrays.copyOf(runCounts, capacity);
    }
    keys[c] = key;
    cardinalities[c] = found.cardinality();
    runCounts[c] = found.runs();
    containers++;
    total += found.cardinality();
    if (isRun(c)) {
      anyRun = true;
      found.copyRuns(runCounts[c], body, bodyEnd);
    } else if (cardinalities[c] <= MAX_ARRAY) {
      found.copyPositions(body, bodyEnd);
    } else {
      found.copyBits(body, bodyEnd);
    }
    bodyEnd += bytes(c);
  }

  /** How many positions were added. */
  long total() {
    return total;
  }

  /** How many bytes the section of the added containers has. */
  long length() {
    return total == 0 ? 0 : headerBytes(containers, anyRun) + bodyEnd;
  }

  /** Writes the section of the added containers. It may overlap them where they are. */
  void write(MemorySegment to, long at) {
    long header = headerBytes(containers, anyRun);
    MemorySegment.copy(body, 0, to, at + header, bodyEnd);
    body = null;
    writeHeader(to, at, header);
  }

  // ---- read

  /**
   * Reads a selection section and checks all of it.
   *
   * @param section exactly the section
   * @param elements number of elements in the chunk: every position is below
   * @param expected number of positions that the blob's header promises
   * @throws CorruptBlobException if it is not a well-formed bitmap of that many such positions
   */
  static Positions read(MemorySegment section, long elements, long expected) {
    PositionsReader reader = new PositionsReader(section);
    reader.read(elements, expected);
    return reader.positions.build();
  }

  /** Makes containers of the library's of those that are found to be right. */
  private static final class PositionsReader extends SelectionReader {
    private final PositionsBuilder positions = new PositionsBuilder();

    PositionsReader(MemorySegment section) {
      super(section);
    }

    @Override
    void array(long low, short[] found, int cardinality) {
      char[] copy = new char[cardinality];
      for (int i = 0; i < cardinality; i++) {
        copy[i] = (char) found[i];
      }
      positions.append(key(low), new ArrayContainer(copy));
    }

    @Override
    void bitmap(long low, long[] bits, int cardinality) {
      positions.append(key(low), new BitmapContainer(bits.clone(), cardinality));
    }

    @Override
    void runs(long low, short[] starts, short[] lengths, int count, int cardinality) {
      for (int i = 0; i < count; i++) {
        long start = low + Short.toUnsignedInt(starts[i]);
        positions.add(start, start + Short.toUnsignedInt(lengths[i]) + 1);
      }
    }

    private static int key(long low) {
      return (int) (low / CONTAINER);
    }
  }
}
