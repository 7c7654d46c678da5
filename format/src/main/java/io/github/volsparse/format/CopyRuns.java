package io.github.volsparse.format;

import java.util.Arrays;
import java.util.Objects;

/**
 * Runs of elements to copy between a chunk and memory, in the order of the program's selection.
 *
 * <p>A run is a position in the chunk (in elements), an offset in a memory segment (in bytes) and a
 * length (in elements); its elements are contiguous on both sides. Runs may come in any order,
 * overlap and repeat, as those of point selections do: when they are written, the last one wins.
 *
 * <p>An instance grows as needed and keeps its arrays over {@link #clear}. It belongs to one thread
 * at a time.
 */
public final class CopyRuns {

  private static final int INITIAL_CAPACITY = 16;

  private final int elementSize;
  private int size;
  private int[] positions = new int[INITIAL_CAPACITY];
  private int[] lengths = new int[INITIAL_CAPACITY];
  private long[] memoryOffsets = new long[INITIAL_CAPACITY];

  private long elements;
  private long positionEnd;
  private long memoryEnd;
  private boolean ordered = true;

  /**
   * Creates an empty list.
   *
   * @param elementSize bytes per element, in the chunk and in memory
   */
  public CopyRuns(int elementSize) {
    if (elementSize < 1) {
      throw new IllegalArgumentException("element size " + elementSize + " is not positive");
    }
    this.elementSize = elementSize;
  }

  /**
   * Adds a run. It becomes part of the run before it when it continues that run on both sides; a
   * run of length 0 adds nothing.
   *
   * @param position first element in the chunk
   * @param memoryOffset offset of that element in memory, in bytes
   * @param length number of elements
   * @throws IndexOutOfBoundsException if an argument is negative or the run ends behind the largest
   *     possible chunk
   */
  public void add(long position, long memoryOffset, long length) {
    Objects.checkFromIndexSize(position, length, ChunkSpec.MAX_ELEMENTS);
    long bytes = length * elementSize;
    Objects.checkFromIndexSize(memoryOffset, bytes, Long.MAX_VALUE);
    if (length == 0) {
      return;
    }
    elements += length;
    if (continuesLast(position, memoryOffset)) {
      lengths[size - 1] += (int) length;
    } else {
      append(position, memoryOffset, length);
    }
    positionEnd = Math.max(positionEnd, position + length);
    memoryEnd = Math.max(memoryEnd, memoryOffset + bytes);
  }

  /**
   * Adds many runs that lie in memory in the order of their numbers, as {@link #add} would one
   * after another; in a loop without calls, for there may be a thousand in a chunk.
   *
   * @param count how many runs
   * @param position the first element of each in the chunk
   * @param ordinal the number of that element, counted from where memory begins
   * @param length number of elements of each, at least 1
   * @param memory number of elements in memory before the one with number 0
   * @throws IndexOutOfBoundsException as in {@link #add}
   */
  public void addAll(int count, long[] position, long[] ordinal, long[] length, long memory) {
    reserve(Math.addExact(size, count));
    long nextPosition = size == 0 ? -1 : position(size - 1) + length(size - 1);
    long nextOffset = size == 0 ? -1 : memoryOffsets[size - 1] + length(size - 1) * elementSize;
    long highest = positionEnd;
    long furthest = memoryEnd;
    long total = elements;
    boolean inOrder = ordered;
    int last = size - 1;
    for (int i = 0; i < count; i++) {
      long start = position[i];
      long offset = (memory + ordinal[i]) * elementSize;
      if ((start | length[i] | offset) < 0 || start + length[i] > ChunkSpec.MAX_ELEMENTS) {
        throw new IndexOutOfBoundsException(
            "run of %d elements from %d at %d".formatted(length[i], start, offset));
      }
      if (start == nextPosition && offset == nextOffset) {
        lengths[last] += (int) length[i];
      } else {
        last++;
        inOrder &= start >= highest;
        positions[last] = (int) start;
        lengths[last] = (int) length[i];
        memoryOffsets[last] = offset;
      }
      total += length[i];
      nextPosition = start + length[i];
      nextOffset = offset + length[i] * elementSize;
      highest = Math.max(highest, nextPosition);
      furthest = Math.max(furthest, nextOffset);
    }
    size = last + 1;
    positionEnd = highest;
    memoryEnd = furthest;
    elements = total;
    ordered = inOrder;
  }

  private boolean continuesLast(long position, long memoryOffset) {
    if (size == 0) {
      return false;
    }
    int last = size - 1;
    return position == position(last) + length(last)
        && memoryOffset == memoryOffsets[last] + length(last) * elementSize;
  }

  private void append(long position, long memoryOffset, long length) {
    if (size == positions.length) {
      reserve(size + 1);
    }
    ordered &= position >= positionEnd;
    positions[size] = (int) position;
    lengths[size] = (int) length;
    memoryOffsets[size] = memoryOffset;
    size++;
  }

  private void reserve(int runs) {
    if (runs > positions.length) {
      int capacity = Math.max(runs, Math.addExact(size, size >> 1));
      positions = Arrays.copyOf(positions, capacity);
      lengths = Arrays.copyOf(lengths, capacity);
      memoryOffsets = Arrays.copyOf(memoryOffsets, capacity);
    }
  }

  /** Forgets all runs; the memory they took is kept for the next ones. */
  public void clear() {
    size = 0;
    elements = 0;
    positionEnd = 0;
    memoryEnd = 0;
    ordered = true;
  }

  /** Returns the number of runs. */
  public int size() {
    return size;
  }

  /** Returns whether there are no runs. */
  public boolean isEmpty() {
    return size == 0;
  }

  /** Returns the number of bytes per element. */
  public int elementSize() {
    return elementSize;
  }

  /** Returns the number of elements in all runs; one that occurs twice counts twice. */
  public long elements() {
    return elements;
  }

  /** Returns the first position of a run in the chunk, in elements. */
  public long position(int run) {
    return Integer.toUnsignedLong(positions[run]);
  }

  /** Returns the number of elements of a run. */
  public long length(int run) {
    return Integer.toUnsignedLong(lengths[run]);
  }

  /** Returns the offset of a run in memory, in bytes. */
  public long memoryOffset(int run) {
    return memoryOffsets[run];
  }

  /** The end of the run that reaches farthest into the chunk, exclusive. */
  long positionEnd() {
    return positionEnd;
  }

  /** The end of the run that reaches farthest into memory, in bytes, exclusive. */
  long memoryEnd() {
    return memoryEnd;
  }

  /** Returns whether every run begins at or behind the end of the one before it. */
  public boolean isOrdered() {
    return ordered;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("CopyRuns[");
    for (int run = 0; run < size; run++) {
      text.append(run == 0 ? "" : ", ");
      text.append(position(run)).append('+').append(length(run));
      text.append('@').append(memoryOffset(run));
    }
    return text.append(']').toString();
  }
}
