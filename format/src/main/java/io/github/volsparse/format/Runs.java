package io.github.volsparse.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * A set of positions in a chunk: sorted, disjoint runs, no two of them adjacent, with the rank of
 * each, which is the number of positions before it and so the index of its first value.
 *
 * <p>Two unsigned {@code int} a run. The length of a run is the difference of two ranks, so it is
 * not stored. They are arrays, up to {@link #MAX_IN_ARRAYS} runs; more of them lie outside the Java
 * heap, which may be smaller. A set that may be so large has an owner who gives it back ({@link
 * #giveBack}).
 */
final class Runs {

  private static final int INITIAL_CAPACITY = 4;

  /** So many runs take 4 MiB. */
  static final int MAX_IN_ARRAYS = 1 << 19;

  private int size;
  private long end;

  /** How many runs there is room for. */
  private int capacity;

  /** Null if {@link #outside} is not. */
  private int[] starts;

  /** One more than runs: the last rank is the number of positions in the set. */
  private int[] ranks;

  /** The starts, one after another, and the ranks behind them. */
  private Block outside;

  private MemorySegment outsideStarts;
  private MemorySegment outsideRanks;

  Runs() {
    this(INITIAL_CAPACITY);
  }

  Runs(int capacity) {
    if (capacity <= MAX_IN_ARRAYS) {
      this.capacity = capacity;
      starts = new int[capacity];
      ranks = new int[capacity + 1];
    } else {
      moveOutside(capacity);
      setRankBits(0, 0);
    }
  }

  private void moveOutside(int newCapacity) {
    long startBytes = (long) Integer.BYTES * newCapacity;
    Block larger = Block.outsideHeap(2 * startBytes + Integer.BYTES);
    MemorySegment newStarts = larger.segment().asSlice(0, startBytes);
    MemorySegment newRanks = larger.segment().asSlice(startBytes);
    long used = (long) Integer.BYTES * size;
    if (starts != null) {
      MemorySegment.copy(MemorySegment.ofArray(starts), 0, newStarts, 0, used);
      MemorySegment.copy(MemorySegment.ofArray(ranks), 0, newRanks, 0, used + Integer.BYTES);
    } else if (outside != null) {
      MemorySegment.copy(outsideStarts, 0, newStarts, 0, used);
      MemorySegment.copy(outsideRanks, 0, newRanks, 0, used + Integer.BYTES);
      outside.giveBack();
    }
    starts = null;
    ranks = null;
    capacity = newCapacity;
    outside = larger;
    outsideStarts = newStarts;
    outsideRanks = newRanks;
  }

  /** Empties the set, and gives back the memory it has outside the heap. */
  void giveBack() {
    if (outside != null) {
      outside.giveBack();
      outside = null;
      outsideStarts = null;
      outsideRanks = null;
      capacity = INITIAL_CAPACITY;
      starts = new int[capacity];
      ranks = new int[capacity + 1];
    }
    clear();
  }

  private int startBits(int run) {
    return starts != null ? starts[run] : outsideStarts.getAtIndex(ValueLayout.JAVA_INT, run);
  }

  private int rankBits(int run) {
    return ranks != null ? ranks[run] : outsideRanks.getAtIndex(ValueLayout.JAVA_INT, run);
  }

  private void setStartBits(int run, int bits) {
    if (starts != null) {
      starts[run] = bits;
    } else {
      outsideStarts.setAtIndex(ValueLayout.JAVA_INT, run, bits);
    }
  }

  private void setRankBits(int run, int bits) {
    if (ranks != null) {
      ranks[run] = bits;
    } else {
      outsideRanks.setAtIndex(ValueLayout.JAVA_INT, run, bits);
    }
  }

  /** The set of all positions of a chunk. */
  static Runs all(long elements) {
    Runs runs = new Runs(1);
    runs.append(0, elements);
    return runs;
  }

  /** A set of the same positions. */
  static Runs copy(Runs of) {
    Runs copy = new Runs(of.size);
    for (int run = 0; run < of.size; run++) {
      copy.append(of.start(run), of.end(run));
    }
    return copy;
  }

  /** The chunk side of a program's runs, which may be unsorted and overlap. */
  static Runs of(CopyRuns copies) {
    Runs runs = new Runs(copies.size());
    if (copies.isOrdered()) {
      for (int i = 0; i < copies.size(); i++) {
        runs.append(copies.position(i), copies.position(i) + copies.length(i));
      }
      return runs;
    }
    // Position above length in one long. Flipping the sign bit makes the signed sort unsigned.
    long[] sorted = new long[copies.size()];
    for (int i = 0; i < sorted.length; i++) {
      sorted[i] = (copies.position(i) << Integer.SIZE | copies.length(i)) ^ Long.MIN_VALUE;
    }
    Arrays.sort(sorted);
    for (long run : sorted) {
      long position = (run ^ Long.MIN_VALUE) >>> Integer.SIZE;
      runs.appendOverlapping(position, position + (run & 0xFFFF_FFFFL));
    }
    return runs;
  }

  /** The positions that are in one of two sets or in both. */
  static Runs union(Runs a, Runs b) {
    Runs union = new Runs(Math.addExact(a.size, b.size));
    int i = 0;
    int j = 0;
    while (i < a.size || j < b.size) {
      if (j == b.size || (i < a.size && a.start(i) <= b.start(j))) {
        union.appendOverlapping(a.start(i), a.end(i));
        i++;
      } else {
        union.appendOverlapping(b.start(j), b.end(j));
        j++;
      }
    }
    return union;
  }

  /** The positions of {@code a} that are not in {@code b}. */
  static Runs difference(Runs a, Runs b) {
    Runs difference = new Runs(a.size);
    int j = 0;
    for (int i = 0; i < a.size; i++) {
      long at = a.start(i);
      long end = a.end(i);
      j = b.find(at, j);
      for (int k = j; k < b.size && b.start(k) < end; k++) {
        if (at < b.start(k)) {
          difference.append(at, b.start(k));
        }
        at = b.end(k);
      }
      if (at < end) {
        difference.append(at, end);
      }
    }
    return difference;
  }

  /** The positions that are in both sets. */
  static Runs intersection(Runs a, Runs b) {
    Runs intersection = new Runs(Math.min(a.size, b.size));
    int i = 0;
    for (int j = 0; j < b.size; j++) {
      i = a.find(b.start(j), i);
      for (int k = i; k < a.size && a.start(k) < b.end(j); k++) {
        intersection.append(Math.max(a.start(k), b.start(j)), Math.min(a.end(k), b.end(j)));
      }
    }
    return intersection;
  }

  /**
   * The positions of this set that have certain ranks.
   *
   * @param wanted a set of ranks, all below {@link #total}
   * @param positions receives the positions
   */
  void select(Runs wanted, Runs positions) {
    int run = 0;
    for (int i = 0; i < wanted.size; i++) {
      long rank = wanted.start(i);
      long rankEnd = wanted.end(i);
      while (rank < rankEnd) {
        while (rank(run + 1) <= rank) {
          run++;
        }
        long next = Math.min(rankEnd, rank(run + 1));
        long start = start(run) + rank - rank(run);
        positions.append(start, start + next - rank);
        rank = next;
      }
    }
  }

  /** Adds a run behind all others; it joins the last one when it touches it. */
  void append(long start, long end) {
    if (start == this.end && size > 0) {
      setRankBits(size, rankBits(size) + (int) (end - start));
    } else {
      if (size == capacity) {
        grow(1);
      }
      setStartBits(size, (int) start);
      setRankBits(size + 1, rankBits(size) + (int) (end - start));
      size++;
    }
    this.end = end;
  }

  /**
   * Adds the positions of the set bits of a bitmap, whose first bit is {@code base}. The same as an
   * {@link #append} for each, but with the state in registers: at a few nanoseconds a run, waiting
   * for the previous run's stores would be half of the time.
   */
  void appendBits(long[] bitmap, int words, long base) {
    int done = starts == null ? 0 : appendBitsToArrays(bitmap, words, base);
    for (int i = done; i < words; i++) {
      long word = base + (long) i * Long.SIZE;
      long opening = bitmap[i] & ~(bitmap[i] << 1);
      long closing = bitmap[i] & ~(bitmap[i] >>> 1);
      for (; opening != 0; opening &= opening - 1, closing &= closing - 1) {
        append(
            word + Long.numberOfTrailingZeros(opening),
            word + Long.numberOfTrailingZeros(closing) + 1);
      }
    }
  }

  /** Returns how many words there was room for. */
  private int appendBitsToArrays(long[] bitmap, int words, long base) {
    int run = size;
    int rank = ranks[size];
    long last = size == 0 ? -1 : end;
    int i = 0;
    for (; i < words; i++) {
      if (starts.length - run < Long.SIZE / 2) {
        size = run;
        ranks[run] = rank;
        end = Math.max(0, last);
        grow(Long.SIZE / 2);
        if (starts == null) {
          return i;
        }
      }
      long word = base + (long) i * Long.SIZE;
      long opening = bitmap[i] & ~(bitmap[i] << 1);
      long closing = bitmap[i] & ~(bitmap[i] >>> 1);
      for (; opening != 0; opening &= opening - 1, closing &= closing - 1) {
        long start = word + Long.numberOfTrailingZeros(opening);
        if (start != last) {
          starts[run] = (int) start;
          ranks[run++] = rank;
        }
        last = word + Long.numberOfTrailingZeros(closing) + 1;
        rank += (int) (last - start);
      }
    }
    size = run;
    ranks[run] = rank;
    end = Math.max(0, last);
    return i;
  }

  /** Makes room for so many more runs. */
  void reserve(int runs) {
    if (capacity - size < runs) {
      grow(runs);
    }
  }

  private void grow(int runs) {
    int larger = Math.addExact(capacity, Math.max(runs, capacity >> 1));
    if (larger > MAX_IN_ARRAYS) {
      moveOutside(larger);
    } else {
      starts = Arrays.copyOf(starts, larger);
      ranks = Arrays.copyOf(ranks, larger + 1);
      capacity = larger;
    }
  }

  /** Adds a run that begins at or behind the last one's start, and may overlap it. */
  private void appendOverlapping(long start, long end) {
    long from = Math.max(start, this.end);
    if (from < end) {
      append(from, end);
    }
  }

  void clear() {
    size = 0;
    end = 0;
  }

  int size() {
    return size;
  }

  /** The number of positions in the set. */
  long total() {
    return Integer.toUnsignedLong(rankBits(size));
  }

  long start(int run) {
    return Integer.toUnsignedLong(startBits(run));
  }

  /** The end of a run, exclusive. */
  long end(int run) {
    return start(run) + length(run);
  }

  long length(int run) {
    return Integer.toUnsignedLong(rankBits(run + 1) - rankBits(run));
  }

  /** The number of positions in all runs before this one. */
  long rank(int run) {
    return Integer.toUnsignedLong(rankBits(run));
  }

  /** The end of the last run, 0 for the empty set. */
  long end() {
    return end;
  }

  /** Whether the set is 0, 1, 2 and so on, so that every position is its own rank. */
  boolean isPrefix() {
    return size == 0 || (size == 1 && startBits(0) == 0);
  }

  boolean contains(long start, long end, int run) {
    return run < size && start(run) <= start && end <= end(run);
  }

  /**
   * Finds the first run that ends behind a position: the one that contains it, or the next one, or
   * {@link #size} if there is none.
   *
   * @param hint where to look first, any run or {@link #size}; ascending queries that pass the last
   *     answer cost next to nothing
   */
  int find(long position, int hint) {
    int low = 0;
    int high = Math.min(hint, size);
    if (high == 0 || end(high - 1) <= position) {
      low = high;
      high = size;
      for (int step = 1; low < high; step <<= 1) {
        int probe = step <= high - low ? low + step - 1 : high - 1;
        if (end(probe) > position) {
          high = probe;
          break;
        }
        low = probe + 1;
      }
    }
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (end(middle) > position) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /** How many bytes of the Java heap the set takes. */
  long heapBytes() {
    return starts == null ? 0 : (long) Integer.BYTES * (starts.length + ranks.length);
  }

  /** How many bytes it takes outside the heap. */
  long nativeBytes() {
    return outside == null ? 0 : outside.nativeBytes();
  }
}
