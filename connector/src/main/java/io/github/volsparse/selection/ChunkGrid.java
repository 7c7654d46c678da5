package io.github.volsparse.selection;

import java.util.Arrays;
import java.util.Objects;

/**
 * How an extent is divided into chunks.
 *
 * <p>All chunks have the same shape; those at the upper edges reach beyond the extent, and only
 * their <em>valid</em> part, from the chunk's first element on, holds elements of the dataset. A
 * chunk is named by its scaled coordinates, or by its index: its place among all chunks of this
 * extent in row-major order (which changes when the extent does, as scaled coordinates do not).
 *
 * <p>Rank 0 is the scalar extent: one chunk of one element. Immutable and thread-safe.
 */
public final class ChunkGrid {
  /** HDF5 keeps the number of elements in a chunk in 32 bits. */
  private static final long MAX_CHUNK_ELEMENTS = 0xFFFF_FFFFL;

  final long[] extent;
  final long[] chunkShape;
  final long[] chunkSteps;
  private final long[] chunks;
  private final long elements;
  private final long chunkElements;
  private final long chunkCount;

  /**
   * Creates the grid of an extent.
   *
   * @param extent the extent's dimensions; zeros are allowed
   * @param chunkShape the chunk's dimensions, each at least 1, larger than the extent's if need be
   * @throws IllegalArgumentException if the ranks differ, the extent has more than 2<sup>63</sup>-1
   *     elements, a chunk dimension is not positive or a chunk has more than 2<sup>32</sup>-1
   *     elements
   */
  public ChunkGrid(long[] extent, long[] chunkShape) {
    Dimensions.requireRank(chunkShape, extent.length, "chunk shape");
    this.extent = extent.clone();
    this.chunkShape = chunkShape.clone();
    this.elements = Dimensions.elements(this.extent);
    this.chunkElements = chunkElements(this.chunkShape);
    this.chunkSteps = Dimensions.steps(this.chunkShape);
    this.chunks = new long[extent.length];
    for (int d = 0; d < chunks.length; d++) {
      chunks[d] = Math.ceilDiv(this.extent[d], this.chunkShape[d]);
    }
    this.chunkCount = Dimensions.elements(chunks);
  }

  private static long chunkElements(long[] chunkShape) {
    long elements = 1;
    for (long dimension : chunkShape) {
      if (dimension <= 0 || dimension > MAX_CHUNK_ELEMENTS / elements) {
        throw new IllegalArgumentException(
            "chunk shape "
                + Arrays.toString(chunkShape)
                + ": every dimension must be at least 1 and their product at most 2^32-1");
      }
      elements *= dimension;
    }
    return elements;
  }

  /** Returns the number of dimensions. */
  public int rank() {
    return extent.length;
  }

  /** Returns the extent's dimensions, as a copy. */
  public long[] extent() {
    return extent.clone();
  }

  /** Returns the chunk's dimensions, as a copy. */
  public long[] chunkShape() {
    return chunkShape.clone();
  }

  /** Returns the number of elements in the extent. */
  public long elements() {
    return elements;
  }

  /** Returns the number of elements in a full chunk, at most 2<sup>32</sup>-1. */
  public long chunkElements() {
    return chunkElements;
  }

  /** Returns the number of chunks along {@code dimension}. */
  public long chunks(int dimension) {
    return chunks[dimension];
  }

  /** Returns the number of chunks the extent is cut into. */
  public long chunkCount() {
    return chunkCount;
  }

  /** Returns whether the chunk at {@code scaled} holds any element of the extent. */
  public boolean contains(long[] scaled) {
    Dimensions.requireRank(scaled, extent.length, "scaled");
    for (int d = 0; d < chunks.length; d++) {
      if (scaled[d] < 0 || scaled[d] >= chunks[d]) {
        return false;
      }
    }
    return true;
  }

  /**
   * Returns the shape of the chunk's valid part: the chunk's shape, clipped by the extent.
   *
   * @param scaled the coordinates of a chunk of this grid
   */
  public long[] validShape(long[] scaled) {
    long[] shape = new long[extent.length];
    for (int d = 0; d < shape.length; d++) {
      shape[d] = validLength(d, scaled[d]);
    }
    return shape;
  }

  /** Returns the number of elements in the valid part of the chunk at {@code scaled}. */
  public long validElements(long[] scaled) {
    long valid = 1;
    for (int d = 0; d < extent.length; d++) {
      valid *= validLength(d, scaled[d]);
    }
    return valid;
  }

  private long validLength(int d, long scaled) {
    Objects.checkIndex(scaled, chunks[d]);
    return Math.min(chunkShape[d], extent[d] - scaled * chunkShape[d]);
  }

  /** Returns the coordinate at which the chunks numbered {@code scaled} in dimension d end. */
  long end(int d, long scaled) {
    return scaled * chunkShape[d] + validLength(d, scaled);
  }

  /** Returns the coordinates of a chunk's first element, as direct chunk I/O names a chunk. */
  public long[] offset(long[] scaled) {
    Dimensions.requireRank(scaled, extent.length, "scaled");
    long[] offset = new long[scaled.length];
    for (int d = 0; d < offset.length; d++) {
      offset[d] = scaled[d] * chunkShape[d];
    }
    return offset;
  }

  /** Returns the scaled coordinates of the chunk that holds the element at {@code coordinates}. */
  public long[] scaled(long[] coordinates) {
    Dimensions.requireRank(coordinates, extent.length, "coordinates");
    long[] scaled = new long[coordinates.length];
    for (int d = 0; d < scaled.length; d++) {
      scaled[d] = coordinates[d] / chunkShape[d];
    }
    return scaled;
  }

  /** Returns the index of the chunk at {@code scaled}. */
  public long index(long[] scaled) {
    Dimensions.requireRank(scaled, extent.length, "scaled");
    long index = 0;
    for (int d = 0; d < chunks.length; d++) {
      index = index * chunks[d] + Objects.checkIndex(scaled[d], chunks[d]);
    }
    return index;
  }

  /** Returns the scaled coordinates of the chunk with index {@code index}. */
  public long[] scaledAt(long index) {
    long[] scaled = new long[extent.length];
    scaledAt(index, scaled);
    return scaled;
  }

  /** Writes the scaled coordinates of the chunk with index {@code index} into {@code scaled}. */
  void scaledAt(long index, long[] scaled) {
    long rest = Objects.checkIndex(index, chunkCount);
    for (int d = chunks.length - 1; d >= 0; d--) {
      scaled[d] = rest % chunks[d];
      rest /= chunks[d];
    }
  }

  /** Fails unless {@code selectionExtent} is the extent of this grid. */
  void requireExtent(long[] selectionExtent) {
    if (!Arrays.equals(extent, selectionExtent)) {
      throw new IllegalArgumentException(
          "a selection over "
              + Arrays.toString(selectionExtent)
              + " for chunks of "
              + Arrays.toString(extent));
    }
  }

  @Override
  public String toString() {
    return "ChunkGrid["
        + Arrays.toString(extent)
        + " in chunks of "
        + Arrays.toString(chunkShape)
        + ']';
  }
}
