package io.github.volsparse.format;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.roaringbitmap.ArrayContainer;
import org.roaringbitmap.Container;
import org.roaringbitmap.RunContainer;

/**
 * The positions of one container, copied from the library's, for queries of ranks and ranges.
 * Queries in ascending order cost almost nothing. An instance keeps its arrays for the next
 * container, and belongs to one thread.
 */
final class ContainerView {
  private static final int[] NONE = {};

  private enum Kind {
    POSITIONS,
    RUNS,
    BITS
  }

  private Kind kind;
  private int cardinality;

  /** How many positions or runs are listed. */
  private int count;

  /** The positions, or the starts of the runs. */
  private int[] starts = NONE;

  /** The ends of the runs, exclusive. */
  private int[] ends = NONE;

  /** The number of positions before each run. */
  private int[] ranks = NONE;

  private long[] bits;

  /** Where the last question ended: an index of a position, run or word. */
  private int at;

  /** The number of positions before that word. */
  private int wordRank;

  /**
   * Takes the positions of a container, in the form that is best for elements of this size: those
   * that are not copied in one piece are copied run by run.
   */
  void open(Container container, int elementSize) {
    if (!Packer.packs(elementSize)) {
      openRuns(container);
      return;
    }
    at = 0;
    wordRank = 0;
    cardinality = container.getCardinality();
    if (container instanceof RunContainer runContainer) {
      kind = Kind.RUNS;
      listRuns(runContainer);
    } else if (container instanceof ArrayContainer) {
      kind = Kind.POSITIONS;
      count = cardinality;
      if (starts.length < count) {
        starts = new int[count];
      }
      container.fillLeastSignificant16bits(starts, 0, 0);
    } else {
      kind = Kind.BITS;
      copyBits(container);
    }
  }

  /** Takes the positions of a container as runs, whatever they are in. */
  void openRuns(Container container) {
    at = 0;
    cardinality = container.getCardinality();
    kind = Kind.RUNS;
    if (container instanceof RunContainer runContainer) {
      listRuns(runContainer);
    } else {
      copyBits(container);
      listRuns(bits);
    }
  }

  private void copyBits(Container container) {
    if (bits == null) {
      bits = new long[SelectionCodec.BITMAP_WORDS];
    } else {
      Arrays.fill(bits, 0);
    }
    container.copyBitmapTo(bits, 0);
  }

  private void listRuns(RunContainer container) {
    count = container.numberOfRuns();
    makeRoomForRuns(count);
    int rank = 0;
    for (int run = 0; run < count; run++) {
      starts[run] = container.getValue(run);
      ends[run] = starts[run] + container.getLength(run) + 1;
      ranks[run] = rank;
      rank += ends[run] - starts[run];
    }
  }

  private void listRuns(long[] b) {
    int runs = ContainerBits.runs(b, b.length);
    makeRoomForRuns(runs);
    count = runs;
    int start = 0;
    int end = 0;
    for (int i = 0; i < b.length; i++) {
      long before = i == 0 ? 0 : b[i - 1] >>> -1;
      long after = i == b.length - 1 ? 0 : b[i + 1] << -1;
      for (long x = b[i] & ~(b[i] << 1 | before); x != 0; x &= x - 1) {
        starts[start++] = i * Long.SIZE + Long.numberOfTrailingZeros(x);
      }
      for (long x = b[i] & ~(b[i] >>> 1 | after); x != 0; x &= x - 1) {
        ends[end++] = i * Long.SIZE + Long.numberOfTrailingZeros(x) + 1;
      }
    }
    int rank = 0;
    for (int run = 0; run < runs; run++) {
      ranks[run] = rank;
      rank += ends[run] - starts[run];
    }
  }

  private void makeRoomForRuns(int runs) {
    if (starts.length < runs) {
      starts = new int[runs];
    }
    if (ends.length < runs) {
      ends = new int[runs];
      ranks = new int[runs];
    }
  }

  // ---- as runs

  /** How many runs there are. For this and the next three the container was opened as runs. */
  int runs() {
    return count;
  }

  int start(int run) {
    return starts[run];
  }

  /** The end of a run, exclusive. */
  int end(int run) {
    return ends[run];
  }

  /** The number of positions before a run. */
  int rankOfRun(int run) {
    return ranks[run];
  }

  // ---- ranks and ranges

  /**
   * The number of positions below one.
   *
   * @param low low 16 bits of that position, or 65536
   */
  int rank(int low) {
    switch (kind) {
      case RUNS -> {
        at = firstAbove(ends, low);
        return at == count ? cardinality : ranks[at] + Math.max(0, low - starts[at]);
      }
      case POSITIONS -> {
        at = firstAbove(starts, low - 1);
        return at;
      }
      default -> {
        int word = low / Long.SIZE;
        if (word < at) {
          at = 0;
          wordRank = 0;
        }
        wordRank += ContainerBits.count(bits, at, word);
        at = word;
        long below = (1L << low) - 1;
        return word == bits.length ? wordRank : wordRank + Long.bitCount(bits[word] & below);
      }
    }
  }

