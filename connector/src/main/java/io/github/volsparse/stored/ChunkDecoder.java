package io.github.volsparse.stored;

import io.github.volsparse.format.Binding;
import io.github.volsparse.format.Chunk;
import io.github.volsparse.format.ChunkSpec;
import io.github.volsparse.format.CorruptBlobException;
import io.github.volsparse.format.Defined;
import io.github.volsparse.format.SparseBlob;
import io.github.volsparse.hdf5.Hdf5Exception;
import io.github.volsparse.selection.ChunkGrid;
import java.lang.foreign.MemorySegment;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Decodes the stored chunks of one dataset. HDF5 decodes chunks that went through the program's
 * filters or skipped ours.
 *
 * <p>Damage is a {@link CorruptBlobException}, or an {@link Hdf5Exception} if HDF5 found it.
 */
final class ChunkDecoder {
  private final ChunkIO io;
  private final NativeChunkCache below;
  private final Supplier<ChunkGrid> grid;
  private final ChunkSpec spec;
  private final Binding binding;
  private final FilterMasks masks;
  private final int userFilters;

  /**
   * The chunks of a dataset.
   *
   * @param below is told when HDF5 reads chunks
   * @param binding where the dataset's blobs belong
   * @param userFilters the number of the program's own filters
   */
  ChunkDecoder(
      ChunkIO io,
      NativeChunkCache below,
      Supplier<ChunkGrid> grid,
      ChunkSpec spec,
      Binding binding,
      FilterMasks masks,
      int userFilters) {
    this.io = io;
    this.below = below;
    this.grid = grid;
    this.spec = spec;
    this.binding = binding;
    this.masks = masks;
    this.userFilters = userFilters;
  }

  /**
   * Decodes a chunk, which the caller gives back.
   *
   * @param independent whether it is still needed after the next read from the file
   */
  Chunk decode(long[] scaled, RawChunk raw, boolean independent) {
    if (!masks.isBlob(raw.filterMask())) {
      return decodeThroughFilters(scaled, raw, raw.filterMask());
    }
    if (isFiltered(raw)) {
      return decodeFiltered(scaled, raw);
    }
    return independent
        ? SparseBlob.decode(spec, binding.toChunk(scaled), raw.bytes())
        : SparseBlob.view(spec, binding.toChunk(scaled), raw.bytes());
  }

  /**
   * Decodes all elements of a chunk straight into memory.
   *
   * @return whether it was done: not if it takes more than one step
   */
  boolean decodeInto(long[] scaled, RawChunk raw, MemorySegment elements) {
    if (!masks.isBlob(raw.filterMask())) {
      readNatively(scaled, elements);
      return true;
    }
    if (isFiltered(raw)) {
      return false;
    }
    SparseBlob.decodeInto(spec, binding.toChunk(scaled), raw.bytes(), elements);
    return true;
  }

  /**
   * The defined elements of a chunk, without values. Of a blob the selection alone is decoded.
   *
   * @param others gives those of a chunk that had to be decoded as a whole, and becomes its owner
   */
  Defined positions(long[] scaled, RawChunk raw, Function<Chunk, Defined> others) {
    return isPlainBlob(raw)
        ? Defined.positions(spec, binding.toChunk(scaled), raw.bytes())
        : others.apply(decode(scaled, raw, false));
  }

  /** Whether a chunk is a blob that no other filter has touched. */
  boolean isPlainBlob(RawChunk raw) {
    return masks.isBlob(raw.filterMask()) && !isFiltered(raw);
  }

  /**
   * Whether a chunk went through the program's filters although its mask says that it skipped them.
   *
   * <p>When a program without this connector writes such a chunk again, all filters run. If the
   * size stays the same, HDF5 (1.14 to 2.2) keeps the old mask.
   */
  private boolean isFiltered(RawChunk raw) {
    return userFilters > 0 && !SparseBlob.isBlob(raw.bytes());
  }

  private Chunk decodeFiltered(long[] scaled, RawChunk raw) {
    try {
      return decodeThroughFilters(scaled, raw, 0);
    } catch (Hdf5Exception e) {
      e.discardErrorStack();
      return SparseBlob.decode(spec, raw.bytes()); // damaged, as this will say
    }
  }

  private Chunk decodeThroughFilters(long[] scaled, RawChunk raw, int filterMask) {
    return Chunk.fromElements(
        spec,
        elements -> {
          if (filterMask == raw.filterMask() && isInExtent(scaled)) {
            readNatively(scaled, elements);
          } else {
            // The native connector would not return elements beyond the extent, or would use the
            // stored mask.
            io.decode(raw.bytes(), filterMask, elements);
          }
        });
  }

  private boolean isInExtent(long[] scaled) {
    return grid.get().validElements(scaled) == spec.elements();
  }

  /** Lets the native connector read a chunk that is completely within the extent. */
  private void readNatively(long[] scaled, MemorySegment elements) {
    below.readThroughFilters(grid.get().offset(scaled), elements);
  }
}
