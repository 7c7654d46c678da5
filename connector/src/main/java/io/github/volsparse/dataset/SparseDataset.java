package io.github.volsparse.dataset;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.chunk.BlobBuffer;
import io.github.volsparse.chunk.Chunk;
import io.github.volsparse.chunk.ChunkSpec;
import io.github.volsparse.chunk.ChunkSpec.Keep;
import io.github.volsparse.chunk.CopyRuns;
import io.github.volsparse.chunk.CorruptBlobException;
import io.github.volsparse.chunk.SparseBlob;
import io.github.volsparse.hdf5.Hdf5;
import io.github.volsparse.hdf5.Hdf5Exception;
import io.github.volsparse.hdf5.UnderObject;
import io.github.volsparse.hdf5.generated.hdf5_h;
import io.github.volsparse.selection.ChunkGrid;
import io.github.volsparse.selection.Hyperslab;
import io.github.volsparse.selection.Selection;
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
import java.util.function.Supplier;

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

  /** Whether elements of a chunk that is not stored read as the fill value. */
  private final boolean fillsWhatIsNotStored;

  /** How many chunks there may ever be along each dimension. */
  private final long[] maximumChunks;

  private final long cacheBytes;
  private final int threads;
  private final Chunk nothing;
  private final List<UnderObject> handles = new ArrayList<>();

  /** A handle the program has closed; kept open because what is dirty could not be written. */
  private UnderObject kept;

  private final Map<ChunkKey, CachedChunk> chunks = new HashMap<>();
  private final RecentChunks recentlyRead = new RecentChunks();
  private int dirtyChunks;
  private ChunkGrid grid;

  /** Whether chunks have been written once only, so far. */
  private boolean writesAtOnce = true;

  private boolean isWritable;

  /** Whether HDF5's own chunk cache may hold chunks. */
  private boolean isCachedBelow;

  /** Whether some of these may not be in the file. */
  private boolean isDirtyBelow;

  /** Whether a chunk is known to be stored. */
  private boolean anyIsStored;

  SparseDataset(
      SparseDatasets datasets,
      UnderDataset.Key key,
      UnderObject handle,
      SparseFilter filter,
      int userFilters,
      boolean fillsWhatIsNotStored,
      long[] chunkShape,
      long cacheBytes,
      int threads) {
    this.datasets = datasets;
    this.key = key;
    this.filter = filter;
    this.fillsWhatIsNotStored = fillsWhatIsNotStored;
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
    maximumChunks = UnderDataset.maximumExtent(handle);
    for (int d = 0; d < maximumChunks.length; d++) {
      maximumChunks[d] =
          maximumChunks[d] < 0 ? Long.MAX_VALUE : Math.ceilDiv(maximumChunks[d], chunkShape[d]);
    }
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
    datasets.forget(this);
    Hdf5.H5Tclose(fileType);
    if (kept != null) {
      Hdf5.H5VLdataset_close(kept);
      kept = null;
    }
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

  /**
   * A chunk to read from; one that was never stored is empty and takes no place in the cache. Null
   * if it was never stored and what it would hold is not defined.
   *
   * @param atOnce whether it is read from before anything else is done
   */
  Chunk chunkToRead(long[] scaled, boolean atOnce) {
    CachedChunk cached = chunks.get(new ChunkKey(scaled));
    if (cached == null) {
      boolean again = recentlyRead.add(scaled) || !atOnce;
      Chunk chunk = load(scaled, again);
      if (chunk == null) {
        return fillsWhatIsNotStored ? nothing : null;
      }
      if (!again) {
        return chunk;
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
      Chunk chunk = replaced ? null : load(scaled, true);
      writesAtOnce &= chunk == null;
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

  /**
   * Writes elements of a chunk that is neither stored nor cached straight from the program's
   * memory: most programs write a chunk once. One that comes back to chunks does so no more.
   *
   * @return whether it was done
   */
  boolean writeAtOnce(long[] scaled, CopyRuns runs, MemorySegment source) {
    if (!writesAtOnce
        || threads > 1
        || !runs.isOrdered()
        || isCached(scaled)
        || chunkStore().storedBytes(handle(), grid.offset(scaled)) > 0) {
      return false;
    }
    try {
      SparseBlob.encodeRuns(spec, runs, source, filter.codec(), datasets.blob());
      store(
          scaled,
          datasets.blob().blob(),
          () -> {
            Chunk chunk = Chunk.empty(spec);
            chunk.write(runs, source);
            return allElements(chunk);
          });
    } catch (Hdf5Exception e) {
      throw failure("write", scaled, e);
    }
    return true;
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
        datasets.encoders().encode(dirty, filter.codec(), threads, this::store);
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
    datasets.removeDirty(this);
  }

  /** Writes what is dirty and forgets all chunks, because others are about to change the file. */
  public void writeAndDrop() {
    writeDirty();
    drop();
  }

  // ---- what the native connector does

  /** Prepares for a read by the native connector. */
  public void beforeNativeRead() {
    writeDirty();
    isCachedBelow = true;
  }

  /**
   * Prepares for a write by the native connector.
   *
   * @param fileSpace identifier of the dataspace whose selection is to be written, or one of the
   *     constants in its place
   */
  public void beforeNativeWrite(long fileSpace) {
    beforeNativeWrite();
    if (userFilters() > 0) {
      Selection selected = selection(fileSpace);
      if (selected == null) {
        storedChunks().forEach(chunk -> storeThroughFilters(grid.scaled(chunk.offset())));
      } else {
        storeThroughFilters(selected);
      }
    }
  }

  /** The selection of a file dataspace; null if it is not known, or HDF5 will say what is wrong. */
  private Selection selection(long fileSpace) {
    try {
      return DataspaceSelection.ofFile(fileSpace, grid.extent());
    } catch (Hdf5Exception e) {
      e.discardErrorStack();
      return null;
    }
  }

  private void beforeNativeWrite() {
    writeAndDrop();
    isCachedBelow = true;
    isDirtyBelow = true;
  }

  /**
   * Stores the chunks of a selection through all filters, where they are stored otherwise.
   *
   * <p>So does the native connector, and if the size comes out as before, HDF5 keeps the filter
   * mask from before. So no chunk that it may write can have another.
   */
  private void storeThroughFilters(Selection selected) {
    selected.forEachChunk(grid, (scaled, inChunk) -> storeThroughFilters(scaled));
  }

  /** Stores a chunk through all filters, if it is stored and passed some of them. */
  private void storeThroughFilters(long[] scaled) {
    ChunkStore.Stored stored = grid.contains(scaled) ? stored(scaled) : null;
    if (stored != null && stored.filterMask() != 0) {
      storeThroughFilters(scaled, allElements(load(scaled, true)));
    }
  }

  private void storeThroughFilters(long[] scaled, MemorySegment elements) {
    ChunkStore.Stored all = Pipeline.encode(handle(), chunkShape, fileType, elements);
    store(scaled, all.bytes(), all.filterMask());
  }

  private MemorySegment allElements(Chunk chunk) {
    MemorySegment elements = Arena.ofAuto().allocate(spec.denseBytes(), 64);
    chunk.readAll(elements);
    return elements;
  }

  /**
   * Prepares for another extent. If it cuts off anything, the native connector fills what it cuts
   * off of a chunk, which is a write.
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
      beforeNativeWrite();
      if (userFilters() > 0) {
        for (int d = 0; d < extent.length; d++) {
          if (Long.compareUnsigned(other[d], extent[d]) < 0 && other[d] % chunkShape[d] > 0) {
            storeThroughFilters(cutSlab(extent, other, d));
          }
        }
      }
      anyIsStored = false;
    }
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

  /**
   * Prepares for a copy by the native connector. H5Ocopy writes beyond its buffer when it finds
   * several chunks in HDF5's own chunk cache that are larger there than in the file.
   */
  void beforeCopy() {
    writeDirty();
    if (isCachedBelow) {
      for (StoredChunks.StoredChunk chunk : storedChunks()) {
        chunkStore().evict(handle(), chunk.offset());
      }
      isCachedBelow = false;
    }
  }

  /** The stored chunks, what is dirty included. */
  List<StoredChunks.StoredChunk> storedChunksToProgram() {
    writeDirty();
    return storedChunks();
  }

  private List<StoredChunks.StoredChunk> storedChunks() {
    return datasets.storedChunks().list(handle(), grid.rank());
  }

  /** Direct chunk I/O, with nothing left in HDF5's own chunk cache that it would not find. */
  private ChunkStore chunkStore() {
    if (isDirtyBelow) {
      Hdf5.flush(handle());
      isDirtyBelow = false;
    }
    return datasets.store();
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
        ChunkStore.Stored stored = chunkStore().read(handle(), offset);
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

  /**
   * Decodes a stored chunk; null if it is not stored.
   *
   * @param independent whether it is still needed after the next read from the file
   */
  private Chunk load(long[] scaled, boolean independent) {
    return read(
        scaled,
        stored -> {
          if (stored.filterMask() != ownMask) {
            return decodeThroughFilters(scaled, stored, stored.filterMask());
          }
          if (isFiltered(stored)) {
            return decodeFiltered(scaled, stored);
          }
          return independent
              ? SparseBlob.decode(spec, stored.bytes())
              : SparseBlob.view(spec, stored.bytes());
        });
  }

  /**
   * Whether a chunk whose mask says that the program's filters were skipped went through them all
   * the same.
   *
   * <p>When a program without this connector writes such a chunk again, all filters work, and if
   * the size comes out the same as before HDF5 keeps the old mask.
   */
  private boolean isFiltered(ChunkStore.Stored stored) {
    return userFilters() > 0 && !SparseBlob.isBlob(stored.bytes());
  }

  private Chunk decodeFiltered(long[] scaled, ChunkStore.Stored stored) {
    try {
      return decodeThroughFilters(scaled, stored, 0);
    } catch (Hdf5Exception e) {
      e.discardErrorStack();
      return SparseBlob.decode(spec, stored.bytes()); // damaged, as this will say
    }
  }

  /** Decodes a chunk that went through the program's filters, or past ours. */
  private Chunk decodeThroughFilters(long[] scaled, ChunkStore.Stored stored, int filterMask) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment elements = arena.allocate(spec.denseBytes(), 64);
      if (filterMask == stored.filterMask() && !isEdge(scaled)) {
        readNatively(scaled, elements);
      } else {
        // The native connector would not give those beyond the extent, or believe the stored mask.
        Pipeline.decode(handle(), chunkShape, fileType, stored.bytes(), filterMask, elements);
      }
      return Chunk.dense(spec, elements);
    }
  }

  /** Whether a chunk reaches beyond the extent. */
  private boolean isEdge(long[] scaled) {
    return grid.validElements(scaled) < spec.elements();
  }

  /** Lets the native connector read a chunk that lies in the extent as a whole. */
  private void readNatively(long[] scaled, MemorySegment elements) {
    isCachedBelow = true;
    long fileSpace = 0;
    long memorySpace = 0;
    try {
      fileSpace = UnderDataset.dataspace(handle());
      Hdf5.selectBlock(fileSpace, grid.offset(scaled), chunkShape);
      memorySpace = Hdf5.H5Screate_simple(chunkShape);
      Hdf5.H5VLdataset_read(handle(), fileType, memorySpace, fileSpace, elements.address());
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
   * @return whether it was done: not if it takes more than one step
   */
  boolean readWhole(long[] scaled, MemorySegment target) {
    Boolean done =
        read(
            scaled,
            stored -> {
              if (stored.filterMask() != ownMask) {
                readNatively(scaled, target);
                return true;
              }
              if (isFiltered(stored)) {
                return false;
              }
              SparseBlob.decodeInto(spec, stored.bytes(), target);
              return true;
            });
    if (done == null && fillsWhatIsNotStored) {
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
      store(cached.scaled, blob.blob(), () -> allElements(cached.chunk));
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
      store(scaled, datasets.blob().blob(), () -> source);
    } catch (Hdf5Exception e) {
      throw failure("write", scaled, e);
    }
  }

  /**
   * Stores a chunk.
   *
   * @param elements gives all its elements
   */
  private void store(long[] scaled, MemorySegment blob, Supplier<MemorySegment> elements) {
    if (!SparseBlob.isEmpty(blob) || !needsNotBeStored(scaled)) {
      storeEncoded(scaled, blob, elements);
    }
  }

  private void storeEncoded(long[] scaled, MemorySegment blob, Supplier<MemorySegment> elements) {
    boolean keepsWritten = filter.keep() == Keep.WRITTEN; // which only the blob of the chunk tells
    if (userFilters() > 0
        && (!mayHaveAnotherChunk() || !keepsWritten && filter.leavesToOthers(blob, spec))) {
      storeThroughFilters(scaled, elements.get());
    } else {
      store(scaled, blob, ownMask);
    }
  }

  /**
   * Whether a chunk in which nothing is defined may be left out of the file.
   *
   * <p>Not if it replaces a stored one, and not if it is the first one the program writes: programs
   * tell by its storage whether a dataset was ever written.
   */
  private boolean needsNotBeStored(long[] scaled) {
    anyIsStored = anyIsStored || UnderDataset.storageSize(handle()) > 0;
    return fillsWhatIsNotStored
        && anyIsStored
        && chunkStore().storedBytes(handle(), grid.offset(scaled)) == 0;
  }

  /**
   * Stores a chunk in which nothing is defined, so that a dataset whose storage the program wants
   * allocated early has some.
   */
  public void allocateEarly() {
    if (filter.allocationTime() == hdf5_h.H5D_ALLOC_TIME_EARLY() && grid.elements() > 0) {
      SparseBlob.encode(nothing, filter.codec(), datasets.blobOfEmpty());
      storeEncoded(
          new long[grid.rank()], datasets.blobOfEmpty().blob(), () -> allElements(nothing));
    }
  }

  /** Stores a chunk as it is to be in the file. */
  private void store(long[] scaled, MemorySegment bytes, int filterMask) {
    ChunkStore store = chunkStore();
    long[] offset = grid.offset(scaled);
    long[] other = userFilters() > 0 ? offsetOfAnotherChunk(scaled) : null;
    long size = bytes.byteSize();
    anyIsStored = true;
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

  /**
   * The offset of a chunk to look up in place of another, see {@link ChunkStore#write}: one beyond
   * the extent where the dataset may grow, for HDF5's own cache cannot hold it, else a neighbour. A
   * dataset of one chunk has none, and its chunk never another filter mask.
   */
  private long[] offsetOfAnotherChunk(long[] scaled) {
    long[] other = scaled.clone();
    for (int d = 0; d < other.length; d++) {
      if (grid.chunks(d) < maximumChunks[d]) {
        other[d] = grid.chunks(d);
        return grid.offset(other);
      }
    }
    for (int d = 0; d < other.length; d++) {
      if (grid.chunks(d) > 1) {
        other[d] += other[d] > 0 ? -1 : 1;
        long[] offset = grid.offset(other);
        if (isCachedBelow) {
          datasets.store().evict(handle(), offset);
        }
        return offset;
      }
    }
    return null;
  }

  private boolean mayHaveAnotherChunk() {
    for (long most : maximumChunks) {
      if (most > 1) {
        return true;
      }
    }
    return false;
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
    return chunkStore().read(handle(), grid.offset(scaled));
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
    MemorySegment elements = allElements(chunkToRead(scaled, true));
    return userFilters() == 0 || isUnfilteredForProgram(scaled)
        ? new ProgramChunk(elements, 0)
        : Pipeline.encodeForProgram(handle(), chunkShape, fileType, elements);
  }

  /** The same for a chunk of a list; of its bytes only the size is of use. */
  ProgramChunk programChunk(StoredChunks.StoredChunk stored) {
    if ((stored.filterMask() & 1) == 0 && userFilters() > 0) {
      long[] scaled = chunkAt(stored.offset());
      ProgramChunk chunk = scaled == null ? null : programChunk(scaled);
      if (chunk != null) {
        return chunk; // as large as its filters make it
      }
      // HDF5 names the wrong chunk where the dataset can grow without limit in one dimension only,
      // which is not the first: it forgets that its index then has another order.
    }
    long bytes = (stored.filterMask() & 1) == 0 ? spec.denseBytes() : stored.size();
    return new ProgramChunk(
        MemorySegment.ofAddress(1).reinterpret(bytes), stored.filterMask() >>> 1);
  }

  /**
   * Stores a chunk that the program's own code put through its filters ({@code H5Dwrite_chunk}).
   * One that skipped them all holds plain elements, and is encoded as any other.
   *
   * @param filterMask the filters of its pipeline that it skipped
   */
  void storeProgramChunk(long[] scaled, MemorySegment bytes, int filterMask) {
    int all = ownMask >>> 1;
    boolean isPlain = (filterMask & all) == all || isUnfilteredForProgram(scaled);
    if (isPlain && bytes.byteSize() == spec.denseBytes()) {
      writeWhole(scaled, bytes);
      return;
    }
    CachedChunk cached = chunks.get(new ChunkKey(scaled));
    if (cached != null) {
      forget(cached);
    }
    store(scaled, bytes, filterMask << 1 | 1);
  }

  /** Whether the program takes a chunk for one that no filter touches, whatever its mask. */
  private boolean isUnfilteredForProgram(long[] scaled) {
    return filter.edgeChunksUnfiltered() && isEdge(scaled);
  }

  /**
   * What {@code H5Dget_space_status} is to say: storage that the program wants allocated at once,
   * at the latest with the first write, counts as allocated though chunks of fill values have none.
   *
   * @param status what the connector below says, an {@code H5D_space_status_t}
   */
  public int spaceStatus(int status) {
    int time = filter.allocationTime();
    boolean isLate =
        time == hdf5_h.H5D_ALLOC_TIME_LATE()
            || time == Hdf5.H5D_ALLOC_TIME_DEFAULT && filter.contiguous();
    boolean isAllocated =
        time == hdf5_h.H5D_ALLOC_TIME_EARLY()
            || isLate && status != Hdf5.H5D_SPACE_STATUS_NOT_ALLOCATED;
    return isAllocated ? Hdf5.H5D_SPACE_STATUS_ALLOCATED : status;
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
