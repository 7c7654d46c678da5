package io.github.volsparse.dataset;

import io.github.volsparse.cache.ChunkMemory;
import io.github.volsparse.config.Configuration;
import io.github.volsparse.format.SparseFilter;
import io.github.volsparse.hdf5.Dataspaces;
import io.github.volsparse.hdf5.Datatypes;
import io.github.volsparse.hdf5.Hdf5Exception;
import io.github.volsparse.hdf5.PropertyLists;
import io.github.volsparse.hdf5.PropertyLists.Filter;
import io.github.volsparse.hdf5.UnderObject;
import io.github.volsparse.hdf5.generated.hdf5_h;
import io.github.volsparse.stored.ChunkBuffers;
import io.github.volsparse.stored.ChunkIO;
import io.github.volsparse.stored.ChunkIndex;
import io.github.volsparse.stored.DirectChunks;
import io.github.volsparse.stored.FileType;
import io.github.volsparse.stored.NativeChunkIO;
import io.github.volsparse.stored.UnderDataset;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/**
 * The sparse datasets that are open in one libhdf5, and what they share: the cache, the access to
 * stored chunks, and a buffer for blobs.
 */
public final class SparseDatasets {
  private final Map<UnderDataset.Key, SparseDataset> open = new HashMap<>();
  private final Set<SparseDataset> dirty = new LinkedHashSet<>();
  private final ChunkBuffers buffers = new ChunkBuffers();
  private final DirectChunks direct = new DirectChunks(Arena.ofAuto(), buffers.read());
  private final ChunkMemory memory = new ChunkMemory(buffers, direct::transfers);
  private final ChunkIndex index;
  private final IntConsumer dirtyCount;

  /**
   * The sparse datasets of a library of which none is open yet.
   *
   * @param index lists the chunks of a dataset
   * @param dirtyCount is told how many datasets have dirty chunks, when that changes
   */
  public SparseDatasets(ChunkIndex index, IntConsumer dirtyCount) {
    this.index = index;
    this.dirtyCount = dirtyCount;
  }

  /**
   * What a dataset turned out to be.
   *
   * @param sparse null if it is not a sparse one
   * @param damaged the damage, if it has the sparse filter and is not in order; otherwise null
   * @param isVirtual whether its data are those of other datasets
   */
  public record Opened(SparseDataset sparse, DamagedDataset damaged, boolean isVirtual) {
    static final Opened NATIVE = new Opened(null, null, false);
    static final Opened VIRTUAL = new Opened(null, null, true);
  }

  /**
   * Looks at a dataset that the parent of this process by {@code fork()} had open.
   *
   * @param isComplete whether all data of the parent's datasets are in their files
   */
  public Opened inherit(UnderObject handle, Configuration configuration, boolean isComplete) {
    Opened opened = open(handle, configuration, 0);
    if (isComplete || opened.sparse() == null) {
      return opened;
    }
    release(opened.sparse(), handle);
    return new Opened(null, DamagedDataset.inParent(), false);
  }

  /**
   * Looks at a dataset that was just opened or created.
   *
   * @param handle the dataset in the connector below; if it is a sparse one it stays open until
   *     {@link #release}
   * @param ranks how many MPI ranks have its file open together; 0 if it is not by MPI
   */
  public Opened open(UnderObject handle, Configuration configuration, int ranks) {
    long dcpl = UnderDataset.creationList(handle);
    try {
      int layout = PropertyLists.H5Pget_layout(dcpl);
      if (layout == hdf5_h.H5D_CHUNKED) {
        return openChunked(handle, dcpl, configuration, ranks);
      }
      return layout == hdf5_h.H5D_VIRTUAL ? Opened.VIRTUAL : Opened.NATIVE;
    } finally {
      PropertyLists.H5Pclose(dcpl);
    }
  }

