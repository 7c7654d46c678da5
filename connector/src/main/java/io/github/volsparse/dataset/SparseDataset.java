package io.github.volsparse.dataset;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.format.Binding;
import io.github.volsparse.format.BlobBuffer;
import io.github.volsparse.format.Chunk;
import io.github.volsparse.format.ChunkSpec;
import io.github.volsparse.format.CopyRuns;
import io.github.volsparse.format.Defined;
import io.github.volsparse.format.SparseBlob;
import io.github.volsparse.format.SparseFilter;
import io.github.volsparse.hdf5.Connectors;
import io.github.volsparse.hdf5.Dataspaces;
import io.github.volsparse.hdf5.Hdf5Exception;
import io.github.volsparse.hdf5.UnderObject;
import io.github.volsparse.hdf5.generated.hdf5_h;
import io.github.volsparse.selection.ChunkGrid;
import io.github.volsparse.stored.FileType;
import io.github.volsparse.stored.PageBuffer;
import io.github.volsparse.stored.UnderDataset;
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
  private final Binding binding;
  private final long[] chunkShape;
  private final FileType fileType;

  private final CacheShare cacheShare;
  private final int threads;
  private final ChunkStorage storage;
  private final List<UnderObject> handles = new ArrayList<>();

  /** A handle the program has closed; kept open because what is dirty could not be written. */
  private UnderObject kept;

  private final Map<ChunkKey, CachedChunk> chunks = new HashMap<>();
  private final long number;
  private int dirtyChunks;
  private ChunkGrid grid;

  /** Whether chunks have been written once only, so far. */
  private boolean writesAtOnce = true;

  private boolean isWritable;

  SparseDataset(
      SparseDatasets datasets,
      UnderDataset.Key key,
      UnderObject handle,
      SparseFilter filter,
      FileType fileType,
      int userFilters,
      boolean fillsWhatIsNotStored,
      UnderDataset.Extents extents,
      long[] chunkShape,
      long cacheBytes,
      int threads) {
    this.datasets = datasets;
    this.key = key;
    this.filter = filter;
    this.chunkShape = chunkShape;
    this.threads = threads;
    handles.add(handle);
    grid = new ChunkGrid(extents.current(), chunkShape);
    spec =
        new ChunkSpec(
            grid.chunkElements(), filter.elementSize(), filter.fillValue(), filter.keep());
    this.fileType = fileType;
    binding = filter.binding();
    storage =
        new ChunkStorage(
            datasets, this, userFilters, fillsWhatIsNotStored, chunkShape, extents.maximum());
    cacheShare = datasets.cache().open(cacheBytes);
    number = datasets.nextNumber();
  }

  /** A number that no other dataset of the library has. */
  long number() {
    return number;
  }

  /** Its share in the cache. */
  CacheShare cacheShare() {
    return cacheShare;
  }

  UnderDataset.Key key() {
    return key;
  }

  /** The parameters of its filter. */
  public SparseFilter filter() {
    return filter;
  }

  public ChunkSpec spec() {
    return spec;
  }

  /** Where its blobs belong. */
  Binding binding() {
    return binding;
  }

  public ChunkGrid grid() {
    return grid;
  }

  /** Its chunks in the file. */
  public ChunkStorage storage() {
    return storage;
  }

  /** The datatype in the file. */
  public FileType fileType() {
    return fileType;
  }

  /** Any open handle of the dataset. */
  public UnderObject handle() {
    return handles.isEmpty() ? kept : handles.getLast();
  }

  void addHandle(UnderObject handle) {
    handles.add(handle);
    refreshExtent();
  }

  /**
   * Gives up a handle that the program closes; with the last one, everything is written and let go.
   *
   * <p>If that fails the handle stays open below, and what is dirty is written when the file is
   * flushed or closed: these can fail. The close of a dataset cannot, for HDF5 then frees what the
   * identifier it keeps stands for, and crashes when it comes across it.
   *
   * @return whether the handle is to be closed below
   */
  boolean releaseHandle(UnderObject handle) {
    if (handles.size() == 1 && kept == null) {
      try {
        writeDirty();
      } catch (RuntimeException | OutOfMemoryError e) {
        Hdf5Exception.discardErrorStacks(e);
        kept = handle;
      }
    }
    handles.remove(handle);
    if (handles.isEmpty() && dirtyChunks == 0) {
      letGo();
    }
    return handle != kept;
  }

  /** Lets go of everything; the program has no handle any more. */
  private void letGo() {
    drop();
    datasets.cache().close(cacheShare);
    datasets.forget(this);
    if (kept != null) {
      Connectors.H5VLdataset_close(kept);
      kept = null;
    }
  }

  /**
   * Lets the connector below say whether the dataset may be written, before anything is kept in
   * memory for it: by a write of nothing, which fails if the file is open for reading only. (The
   * access of the file the program opened does not tell. The dataset may lie behind an external
   * link, in a file that was opened otherwise.)
   */
  public void requireWritable() {
    if (!isWritable) {
      long nothing = nothingSelected();
      try (FileType.Open type = fileType.open()) {
        Connectors.H5VLdataset_write(handle(), type.id(), nothing, nothing, 0);
        requireNoPageBuffer();
        isWritable = true;
      } finally {
        Dataspaces.H5Sclose(nothing);
      }
    }
  }

  /**
   * Refuses what would move chunks in a file that has a page buffer: HDF5 would lose data, if not
   * of this dataset then of others. See {@link PageBuffer}.
   */
  private void requireNoPageBuffer() {
    try (Arena arena = Arena.ofConfined()) {
      if (PageBuffer.isIn(handle(), Connectors.itself(hdf5_h.H5I_DATASET, arena))) {
        throw new IllegalArgumentException(
            ("dataset \"%s\" in file \"%s\" cannot be written while the file is open with a page"
                    + " buffer: HDF5 would lose data, of this dataset or of others, when chunks"
                    + " change their size. Open the file without H5Pset_page_buffer_size")
                .formatted(UnderDataset.name(handle()), UnderDataset.fileName(handle())));
      }
    }
  }

  /** Its dataspace with nothing selected; the caller closes it. */
  public long nothingSelected() {
    long space = UnderDataset.dataspace(handle());
    boolean done = false;
    try {
      Dataspaces.H5Sselect_none(space);
      done = true;
      return space;
    } finally {
      if (!done) {
        Dataspaces.H5Sclose(space);
      }
    }
  }

  // ---- chunks in memory ----

  /** Whether a chunk is in the cache. */
  public boolean isCached(long[] scaled) {
    return chunks.containsKey(new ChunkKey(scaled));
  }

  /**
   * A chunk to read from; one that was never stored is empty and takes no place in the cache. Null
   * if it was never stored and what it would hold is not defined.
   *
   * @param atOnce whether it is read from before anything else is done
   */
  public Chunk chunkToRead(long[] scaled, boolean atOnce) {
    CachedChunk cached = chunks.get(new ChunkKey(scaled));
    if (cached == null) {
      Chunk passing = atOnce ? datasets.passing().find(this, scaled) : null;
      if (passing != null) {
        return passing;
      }
      boolean again = datasets.recentChunks().add(this, scaled) || !atOnce;
      Chunk chunk = storage.load(scaled, again);
      if (chunk == null) {
        return storage.notStored();
      }
      if (!again) {
        return datasets.passing().set(this, scaled, chunk);
      }
      cached = cache(scaled, chunk);
    }
    use(cached);
    return cached.chunk;
  }

  /**
   * Reads from a chunk while the program may do other things in between; does nothing if it was
   * never stored and what it would hold is not defined.
   */
  public void read(long[] scaled, Consumer<Chunk> reader) {
    Chunk chunk = chunkToRead(scaled, false);
    CachedChunk cached = chunks.get(new ChunkKey(scaled));
    if (cached == null) {
      if (chunk != null) {
        reader.accept(chunk);
      }
      return;
    }
    cached.beginUse();
    try {
      reader.accept(chunk);
    } finally {
      cached.endUse();
    }
  }

  /**
   * The defined elements of a chunk, of use until the next chunk is read or this one is changed;
   * null if it is neither in the cache nor stored.
   */
  public Defined defined(long[] scaled, boolean withValues) {
    CachedChunk cached = chunks.get(new ChunkKey(scaled));
    if (cached != null) {
      return Defined.of(cached.chunk);
    }
    if (!withValues) {
      return storage.positions(scaled);
    }
    Chunk chunk = datasets.passing().set(this, scaled, storage.load(scaled, false));
    return chunk == null ? null : Defined.of(chunk);
  }

  /**
   * Where chunks of the extent are that hold something, in row-major order of their scaled
   * coordinates. (A reader under SWMR may find stored what lies beyond the extent it knows.)
   */
  public List<long[]> occupiedChunks() {
    List<long[]> all = storage.storedChunks();
    for (CachedChunk chunk : chunks.values()) {
      if (chunk.dirty) {
        all.add(chunk.scaled);
      }
    }
    all.sort(Arrays::compare);
    List<long[]> occupied = new ArrayList<>(all.size());
    for (long[] scaled : all) {
      boolean isNext = occupied.isEmpty() || !Arrays.equals(scaled, occupied.getLast());
      if (isNext && grid.contains(scaled)) {
        occupied.add(scaled);
      }
    }
    return occupied;
  }

  /**
   * Changes a chunk in memory.
   *
   * @param replaced whether all of it will be written, so that its former content does not matter
   */
  public void change(long[] scaled, boolean replaced, Consumer<Chunk> change) {
    CachedChunk cached = chunks.get(new ChunkKey(scaled));
    if (cached == null) {
      Chunk chunk = replaced ? null : storage.load(scaled, true);
      writesAtOnce &= chunk == null;
      cached = cache(scaled, chunk == null ? Chunk.empty(spec) : chunk);
    }
    datasets.passing().forget();
    boolean done = false;
    cached.beginUse();
    try {
      change.accept(cached.chunk);
      done = true;
    } finally {
      cached.endUse();
      if (!done && !cached.dirty) {
        forget(cached); // it may be neither what is stored nor what was to be
      }
    }
    if (cached.isForgotten()) {
      throw new IllegalStateException(
          "a conversion function of the program changed the dataset that it converts for");
    }
    if (!cached.dirty) {
      cached.dirty = true;
      dirtyChunks++;
      datasets.addDirty(this);
    }
    use(cached);
  }

  /**
   * Writes elements of a chunk that is neither stored nor cached straight from the program's
   * memory: most programs write a chunk once. One that comes back to chunks does so no more.
   *
   * @return whether it was done
   */
  public boolean writeAtOnce(long[] scaled, CopyRuns runs, MemorySegment source) {
    if (!writesAtOnce
        || threads > 1
        || !runs.isOrdered()
        || isCached(scaled)
        || storage.isStored(scaled)) {
      return false;
    }
    SparseBlob.encodeRuns(
        spec, binding.toChunk(scaled), runs, source, filter.codec(), datasets.blob());
    storage.store(
        scaled,
        datasets.blob().blob(),
        () -> {
          Chunk chunk = Chunk.empty(spec);
          try {
            chunk.write(runs, source);
            return storage.allElements(chunk);
          } finally {
            chunk.giveBack();
          }
        },
        true);
    return true;
  }

  private CachedChunk cache(long[] scaled, Chunk chunk) {
    CachedChunk cached = new CachedChunk(this, scaled.clone(), chunk);
    chunks.put(new ChunkKey(cached.scaled), cached);
    return cached;
  }

  private void use(CachedChunk chunk) {
    datasets.cache().touch(chunk);
    datasets.cache().shrink(chunk);
  }

  /** Writes a chunk if it is dirty, and forgets it. */
  void evict(CachedChunk chunk) {
    if (!chunk.dirty) {
      datasets.recentChunks().evicted(this, chunk.scaled);
    }
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
    chunk.forget();
  }

  /** Writes all dirty chunks, in the order of their offsets; they stay in the cache. */
  public void writeDirty() {
    writeDirtyChunks();
    datasets.removeDirty(this);
    if (handles.isEmpty() && kept != null) {
      letGo();
    }
  }

  private void writeDirtyChunks() {
    if (dirtyChunks > 0) {
      List<CachedChunk> dirty = new ArrayList<>(dirtyChunks);
      for (CachedChunk chunk : chunks.values()) {
        if (chunk.dirty) {
          dirty.add(chunk);
        }
      }
      dirty.sort((a, b) -> Arrays.compare(a.scaled, b.scaled));
      if (threads > 1 && dirty.size() > 1) {
        datasets.encoders().encode(dirty, filter, threads, this::store);
      } else {
        for (CachedChunk chunk : dirty) {
          write(chunk);
        }
      }
    }
  }

  /**
   * Writes all dirty chunks because the file is about to be closed. If that fails, they are
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
        if (handles.isEmpty()) {
          letGo();
        }
      }
    }
  }

  /** Forgets all cached chunks, written or not. */
  private void drop() {
    for (CachedChunk chunk : List.copyOf(chunks.values())) {
      forget(chunk);
    }
    datasets.passing().forget();
    datasets.removeDirty(this);
  }

  /** Writes what is dirty and forgets all chunks, because others are about to change the file. */
  public void writeAndDrop() {
    writeDirty();
    drop();
  }

  // ---- before the native connector does something

  /** Prepares for a read by the native connector. */
  public void beforeNativeRead() {
    writeDirty();
    storage.beforeNativeRead();
  }

  /**
   * Prepares for a write by the native connector.
   *
   * @param fileSpace identifier of the dataspace whose selection is to be written, or one of the
   *     constants in its place
   */
  public void beforeNativeWrite(long fileSpace) {
    writeAndDrop();
    storage.beforeNativeWrite(fileSpace);
  }

  /**
   * Prepares for another extent.
   *
   * @param newExtent {@code hsize_t[rank]}
   */
  public void beforeExtent(MemorySegment newExtent) {
    long[] extent = grid.extent();
    long[] other = newExtent.reinterpret(JAVA_LONG.byteSize() * extent.length).toArray(JAVA_LONG);
    boolean cuts = false;
    for (int d = 0; d < extent.length; d++) {
      cuts |= Long.compareUnsigned(other[d], extent[d]) < 0;
    }
    if (cuts) { // else what chunks hold stays true
      requireNoPageBuffer();
      writeAndDrop();
      storage.beforeCut(other);
    }
  }

  /** Prepares for a copy by the native connector. */
  void beforeCopy() {
    writeDirty();
    storage.beforeCopy();
  }

  /**
   * Stores a chunk in which nothing is defined, so that a dataset whose storage the program wants
   * allocated early has some.
   */
  public void allocateEarly() {
    storage.allocateEarly();
  }

  /**
   * What {@code H5Dget_space_status} is to say; see {@link CreationProperties#spaceStatus}. An
   * extent without elements has no storage to allocate.
   *
   * @param status what the connector below says
   */
  public int spaceStatus(int status) {
    return grid.elements() == 0 ? status : CreationProperties.spaceStatus(filter, status);
  }

  /** Reads the extent again, after it was changed or refreshed; does nothing once closed. */
  public void refreshExtent() {
    if (handles.isEmpty()) {
      return; // a refresh closes the handle and opens another
    }
    grid = new ChunkGrid(UnderDataset.extent(handle()), chunkShape);
  }

  private void write(CachedChunk cached) {
    if (cached.dirty) {
      SparseBlob.encode(
          cached.chunk, binding.toChunk(cached.scaled), filter.codec(), datasets.blob());
      store(cached, datasets.blob());
    }
  }

  /** Stores the blob of a dirty chunk, which is then clean. */
  private void store(CachedChunk cached, BlobBuffer blob) {
    storage.store(cached.scaled, blob.blob(), () -> storage.allElements(cached.chunk), false);
    cached.dirty = false;
    dirtyChunks--;
  }

  /**
   * Writes a whole chunk straight from the program's memory; a cached one is forgotten.
   *
   * @param source all elements of the chunk
   */
  public void writeWhole(long[] scaled, MemorySegment source) {
    forget(scaled);
    SparseBlob.encodeElements(
        spec, binding.toChunk(scaled), source, filter.codec(), datasets.blob());
    storage.store(scaled, datasets.blob().blob(), () -> source, false);
  }

  /**
   * Stores a whole chunk that the program wrote past all its filters ({@code H5Dwrite_chunk}); a
   * cached one is forgotten.
   *
   * @param source all elements of the chunk
   * @param programMask the filters of its own that the program skipped
   */
  public void writeFromProgram(long[] scaled, MemorySegment source, int programMask) {
    forget(scaled);
    SparseBlob.encodeElements(
        spec, binding.toChunk(scaled), source, filter.codec(), datasets.blob());
    storage.storeFromProgram(scaled, datasets.blob().blob(), source, programMask);
  }

  /**
   * Reads a whole chunk that is not in the cache straight into the program's memory.
   *
   * @param target all elements of the chunk
   * @return whether it was done: not if it takes more than one step
   */
  public boolean readWhole(long[] scaled, MemorySegment target) {
    return switch (storage.readWhole(scaled, target)) {
      case DONE -> true;
      case NOT_AT_ONCE -> false;
      case NOT_STORED -> {
        if (storage.notStored() != null) {
          storage.notStored().readAll(target);
        }
        yield true;
      }
    };
  }

  /** Writes a chunk if it is dirty; it stays in the cache. */
  public void write(long[] scaled) {
    CachedChunk cached = chunks.get(new ChunkKey(scaled));
    if (cached != null) {
      write(cached);
    }
  }

  /** Forgets a chunk, written or not. */
  public void forget(long[] scaled) {
    CachedChunk cached = chunks.get(new ChunkKey(scaled));
    if (cached != null) {
      forget(cached);
    }
  }
}
