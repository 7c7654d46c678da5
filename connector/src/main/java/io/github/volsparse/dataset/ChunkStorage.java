package io.github.volsparse.dataset;

import io.github.volsparse.format.Binding;
import io.github.volsparse.format.BlobBuffer;
import io.github.volsparse.format.Chunk;
import io.github.volsparse.format.ChunkSpec;
import io.github.volsparse.format.ChunkSpec.Keep;
import io.github.volsparse.format.CorruptBlobException;
import io.github.volsparse.format.Defined;
import io.github.volsparse.format.SparseBlob;
import io.github.volsparse.format.SparseFilter;
import io.github.volsparse.hdf5.Connectors;
import io.github.volsparse.hdf5.Dataspaces;
import io.github.volsparse.hdf5.Hdf5Exception;
import io.github.volsparse.hdf5.UnderObject;
import io.github.volsparse.hdf5.generated.hdf5_h;
import io.github.volsparse.selection.ChunkGrid;
import io.github.volsparse.selection.Hyperslab;
import io.github.volsparse.selection.Selection;
import io.github.volsparse.stored.ChunkInfo;
import io.github.volsparse.stored.DirectChunks;
import io.github.volsparse.stored.FileType;
import io.github.volsparse.stored.FilterMasks;
import io.github.volsparse.stored.Pipeline;
import io.github.volsparse.stored.RawChunk;
import io.github.volsparse.stored.SparseIOException;
import io.github.volsparse.stored.UnderDataset;
import io.github.volsparse.stored.UnlimitedDimension;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The chunks of one sparse dataset as they are in its file: the filters they went through, how they
 * are decoded and stored, and what must be done before the native connector works on them.
 */
public final class ChunkStorage {
  /** How often a blob is read that is not in order, and what the pauses grow by. */
  private static final int READ_ATTEMPTS = 20;

  private static final long READ_PAUSE_NANOS = 100_000;

  /** How the reading of a whole chunk ended. */
  enum Reading {
    /** It was done. */
    DONE,
    /** The chunk is not stored. */
    NOT_STORED,
    /** The chunk takes more than one step. */
    NOT_AT_ONCE
  }

  /** Takes the place of a chunk that is lost. */
  private static final MemorySegment NO_BLOB = Arena.global().allocate(8);

  private final SparseDatasets datasets;
  private final SparseDataset dataset;
  private final SparseFilter filter;
  private final ChunkSpec spec;
  private final long[] chunkShape;
  private final Chunk nothing;

  private final int userFilters;
  private final FilterMasks masks;

  /** Whether elements of a chunk that is not stored read as the fill value. */
  private final boolean fillsWhatIsNotStored;

  /** The most bytes that a blob of ours may have. */
  private final long mostBytes;

  /** How many chunks there may ever be along each dimension. */
  private final long[] maximumChunks;

  /** Whether HDF5's own chunk cache may hold chunks. */
  private boolean isCachedBelow;

  /** Whether some of these may not be in the file. */
  private boolean isDirtyBelow;

  /** Whether a chunk is known to be stored. */
  private boolean anyIsStored;

  /**
   * The chunks of a dataset that is open.
   *
   * @param userFilters the number of the program's own filters
   * @param fillsWhatIsNotStored whether elements of a chunk that is not stored read as the fill
   *     value
   * @param maximumExtent the largest the dataset may get, in elements; -1 where there is no limit
   */
  ChunkStorage(
      SparseDatasets datasets,
      SparseDataset dataset,
      int userFilters,
      boolean fillsWhatIsNotStored,
      long[] chunkShape,
      long[] maximumExtent) {
    this.datasets = datasets;
    this.dataset = dataset;
    this.filter = dataset.filter();
    this.spec = dataset.spec();
    this.chunkShape = chunkShape;
    this.nothing = Chunk.empty(spec);
    this.userFilters = userFilters;
    this.masks = new FilterMasks(userFilters);
    this.fillsWhatIsNotStored = fillsWhatIsNotStored;
    this.mostBytes = SparseBlob.maximumBytes(spec);
    maximumChunks = maximumExtent.clone();
    for (int d = 0; d < maximumChunks.length; d++) {
      maximumChunks[d] =
          maximumChunks[d] < 0 ? Long.MAX_VALUE : Math.ceilDiv(maximumChunks[d], chunkShape[d]);
    }
  }

  private UnderObject handle() {
    return dataset.handle();
  }

  private ChunkGrid grid() {
    return dataset.grid();
  }

  /** Where the blob of a chunk belongs. */
  private Binding binding(long[] scaled) {
    return dataset.binding().toChunk(scaled);
  }

