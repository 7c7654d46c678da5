package io.github.volsparse.format;

import io.github.volsparse.format.ChunkSpec.Keep;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * A chunk in memory: the elements it <em>covers</em>, and the fill value everywhere else.
 *
 * <p>The covered positions are sorted runs, their values stand packed in position order. A dense
 * chunk is the one run over everything, an empty one has none, and both take the same paths. With
 * {@link Keep#WRITTEN} the covered elements are exactly the written ones; with {@link Keep#NONFILL}
 * some of them may equal the fill value, and {@link SparseBlob} leaves those out.
 *
 * <p>What a write costs: elements already covered are overwritten in place; elements behind the
 * last covered one are appended, nothing moves; anything else takes one linear merge for the whole
 * batch. Many small writes at random positions would so be quadratic. Under {@code NONFILL} the
 * cost of merges is therefore added up, and when it exceeds twice what the dense chunk takes, the
 * chunk becomes dense and every later write is in place. Total work stays within a constant factor
 * of writing the dense chunk, and a chunk that fills in order, or a few times in bulk, stays
 * sparse.
 *
 * <p>Memory is on the Java heap where it is little and outside it above; whoever made the chunk
 * gives that back ({@link #giveBack}). Nothing proportional to the dense size is allocated unless
 * the chunk becomes dense. An instance is not safe for concurrent use, except that reads may run
 * together.
 */
public final class Chunk {

  /** Larger chunks never become dense by themselves: that memory is worth a slow merge. */
  private static final long DENSIFY_LIMIT_BYTES = 256L << 20;

  /** Merges may cost this many times the dense size before the chunk becomes dense. */
  private static final int DENSIFY_COST_FACTOR = 2;

  /** What a run costs in a merge, in bytes: about its two entries in {@link Runs}. */
  private static final int RUN_COST_BYTES = 8;

  /** An instance, its segment and its arrays, without their content. */
  private static final long OVERHEAD_BYTES = 240;

  private final ChunkSpec spec;
  private final Fill fill;
  private Runs covered;
  private MemorySegment values;

  /** The memory of the values; none if they are in memory of others. */
  private Block memory;

  private long mergeCost;

  private Chunk(ChunkSpec spec, Runs covered, MemorySegment values, Block memory) {
    this.spec = spec;
    this.fill = spec.fill();
    this.covered = covered;
    this.values = values;
    this.memory = memory;
  }

  /** Returns a chunk that covers nothing: it reads as the fill value. */
  public static Chunk empty(ChunkSpec spec) {
    return adopt(spec, new Runs(), Block.nothing());
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
    return adopt(spec, Runs.all(spec.elements()), copy);
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
    Runs written = new Runs();
    spec.fill().findDefined(elements, spec.elements(), written);
    Block values = Block.of(written.total() * spec.elementSize());
    Elements.gather(
        written, Runs.all(spec.elements()), elements, spec.elementSize(), values.segment(), 0);
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
      return adopt(spec, Runs.all(spec.elements()), dense);
    } finally {
      if (!becomesChunk) {
        dense.giveBack();
      }
    }
  }

  /** Makes a chunk of runs and their packed values, which become its own. */
  static Chunk adopt(ChunkSpec spec, Runs covered, Block values) {
    return new Chunk(spec, covered, values.segment(), values);
  }

  /** Makes a chunk to read from, of runs, which become its own, and values that others own. */
  static Chunk view(ChunkSpec spec, Runs covered, MemorySegment values) {
    return new Chunk(spec, covered, values, Block.nothing());
  }

  /** Gives back the memory of the chunk, which is of no use any more. */
  public void giveBack() {
    memory.giveBack();
    covered.giveBack();
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
    return OVERHEAD_BYTES + ofValues + covered.heapBytes() + covered.nativeBytes();
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
    if (!covers(runs)) {
      Runs added = Runs.of(runs);
      try {
        cover(added);
      } finally {
        added.giveBack();
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
    int elementSize = spec.elementSize();
    int hint = 0;
    // What was written together is often read together: runs whose values are neighbours, and that
    // are neighbours in memory, are one copy. It is put off until a run does not continue it.
    long from = 0;
    long to = 0;
    long bytes = 0;
    for (int i = 0; i < runs.size(); i++) {
      long start = runs.position(i);
      long length = runs.length(i);
      long targetAt = runs.memoryOffset(i);
      int run = covered.find(start, hint);
      if (covered.contains(start, start + length, run)) {
        long valueAt = valueOffset(start, run);
        if (valueAt != from + bytes || targetAt != to + bytes) {
          Elements.copy(values, from, target, to, bytes);
          from = valueAt;
          to = targetAt;
          bytes = 0;
        }
        bytes += length * elementSize;
        hint = run;
      } else {
        Elements.copy(values, from, target, to, bytes); // first, for runs may overlap in memory
        bytes = 0;
        hint = readRun(start, length, target, targetAt, run);
      }
    }
    Elements.copy(values, from, target, to, bytes);
  }

  /**
   * Reads the whole chunk.
   *
   * @param target receives all elements, {@link ChunkSpec#denseBytes} bytes
   * @throws IllegalArgumentException if the segment has another size
   */
  public void readAll(MemorySegment target) {
    checkDenseSize(spec, target);
    readRun(0, spec.elements(), target, 0, 0);
  }

  /**
   * Makes elements undefined: they are no longer covered and read as the fill value.
   *
   * @param runs the elements; offsets in memory do not matter
   * @throws IndexOutOfBoundsException if a run does not fit the chunk
   */
  public void erase(CopyRuns runs) {
    check(runs);
    Runs erased = Runs.of(runs);
    Runs kept = Runs.difference(covered, erased);
    erased.giveBack();
    if (kept.total() == covered.total()) {
      kept.giveBack();
      return;
    }
    Elements.gather(kept, covered, values, spec.elementSize(), values, 0);
    setCovered(kept);
    mergeCost += mergeCost();
  }

  /** The covered positions, for the codec. */
  Runs covered() {
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

  private int readRun(long start, long length, MemorySegment target, long targetAt, int hint) {
    int elementSize = spec.elementSize();
    long end = start + length;
    int run = covered.find(start, hint);
    if (covered.contains(start, end, run)) {
      Elements.copy(values, valueOffset(start, run), target, targetAt, length * elementSize);
      return run;
    }
    // One fill for the whole run and copies over it: gaps are usually far too short and too many
    // to fill one by one.
    fill.fill(target, targetAt, length * elementSize);
    for (; run < covered.size() && covered.start(run) < end; run++) {
      long from = Math.max(start, covered.start(run));
      long bytes = (Math.min(end, covered.end(run)) - from) * elementSize;
      long to = targetAt + (from - start) * elementSize;
      Elements.copy(values, valueOffset(from, run), target, to, bytes);
    }
    return Math.max(0, run - 1);
  }

  private boolean covers(CopyRuns runs) {
    int run = 0;
    for (int i = 0; i < runs.size(); i++) {
      run = covered.find(runs.position(i), run);
      if (!covered.contains(runs.position(i), runs.position(i) + runs.length(i), run)) {
        return false;
      }
    }
    return true;
  }

  /** Copies runs that are all covered, in the program's order so that the last one wins. */
  private void overwrite(CopyRuns runs, MemorySegment source) {
    int elementSize = spec.elementSize();
    int run = 0;
    for (int i = 0; i < runs.size(); i++) {
      run = covered.find(runs.position(i), run);
      long to = valueOffset(runs.position(i), run);
      Elements.copy(source, runs.memoryOffset(i), values, to, runs.length(i) * elementSize);
    }
  }

  /** Where the value of a position in a covered run stands, in bytes. */
  private long valueOffset(long position, int run) {
    return (covered.rank(run) + position - covered.start(run)) * spec.elementSize();
  }

  /** Makes room for the values of more positions. Those of new positions are left undefined. */
  private void cover(Runs added) {
    if (added.start(0) >= covered.end()) {
      reserve(covered.total() + added.total());
      for (int run = 0; run < added.size(); run++) {
        covered.append(added.start(run), added.end(run));
      }
    } else if (mergingIsWorseThanDense()) {
      densify();
    } else {
      merge(added);
    }
    if (isLargerThanDense(spec, covered)) {
      densify();
    }
  }

  /** Whether all elements would take less memory than these, of which nobody must know which. */
  static boolean isLargerThanDense(ChunkSpec spec, Runs covered) {
    return spec.keep() == Keep.NONFILL
        && covered.total() < spec.elements()
        && covered.size() * (long) RUN_COST_BYTES + covered.total() * spec.elementSize()
            > spec.denseBytes();
  }

  private boolean mergingIsWorseThanDense() {
    return spec.keep() == Keep.NONFILL
        && spec.denseBytes() <= DENSIFY_LIMIT_BYTES
        && mergeCost > DENSIFY_COST_FACTOR * spec.denseBytes();
  }

  private void densify() {
    Block dense = Block.of(spec.denseBytes());
    readAll(dense.segment());
    setMemory(dense);
    setCovered(Runs.all(spec.elements()));
  }

  private void setMemory(Block block) {
    memory.giveBack();
    memory = block;
    values = block.segment();
  }

  private void setCovered(Runs runs) {
    covered.giveBack();
    covered = runs;
  }

  private void merge(Runs added) {
    Runs merged = Runs.union(covered, added);
    reserve(merged.total());
    spread(covered, merged);
    setCovered(merged);
    mergeCost += mergeCost();
  }

  /**
   * Moves values from their places in one set to those in a superset. Values only move up, so the
   * last ones go first; runs between which nothing was inserted move together.
   */
  private void spread(Runs from, Runs to) {
    int elementSize = spec.elementSize();
    long blockEnd = from.total();
    long blockShift = 0;
    int in = to.size() - 1;
    for (int run = from.size() - 1; run >= 0; run--) {
      while (to.start(in) > from.start(run)) {
        in--;
      }
      long shift = to.rank(in) + from.start(run) - to.start(in) - from.rank(run);
      long runEnd = from.rank(run + 1);
      if (shift != blockShift || runEnd == from.total()) {
        moveUp(runEnd * elementSize, blockEnd * elementSize, blockShift * elementSize);
        blockEnd = runEnd;
        blockShift = shift;
      }
    }
    moveUp(0, blockEnd * elementSize, blockShift * elementSize);
  }

  private void moveUp(long from, long to, long shift) {
    if (shift > 0 && from < to) {
      MemorySegment.copy(values, from, values, from + shift, to - from);
    }
  }

  private long mergeCost() {
    return covered.total() * spec.elementSize() + (long) covered.size() * RUN_COST_BYTES;
  }

  /** Makes room for the values of so many elements: for half as many again, at most all. */
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
