package io.github.volsparse.dataset;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.chunk.BlobBuffer;
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
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * One sparse dataset of an open file, whatever the number of its handles.
 *
 * <p>Holds the decoded chunks in use. A chunk is found in the cache or decoded from its blob; one
 * that was changed is encoded and stored when it is evicted, on a flush, and before anything else
 * looks at the file ({@link #writeDirty}).
 */
public final class SparseDataset {
  /** How often a blob is read that is not in order, and what the pauses grow by. */
  private static final int READ_ATTEMPTS = 20;

  private static final long READ_PAUSE_NANOS = 100_000;

  private final SparseDatasets datasets;
  private final UnderDataset.Key key;
  private final SparseFilter filter;
  private final ChunkSpec spec;
  private final long[] chunkShape;
  private final long fileType;

  /** The filter mask of a chunk of ours: the program's filters, which follow the sparse one. */
  private final int ownMask;

  private final long cacheBytes;
  private final int threads;
  private final Chunk nothing;
  private final List<UnderObject> handles = new ArrayList<>();
  private final Map<ChunkKey, CachedChunk> chunks = new HashMap<>();
  private int dirtyChunks;
  private ChunkGrid grid;
  private boolean isWritable;

  SparseDataset(
      SparseDatasets datasets,
      UnderDataset.Key key,
      UnderObject handle,
      SparseFilter filter,
      int userFilters,
      long[] chunkShape,
      long cacheBytes,
      int threads) {
    this.datasets = datasets;
    this.key = key;
    this.filter = filter;
    this.chunkShape = chunkShape;
    this.cacheBytes = cacheBytes;
    this.threads = threads;
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
    refreshExtent();
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

  /**
   * Lets the connector below say whether the dataset may be written, before anything is kept in
   * memory for it: by a write of nothing, which fails if the file is open for reading only. (The
   * access of the file the program opened does not tell. The dataset may lie behind an external
   * link, in a file that was opened otherwise.)
   */
  void requireWritable() {
    if (!isWritable) {
      long nothing = UnderDataset.dataspace(handle());
      try {
        Hdf5.H5Sselect_none(nothing);
        Hdf5.H5VLdataset_write(handle(), fileType, nothing, nothing, 0);
        isWritable = true;
      } finally {
        Hdf5.H5Sclose(nothing);
      }
    }
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
      if (threads > 1 && dirty.size() > 1) {
        datasets.encoders().encode(dirty, filter.codec(), threads, this::store);
      } else {
        for (CachedChunk chunk : dirty) {
          write(chunk);
        }
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

  /**
   * Whether another extent would cut nothing off: then what chunks hold stays true.
   *
   * @param extent {@code hsize_t[rank]}
   */
  public boolean wouldOnlyGrow(MemorySegment extent) {
    long[] now = grid.extent();
    MemorySegment other = extent.reinterpret(JAVA_LONG.byteSize() * now.length);
    for (int d = 0; d < now.length; d++) {
      if (Long.compareUnsigned(other.getAtIndex(JAVA_LONG, d), now[d]) < 0) {
        return false;
      }
    }
    return true;
  }

  /** Reads the extent again, after it was changed or refreshed; does nothing once closed. */
  public void refreshExtent() {
    if (handles.isEmpty()) {
      return; // a refresh closes the handle and opens another
    }
    grid = new ChunkGrid(UnderDataset.extent(handle()), chunkShape);
  }

  // ---- chunks in the file ----

  /**
   * Reads and decodes a stored chunk.
   *
   * <p>A blob that is not in order is read again before it counts as damaged: a writer in another
   * process (SWMR) replaces a chunk by one of the same size in place, and may be about it.
   *
   * @return what the decoder returned; null if the chunk is not stored
   */
  private <T> T read(long[] scaled, Function<ChunkStore.Stored, T> decoder) {
    try {
      long[] offset = grid.offset(scaled);
      for (int attempt = 1; ; attempt++) {
        ChunkStore.Stored stored = datasets.store().read(handle(), offset);
        try {
          return stored == null ? null : decoder.apply(stored);
        } catch (CorruptBlobException e) {
          if (attempt == READ_ATTEMPTS) {
            throw e;
          }
          LockSupport.parkNanos(attempt * READ_PAUSE_NANOS);
        }
      }
    } catch (CorruptBlobException | Hdf5Exception e) {
      throw failure("read", scaled, e);
    }
  }

  /** Decodes a stored chunk; null if it is not stored. */
  private Chunk load(long[] scaled) {
    return read(
        scaled,
        stored -> {
          if (stored.filterMask() != ownMask) {
            return loadThroughFilters(scaled);
          }
          return isFiltered(stored)
              ? decodeFiltered(stored)
              : SparseBlob.decode(spec, stored.bytes());
        });
  }

  /**
   * Whether a chunk whose mask says that the program's filters were skipped went through them all
   * the same.
   *
   * <p>When the native connector writes such a chunk again, all filters work, and if the size comes
   * out the same as before HDF5 keeps the old mask.
   */
  private boolean isFiltered(ChunkStore.Stored stored) {
    return userFilters() > 0 && !SparseBlob.isBlob(stored.bytes());
  }

  private Chunk decodeFiltered(ChunkStore.Stored stored) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment elements = arena.allocate(spec.denseBytes(), 64);
      try {
        Pipeline.decode(handle(), chunkShape, fileType, stored.bytes(), elements);
      } catch (Hdf5Exception e) {
        e.discardErrorStack();
        return SparseBlob.decode(spec, stored.bytes()); // damaged, as this will say
      }
      return Chunk.dense(spec, elements);
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
    Boolean done =
        read(
            scaled,
            stored -> {
              if (stored.filterMask() != ownMask || isFiltered(stored)) {
                return false;
              }
              SparseBlob.decodeInto(spec, stored.bytes(), target);
              return true;
            });
    if (done == null) {
      nothing.readAll(target);
    }
    return done == null || done;
  }

  private void write(CachedChunk cached) {
    if (cached.dirty) {
      SparseBlob.encode(cached.chunk, filter.codec(), datasets.blob());
      store(cached, datasets.blob());
    }
  }

  /** Stores the blob of a dirty chunk, which is then clean. */
  private void store(CachedChunk cached, BlobBuffer blob) {
    try {
      store(cached.scaled, blob.blob());
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
    if (SparseBlob.isEmpty(blob)
        && datasets.store().storedBytes(handle(), grid.offset(scaled)) == 0) {
      return;
    }
    store(scaled, blob, ownMask);
  }

  /** Stores a chunk as it is to be in the file. */
  private void store(long[] scaled, MemorySegment bytes, int filterMask) {
    ChunkStore store = datasets.store();
    long[] offset = grid.offset(scaled);
    long[] other = offsetOfAnotherChunk(scaled);
    long size = bytes.byteSize();
    if (store.storedBytes(handle(), offset) == size
        && store.read(handle(), offset).filterMask() != filterMask) {
      // HDF5 does not note a new filter mask when the size stays the same: let it change first.
      SparseBlob.encode(nothing, filter.codec(), datasets.blobOfEmpty());
      MemorySegment empty = datasets.blobOfEmpty().blob();
      store.write(
          handle(), offset, empty.byteSize() == size ? empty.asSlice(1) : empty, filterMask, other);
    }
    store.write(handle(), offset, bytes, filterMask, other);
  }

  /** The offset of any other chunk of the extent or, if it has only this one, of one beyond. */
  private long[] offsetOfAnotherChunk(long[] scaled) {
    long[] other = scaled.clone();
    for (int d = 0; d < other.length; d++) {
      if (grid.chunks(d) > 1) {
        other[d] += other[d] > 0 ? -1 : 1;
        return grid.offset(other);
      }
    }
    long[] offset = grid.offset(scaled);
    offset[0] += chunkShape[0];
    return offset;
  }

  // ---- chunks as the program stores them itself

  /**
   * A chunk as the program's own filters make it.
   *
   * @param bytes native memory, valid until the next use of this dataset
   * @param filterMask the filters of the program's pipeline that were skipped, the first in bit 0
   */
  record ProgramChunk(MemorySegment bytes, int filterMask) {}

  /** The number of the program's own filters. */
  private int userFilters() {
    return Integer.bitCount(ownMask);
  }

  /** The scaled coordinates of the chunk at an offset; null if no chunk of the extent is there. */
  long[] chunkAt(long[] offset) {
    long[] scaled = grid.scaled(offset);
    return grid.contains(scaled) && Arrays.equals(grid.offset(scaled), offset) ? scaled : null;
  }

  /** The bytes of a chunk as they are in the file, what is dirty included; null if not stored. */
  private ChunkStore.Stored stored(long[] scaled) {
    CachedChunk cached = chunks.get(new ChunkKey(scaled));
    if (cached != null) {
      write(cached);
    }
    return datasets.store().read(handle(), grid.offset(scaled));
  }

  /** A chunk as the program would read it ({@code H5Dread_chunk}); null if it is not stored. */
  ProgramChunk programChunk(long[] scaled) {
    ChunkStore.Stored stored = stored(scaled);
    if (stored == null) {
      return null;
    }
    if ((stored.filterMask() & 1) != 0) {
      return new ProgramChunk(stored.bytes(), stored.filterMask() >>> 1);
    }
    MemorySegment elements = Arena.ofAuto().allocate(spec.denseBytes(), 64);
    chunkToRead(scaled).readAll(elements);
    return userFilters() == 0
        ? new ProgramChunk(elements, 0)
        : Pipeline.encodeForProgram(handle(), chunkShape, fileType, elements);
  }

  /**
   * The size of a stored chunk as the program would read it.
   *
   * @param storedBytes its size in the file
   * @param storedMask its filter mask there
   */
  ProgramChunk programChunk(long[] offset, long storedBytes, int storedMask) {
    if ((storedMask & 1) == 0 && userFilters() > 0) {
      return programChunk(grid.scaled(offset));
    }
    // Only the size counts: no byte behind this address is ever read.
    long bytes = (storedMask & 1) == 0 ? spec.denseBytes() : storedBytes;
    return new ProgramChunk(MemorySegment.ofAddress(1).reinterpret(bytes), storedMask >>> 1);
  }

  /**
   * Stores a chunk that the program's own code put through its filters ({@code H5Dwrite_chunk}).
   * One that skipped them all holds plain elements, and is encoded as any other.
   *
   * @param filterMask the filters of its pipeline that it skipped
   */
  void storeProgramChunk(long[] scaled, MemorySegment bytes, int filterMask) {
    int all = ownMask >>> 1;
    if ((filterMask & all) == all && bytes.byteSize() == spec.denseBytes()) {
      writeWhole(scaled, bytes);
      return;
    }
    CachedChunk cached = chunks.get(new ChunkKey(scaled));
    if (cached != null) {
      forget(cached);
    }
    store(scaled, bytes, filterMask << 1 | 1);
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