  /** A buffer for what comes out of the program's filters. */
  public BlobBuffer filtered() {
    return datasets.filtered();
  }

  /** What a chunk that is not stored holds; null if that is not defined. */
  Chunk notStored() {
    return fillsWhatIsNotStored ? nothing : null;
  }

  /** A chunk in which nothing is defined. */
  public Chunk nothing() {
    return nothing;
  }

  /** The number of the program's own filters. */
  public int userFilters() {
    return userFilters;
  }

  /** What the filter masks of its chunks say. */
  public FilterMasks masks() {
    return masks;
  }

  /**
   * Whether HDF5 keeps the filter masks of chunks that no filter touches, which mean nothing: only
   * its oldest index has a place for them.
   */
  public boolean keepsMasksWithoutFilters() {
    return UnderDataset.chunkIndexType(handle()) == hdf5_h.H5D_CHUNK_IDX_BTREE;
  }

  /** Whether a chunk reaches beyond the extent. */
  public boolean isEdge(long[] scaled) {
    return grid().validElements(scaled) < spec.elements();
  }

  /** All elements of a chunk, in memory that holds them until the next call. */
  public MemorySegment allElements(Chunk chunk) {
    MemorySegment elements = datasets.elements().reserve(spec.denseBytes());
    chunk.readAll(elements);
    return elements;
  }

  /** Direct chunk I/O, with nothing left in HDF5's own chunk cache that it would not find. */
  private DirectChunks chunkStore() {
    if (isDirtyBelow) {
      Connectors.flush(handle());
      isDirtyBelow = false;
    }
    return datasets.store();
  }

  /** Whether a chunk is stored. */
  boolean isStored(long[] scaled) {
    return chunkStore().storedBytes(handle(), grid().offset(scaled)) > 0;
  }

  /**
   * A chunk as it is stored; null if it is not.
   *
   * @throws SparseIOException if what the index says of it cannot be true
   */
  public RawChunk stored(long[] scaled) {
    try {
      return chunkStore().read(handle(), grid().offset(scaled), mostBytes, masks);
    } catch (CorruptBlobException e) {
      throw failure("read", scaled, e);
    }
  }

  /** The chunks that are stored, as HDF5 lists them; see {@link #storedChunks}. */
  public List<ChunkInfo> list() {
    return datasets.storedChunks().list(handle(), grid().rank());
  }

  /**
   * Where the stored chunks are, as scaled coordinates, in no particular order.
   *
   * <p>For a dataset that can grow without limit in one dimension only, which is not the first,
   * HDF5 (1.14 to 2.2) may name the wrong chunks: in that case it keeps its index with the
   * unlimited dimension first, and forgets that when it lists the chunks. Such a list is known by
   * the dimensions before that one, which are all 0 in it.
   */
  List<long[]> storedChunks() {
    List<long[]> named = new ArrayList<>();
    for (ChunkInfo chunk : list()) {
      named.add(grid().scaled(chunk.offset()));
    }
    int unlimited = UnlimitedDimension.only(maximumChunks);
    if (unlimited <= 0 || named.isEmpty()) {
      return named;
    }
    List<long[]> meant = new ArrayList<>(named.size());
    for (long[] scaled : named) {
      long[] other = UnlimitedDimension.meant(scaled, unlimited, maximumChunks);
      if (other == null || !grid().contains(other) || !isStored(other)) {
        return named;
      }
      meant.add(other);
    }
    return meant;
  }

  // ---- read

