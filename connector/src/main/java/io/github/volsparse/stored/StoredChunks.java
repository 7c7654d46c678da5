package io.github.volsparse.stored;

import io.github.volsparse.format.Binding;
import io.github.volsparse.format.Chunk;
import io.github.volsparse.format.ChunkSpec;
import io.github.volsparse.format.ChunkSpec.Keep;
import io.github.volsparse.format.CorruptBlobException;
import io.github.volsparse.format.Defined;
import io.github.volsparse.format.SparseBlob;
import io.github.volsparse.format.SparseFilter;
import io.github.volsparse.hdf5.Hdf5Exception;
import io.github.volsparse.hdf5.PropertyLists.Filter;
import io.github.volsparse.hdf5.generated.hdf5_h;
import io.github.volsparse.selection.ChunkGrid;
import io.github.volsparse.selection.Selection;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The chunks of one sparse dataset in its file: which filters they went through, how they are
 * decoded, and in which form they are stored.
 *
 * <p>Scaled coordinates identify a chunk. A failure is a {@link SparseIOException}, which names the
 * chunk, or an {@link Hdf5Exception} where no chunk is concerned.
 *
 * <p>The class is long because it is the only access to a dataset's chunks in the file. The
 * implementation is in other classes.
 */
public final class StoredChunks {
  /** How often a blob is read that is not in order, and what the pauses grow by. */
  private static final int READ_ATTEMPTS = 20;

  private static final long READ_PAUSE_NANOS = 100_000;

  /** How the reading of a whole chunk ended. */
  public enum Reading {
    /** It was done. */
    DONE,
    /** The chunk is not stored. */
    NOT_STORED,
    /** The chunk takes more than one step. */
    NOT_AT_ONCE
  }

  private final ChunkIO io;
  private final ChunkBuffers buffers;
  private final SparseFilter filter;
  private final ChunkSpec spec;
  private final Binding binding;
  private final Supplier<ChunkGrid> grid;
  private final long[] maximumChunks;
  private final Chunk nothing;
  private final ProgramFilters programFilters;
  private final FilterMasks masks;
  private final NativeChunkCache below;
  private final ChunkDecoder decoder;
  private final DirectWrites writes;

  /** Whether elements of a chunk that is not stored read as the fill value. */
  private final boolean fillsWhatIsNotStored;

  /** Whether a chunk is known to be stored. */
  private boolean anyIsStored;

  /**
   * The chunks of a dataset that is open.
   *
   * @param buffers those of the library
   * @param filter the parameters of the dataset's sparse filter
   * @param userFilters the program's own filters
   * @param fillsWhatIsNotStored whether elements of a chunk that is not stored read as the fill
   *     value
   * @param grid gives the dataset's grid of chunks, of the extent that it has by then
   * @param maximumExtent the largest the dataset may get, in elements; -1 where there is no limit
   */
  public StoredChunks(
      ChunkIO io,
      ChunkBuffers buffers,
      SparseFilter filter,
      Filter[] userFilters,
      boolean fillsWhatIsNotStored,
      Supplier<ChunkGrid> grid,
      long[] maximumExtent) {
    this.io = io;
    this.buffers = buffers;
    this.filter = filter;
    this.grid = grid;
    programFilters = new ProgramFilters(userFilters);
    this.fillsWhatIsNotStored = fillsWhatIsNotStored;
    spec =
        new ChunkSpec(
            grid.get().chunkElements(), filter.elementSize(), filter.fillValue(), filter.keep());
    binding = filter.binding();
    nothing = Chunk.empty(spec);
    masks = new FilterMasks(programFilters.count());
    maximumChunks = maximumExtent.clone();
    for (int d = 0; d < maximumChunks.length; d++) {
      maximumChunks[d] =
          maximumChunks[d] < 0
              ? Long.MAX_VALUE
              : Math.ceilDiv(maximumChunks[d], grid.get().chunkShape()[d]);
    }
    below = new NativeChunkCache(io, SparseBlob.maximumBytes(spec), masks);
    decoder = new ChunkDecoder(io, below, grid, spec, binding, masks, programFilters.count());
    writes =
        new DirectWrites(
            io, below, grid, maximumChunks, programFilters.count() > 0, this::blobOfNothing);
  }

  /** What a chunk of the dataset is. */
  public ChunkSpec spec() {
    return spec;
  }

  /** The dataset's chunks by its extent as it is. */
  public ChunkGrid grid() {
    return grid.get();
  }

  /** Where the blob of a chunk belongs. */
  public Binding binding(long[] scaled) {
    return binding.toChunk(scaled);
  }

  private long[] offset(long[] scaled) {
    return grid.get().offset(scaled);
  }

  /** What a chunk that is not stored holds; null if that is not defined. */
  public Chunk notStored() {
    return fillsWhatIsNotStored ? nothing : null;
  }

