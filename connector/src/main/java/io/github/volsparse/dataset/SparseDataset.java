package io.github.volsparse.dataset;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.cache.CachedChunks;
import io.github.volsparse.format.ChunkSpec;
import io.github.volsparse.format.SparseFilter;
import io.github.volsparse.hdf5.Connectors;
import io.github.volsparse.hdf5.Dataspaces;
import io.github.volsparse.hdf5.Hdf5Exception;
import io.github.volsparse.hdf5.PropertyLists.Filter;
import io.github.volsparse.hdf5.UnderObject;
import io.github.volsparse.hdf5.generated.hdf5_h;
import io.github.volsparse.selection.ChunkGrid;
import io.github.volsparse.selection.Selection;
import io.github.volsparse.stored.FileType;
import io.github.volsparse.stored.PageBuffer;
import io.github.volsparse.stored.RewrittenChunks;
import io.github.volsparse.stored.StoredChunks;
import io.github.volsparse.stored.UnderDataset;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * One sparse dataset of an open file, for all of its handles: its properties, its extent, and the
 * preparations before anything else accesses it. Its chunks are {@link #chunks}.
 *
 * <p>The class is long because it prepares every kind of operation by others, and all of these need
 * the handles and the extent.
 */
public final class SparseDataset {
  private final SparseDatasets datasets;
  private final UnderDataset.Key key;
  private final SparseFilter filter;
  private final long[] chunkShape;
  private final FileType fileType;
  private final StoredChunks stored;
  private final RewrittenChunks rewritten;
  private final CachedChunks chunks;
  private final List<UnderObject> handles = new ArrayList<>();

  /** A handle the program has closed; kept open because what is dirty could not be written. */
  private UnderObject kept;

  private ChunkGrid grid;
  private boolean isWritable;

  /** How many MPI ranks have its file open together; 0 if it is not by MPI. */
  private final int ranks;

  /** The largest it may get, in elements; -1 where there is no limit. */
  private final long[] maximumExtent;

  /** Whether HDF5 fills chunks that an extent cuts through; see {@link CollectiveCut}. */
  private boolean isFilledBelow;

  SparseDataset(
      SparseDatasets datasets,
      UnderDataset.Key key,
      UnderObject handle,
      SparseFilter filter,
      FileType fileType,
      Filter[] userFilters,
      boolean fillsWhatIsNotStored,
      UnderDataset.Extents extents,
      long[] chunkShape,
      long cacheBytes,
      int threads,
      int ranks) {
    this.datasets = datasets;
    this.key = key;
    this.filter = filter;
    this.chunkShape = chunkShape;
    this.ranks = ranks;
    maximumExtent = extents.maximum();
    this.fileType = fileType;
    handles.add(handle);
    grid = new ChunkGrid(extents.current(), chunkShape);
    stored =
        new StoredChunks(
            datasets.chunkIO(
                this::handle, fileType, chunkShape, ranks, isCollective(ranks, userFilters.length)),
            datasets.buffers(),
            filter,
            userFilters,
            fillsWhatIsNotStored,
            this::grid,
            maximumExtent);
    rewritten = new RewrittenChunks(stored);
    chunks =
        new CachedChunks(
            datasets.memory(), stored, filter, cacheBytes, threads, () -> datasets.addDirty(this));
  }

  /**
   * Whether only HDF5's collective writes change it, and no written data are held in memory. This
   * is so if several ranks have the file open. It is also so for a single rank if the program has
   * filters of its own: in such a file nothing clears the filter mask that HDF5 remembers from
   * before a direct write.
   */
  public boolean isCollective() {
    return isCollective(ranks, stored.userFilters());
  }

  private static boolean isCollective(int ranks, int userFilters) {
    return ranks > 1 || ranks == 1 && userFilters > 0;
  }

  /** Whether the program has set filters of its own. */
  public boolean hasFilters() {
    return stored.userFilters() > 0;
  }

  /** How many MPI ranks have its file open together; 0 if it is not by MPI. */
  public int ranks() {
    return ranks;
  }

  /** What tells it from all others. */
  public UnderDataset.Key key() {
    return key;
  }

  /** The parameters of its filter. */
  public SparseFilter filter() {
    return filter;
  }

  /** What a chunk of it is. */
  public ChunkSpec spec() {
    return stored.spec();
  }

  /** Its chunks by the extent as it is. */
  public ChunkGrid grid() {
    return grid;
  }

  /** Its chunks, in the cache or in the file. */
  public CachedChunks chunks() {
    return chunks;
  }

  /** Its chunks in the file; what is dirty is not there yet. */
  public StoredChunks stored() {
    return stored;
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
   * Releases a handle that the program closes. With the last one, everything is written and
   * released.
   *
   * <p>If that fails, the handle stays open below, and dirty chunks are written when the file is
   * flushed or closed, which may fail. The close of a dataset must not fail: HDF5 (1.14 to 2.2)
   * would free the object behind the identifier but keep the identifier, and crash when it uses it.
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
    if (handles.isEmpty() && !chunks.isAnyDirty()) {
      letGo();
    }
    return handle != kept;
  }

  /** Lets go of everything; the program has no handle any more. */
  private void letGo() {
    drop();
    chunks.close();
    datasets.forget(this);
    if (kept != null) {
      Connectors.H5VLdataset_close(kept);
      kept = null;
    }
  }

  /**
   * Asks the connector below whether the dataset may be written, before anything is kept in memory
   * for it: an empty write fails if the file is open for reading only. (The access of the file that
   * the program opened does not tell. An external link may lead to a file that was opened
   * differently.)
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
            ("%s cannot be written while the file is open with a page"
                    + " buffer: HDF5 would lose data, of this dataset or of others, when chunks"
                    + " change their size. Open the file without H5Pset_page_buffer_size")
                .formatted(UnderDataset.title(handle())));
      }
    }
  }

  /**
   * Refuses an operation that HDF5 cannot do while ranks write collectively.
   *
   * @param what the operation, as a participle
   * @param instead what to do in its place
   */
  public void requireOneRank(String what, String instead) {
    if (isCollective()) {
      throw new IllegalArgumentException(
          ("%s cannot be %s while the file is open by MPI: its chunks change their size,"
                  + " so all ranks must take part. %s collectively, or do this in a process that"
                  + " has the file open without MPI")
              .formatted(UnderDataset.title(handle()), what, instead));
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

  /** Writes all dirty chunks, in the order of their offsets; they stay in the cache. */
  public void writeDirty() {
    chunks.writeDirty();
    datasets.removeDirty(this);
    if (handles.isEmpty() && kept != null) {
      letGo();
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
    chunks.drop();
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
    stored.beforeNativeRead();
  }

  /**
   * Prepares for a write by the native connector.
   *
   * @param fileSpace identifier of the dataspace whose selection is to be written, or one of the
   *     constants in its place
   */
  public void beforeNativeWrite(long fileSpace) {
    writeAndDrop();
    if (isCollective()) {
      stored.emptyNativeCache(); // past which ranks write together
      return;
    }
    // Without filters of the program's nothing depends on the selection.
    Selection selected = stored.userFilters() > 0 ? selection(fileSpace) : null;
    if (selected != null) {
      rewritten.beforeWriteOf(selected);
    } else if (stored.userFilters() == 0 || !writesNothing(fileSpace)) {
      rewritten.beforeWriteOfAny();
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

  /**
   * Whether HDF5 will write no element of a selection that is not known: it must change no chunk.
   */
  private boolean writesNothing(long fileSpace) {
    try {
      return DataspaceSelection.isNoneOrBeyond(fileSpace, grid.extent());
    } catch (Hdf5Exception e) {
      e.discardErrorStack();
      return false;
    }
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
      if (isCollective()) {
        stored.emptyNativeCache();
        isFilledBelow = CollectiveCut.prepare(this, maximumExtent, other);
      } else {
        rewritten.beforeCut(other);
      }
    }
  }

  /**
   * Whether the dataset must be closed and opened again in the connector below after a change of
   * its extent; true only once. See {@link CollectiveCut}.
   */
  public boolean isToBeReopened() {
    boolean isFilled = isFilledBelow;
    isFilledBelow = false;
    return isFilled;
  }

  /** Takes another handle in the place of one that is closed. */
  public void replaceHandle(UnderObject closed, UnderObject opened) {
    handles.set(handles.indexOf(closed), opened);
  }

  /**
   * The native connector has read a dataset that {@linkplain #isCollective ranks write together}.
   *
   * @param fileSpace as for {@link #beforeNativeWrite}
   */
  public void afterNativeRead(long fileSpace) {
    stored.afterCollectiveRead(selection(fileSpace));
  }

  /** Prepares for a copy by the native connector. */
  void beforeCopy() {
    writeDirty();
    stored.emptyNativeCache();
  }

  /**
   * Stores a chunk in which nothing is defined, so that a dataset whose storage the program wants
   * allocated early has some.
   */
  public void allocateEarly() {
    if (!isCollective()) {
      stored.allocateEarly();
    }
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
}