  /** The index of the first number above this one, found from where the last one was. */
  private int firstAbove(int[] numbers, int number) {
    int low = at;
    int high = count;
    if (low > 0 && numbers[low - 1] > number) {
      high = low - 1;
      low = 0;
    } else {
      for (int step = 1; low < high; step <<= 1) {
        int probe = step <= high - low ? low + step - 1 : high - 1;
        if (numbers[probe] > number) {
          high = probe;
          break;
        }
        low = probe + 1;
      }
    }
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (numbers[middle] > number) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /**
   * Copies packed values to their positions in a range of elements. The elements between them stay
   * unchanged.
   *
   * @param from the range's first position
   * @param to behind its last one
   * @param values packed values
   * @param valueAt where the value of the range's first position is, in bytes
   * @param size bytes of an element
   * @param target receives them
   * @param targetAt where the range begins in it, in bytes
   */
  void scatter(
      int from,
      int to,
      MemorySegment values,
      long valueAt,
      int size,
      MemorySegment target,
      long targetAt) {
    long base = targetAt - (long) from * size;
    switch (kind) {
      case RUNS -> {
        long value = valueAt;
        for (int run = firstAbove(ends, from); run < count && starts[run] < to; run++) {
          int start = Math.max(from, starts[run]);
          long bytes = (long) (Math.min(to, ends[run]) - start) * size;
          Elements.copy(values, value, target, base + (long) start * size, bytes);
          value += bytes;
        }
      }
      case POSITIONS -> {
        int first = firstAbove(starts, from - 1);
        int end = firstAbove(starts, to - 1);
        scatterPositions(first, end, values, valueAt, size, target, base);
      }
      default -> scatterBits(from, to, values, valueAt, size, target, base);
    }
  }

  private void scatterPositions(
      int first,
      int end,
      MemorySegment values,
      long valueAt,
      int size,
      MemorySegment target,
      long base) {
    int[] p = starts;
    long value = valueAt;
    switch (size) {
      case Short.BYTES -> {
        for (int i = first; i < end; i++, value += Short.BYTES) {
          target.set(
              Elements.SHORT, base + (long) p[i] * Short.BYTES, values.get(Elements.SHORT, value));
        }
      }
      case Integer.BYTES -> {
        for (int i = first; i < end; i++, value += Integer.BYTES) {
          target.set(
              Elements.INT, base + (long) p[i] * Integer.BYTES, values.get(Elements.INT, value));
        }
      }
      default -> {
        for (int i = first; i < end; i++, value += size) {
          Elements.copy(values, value, target, base + (long) p[i] * size, size);
        }
      }
    }
  }

  private void scatterBits(
      int from,
      int to,
      MemorySegment values,
      long valueAt,
      int size,
      MemorySegment target,
      long base) {
    long value = valueAt;
    int last = (to - 1) / Long.SIZE;
    for (int word = from / Long.SIZE; word <= last; word++) {
      long x = bits[word];
      if (word == from / Long.SIZE) {
        x &= -1L << from;
      }
      if (word == last) {
        x &= -1L >>> -to;
      }
      long wordBase = base + (long) word * Long.SIZE * size;
      switch (size) {
        case 1 -> value = scatterBytes(x, values, value, target, wordBase);
        case Short.BYTES -> value = scatterShorts(x, values, value, target, wordBase);
        case Integer.BYTES -> value = scatterInts(x, values, value, target, wordBase);
        default -> value = scatterAny(x, values, value, size, target, wordBase);
      }
    }
  }

  private static long scatterBytes(
      long x, MemorySegment values, long value, MemorySegment target, long base) {
    long v = value;
    for (long b = x; b != 0; b &= b - 1, v++) {
      target.set(Elements.BYTE, base + Long.numberOfTrailingZeros(b), values.get(Elements.BYTE, v));
    }
    return v;
  }

  private static long scatterShorts(
      long x, MemorySegment values, long value, MemorySegment target, long base) {
    long v = value;
    for (long b = x; b != 0; b &= b - 1, v += Short.BYTES) {
      long to = base + (long) Long.numberOfTrailingZeros(b) * Short.BYTES;
      target.set(Elements.SHORT, to, values.get(Elements.SHORT, v));
    }
    return v;
  }

  private static long scatterInts(
      long x, MemorySegment values, long value, MemorySegment target, long base) {
    long v = value;
    for (long b = x; b != 0; b &= b - 1, v += Integer.BYTES) {
      long to = base + (long) Long.numberOfTrailingZeros(b) * Integer.BYTES;
      target.set(Elements.INT, to, values.get(Elements.INT, v));
    }
    return v;
  }

  private static long scatterAny(
      long x, MemorySegment values, long value, int size, MemorySegment target, long base) {
    long v = value;
    for (long b = x; b != 0; b &= b - 1, v += size) {
      long to = base + (long) Long.numberOfTrailingZeros(b) * size;
      Elements.copy(values, v, target, to, size);
    }
    return v;
  }
}