  private Opened openChunked(
      UnderObject handle, long dcpl, Configuration configuration, int ranks) {
    Filter[] filters = PropertyLists.filters(dcpl);
    if (!UnderDataset.isSparse(filters)) {
      return Opened.NATIVE;
    }
    UnderDataset.Key key = UnderDataset.key(handle);
    SparseDataset dataset = open.get(key);
    if (dataset != null) {
      dataset.addHandle(handle);
      return new Opened(dataset, null, false);
    }
    SparseFilter filter;
    try {
      filter = UnderDataset.sparseFilter(filters);
    } catch (UnsupportedOperationException e) {
      return damaged(e.getMessage());
    }
    long[] chunkShape = PropertyLists.H5Pget_chunk(dcpl);
    long type = UnderDataset.datatype(handle);
    try {
      UnderDataset.Extents extents;
      long space = UnderDataset.dataspace(handle);
      try {
        String damage = CreationProperties.damage(dcpl, type, space, chunkShape, filter);
        if (damage != null) {
          return damaged(damage);
        }
        extents = UnderDataset.extents(space);
      } finally {
        Dataspaces.H5Sclose(space);
      }
      dataset =
          new SparseDataset(
              this,
              key,
              handle,
              filter,
              FileType.of(type),
              Arrays.copyOfRange(filters, 1, filters.length), // the first is ours
              CreationProperties.fillsWhatIsNotStored(dcpl),
              extents,
              chunkShape,
              configuration.cacheBytes(),
              configuration.threads(),
              ranks);
    } finally {
      Datatypes.H5Tclose(type);
    }
    open.put(key, dataset);
    return new Opened(dataset, null, false);
  }

  private static Opened damaged(String reason) {
    return new Opened(null, DamagedDataset.inFile(reason), false);
  }

  /**
   * Releases a handle before it is closed. With the last one, dirty chunks are written.
   *
   * @return whether it must be closed; see {@link SparseDataset#releaseHandle}
   */
  public boolean release(SparseDataset dataset, UnderObject handle) {
    return dataset.releaseHandle(handle);
  }

  /** Writes all dirty chunks of all datasets, because others are about to look at the files. */
  public void writeDirty() {
    if (!dirty.isEmpty()) {
      for (SparseDataset dataset : List.copyOf(dirty)) {
        dataset.writeDirty();
      }
    }
  }

  /** Writes all dirty chunks that can be written; what cannot be is left to the next attempt. */
  public void writeWhatIsPossible() {
    for (SparseDataset dataset : List.copyOf(dirty)) {
      try {
        dataset.writeDirty();
      } catch (RuntimeException | OutOfMemoryError e) {
        Hdf5Exception.discardErrorStacks(e);
      }
    }
  }

  /**
   * Writes all dirty chunks of a file, because it is about to be closed; see {@link
   * SparseDataset#writeOrGiveUp}.
   *
   * @throws RuntimeException the first failure, after all datasets have had their turn
   */
  public void writeOrGiveUp(UnderObject file) {
    if (dirty.isEmpty()) {
      return;
    }
    long number = UnderDataset.fileNumber(file);
    RuntimeException failed = null;
    for (SparseDataset dataset : List.copyOf(dirty)) {
      if (dataset.key().file() == number) {
        try {
          dataset.writeOrGiveUp();
        } catch (RuntimeException e) {
          failed = failed == null ? e : failed;
        }
      }
    }
    if (failed != null) {
      throw failed;
    }
  }

  /** Prepares all datasets for a read by the native connector, whichever it may concern. */
  public void beforeNativeRead() {
    for (SparseDataset dataset : List.copyOf(open.values())) {
      dataset.beforeNativeRead();
    }
  }

  /** Prepares all datasets for a copy by the native connector, of whichever objects. */
  public void beforeCopy() {
    for (SparseDataset dataset : List.copyOf(open.values())) {
      dataset.beforeCopy();
    }
  }

  /** Prepares all datasets for a write by the native connector, whichever it may concern. */
  public void beforeNativeWrite() {
    for (SparseDataset dataset : List.copyOf(open.values())) {
      dataset.beforeNativeWrite(hdf5_h.H5S_PLIST);
    }
  }

  /** How many stored chunks have been read or written so far. */
  public long movedChunks() {
    return direct.transfers();
  }

  /** Ends what works for them; the library closes. */
  public void close() {
    memory.close();
  }

  void forget(SparseDataset dataset) {
    open.remove(dataset.key());
    if (open.isEmpty()) {
      memory.shrink();
    }
  }

  void addDirty(SparseDataset dataset) {
    if (dirty.add(dataset)) {
      dirtyCount.accept(dirty.size());
    }
  }

  void removeDirty(SparseDataset dataset) {
    if (dirty.remove(dataset)) {
      dirtyCount.accept(dirty.size());
    }
  }

  /** The way to the chunks of a dataset; see {@link NativeChunkIO}. */
  ChunkIO chunkIO(
      Supplier<UnderObject> handle,
      FileType type,
      long[] chunkShape,
      int ranks,
      boolean isCollective) {
    return new NativeChunkIO(handle, type, chunkShape, direct, index, buffers, ranks, isCollective);
  }

  /** Buffers for chunks on their way to and from files. */
  ChunkBuffers buffers() {
    return buffers;
  }

  /** What the datasets share to have chunks in memory. */
  ChunkMemory memory() {
    return memory;
  }
}
