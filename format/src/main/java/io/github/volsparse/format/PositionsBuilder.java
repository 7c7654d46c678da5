package io.github.volsparse.format;

import java.util.Arrays;
import org.roaringbitmap.ArrayContainer;
import org.roaringbitmap.BitmapContainer;
import org.roaringbitmap.Container;
import org.roaringbitmap.RunContainer;

/** Makes a set of positions that are given in order. */
final class PositionsBuilder {
  /** More runs than these take more than a container of bits, with their number. */
  private static final int MAX_RUNS = SelectionCodec.BITMAP_BYTES / SelectionCodec.RUN_BYTES - 1;

  private static final int INITIAL_RUNS = 8;

  private char[] keys;
  private Container[] containers;
  private long[] ranks;
  private int size;

  // The container in the making.
  private int key;
  private int cardinality;

  /** Start and length - 1 of its runs; they do not touch. */
  private char[] runs = new char[2 * INITIAL_RUNS];

  private int runCount;

  /** Its bits, if its runs are too many. */
  private long[] bits;

  /** The end of the last run. */
  private long end;

  PositionsBuilder() {
    this(4);
  }

  /** The same with room for this many containers. */
  PositionsBuilder(int capacity) {
    keys = new char[capacity];
    containers = new Container[capacity];
    ranks = new long[capacity + 1];
  }

  /**
   * Adds a run that begins at or behind the last one's start, and may overlap or touch it.
   *
   * @param to behind its last position
   */
  void add(long from, long to) {
    for (long at = Math.max(from, end); at < to; ) {
      int newKey = (int) (at / SelectionCodec.CONTAINER);
      if (newKey != key) {
        finishContainer();
        key = newKey;
      }
      long next = Math.min(to, (at | (SelectionCodec.CONTAINER - 1)) + 1);
      addToContainer(
          (int) (at % SelectionCodec.CONTAINER), (int) (next - at), at == end && cardinality > 0);
      at = next;
      end = next;
    }
  }

  private void addToContainer(int low, int length, boolean continues) {
    cardinality += length;
    if (bits != null) {
      SelectionCodec.setBits(bits, low, low + length);
    } else if (continues) {
      runs[2 * runCount - 1] += (char) length;
    } else if (runCount == MAX_RUNS) {
      bits = new long[SelectionCodec.BITMAP_WORDS];
      for (int run = 0; run < runCount; run++) {
        SelectionCodec.setBits(bits, runs[2 * run], runs[2 * run] + runs[2 * run + 1] + 1);
      }
      SelectionCodec.setBits(bits, low, low + length);
    } else {
      if (2 * runCount == runs.length) {
        runs = Arrays.copyOf(runs, 4 * runCount);
      }
      runs[2 * runCount] = (char) low;
      runs[2 * runCount + 1] = (char) (length - 1);
      runCount++;
    }
  }

  private void finishContainer() {
    if (cardinality == 0) {
      return;
    }
    Container container;
    if (bits != null) {
      // Many runs may be few positions: it becomes an array then, and counts them itself.
      container = new BitmapContainer(bits, -1).repairAfterLazy();
      bits = null;
    } else if (cardinality <= 2 * runCount + 1 && cardinality <= SelectionCodec.MAX_ARRAY) {
      container = new ArrayContainer(positions());
    } else {
      container = new RunContainer(Arrays.copyOf(runs, 2 * runCount), runCount);
    }
    append(key, container, cardinality);
    cardinality = 0;
    runCount = 0;
  }

  private char[] positions() {
    char[] positions = new char[cardinality];
    int count = 0;
    for (int run = 0; run < runCount; run++) {
      for (int i = 0; i <= runs[2 * run + 1]; i++) {
        positions[count++] = (char) (runs[2 * run] + i);
      }
    }
    return positions;
  }

  /**
   * Adds a container behind all others, if it is not empty. It must not be changed any more.
   *
   * @param containerKey the high 16 bits of its positions
   */
  void append(int containerKey, Container container) {
    finishContainer();
    int positions = container.getCardinality();
    if (positions > 0) {
      append(containerKey, container, positions);
    }
  }

  private void append(int containerKey, Container container, int positions) {
    if (size == keys.length) {
      int capacity = Math.max(4, 2 * size);
      keys = Arrays.copyOf(keys, capacity);
      containers = Arrays.copyOf(containers, capacity);
      ranks = Arrays.copyOf(ranks, capacity + 1);
    }
    keys[size] = (char) containerKey;
    containers[size] = container;
    ranks[size + 1] = ranks[size] + positions;
    size++;
  }

  /** Makes the set; the builder is of no use any more. */
  Positions build() {
    finishContainer();
    return new Positions(keys, containers, ranks, size);
  }
}
