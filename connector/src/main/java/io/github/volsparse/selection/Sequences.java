package io.github.volsparse.selection;

import java.util.Arrays;
import java.util.Objects;

/**
 * A selection as sequences of elements, in selection order: an irregular union of hyperslabs, or
 * points in any order, possibly repeated.
 *
 * <p>These are the sequences that {@code H5Ssel_iter_get_seq_list} gives for an element size of 1.
 */
public final class Sequences implements Selection {
  private final long[] extent;
  private final int size;
  private final long[] offsets;

  /** The ordinal at which each sequence begins, and after them the number of elements. */
  private final long[] ordinals;

  /** Whether offsets only rise, as they do for every selection but points. */
  private final boolean ascending;

  private Sequences(Builder builder) {
    this.extent = builder.extent;
    this.size = builder.size;
    this.offsets = Arrays.copyOf(builder.offsets, size);
    this.ordinals = Arrays.copyOf(builder.ordinals, size + 1);
    this.ordinals[size] = builder.count;
    this.ascending = builder.ascending;
  }

  /**
   * Returns a builder for a selection over an extent.
   *
   * @throws IllegalArgumentException if the extent has more than 2<sup>63</sup>-1 elements
   */
  public static Builder builder(long[] extent) {
    return new Builder(extent);
  }

  @Override
  public long count() {
    return ordinals[size];
  }

  @Override
  public long contiguousOffset() {
    return size == 1 ? offsets[0] : -1;
  }

  /**
   * {@inheritDoc}
   *
   * <p>The pieces of a sequence in each chunk are gathered before the first chunk is visited, and
   * so need memory. If offsets only rise this is done for one layer of chunks (those with the same
   * first scaled coordinate) after another: all its elements come before those of the next.
   */
  @Override
  public void forEachChunk(ChunkGrid grid, ChunkVisitor visitor) {
    grid.requireExtent(extent);
    ChunkLocator place = new ChunkLocator(grid);
    ChunkBuckets buckets = new ChunkBuckets(grid);
    long layer = 0;
    for (int i = 0; i < size; i++) {
      long offset = offsets[i];
      long ordinal = ordinals[i];
      long end = ordinals[i + 1];
      while (ordinal < end) {
        place.locate(offset);
        if (ascending && place.layer() != layer) {
          buckets.drain(visitor);
          layer = place.layer();
        }
        long length = Math.min(place.available(), end - ordinal);
        buckets.add(place.chunkIndex(), place.position(), ordinal, length);
        offset += length;
        ordinal += length;
      }
    }
    buckets.drain(visitor);
  }

  @Override
  public RunCursor cursor() {
    return new Cursor(this);
  }

  @Override
  public String toString() {
    return "Sequences[extent=%s, sequences=%d, count=%d]"
        .formatted(Arrays.toString(extent), size, count());
  }

  /** Takes sequences in selection order. For one thread. */
  public static final class Builder {
    private final long[] extent;
    private final long elements;
    private long[] offsets = new long[16];
    private long[] ordinals = new long[16];
    private int size;
    private long count;
    private long nextOffset;
    private boolean ascending = true;

    private Builder(long[] extent) {
      this.extent = extent.clone();
      this.elements = Dimensions.elements(this.extent);
    }

    /**
     * Appends a sequence. One that continues the last is joined to it; an empty one is ignored.
     *
     * @param offset linear offset of its first element, row-major over the extent
     * @param length number of elements
     * @return this builder
     * @throws IndexOutOfBoundsException if the sequence is not within the extent
     * @throws IllegalStateException if there are more sequences than an array can hold
     */
    public Builder add(long offset, long length) {
      Objects.checkFromIndexSize(offset, length, elements);
      if (length == 0) {
        return this;
      }
      if (size == 0 || offset != nextOffset) {
        append(offset);
      }
      count = Math.addExact(count, length);
      nextOffset = offset + length;
      return this;
    }

    /** Returns the number of sequences added so far, those that were joined counted as one. */
    public int size() {
      return size;
    }

    private void append(long offset) {
      if (size == offsets.length) {
        int capacity = Capacity.grown(size, "sequences");
        offsets = Arrays.copyOf(offsets, capacity);
        ordinals = Arrays.copyOf(ordinals, capacity);
      }
      ascending &= offset >= nextOffset;
      offsets[size] = offset;
      ordinals[size] = count;
      size++;
    }

    /** Returns the selection of all sequences added so far. */
    public Sequences build() {
      return new Sequences(this);
    }
  }

  /** Tries the current sequence and the next one before it searches. */
  static final class Cursor extends RunCursor {
    private final Sequences sequences;
    private int current;

    private Cursor(Sequences sequences) {
      this.sequences = sequences;
    }

    @Override
    public void seek(long ordinal) {
      Objects.checkIndex(ordinal, sequences.count());
      if (!isWithin(current, ordinal)) {
        current = isWithin(current + 1, ordinal) ? current + 1 : search(ordinal);
      }
      offset = sequences.offsets[current] + (ordinal - sequences.ordinals[current]);
      available = sequences.ordinals[current + 1] - ordinal;
    }

    private boolean isWithin(int sequence, long ordinal) {
      return sequence < sequences.size
          && sequences.ordinals[sequence] <= ordinal
          && ordinal < sequences.ordinals[sequence + 1];
    }

    private int search(long ordinal) {
      int found = Arrays.binarySearch(sequences.ordinals, 0, sequences.size, ordinal);
      return found >= 0 ? found : -found - 2;
    }
  }
}
