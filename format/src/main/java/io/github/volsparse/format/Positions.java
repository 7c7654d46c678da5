package io.github.volsparse.format;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.roaringbitmap.Container;
import org.roaringbitmap.RoaringBitmap;

/**
 * A set of positions in a chunk: a roaring bitmap, and the rank of each container, which is the
 * number of positions before it and therefore the index of its first value.
 *
 * <p>The containers are those of the library, which implements the set operations within them. The
 * table of containers is this class's, because the library's table has no ranks and no access by
 * index.
 *
 * <p>A set and its containers are immutable; sets share containers. Thread-safe.
 */
final class Positions {
  private static final Positions NONE = new PositionsBuilder().build();

  /** The memory of a container and its place in the table, without its array. */
  private static final int CONTAINER_OVERHEAD_BYTES = 64;

  /** High 16 bits of the positions of each container, ascending. */
  private final char[] keys;

  private final Container[] containers;

  /** One more than containers: the last rank is the number of positions in the set. */
  private final long[] ranks;

  private final int size;

  /** Made by {@link PositionsBuilder}. */
  Positions(char[] keys, Container[] containers, long[] ranks, int size) {
    this.keys = keys;
    this.containers = containers;
    this.ranks = ranks;
    this.size = size;
  }

  /** No position. */
  static Positions none() {
    return NONE;
  }

  /** All positions of a chunk. */
  static Positions all(long elements) {
    PositionsBuilder all = new PositionsBuilder();
    all.add(0, elements);
    return all.build();
  }

  /** The chunk side of a program's runs, which may be unsorted and overlap. */
  static Positions of(CopyRuns runs) {
    PositionsBuilder positions = new PositionsBuilder();
    if (runs.isOrdered()) {
      for (int i = 0; i < runs.size(); i++) {
        positions.add(runs.position(i), runs.position(i) + runs.length(i));
      }
      return positions.build();
    }
    // Position above length in one long. Flipping the sign bit makes the signed sort unsigned.
    long[] sorted = new long[runs.size()];
    for (int i = 0; i < sorted.length; i++) {
      sorted[i] = (runs.position(i) << Integer.SIZE | runs.length(i)) ^ Long.MIN_VALUE;
    }
    Arrays.sort(sorted);
    for (long run : sorted) {
      long position = (run ^ Long.MIN_VALUE) >>> Integer.SIZE;
      positions.add(position, position + (run & 0xFFFF_FFFFL));
    }
    return positions.build();
  }

  /** The positions that are in one of two sets or in both. */
  static Positions union(Positions a, Positions b) {
    PositionsBuilder union = new PositionsBuilder(a.size + b.size);
    int i = 0;
    int j = 0;
    while (i < a.size || j < b.size) {
      if (j == b.size || (i < a.size && a.keys[i] < b.keys[j])) {
        union.append(a.keys[i], a.containers[i]);
        i++;
      } else if (i == a.size || a.keys[i] > b.keys[j]) {
        union.append(b.keys[j], b.containers[j]);
        j++;
      } else {
        Container both = a.containers[i];
        if (!both.contains(b.containers[j])) {
          both = both.or(b.containers[j]);
        }
        union.append(a.keys[i], both);
        i++;
        j++;
      }
    }
    return union.build();
  }

  /** The positions of {@code a} that are not in {@code b}. */
  static Positions difference(Positions a, Positions b) {
    PositionsBuilder difference = new PositionsBuilder(a.size);
    int j = 0;
    for (int i = 0; i < a.size; i++) {
      j = b.find(a.keys[i], j);
      Container rest = a.containers[i];
      if (b.hasAt(j, a.keys[i]) && rest.intersects(b.containers[j])) {
        rest = rest.andNot(b.containers[j]);
      }
      difference.append(a.keys[i], rest);
    }
    return difference.build();
  }

  /** The positions that are in both sets. */
  static Positions intersection(Positions a, Positions b) {
    PositionsBuilder intersection = new PositionsBuilder(Math.min(a.size, b.size));
    int j = 0;
    for (int i = 0; i < a.size; i++) {
      j = b.find(a.keys[i], j);
      if (b.hasAt(j, a.keys[i])) {
        intersection.append(a.keys[i], a.containers[i].and(b.containers[j]));
      }
    }
    return intersection.build();
  }

  /** The number of positions in the set. */
  long total() {
    return ranks[size];
  }

  /** The end of the last position, 0 for the empty set. */
  long end() {
    return size == 0 ? 0 : low(size - 1) + containers[size - 1].last() + 1;
  }

  /** The first position; the set is not empty. */
  long start() {
    return low(0) + containers[0].first();
  }