  /** A chunk in which nothing is defined. */
  public Chunk nothing() {
    return nothing;
  }

  private MemorySegment blobOfNothing(long[] scaled) {
    SparseBlob.encode(nothing, binding(scaled), filter.codec(), buffers.blobOfEmpty());
    return buffers.blobOfEmpty().blob();
  }

  /** The number of the program's own filters. */
  public int userFilters() {
    return programFilters.count();
  }

  /** What the filter masks of its chunks say. */
  public FilterMasks masks() {
    return masks;
  }

  /** See {@link ChunkIO#keepsMasksWithoutFilters}. */
  public boolean keepsMasksWithoutFilters() {
    return io.keepsMasksWithoutFilters();
  }

  /** Whether a chunk reaches beyond the extent. */
  public boolean isEdge(long[] scaled) {
    return grid.get().validElements(scaled) < spec.elements();
  }

  /** All elements of a chunk, in memory that holds them until the next call. */
  public MemorySegment allElements(Chunk chunk) {
    MemorySegment elements = buffers.elements().reserve(spec.denseBytes());
    chunk.readAll(elements);
    return elements;
  }

  /** What HDF5's own chunk cache may hold of these chunks. */
  NativeChunkCache below() {
    return below;
  }

  /** Whether a chunk is stored. */
  public boolean isStored(long[] scaled) {
    return below.storedBytes(offset(scaled)) > 0;
  }

  /**
   * A chunk as it is stored; null if it is not.
   *
   * @throws SparseIOException if what the index says of it cannot be true
   */
  public RawChunk raw(long[] scaled) {
    return below.read(offset(scaled));
  }

  /** The chunks that are stored, as HDF5 lists them; see {@link #places}. */
  public List<ChunkInfo> list() {
    return io.list();
  }

