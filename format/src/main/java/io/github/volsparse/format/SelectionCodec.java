package io.github.volsparse.format;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

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
 * are those of {@code RoaringBitmap.runOptimize()} and {@code serialize()}, but where an array is 2
 * bytes smaller than the runs the library takes; any roaring library reads them. This class exists
 * beside that library because a chunk knows its positions as runs: it writes and reads runs without
 * visiting the positions in them, and it checks everything it reads, where the library trusts its
 * input.
 *
 * <p>Writing goes in two steps, {@link #plan} and {@link #write}, because the size decides whether
 * the blob becomes sparse at all. An instance keeps its plan's arrays for the next one and belongs
 * to one thread.
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

  private final long[] bitmap = new long[BITMAP_WORDS];

  /** Where containers go that are added one after another, and how far they reach. */
  private MemorySegment body;

  private long bodyEnd;
  private long total;

  /**
   * Chooses the form of every container.
   *
   * @return the size of the section in bytes
   */
  long plan(Runs runs) {
    containers = 0;
    for (int run = 0; run < runs.size(); run++) {
      long end = runs.end(run);
      for (long at = runs.start(run); at < end; ) {
        long next = Math.min(end, (at | (CONTAINER - 1)) + 1);
        count((int) (at / CONTAINER), (int) (next - at), 1);
        at = next;
      }
    }
    anyRun = false;
    long bytes = 0;
    for (int c = 0; c < containers; c++) {
      anyRun |= isRun(c);
      bytes += bytes(c);
    }
    return headerBytes(containers, anyRun) + bytes;
  }

  private void count(int key, int positions, int runs) {
    if (containers == 0 || keys[containers - 1] != key) {
      if (containers == keys.length) {
        int capacity = Math.min(containers * 4, CONTAINER);
        keys = Arrays.copyOf(keys, capacity);
        cardinalities = Arrays.copyOf(cardinalities, capacity);
        runCounts = Arrays.copyOf(runCounts, capacity);
      }
      keys[containers] = key;
      cardinalities[containers] = 0;
      runCounts[containers] = 0;
      containers++;
    }
    cardinalities[containers - 1] += positions;
    runCounts[containers - 1] += runs;
  }

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
    return (long) Integer.BYTES * 3 * keys.length + BITMAP_BYTES;
  }

  /** Writes the runs that were planned, as many bytes as {@link #plan} said. */
  void write(Runs runs, MemorySegment to, long at) {
    long containerAt = at + headerBytes(containers, anyRun);
    writeHeader(to, at, containerAt - at);
    int run = 0;
    for (int c = 0; c < containers; c++) {
      if (isRun(c)) {
        run = writeRuns(runs, run, c, to, containerAt);
      } else if (cardinalities[c] <= MAX_ARRAY) {
        run = writeArray(runs, run, c, to, containerAt);
      } else {
        run = writeBitmap(runs, run, c, to, containerAt);
      }
      containerAt += bytes(c);
    }
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

  // Each of the three writers starts at the run that reaches into its container and returns the
  // first run that reaches behind it.

  private int writeRuns(Runs runs, int run, int c, MemorySegment to, long start) {
    to.set(Elements.SHORT, start, (short) runCounts[c]);
    long at = start + Short.BYTES;
    long low = low(c);
    long high = low + CONTAINER;
    for (; run < runs.size() && runs.start(run) < high; run++) {
      long from = Math.max(low, runs.start(run));
      long end = Math.min(high, runs.end(run));
      to.set(Elements.SHORT, at, (short) from);
      to.set(Elements.SHORT, at + Short.BYTES, (short) (end - from - 1));
      at += RUN_BYTES;
      if (runs.end(run) > high) {
        break;
      }
    }
    return run;
  }

  private int writeArray(Runs runs, int run, int c, MemorySegment to, long start) {
    long at = start;
    long low = low(c);
    long high = low + CONTAINER;
    for (; run < runs.size() && runs.start(run) < high; run++) {
      long end = Math.min(high, runs.end(run));
      for (long position = Math.max(low, runs.start(run)); position < end; position++) {
        to.set(Elements.SHORT, at, (short) position);
        at += Short.BYTES;
      }
      if (runs.end(run) > high) {
        break;
      }
    }
    return run;
  }

  private int writeBitmap(Runs runs, int run, int c, MemorySegment to, long start) {
    Arrays.fill(bitmap, 0);
    long low = low(c);
    long high = low + CONTAINER;
    for (; run < runs.size() && runs.start(run) < high; run++) {
      long from = Math.max(low, runs.start(run));
      long end = Math.min(high, runs.end(run));
      setBits((int) (from - low), (int) (end - low));
      if (runs.end(run) > high) {
        break;
      }
    }
    Elements.copy(bitmap, BITMAP_WORDS, to, start);
    return run;
  }

  private long low(int c) {
    return (long) keys[c] * CONTAINER;
  }

  private void setBits(int from, int end) {
    setBits(bitmap, from, end);
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

  // ---- from bits

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
   * Adds a container.
   *
   * @param key the high 16 bits of its positions
   * @param found its positions
   */
  void add(int key, ContainerBits found) {
    count(key, found.cardinality(), found.runs());
    total += found.cardinality();
    int c = containers - 1;
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
  static Runs read(MemorySegment section, long elements, long expected) {
    Runs runs = new Runs();
    boolean done = false;
    try {
      new RunsReader(section, runs).read(elements, expected);
      done = true;
      return runs;
    } finally {
      if (!done) {
        runs.giveBack();
      }
    }
  }

  /** Reads a section as runs. */
  private static final class RunsReader extends SelectionReader {
    private final Runs runs;

    RunsReader(MemorySegment section, Runs runs) {
      super(section);
      this.runs = runs;
    }

    @Override
    void array(long low, short[] positions, int cardinality) {
      runs.reserve(cardinality);
      for (int i = 0; i < cardinality; i++) {
        long position = low + Short.toUnsignedInt(positions[i]);
        runs.append(position, position + 1);
      }
    }

    @Override
    void bitmap(long low, long[] bits, int cardinality) {
      runs.appendBits(bits, BITMAP_WORDS, low);
    }

    @Override
    void runs(long low, short[] starts, short[] lengths, int count, int cardinality) {
      runs.reserve(count);
      for (int i = 0; i < count; i++) {
        long start = low + Short.toUnsignedInt(starts[i]);
        runs.append(start, start + Short.toUnsignedInt(lengths[i]) + 1);
      }
    }
  }
}
