package io.github.volsparse.dataset;

import io.github.volsparse.chunk.Chunk;
import io.github.volsparse.chunk.ChunkSpec;
import io.github.volsparse.chunk.CorruptBlobException;
import io.github.volsparse.chunk.SparseBlob;
import io.github.volsparse.hdf5.Hdf5;
import io.github.volsparse.hdf5.Hdf5Exception;
import io.github.volsparse.hdf5.UnderObject;
import io.github.volsparse.selection.ChunkGrid;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * One sparse dataset of an open file, whatever the number of its handles.
 *
 * <p>Holds the decoded chunks in use. A chunk is found in the cache or decoded from its blob; one
 * that was changed is encoded and stored when it is evicted, on a flush, and before anything else
 * looks at the file ({@link #writeDirty}).
 */
public final class SparseDataset {
  private final SparseDatasets datasets;
  private final UnderDataset.Key key;
  private final SparseFilter filter;
  private final ChunkSpec spec;
  private final long[] chunkShape;
  private final long fileType;

  /** The filter mask of a chunk of ours: the program's filters, which follow the sparse one. */
  private final int ownMask;

  private final long cacheBytes;
  private final Chunk nothing;
  private final List<UnderObject> handles = new ArrayList<>();
  private final Map<ChunkKey, CachedChunk> chunks = new HashMap<>();
  private int dirtyChunks;
  private ChunkGrid grid;

  SparseDataset(
      SparseDatasets datasets,
      UnderDataset.Key key,
      UnderObject handle,
      SparseFilter filter,
      int userFilters,
      long[] chunkShape,
      long cacheBytes) {
    this.datasets = datasets;
    this.key = key;
    this.filter = filter;
    this.chunkShape = chunkShape;
    this.cacheBytes = cacheBytes;
    this.ownMask = ((1 << userFilters) - 1) << 1;
    handles.add(handle);
    grid = new ChunkGrid(UnderDataset.extent(handle), chunkShape);
    spec =
        new ChunkSpec(
            grid.chunkElements(), filter.elementSize(), filter.fillValue(), filter.keep());
    nothing = Chunk.empty(spec);
    fileType = UnderDataset.datatype(handle);
  }

  UnderDataset.Key key() {
    return key;
  }

  /** The parameters of its filter. */
  public SparseFilter filter() {
    return filter;
  }

  ChunkSpec spec() {
    return spec;
  }

  ChunkGrid grid() {
    return grid;
  }

  /** The datatype in the file; belongs to this object. */
  long fileType() {
    return fileType;
  }

  /** Any open handle of the dataset. */
  private UnderObject handle() {
    return handles.getLast();
  }

  void addHandle(UnderObject handle) {
    handles.add(handle);
  }

  /**
   * Gives up a handle that is about to be closed; with the last one, everything is written and let
   * go. If that fails the handle stays, and what could not be written is given up.
   */
  void releaseHandle(UnderObject handle) {
    if (handles.size() == 1) {
      writeOrGiveUp();
      drop();
      datasets.forget(this);
      Hdf5.H5Tclose(fileType);
    }
    handles.remove(handle);
  }

  // ---- chunks in memory ----

  /** Whether a chunk is in the cache. */
  boolean isCached(long[] scaled) {
    return chunks.containsKey(new ChunkKey(scaled));
  }

  /** A chunk to read from; one that was never stored is empty and takes no place in the cache. */
  Chunk chunkToRead(long[] scaled) {
    CachedChunk cached = chunks.get(new ChunkKey(scaled));
    if (cached == null) {
      Chunk chunk = load(scaled);
      if (chunk == null) {
        return nothing;
      }
      cached = cache(scaled, chunk);
    }
    use(cached);
    return cached.chunk;
  }

  /**
   * Changes a chunk in memory.
   *
   * @param replaced whether all of it will be written, so that its former content does not matter
   */
  void change(long[] scaled, boolean replaced, Consumer<Chunk> change) {
    CachedChunk cached = chunks.get(new ChunkKey(scaled));
    if (cached == null) {
      Chunk chunk = replaced ? null : load(scaled);
      cached = cache(scaled, chunk == null ? Chunk.empty(spec) : chunk);
    }
    boolean done = false;
    try {
      change.accept(cached.chunk);
      done = true;
    } finally {
      if (!done && !cached.dirty) {
        forget(cached); // it may be neither what is stored nor what was to be
      }
    }
    if (!cached.dirty) {
      cached.dirty = true;
      dirtyChunks++;
      datasets.addDirty(this);
    }
    use(cached);
  }

  private CachedChunk cache(long[] scaled, Chunk chunk) {
    CachedChunk cached = new CachedChunk(this, scaled.clone(), chunk);
    chunks.put(new ChunkKey(cached.scaled), cached);
    return cached;
  }

  private void use(CachedChunk chunk) {
    datasets.cache().touch(chunk);
    datasets.cache().shrinkTo(cacheBytes, chunk);
  }

  /** Writes a chunk if it is dirty, and forgets it. */
  void evict(CachedChunk chunk) {
    write(chunk);
    forget(chunk);
  }

  private void forget(CachedChunk chunk) {
    if (chunk.dirty) {
      chunk.dirty = false;
      dirtyChunks--;
    }
    chunks.remove(new ChunkKey(chunk.scaled));
    datasets.cache().remove(chunk);
  }

  /** Writes all dirty chunks, in the order of their offsets; they stay in the cache. */
  public void writeDirty() {
    if (dirtyChunks > 0) {
      List<CachedChunk> dirty = new ArrayList<>(dirtyChunks);
      for (CachedChunk chunk : chunks.values()) {
        if (chunk.dirty) {
          dirty.add(chunk);
        }
      }
      dirty.sort((a, b) -> Arrays.compare(a.scaled, b.scaled));
      for (CachedChunk chunk : dirty) {
        write(chunk);
      }
    }
    datasets.removeDirty(this);
  }

  /**
   * Writes all dirty chunks because the dataset is about to be closed. If that fails, they are
   * forgotten: the program has been told, and its next attempt to close must not fail for ever.
   */
  void writeOrGiveUp() {
    boolean done = false;
    try {
      writeDirty();
      done = true;
    } finally {
      if (!done) {
        drop();
      }
    }
  }

  /** Forgets all cached chunks, written or not. */
  private void drop() {
    for (CachedChunk chunk : List.copyOf(chunks.values())) {
      forget(chunk);
    }
    datasets.removeDirty(this);
  }

  /** Writes what is dirty and forgets all chunks, because others are about to change the file. */
  public void writeAndDrop() {
    writeDirty();
    drop();
  }

  /** Reads the extent again, after it was changed or refreshed. */
  public void refreshExtent() {
    grid = new ChunkGrid(UnderDataset.extent(handle()), chunkShape);
  }

  // ---- chunks in the file ----

  /** Decodes a stored chunk; null if it is not stored. */
  private Chunk load(long[] scaled) {
    try {
      long[] offset = grid.offset(scaled);
      ChunkStore.Stored stored = datasets.store().find(handle(), offset);
      if (stored == null) {
        return null;
      }
      if (stored.filterMask() == ownMask) {
        return SparseBlob.decode(spec, datasets.store().read(handle(), offset, stored));
      }
      return loadThroughFilters(scaled);
    } catch (CorruptBlobException | Hdf5Exception e) {
      throw failure("read", scaled, e);
    }
  }

  /**
   * A chunk that went through the program's filters, or past ours: the native connector reads it.
   */
  private Chunk loadThroughFilters(long[] scaled) {
    long[] valid = grid.validShape(scaled);
    long elements = grid.validElements(scaled);
    long fileSpace = 0;
    long memorySpace = 0;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(elements * spec.elementSize(), 64);
      fileSpace = UnderDataset.dataspace(handle());
      Hdf5.selectBlock(fileSpace, grid.offset(scaled), valid);
      memorySpace = Hdf5.H5Screate_simple(valid);
      Hdf5.H5VLdataset_read(handle(), fileType, memorySpace, fileSpace, memory.address());
      Chunk chunk = Chunk.empty(spec);
      chunk.write(ChunkTransfers.wholeChunk(grid, scaled, spec.elementSize()), memory);
      return chunk;
    } finally {
      if (memorySpace > 0) {
        Hdf5.H5Sclose(memorySpace);
      }
      if (fileSpace > 0) {
        Hdf5.H5Sclose(fileSpace);
      }
    }
  }

  /**
   * Reads a whole chunk that is not in the cache straight into the program's memory.
   *
   * @param target all elements of the chunk
   * @return whether it was done: not if the chunk went through other filters than ours
   */
  boolean readWhole(long[] scaled, MemorySegment target) {
    try {
      long[] offset = grid.offset(scaled);
      ChunkStore.Stored stored = datasets.store().find(handle(), offset);
      if (stored == null) {
        nothing.readAll(target);
        return true;
      }
      if (stored.filterMask() != ownMask) {
        return false;
      }
      SparseBlob.decodeInto(spec, datasets.store().read(handle(), offset, stored), target);
      return true;
    } catch (CorruptBlobException | Hdf5Exception e) {
      throw failure("read", scaled, e);
    }
  }

  private void write(CachedChunk cached) {
    if (!cached.dirty) {
      return;
    }
    try {
      SparseBlob.encode(cached.chunk, filter.codec(), datasets.blob());
      store(cached.scaled, datasets.blob().blob());
    } catch (Hdf5Exception e) {
      throw failure("write", cached.scaled, e);
    }
    cached.dirty = false;
    dirtyChunks--;
  }

  /**
   * Writes a whole chunk straight from the program's memory; a cached one is forgotten.
   *
   * @param source all elements of the chunk
   */
  void writeWhole(long[] scaled, MemorySegment source) {
    CachedChunk cached = chunks.get(new ChunkKey(scaled));
    if (cached != null) {
      forget(cached);
    }
    try {
      SparseBlob.encodeElements(spec, source, filter.codec(), datasets.blob());
      store(scaled, datasets.blob().blob());
    } catch (Hdf5Exception e) {
      throw failure("write", scaled, e);
    }
  }

  private void store(long[] scaled, MemorySegment blob) {
    long[] offset = grid.offset(scaled);
    ChunkStore.Stored stored = datasets.store().find(handle(), offset);
    if (stored == null && SparseBlob.isEmpty(blob)) {
      return;
    }
    if (stored != null && stored.filterMask() != ownMask && stored.bytes() == blob.byteSize()) {
      // HDF5 does not note a new filter mask when the size stays the same: let it change first.
      SparseBlob.encode(nothing, filter.codec(), datasets.blobOfEmpty());
      MemorySegment empty = datasets.blobOfEmpty().blob();
      MemorySegment other =
          empty.byteSize() != blob.byteSize() ? empty : empty.asSlice(0, empty.byteSize() - 1);
      datasets.store().write(handle(), offset, other, ownMask);
    }
    datasets.store().write(handle(), offset, blob, ownMask);
  }

  private SparseIOException failure(String verb, long[] scaled, RuntimeException cause) {
    String what = cause instanceof CorruptBlobException ? cause.getMessage() : "see below";
    String where;
    try {
      where =
          "of dataset \"%s\" in file \"%s\""
              .formatted(UnderDataset.name(handle()), UnderDataset.fileName(handle()));
    } catch (Hdf5Exception e) {
      e.discardErrorStack();
      where = "of a dataset whose name cannot be found";
    }
    return new SparseIOException(
        "cannot %s the chunk at offset %s %s: %s"
            .formatted(verb, Arrays.toString(grid.offset(scaled)), where, what),
        cause);
  }
}
