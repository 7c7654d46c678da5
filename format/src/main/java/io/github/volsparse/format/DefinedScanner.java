package io.github.volsparse.format;

import java.lang.foreign.MemorySegment;
import org.roaringbitmap.Container;

/**
 * Finds the elements that differ from the fill value, and packs them, one container of a chunk
 * after another. An instance keeps its arrays for the next chunk and belongs to one thread.
 */
abstract class DefinedScanner {
  final int elementSize;

  /** What the last scan found. */
  final ContainerBits found = new ContainerBits();

  private final ContainerView view = new ContainerView();

  DefinedScanner(int elementSize) {
    this.elementSize = elementSize;
  }

  static DefinedScanner of(int elementSize) {
    return Packer.packs(elementSize) ? new WordScanner(elementSize) : new ByteScanner(elementSize);
  }

  /** Begins with another chunk. */
  void begin() {}

  /**
   * Scans the elements of a container.
   *
   * @param elements memory with elements; only read
   * @param from where the first one is, in bytes
   * @param to behind the last one
   * @param packed receives those that differ, one behind another; may be the same memory, not
   *     behind {@code from}; null if nobody wants them
   * @param packedAt where the first one goes, in bytes
   * @return how many differ; which they are, counted from the first element, {@link #found} tells
   *     until the next scan
   */
  abstract int scan(
      MemorySegment elements, long from, long to, Fill fill, MemorySegment packed, long packedAt);

  /**
   * Where the elements are that the last scan found.
   *
   * @param container the positions of those that were scanned, as many as these
   * @param room may receive the result
   */
  final ContainerBits positions(Container container, ContainerBits room) {
    int scanned = container.getCardinality();
    if (container.last() - container.first() + 1 == scanned && container.first() == 0) {
      return found; // a position is its own rank
    }
    if (found.cardinality() == scanned) {
      room.load(container);
    } else {
      view.openRuns(container);
      room.select(view, found);
    }
    return room;
  }

  /** Counts those of all elements of a chunk that differ from the fill value. */
  final long count(MemorySegment elements, Fill fill) {
    long containerBytes = (long) SelectionCodec.CONTAINER * elementSize;
    long count = 0;
    begin();
    for (long from = 0; from < elements.byteSize(); from += containerBytes) {
      long to = Math.min(elements.byteSize(), from + containerBytes);
      count += scan(elements, from, to, fill, null, 0);
    }
    return count;
  }

  /**
   * Finds those of the elements of a chunk that differ from the fill value.
   *
   * @param elements all elements
   * @param count how many they are
   */
  final Positions find(MemorySegment elements, long count, Fill fill) {
    return find(Positions.all(count), elements, fill);
  }

  /**
   * Finds those elements that differ from the fill value.
   *
   * @param covered their positions
   * @param values their values, packed
   * @return the positions of those that differ; the same set if all do
   */
  final Positions find(Positions covered, MemorySegment values, Fill fill) {
    PositionsBuilder differing = new PositionsBuilder(covered.size());
    ContainerBits room = new ContainerBits();
    begin();
    for (int c = 0; c < covered.size(); c++) {
      Container container = covered.container(c);
      long from = covered.rank(c) * elementSize;
      long to = covered.rank(c + 1) * elementSize;
      int count = scan(values, from, to, fill, null, 0);
      if (count == covered.cardinality(c)) {
        differing.append(covered.key(c), container);
      } else if (count > 0) {
        differing.append(covered.key(c), positions(container, room).toContainer());
      }
    }
    Positions found = differing.build();
    return found.total() == covered.total() ? covered : found;
  }

  /** About what an instance takes of the Java heap. */
  abstract long memoryBytes();
}