  /** The number of containers. None is empty. */
  int size() {
    return size;
  }

  /** The high 16 bits of the positions of a container. */
  int key(int container) {
    return keys[container];
  }

  /** The position that the low 16 bits of a container's are added to. */
  long low(int container) {
    return (long) keys[container] * SelectionCodec.CONTAINER;
  }

  /** A container, which the caller does not change. */
  Container container(int container) {
    return containers[container];
  }

  /** The number of positions in all containers before this one. */
  long rank(int container) {
    return ranks[container];
  }

  /** The number of positions in a container. */
  int cardinality(int container) {
    return (int) (ranks[container + 1] - ranks[container]);
  }

  /** The number of positions before this one, which need not be in the set. */
  long rankOf(long position) {
    int key = (int) (position / SelectionCodec.CONTAINER);
    int c = find(key, 0);
    int low = (int) (position % SelectionCodec.CONTAINER);
    return hasAt(c, key) && low > 0 ? ranks[c] + containers[c].rank((char) (low - 1)) : ranks[c];
  }

  /**
   * Finds the first container with this key or a higher one; {@link #size} if there is none.
   *
   * @param from the container to begin with: none before it is wanted
   */
  int find(int key, int from) {
    if (from < size && keys[from] >= key) {
      return from;
    }
    int found = Arrays.binarySearch(keys, from, size, (char) key);
    return found >= 0 ? found : -1 - found;
  }

  /** Whether a place that was found has the container with this key. */
  boolean hasAt(int container, int key) {
    return container < size && keys[container] == key;
  }

  /** Gives out the runs in order. */
  void forEachRun(Defined.RunVisitor visitor) {
    ContainerView view = new ContainerView();
    long start = 0;
    long end = 0; // of a run that may go on
    for (int c = 0; c < size; c++) {
      view.openRuns(containers[c]);
      long low = low(c);
      for (int run = 0; run < view.runs(); run++) {
        if (low + view.start(run) != end) {
          if (end > start) {
            visitor.visit(start, end - start);
          }
          start = low + view.start(run);
        }
        end = low + view.end(run);
      }
    }
    if (end > start) {
      visitor.visit(start, end - start);
    }
  }

  /**
   * Lays values out at their positions; the elements between them keep their bytes.
   *
   * @param values one for each position, packed
   * @param dense memory for all elements of the chunk
   */
  void layOut(MemorySegment values, int elementSize, MemorySegment dense) {
    ContainerView view = new ContainerView();
    long elements = dense.byteSize() / elementSize;
    for (int c = 0; c < size; c++) {
      view.open(containers[c], elementSize);
      int end = (int) Math.min(SelectionCodec.CONTAINER, elements - low(c));
      view.scatter(
          0, end, values, ranks[c] * elementSize, elementSize, dense, low(c) * elementSize);
    }
  }

  /**
   * Picks the values of this set out of those of a superset.
   *
   * @param values one for each position of the superset, packed
   * @param to receives those of this set, packed; may be the same memory
   */
  void gather(Positions superset, MemorySegment values, int elementSize, MemorySegment to) {
    ContainerView wanted = new ContainerView();
    ContainerView there = new ContainerView();
    int in = 0;
    for (int c = 0; c < size; c++) {
      in = superset.find(keys[c], in);
      long first = superset.ranks[in];
      if (cardinality(c) == superset.cardinality(in)) {
        copyValues(values, first, to, ranks[c], cardinality(c), elementSize);
        continue;
      }
      wanted.openRuns(containers[c]);
      there.open(superset.containers[in], elementSize);
      for (int run = 0; run < wanted.runs(); run++) {
        long from = first + there.rank(wanted.start(run));
        int length = wanted.end(run) - wanted.start(run);
        copyValues(values, from, to, ranks[c] + wanted.rankOfRun(run), length, elementSize);
      }
    }
  }

  private static void copyValues(
      MemorySegment from, long fromRank, MemorySegment to, long toRank, long count, int size) {
    Elements.copy(from, fromRank * size, to, toRank * size, count * size);
  }

  /** The set as a bitmap of the library's, which shares its containers. */
  RoaringBitmap toBitmap() {
    RoaringBitmap bitmap = new RoaringBitmap();
    for (int c = 0; c < size; c++) {
      bitmap.append(keys[c], containers[c]);
    }
    return bitmap;
  }

  /** About how many bytes of the Java heap the set takes. */
  long heapBytes() {
    long bytes = 0;
    for (int c = 0; c < size; c++) {
      bytes += CONTAINER_OVERHEAD_BYTES + containers[c].getSizeInBytes();
    }
    return bytes;
  }
}