  /**
   * Reads and decodes a stored chunk.
   *
   * <p>A blob that is not in order is read again before it counts as damaged: a writer in another
   * process (SWMR) replaces a chunk by one of the same size in place, and may be about it.
   *
   * @return what the decoder returned; null if the chunk is not stored
   */
  private <T> T read(long[] scaled, Function<RawChunk, T> decoder) {
    try {
      for (int attempt = 1; ; attempt++) {
        RawChunk stored = stored(scaled);
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
   * Decodes a stored chunk, which the caller gives back; null if it is not stored.
   *
   * @param independent whether it is still needed after the next read from the file
   */
  Chunk load(long[] scaled, boolean independent) {
    return read(scaled, stored -> decode(scaled, stored, independent));
  }

  private Chunk decode(long[] scaled, RawChunk stored, boolean independent) {
    if (!masks.isBlob(stored.filterMask())) {
      return decodeThroughFilters(scaled, stored, stored.filterMask());
    }
    if (isFiltered(stored)) {
      return decodeFiltered(scaled, stored);
    }
    return independent
        ? SparseBlob.decode(spec, binding(scaled), stored.bytes())
        : SparseBlob.view(spec, binding(scaled), stored.bytes());
  }

  /**
   * The defined elements of a stored chunk, without values; null if it is not stored.
   *
   * <p>Where the chunk is a blob of ours, its selection alone is decoded.
   */
  Defined positions(long[] scaled) {
    return read(
        scaled,
        stored ->
            masks.isBlob(stored.filterMask()) && !isFiltered(stored)
                ? Defined.positions(spec, binding(scaled), stored.bytes())
                : Defined.of(
                    datasets.passing().set(dataset, scaled, decode(scaled, stored, false))));
  }

  /**
   * Whether a chunk whose mask says that the program's filters were skipped went through them all
   * the same.
   *
   * <p>When a program without this connector writes such a chunk again, all filters work, and if
   * the size comes out the same as before HDF5 keeps the old mask.
   */
  private boolean isFiltered(RawChunk stored) {
    return userFilters() > 0 && !SparseBlob.isBlob(stored.bytes());
  }

  private Chunk decodeFiltered(long[] scaled, RawChunk stored) {
    try {
      return decodeThroughFilters(scaled, stored, 0);
    } catch (Hdf5Exception e) {
      e.discardErrorStack();
      return SparseBlob.decode(spec, stored.bytes()); // damaged, as this will say
    }
  }

  /** Decodes a chunk that went through the program's filters, or past ours. */
  private Chunk decodeThroughFilters(long[] scaled, RawChunk stored, int filterMask) {
    return Chunk.fromElements(
        spec,
        elements -> {
          if (filterMask == stored.filterMask() && !isEdge(scaled)) {
            readNatively(scaled, elements);
          } else {
            // The native connector would not give those beyond the extent, or believe the stored
            // mask.
            Pipeline.decode(
                handle(), chunkShape, dataset.fileType(), stored.bytes(), filterMask, elements);
          }
        });
  }

  /** Lets the native connector read a chunk that lies in the extent as a whole. */
  private void readNatively(long[] scaled, MemorySegment elements) {
    isCachedBelow = true;
    long fileSpace = 0;
    long memorySpace = 0;
    try (FileType.Open type = dataset.fileType().open()) {
      fileSpace = UnderDataset.dataspace(handle());
      Dataspaces.selectBlock(fileSpace, grid().offset(scaled), chunkShape);
      memorySpace = Dataspaces.H5Screate_simple(chunkShape);
      Connectors.H5VLdataset_read(handle(), type.id(), memorySpace, fileSpace, elements.address());
    } finally {
      if (memorySpace > 0) {
        Dataspaces.H5Sclose(memorySpace);
      }
      if (fileSpace > 0) {
        Dataspaces.H5Sclose(fileSpace);
      }
    }
  }

  /**
   * Reads a whole chunk straight into the program's memory.
   *
   * @param target all elements of the chunk
   */
  Reading readWhole(long[] scaled, MemorySegment target) {
    Reading done =
        read(
            scaled,
            stored -> {
              if (!masks.isBlob(stored.filterMask())) {
                readNatively(scaled, target);
                return Reading.DONE;
              }
              if (isFiltered(stored)) {
                return Reading.NOT_AT_ONCE;
              }
              SparseBlob.decodeInto(spec, binding(scaled), stored.bytes(), target);
              return Reading.DONE;
            });
    return done == null ? Reading.NOT_STORED : done;
  }

  // ---- write

  /**
   * Stores a chunk.
   *
   * @param blob native memory
   * @param elements gives all its elements
   * @param isNew whether it is known not to be stored
   * @throws SparseIOException if it cannot be written
   */
  void store(long[] scaled, MemorySegment blob, Supplier<MemorySegment> elements, boolean isNew) {
    try {
      if (!SparseBlob.isEmpty(blob) || !needsNotBeStored(scaled)) {
        storeEncoded(scaled, blob, elements, isNew);
      }
    } catch (Hdf5Exception e) {
      throw failure("write", scaled, e);
    }
  }

  private void storeEncoded(
      long[] scaled, MemorySegment blob, Supplier<MemorySegment> elements, boolean isNew) {
    boolean keepsWritten = filter.keep() == Keep.WRITTEN; // which only the blob of the chunk tells
    if (userFilters() > 0
        && (!mayHaveAnotherChunk() || !keepsWritten && filter.leavesToOthers(blob, spec))) {
      storeThroughFilters(scaled, elements.get());
    } else {
      store(scaled, blob, masks.own(), isNew);
    }
  }

  /**
   * Stores the elements of a chunk that the program wrote past all its filters, so that it reads
   * them back that way ({@code H5Dwrite_chunk}). It is stored whatever is in it.
   *
   * @param blob native memory
   * @param elements all its elements, of which the blob is made
   * @param programMask the filters of its own that the program skipped
   * @throws SparseIOException if it cannot be written
   */
  void storeFromProgram(
      long[] scaled, MemorySegment blob, MemorySegment elements, int programMask) {
    boolean isGiven = userFilters > 0 && masks.skipsAll(programMask);
    try {
      if (isGiven && (blob.byteSize() >= elements.byteSize() || !masks.canTell(programMask))) {
        store(scaled, elements, masks.asGiven(programMask));
      } else if (isGiven || userFilters == 0 && programMask != 0 && masks.canTell(programMask)) {
        store(scaled, blob, masks.ofBlob(programMask));
      } else {
        storeEncoded(scaled, blob, () -> elements, false);
      }
    } catch (Hdf5Exception e) {
      throw failure("write", scaled, e);
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
    return fillsWhatIsNotStored && anyIsStored && !isStored(scaled);
  }

  /**
   * Stores a chunk in which nothing is defined, so that a dataset whose storage the program wants
   * allocated early has some.
   */
  void allocateEarly() {
    if (filter.allocationTime() == hdf5_h.H5D_ALLOC_TIME_EARLY && grid().elements() > 0) {
      long[] first = new long[grid().rank()];
      SparseBlob.encode(nothing, binding(first), filter.codec(), datasets.blobOfEmpty());
      storeEncoded(first, datasets.blobOfEmpty().blob(), () -> allElements(nothing), false);
    }
  }

  /**
   * Stores a chunk as it is to be in the file.
   *
   * @param bytes native memory
   * @param filterMask the filters of the stored pipeline that are skipped when it is read
   */
  public void store(long[] scaled, MemorySegment bytes, int filterMask) {
    store(scaled, bytes, filterMask, false);
  }

  private void store(long[] scaled, MemorySegment bytes, int filterMask, boolean isNew) {
    DirectChunks store = chunkStore();
    long[] offset = grid().offset(scaled);
    boolean hasMaskAsBefore = userFilters == 0 && filterMask == 0 && isNew;
    long[] other = hasMaskAsBefore ? null : offsetOfAnotherChunk(scaled);
    long size = bytes.byteSize();
    long before = isNew ? 0 : store.storedBytes(handle(), offset);
    anyIsStored = true;
    boolean done = false;
    try {
      if (before == size && stored(scaled).filterMask() != filterMask) {
        // HDF5 does not note a new filter mask when the size stays the same: let it change first.
        SparseBlob.encode(nothing, binding(scaled), filter.codec(), datasets.blobOfEmpty());
        MemorySegment empty = datasets.blobOfEmpty().blob();
        MemorySegment interim = empty.byteSize() == size ? empty.asSlice(1) : empty;
        store.write(handle(), offset, interim, filterMask, other);
      }
      store.write(handle(), offset, bytes, filterMask, other);
      done = true;
    } finally {
      if (!done) {
        afterFailedWrite(scaled, size, before > 0, filterMask);
      }
    }
  }

  /**
   * Sees to it that a chunk that could not be written can be written again.
   *
   * <p>HDF5 has given a place in the file to the chunk by now, and that of a stored one to others;
   * but its index does not have the new place. It remembers it as that of the chunk last looked up,
   * and would write there next time, without a word to the index. It must forget it, if the chunk
   * was not stored. If it was, the index must have another place, and what is there must not be
   * taken for data: a few bytes are stored that are no blob. They are of another size, for which
   * HDF5 gives up the place it remembers, and the index gets that of the bytes.
   */
  private void afterFailedWrite(long[] scaled, long size, boolean wasStored, int filterMask) {
    try {
      long[] offset = grid().offset(scaled);
      long[] other = offsetOfAnotherChunk(scaled);
      if (wasStored || other == null) {
        long bytes = size == NO_BLOB.byteSize() ? size - 1 : NO_BLOB.byteSize();
        datasets.store().write(handle(), offset, NO_BLOB.asSlice(0, bytes), filterMask, other);
      } else {
        datasets.store().storedBytes(handle(), other);
      }
    } catch (Hdf5Exception e) {
      e.discardErrorStack(); // the first failure is the one that counts
    }
  }

  /**
   * The offset of a chunk to look up in place of another, see {@link DirectChunks#write}: one
   * beyond the extent where the dataset may grow, for HDF5's own cache cannot hold it, else a
   * neighbour. In a dataset of one chunk it is one that cannot be: its index does not ask where a
   * chunk is, or finds none.
   */
  private long[] offsetOfAnotherChunk(long[] scaled) {
    long[] other = scaled.clone();
    for (int d = 0; d < other.length; d++) {
      if (grid().chunks(d) < maximumChunks[d]) {
        other[d] = grid().chunks(d);
        return grid().offset(other);
      }
    }
    for (int d = 0; d < other.length; d++) {
      if (grid().chunks(d) > 1) {
        other[d] += other[d] > 0 ? -1 : 1;
        long[] offset = grid().offset(other);
        if (isCachedBelow) {
          evict(datasets.store(), other);
        }
        return offset;
      }
    }
    other[0] += 1;
    return grid().offset(other);
  }

  /** Takes a chunk, stored or not, out of HDF5's own chunk cache. */
  private void evict(DirectChunks store, long[] scaled) {
    try {
      store.evict(handle(), grid().offset(scaled), mostBytes, masks);
    } catch (CorruptBlobException e) {
      throw failure("read", scaled, e);
    }
  }

  private boolean mayHaveAnotherChunk() {
    for (long most : maximumChunks) {
      if (most > 1) {
        return true;
      }
    }
    return false;
  }

  // ---- before the native connector does something

  /** Prepares for a read by the native connector. */
  void beforeNativeRead() {
    isCachedBelow = true;
  }

  /**
   * Prepares for a write by the native connector.
   *
   * @param fileSpace identifier of the dataspace whose selection is to be written, or one of the
   *     constants in its place
   */
  void beforeNativeWrite(long fileSpace) {
    isCachedBelow = true;
    isDirtyBelow = true;
    if (userFilters() > 0) {
      Selection selected = selection(fileSpace);
      if (selected != null) {
        storeThroughFilters(selected);
      } else if (!writesNothing(fileSpace)) {
        storedChunks().forEach(this::storeThroughFilters);
      }
    }
  }

  /** The selection of a file dataspace; null if it is not known, or HDF5 will say what is wrong. */
  private Selection selection(long fileSpace) {
    try {
      return DataspaceSelection.ofFile(fileSpace, grid().extent());
    } catch (Hdf5Exception e) {
      e.discardErrorStack();
      return null;
    }
  }

  /**
   * Whether HDF5 will write no element of a selection that is not known: it must change no chunk.
   */
  private boolean writesNothing(long fileSpace) {
    try {
      return DataspaceSelection.isNoneOrBeyond(fileSpace, grid().extent());
    } catch (Hdf5Exception e) {
      e.discardErrorStack();
      return false;
    }
  }

  /**
   * Stores the chunks of a selection through all filters, where they are stored otherwise.
   *
   * <p>So does the native connector, and if the size comes out as before, HDF5 keeps the filter
   * mask from before. So no chunk that it may write can have another.
   */
  private void storeThroughFilters(Selection selected) {
    selected.forEachChunk(grid(), (scaled, inChunk) -> storeThroughFilters(scaled));
  }

  /** Stores a chunk through all filters, if it is stored and passed some of them. */
  private void storeThroughFilters(long[] scaled) {
    RawChunk stored = grid().contains(scaled) ? stored(scaled) : null;
    if (stored != null && stored.filterMask() != 0) {
      Chunk chunk = load(scaled, true);
      try {
        storeThroughFilters(scaled, allElements(chunk));
      } finally {
        chunk.giveBack();
      }
    }
  }

  private void storeThroughFilters(long[] scaled, MemorySegment elements) {
    RawChunk all =
        Pipeline.encode(handle(), chunkShape, dataset.fileType(), elements, datasets.filtered());
    store(scaled, all.bytes(), all.filterMask());
  }

  /**
   * Prepares for an extent that cuts something off. The native connector fills what it cuts off of
   * a chunk, which is a write.
   *
   * @param other the new extent
   */
  void beforeCut(long[] other) {
    long[] extent = grid().extent();
    if (userFilters() > 0) {
      for (int d = 0; d < extent.length; d++) {
        if (Long.compareUnsigned(other[d], extent[d]) < 0 && other[d] % chunkShape[d] > 0) {
          storeThroughFilters(cutSlab(extent, other, d));
        }
      }
    }
    anyIsStored = false;
    isCachedBelow = true;
    isDirtyBelow = true;
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
    if (isCachedBelow) {
      for (long[] scaled : storedChunks()) {
        evict(chunkStore(), scaled);
      }
      isCachedBelow = false;
    }
  }

  private SparseIOException failure(String verb, long[] scaled, RuntimeException cause) {
    String what = cause instanceof CorruptBlobException ? ": " + cause.getMessage() : "";
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
        "cannot %s the chunk at offset %s %s%s"
            .formatted(verb, Arrays.toString(grid().offset(scaled)), where, what),
        cause);
  }
}