  /** Where the stored chunks are, as scaled coordinates, in no particular order. */
  public List<long[]> places() {
    List<long[]> named = new ArrayList<>();
    for (ChunkInfo chunk : list()) {
      named.add(grid.get().scaled(chunk.offset()));
    }
    return UnlimitedDimension.mend(
        named, maximumChunks, scaled -> grid.get().contains(scaled) && isStored(scaled));
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
        RawChunk stored = raw(scaled);
        try {
          return stored == null ? null : decoder.apply(withoutProgramFilters(stored));
        } catch (CorruptBlobException e) {
          if (attempt == READ_ATTEMPTS) {
            throw e;
          }
          LockSupport.parkNanos(attempt * READ_PAUSE_NANOS);
        }
      }
    } catch (CorruptBlobException | Hdf5Exception e) {
      throw SparseIOException.ofChunk("read", offset(scaled), io, e);
    }
  }

  /** A chunk as it was before the program's filters; as it is if HDF5 has to undo them. */
  private RawChunk withoutProgramFilters(RawChunk raw) {
    if (masks.isBlob(raw.filterMask()) || masks.isAsGiven(raw.filterMask())) {
      return raw;
    }
    MemorySegment bytes =
        programFilters.undo(
            raw, SparseBlob.maximumBytes(spec), buffers.undone(), buffers.undoneOther());
    return bytes != null && SparseBlob.isBlob(bytes) ? new RawChunk(bytes, masks.own()) : raw;
  }

  /**
   * Decodes a stored chunk, which the caller gives back; null if it is not stored.
   *
   * @param independent whether it is still needed after the next read from the file
   */
  public Chunk load(long[] scaled, boolean independent) {
    return read(scaled, raw -> decoder.decode(scaled, raw, independent));
  }

  /**
   * The defined elements of a stored chunk, without values; null if it is not stored.
   *
   * @param others gives those of a chunk that had to be decoded as a whole, and becomes its owner
   */
  public Defined positions(long[] scaled, Function<Chunk, Defined> others) {
    return read(scaled, raw -> decoder.positions(scaled, raw, others));
  }

  /**
   * Reads a whole chunk straight into the program's memory.
   *
   * @param target all elements of the chunk
   */
  public Reading readWhole(long[] scaled, MemorySegment target) {
    Boolean done = read(scaled, raw -> decoder.decodeInto(scaled, raw, target));
    if (done == null) {
      return Reading.NOT_STORED;
    }
    return done ? Reading.DONE : Reading.NOT_AT_ONCE;
  }

  /**
   * The blob of a stored chunk, in memory that holds it until the next read; null if the chunk is
   * not stored, or is more than a blob, or not to be had without an error, which {@link #readWhole}
   * says.
   */
  public MemorySegment blob(long[] scaled) {
    try {
      RawChunk raw = raw(scaled);
      RawChunk blob = raw == null ? null : withoutProgramFilters(raw);
      return blob != null && decoder.isPlainBlob(blob) ? blob.bytes() : null;
    } catch (CorruptBlobException e) {
      return null;
    } catch (Hdf5Exception e) {
      e.discardErrorStack();
      return null;
    }
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
  public void store(
      long[] scaled, MemorySegment blob, Supplier<MemorySegment> elements, boolean isNew) {
    try {
      if (!SparseBlob.isEmpty(blob) || !needsNotBeStored(scaled)) {
        storeEncoded(scaled, blob, elements, isNew);
      }
    } catch (Hdf5Exception e) {
      throw SparseIOException.ofChunk("write", offset(scaled), io, e);
    }
  }

  private void storeEncoded(
      long[] scaled, MemorySegment blob, Supplier<MemorySegment> elements, boolean isNew) {
    boolean keepsWritten = filter.keep() == Keep.WRITTEN; // which only the blob of the chunk tells
    if (programFilters.count() > 0
        && (!writes.mayHaveAnotherChunk() || !keepsWritten && filter.leavesToOthers(blob, spec))) {
      storeThroughFilters(scaled, elements.get());
    } else {
      write(scaled, blob, masks.own(), isNew);
    }
  }

  /** Stores a chunk through all filters of the dataset. */
  void storeThroughFilters(long[] scaled, MemorySegment elements) {
    RawChunk all = io.encode(elements);
    storeRaw(scaled, all.bytes(), all.filterMask());
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
  public void storeFromProgram(
      long[] scaled, MemorySegment blob, MemorySegment elements, int programMask) {
    boolean isGiven = programFilters.count() > 0 && masks.skipsAll(programMask);
    try {
      if (isGiven && (blob.byteSize() >= elements.byteSize() || !masks.canTell(programMask))) {
        storeRaw(scaled, elements, masks.asGiven(programMask));
      } else if (isGiven
          || programFilters.count() == 0 && programMask != 0 && masks.canTell(programMask)) {
        storeRaw(scaled, blob, masks.ofBlob(programMask));
      } else {
        storeEncoded(scaled, blob, () -> elements, false);
      }
    } catch (Hdf5Exception e) {
      throw SparseIOException.ofChunk("write", offset(scaled), io, e);
    }
  }

  /**
   * Whether a chunk in which nothing is defined may be left out of the file.
   *
   * <p>Not if it replaces a stored one, and not if it is the first one the program writes: programs
   * tell by its storage whether a dataset was ever written.
   */
  private boolean needsNotBeStored(long[] scaled) {
    anyIsStored = anyIsStored || io.storageSize() > 0;
    return fillsWhatIsNotStored && anyIsStored && !isStored(scaled);
  }

  /**
   * Stores a chunk in which nothing is defined, so that a dataset whose storage the program wants
   * allocated early has some.
   */
  public void allocateEarly() {
    if (filter.allocationTime() == hdf5_h.H5D_ALLOC_TIME_EARLY && grid.get().elements() > 0) {
      long[] first = new long[grid.get().rank()];
      storeEncoded(first, blobOfNothing(first), () -> allElements(nothing), false);
    }
  }

  /**
   * Stores the bytes of a chunk unchanged.
   *
   * @param bytes native memory
   * @param filterMask the filters of the stored pipeline that are skipped when it is read
   */
  public void storeRaw(long[] scaled, MemorySegment bytes, int filterMask) {
    write(scaled, bytes, filterMask, false);
  }

  private void write(long[] scaled, MemorySegment bytes, int filterMask, boolean isNew) {
    anyIsStored = true;
    writes.write(scaled, bytes, filterMask, isNew);
  }

  /** Puts elements through the program's own filters; see {@link ChunkIO#encodeForProgram}. */
  public RawChunk encodeForProgram(MemorySegment elements) {
    return io.encodeForProgram(elements);
  }

  // ---- before the native connector does something

  /** Prepares for a read by the native connector. */
  public void beforeNativeRead() {
    below.noteRead();
  }

  /** Notes that the extent is about to cut something off, and chunks with it. */
  void noteCut() {
    anyIsStored = false;
  }

  /**
   * Called after the native connector has read chunks that ranks write collectively. Its cached
   * chunks would be old after the next such write.
   *
   * @param selected what was read; null if that is not known
   */
  public void afterCollectiveRead(Selection selected) {
    if (selected == null) {
      below.noteRead();
    } else {
      selected.forEachChunk(grid.get(), (scaled, inChunk) -> below.evict(offset(scaled)));
    }
  }

  /** Takes all stored chunks out of HDF5's own chunk cache; see {@link NativeChunkCache}. */
  public void emptyNativeCache() {
    if (below.mayHoldStored()) {
      for (long[] scaled : places()) {
        below.evict(offset(scaled));
      }
      below.noteStoredAreOut();
    }
  }
}
