package io.github.volsparse.stored;

import io.github.volsparse.format.Chunk;
import io.github.volsparse.selection.ChunkGrid;
import io.github.volsparse.selection.Hyperslab;
import io.github.volsparse.selection.Selection;

/**
 * Chunks that the native connector is about to write itself.
 *
 * <p>It passes them through all filters. If the size stays the same, HDF5 (1.14 to 2.2) keeps the
 * previous filter mask, and the chunk cannot be read. So no such chunk may have a mask: those that
 * have one are passed through all filters here, before.
 */
public final class RewrittenChunks {
  private final StoredChunks chunks;

  /** Those of a dataset. */
  public RewrittenChunks(StoredChunks chunks) {
    this.chunks = chunks;
  }

  /** Prepares for a write to the chunks of a selection. */
  public void beforeWriteOf(Selection selected) {
    if (chunks.userFilters() > 0) {
      storeThroughFilters(selected);
    }
    chunks.below().noteWrite();
  }

  /** Prepares for a write to any chunks. */
  public void beforeWriteOfAny() {
    if (chunks.userFilters() > 0) {
      chunks.places().forEach(this::storeThroughFilters);
    }
    chunks.below().noteWrite();
  }

  /**
   * Prepares for an extent that cuts something off. The native connector fills what it cuts off of
   * a chunk, which is a write.
   *
   * @param other the new extent
   */
  public void beforeCut(long[] other) {
    ChunkGrid grid = chunks.grid();
    long[] extent = grid.extent();
    if (chunks.userFilters() > 0) {
      for (int d = 0; d < extent.length; d++) {
        if (Long.compareUnsigned(other[d], extent[d]) < 0 && other[d] % grid.chunkShape()[d] > 0) {
          storeThroughFilters(cutSlab(extent, other, d));
        }
      }
    }
    chunks.noteCut();
    chunks.below().noteWrite();
  }

  /** Elements of which every chunk that an extent cuts in one dimension holds some. */
  private static Selection cutSlab(long[] extent, long[] other, int dimension) {
    long[] start = new long[extent.length];
    long[] ones = new long[extent.length];
    long[] shape = new long[extent.length];
    for (int d = 0; d < extent.length; d++) {
      ones[d] = 1;
      shape[d] = Long.compareUnsigned(other[d], extent[d]) < 0 ? other[d] : extent[d];
    }
    start[dimension] = other[dimension] - 1;
    shape[dimension] = 1;
    return Hyperslab.of(extent, start, ones, ones, shape);
  }

  private void storeThroughFilters(Selection selected) {
    selected.forEachChunk(chunks.grid(), (scaled, inChunk) -> storeThroughFilters(scaled));
  }

  /** Stores a chunk through all filters, if it is stored and passed some of them. */
  private void storeThroughFilters(long[] scaled) {
    RawChunk stored = chunks.grid().contains(scaled) ? chunks.raw(scaled) : null;
    if (stored != null && stored.filterMask() != 0) {
      Chunk chunk = chunks.load(scaled, true);
      try {
        chunks.storeThroughFilters(scaled, chunks.allElements(chunk));
      } finally {
        chunk.giveBack();
      }
    }
  }
}
