package io.github.volsparse.format;

import io.github.volsparse.format.ChunkSpec.Keep;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * A chunk in memory: the elements it <em>covers</em>, and the fill value everywhere else.
 *
 * <p>The covered positions are a roaring bitmap; their values are packed in the order of positions.
 * A dense chunk covers everything, an empty one nothing; both use the same code. With {@link
 * Keep#WRITTEN} the covered elements are exactly the written ones; with {@link Keep#NONFILL} some
 * of them may equal the fill value, and {@link SparseBlob} leaves those out.
 *
 * <p>The cost of a write: covered elements are overwritten in place. For other elements, the
 * positions of their containers are made again, and all values after the first of them move. Many
 * small writes at random positions would thus have quadratic cost. Therefore the moved bytes are
 * added up under {@code NONFILL}. When they exceed twice the size of the dense chunk, the chunk
 * becomes dense and every later write is in place. A chunk also becomes dense when it takes more
 * than half of the dense size. The total work is within a constant factor of writing the dense
 * chunk. A chunk that is filled in order, or by a few large writes, stays sparse.
 *
 * <p>Small memory is on the Java heap, larger memory outside of it; the creator of the chunk gives
 * it back ({@link #giveBack}). Nothing proportional to the dense size is allocated unless the chunk
 * becomes dense. An instance is not safe for concurrent use, except that reads may run
 * concurrently.
 */
public final class Chunk {

  /** Larger chunks never become dense by themselves: that memory is worth a slow merge. */
  private static final long DENSIFY_LIMIT_BYTES = 256L << 20;

  /** So many times the dense size may be moved before the chunk becomes dense. */
  private static final int DENSIFY_COST_FACTOR = 2;

  /** More positions than take this on the Java heap are not kept. */
  private static final long MAX_POSITION_BYTES = 32L << 20;

  /** A chunk that takes more than the dense one divided by this becomes dense. */
  private static final int DENSIFY_SIZE_FACTOR = 2;

  /** An instance, its segment and its arrays, without their content. */
  private static final long OVERHEAD_BYTES = 240;

  private final ChunkSpec spec;
  private final Fill fill;
  private Positions covered;
  private MemorySegment values;

  /** The memory of the values; none if they are in memory of others. */
  private Block memory;

  /** The bytes that were moved for new positions. */
  private long moved;

  private Chunk(ChunkSpec spec, Positions covered, MemorySegment values, Block memory) {
    this.spec = spec;
    this.fill = spec.fill();
    this.covered = covered;
    this.values = values;
    this.memory = memory;
  }

  /** Returns a chunk that covers nothing: it reads as the fill value. */
  public static Chunk empty(ChunkSpec spec) {
    return adopt(spec, Positions.none(), Block.nothing());
  }

  /**
   * Returns a chunk that covers everything.
   *
   * @param elements all elements, {@link ChunkSpec#denseBytes} bytes; they are copied
   * @throws IllegalArgumentException if the segment has another size
   */
  public static Chunk dense(ChunkSpec spec, MemorySegment elements) {
    checkDenseSize(spec, elements);
    Block copy = Block.of(spec.denseBytes());
    copy.segment().copyFrom(elements);
    return adopt(spec, Positions.all(spec.elements()), copy);
  }

  /**
   * Returns a chunk of elements of which nobody knows which were written: it covers all of them, or
   * with {@link Keep#WRITTEN} those that differ from the fill value.
   *
   * @param elements all elements, {@link ChunkSpec#denseBytes} bytes; they are copied
   * @throws IllegalArgumentException if the segment has another size
   */
  public static Chunk fromElements(ChunkSpec spec, MemorySegment elements) {
    if (spec.keep() == Keep.NONFILL) {
      return dense(spec, elements);
    }
    checkDenseSize(spec, elements);
    Positions all = Positions.all(spec.elements());
    Positions written = DefinedScanner.of(spec.elementSize()).find(all, elements, spec.fill());
    Block values = Block.of(written.total() * spec.elementSize());
    written.gather(all, elements, spec.elementSize(), values.segment());
    return adopt(spec, written, values);
  }

  /**
   * Returns a chunk of elements, as {@link #fromElements(ChunkSpec, MemorySegment)}.
   *
   * @param elements puts all elements, {@link ChunkSpec#denseBytes} bytes, into the memory it gets
   */
  public static Chunk fromElements(ChunkSpec spec, Consumer<MemorySegment> elements) {
    Block dense = Block.outsideHeap(spec.denseBytes());
    boolean becomesChunk = false;
    try {
      elements.accept(dense.segment());
      if (spec.keep() == Keep.WRITTEN) {
        return fromElements(spec, dense.segment());
      }
      becomesChunk = true;
      return adopt(spec, Positions.all(spec.elements()), dense);
    } finally {
      if (!becomesChunk) {
        dense.giveBack();
      }
    }
  }

  /** Makes a chunk of positions and their packed values, which become its own. */
  static Chunk adopt(ChunkSpec spec, Positions covered, Block values) {
    return new Chunk(spec, covered, values.segment(), values);
  }

  /** Makes a chunk to read from, of values that others own. */
  static Chunk view(ChunkSpec spec, Positions covered, MemorySegment values) {
    return new Chunk(spec, covered, values, Block.nothing());
  }

  /** Gives back the memory of the chunk, which is of no use any more. */
  public void giveBack() {
    memory.giveBack();
  }

  static void checkDenseSize(ChunkSpec spec, MemorySegment elements) {
    if (elements.byteSize() != spec.denseBytes()) {
      throw new IllegalArgumentException(
          elements.byteSize() + " bytes for a chunk of " + spec.denseBytes());
    }
  }

  /** Returns what the chunk is. */
  public ChunkSpec spec() {
    return spec;
  }

  /** Returns the number of elements with a value of their own, explicit fill values included. */
  public long coveredElements() {
    return covered.total();
  }

  /** Returns about how many bytes of memory the chunk takes, spare capacity included. */
  public long memoryBytes() {
    long ofValues = Math.max(values.byteSize(), memory.nativeBytes());
    return OVERHEAD_BYTES + ofValues + covered.heapBytes();
  }

  /** Returns about how many of these are on the Java heap. */
  public long heapBytes() {
    return OVERHEAD_BYTES + memory.heapBytes() + covered.heapBytes();
  }

  /**
   * Writes elements into the chunk. Where runs overlap, the last one wins.
   *
   * @param runs what to write where
   * @param source the memory that the runs' offsets refer to; it is only read
   * @throws IndexOutOfBoundsException if a run does not fit the chunk or the memory; the chunk is
   *     then unchanged
   */
  public void write(CopyRuns runs, MemorySegment source) {
    check(runs, source);
    if (!coversAll()) {
      Positions merged = Positions.union(covered, Positions.of(runs));
      if (merged.total() > covered.total()) {
        cover(merged);
      }
    }
    overwrite(runs, source);
  }

  /**
   * Reads elements; those not covered read as the fill value.
   *
   * @param runs what to read from where
   * @param target the memory that the runs' offsets refer to
   * @throws IndexOutOfBoundsException if a run does not fit the chunk or the memory
   */
  public void read(CopyRuns runs, MemorySegment target) {
    check(runs, target);
    Copies copies = new Copies(values, target);
    ValuePlaces places = places();
    for (int i = 0; i < runs.size(); i++) {
      places.enter(runs.position(i), runs.length(i));
      for (long to = runs.memoryOffset(i); places.next(); to += places.bytes()) {
        if (places.isCovered()) {
          copies.add(places.valueAt(), to, places.bytes());
        } else {
          copies.finish(); // first, for runs may overlap in memory
          fill.fill(target, to, places.bytes());
          places.scatter(target, to);
        }
      }
    }
    copies.finish();
  }

  /**
   * Reads the whole chunk.
   *
   * @param target receives all elements, {@link ChunkSpec#denseBytes} bytes
   * @throws IllegalArgumentException if the segment has another size
   */
  public void readAll(MemorySegment target) {
    checkDenseSize(spec, target);
    if (!coversAll()) {
      fill.fill(target, 0, target.byteSize());
    }
    covered.layOut(values, spec.elementSize(), target);
  }

  /**
   * Makes elements undefined: they are no longer covered and read as the fill value.
   *
   * @param runs the elements; offsets in memory do not matter
   * @throws IndexOutOfBoundsException if a run does not fit the chunk
   */
  public void erase(CopyRuns runs) {
    check(runs);
    Positions kept = Positions.difference(covered, Positions.of(runs));
    if (kept.total() < covered.total()) {
      kept.gather(covered, values, spec.elementSize(), values);
      covered = kept;
      moved += kept.total() * spec.elementSize();
    }
  }

  /** The covered positions, for the codec. */
  Positions covered() {
    return covered;
  }

  /** The packed values of the covered positions; there may be spare bytes behind them. */
  MemorySegment values() {
    return values;
  }

  /** The fill value, for the codec. */
  Fill fill() {
    return fill;
  }

  private void check(CopyRuns runs, MemorySegment memory) {
    check(runs);
    Objects.checkFromToIndex(0, runs.memoryEnd(), memory.byteSize());
  }

  private void check(CopyRuns runs) {
    if (runs.elementSize() != spec.elementSize()) {
      throw new IllegalArgumentException(
          "runs of " + runs.elementSize() + "-byte elements, chunk of " + spec.elementSize());
    }
    Objects.checkFromToIndex(0, runs.positionEnd(), spec.elements());
  }

  private ValuePlaces places() {
    return new ValuePlaces(covered, coversAll(), values, spec.elementSize());
  }

  private boolean coversAll() {
    return covered.total() == spec.elements();
  }

  /** Copies runs that are all covered, in the program's order so that the last one wins. */
  private void overwrite(CopyRuns runs, MemorySegment source) {
    Copies copies = new Copies(source, values);
    ValuePlaces places = places();
    for (int i = 0; i < runs.size(); i++) {
      places.enter(runs.position(i), runs.length(i));
      for (long from = runs.memoryOffset(i); places.next(); from += places.bytes()) {
        copies.add(from, places.valueAt(), places.bytes());
      }
    }
    copies.finish();
  }

  /**
   * Makes room for the values of more positions. Those of new positions are left undefined.
   *
   * @param merged the covered positions and the new ones
   */
  private void cover(Positions merged) {
    if (isDense(spec, merged.total(), merged.heapBytes()) || movingIsWorseThanDense()) {
      densify();
    } else {
      reserve(merged.total());
      spread(merged);
      covered = merged;
    }
  }

  /**
   * Whether a chunk of which nobody must know what was written is kept with all its elements.
   *
   * @param defined how many elements there are to keep
   * @param positionBytes what their positions take
   */
  static boolean isDense(ChunkSpec spec, long defined, long positionBytes) {
    long dense = spec.denseBytes();
    long most = dense <= DENSIFY_LIMIT_BYTES ? dense / DENSIFY_SIZE_FACTOR : dense;
    return spec.keep() == Keep.NONFILL
        && defined < spec.elements()
        && (positionBytes + defined * spec.elementSize() > most
            || positionBytes > MAX_POSITION_BYTES);
  }

  private boolean movingIsWorseThanDense() {
    return spec.keep() == Keep.NONFILL
        && spec.denseBytes() <= DENSIFY_LIMIT_BYTES
        && moved > DENSIFY_COST_FACTOR * spec.denseBytes();
  }

  private void densify() {
    Block dense = Block.of(spec.denseBytes());
    readAll(dense.segment());
    setMemory(dense);
    covered = Positions.all(spec.elements());
  }

  private void setMemory(Block block) {
    memory.giveBack();
    memory = block;
    values = block.segment();
  }

  /**
   * Moves values from their places in the covered positions to those in a superset. Values only
   * move up, so the last ones go first; those between which nothing was inserted move together.
   */
  private void spread(Positions to) {
    ContainerView old = new ContainerView();
    ContainerView added = new ContainerView();
    int[] ranks = {};
    long end = covered.total();
    int in = to.size() - 1;
    for (int c = covered.size() - 1; c >= 0; c--) {
      while (to.key(in) > covered.key(c)) {
        in--;
      }
      long first = covered.rank(c);
      long shift = to.rank(in) - first;
      if (to.cardinality(in) > covered.cardinality(c)) {
        added.openRuns(to.container(in).andNot(covered.container(c)));
        old.open(covered.container(c), spec.elementSize());
        ranks = ranks.length < added.runs() ? new int[added.runs()] : ranks;
        for (int run = 0; run < added.runs(); run++) {
          ranks[run] = old.rank(added.end(run));
        }
        for (int run = added.runs() - 1; run >= 0; run--) {
          int before = added.rankOfRun(run) + added.end(run) - added.start(run);
          end = moveUp(first + ranks[run], end, shift + before);
        }
      }
      end = moveUp(first, end, shift);
    }
  }

  /** Moves the values from one rank to another; returns the first. */
  private long moveUp(long from, long to, long shift) {
    if (shift > 0 && from < to) {
      int size = spec.elementSize();
      MemorySegment.copy(values, from * size, values, (from + shift) * size, (to - from) * size);
      moved += (to - from) * size;
    }
    return from;
  }

  /** Makes room for the values of this many elements and half as many again, at most for all. */
  private void reserve(long elements) {
    long needed = elements * spec.elementSize();
    if (needed > values.byteSize()) {
      long grown = Math.max(needed, values.byteSize() + (values.byteSize() >> 1));
      Block larger = Block.of(Math.min(grown, spec.denseBytes()));
      MemorySegment.copy(values, 0, larger.segment(), 0, values.byteSize());
      setMemory(larger);
    }
  }
}
