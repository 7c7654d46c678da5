package io.github.volsparse.stored;

import io.github.volsparse.hdf5.Connectors;
import io.github.volsparse.hdf5.Dataspaces;
import io.github.volsparse.hdf5.UnderObject;
import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Supplier;

/** The chunks of one dataset in the connector below. */
public final class NativeChunkIO implements ChunkIO {
  private final Supplier<UnderObject> handle;
  private final FileType type;
  private final long[] chunkShape;
  private final DirectChunks direct;
  private final ChunkIndex index;
  private final ChunkBuffers buffers;
  private final int ranks;
  private final boolean isCollective;

  /**
   * The chunks of a dataset.
   *
   * @param handle gives a handle of it that is open
   * @param type its datatype
   * @param direct the library's direct chunk I/O
   * @param index lists the chunks of a dataset
   * @param buffers those of the library
   * @param ranks how many MPI ranks have the file open together; 0 if it is not by MPI
   * @param isCollective whether they write the dataset together, and none of them alone
   */
  public NativeChunkIO(
      Supplier<UnderObject> handle,
      FileType type,
      long[] chunkShape,
      DirectChunks direct,
      ChunkIndex index,
      ChunkBuffers buffers,
      int ranks,
      boolean isCollective) {
    this.handle = handle;
    this.type = type;
    this.chunkShape = chunkShape;
    this.direct = direct;
    this.index = index;
    this.buffers = buffers;
    this.ranks = ranks;
    this.isCollective = isCollective;
  }

  @Override
  public long storedBytes(long[] offset) {
    return direct.storedBytes(handle.get(), offset);
  }

  @Override
  public RawChunk read(long[] offset, long most, FilterMasks masks) {
    return direct.read(handle.get(), offset, most, masks);
  }

  @Override
  public void write(long[] offset, MemorySegment bytes, int filterMask) {
    direct.write(handle.get(), offset, bytes, filterMask);
  }

  @Override
  public void evict(long[] offset, long most, FilterMasks masks) {
    direct.evict(handle.get(), offset, most, masks);
  }

  @Override
  public boolean isCollective() {
    return isCollective;
  }

  @Override
  public void flush() {
    if (ranks == 0) {
      Connectors.flush(handle.get());
    } else {
      Connectors.flushFileOf(handle.get()); // HDF5 flushes no single dataset there
    }
  }

  @Override
  public List<ChunkInfo> list() {
    return index.list(handle.get(), chunkShape.length);
  }

  @Override
  public long storageSize() {
    return UnderDataset.storageSize(handle.get());
  }

  @Override
  public boolean keepsMasksWithoutFilters() {
    return UnderDataset.chunkIndexType(handle.get()) == hdf5_h.H5D_CHUNK_IDX_BTREE;
  }

  @Override
  public void readThroughFilters(long[] offset, MemorySegment elements) {
    long fileSpace = 0;
    long memorySpace = 0;
    try (FileType.Open open = type.open()) {
      fileSpace = UnderDataset.dataspace(handle.get());
      Dataspaces.selectBlock(fileSpace, offset, chunkShape);
      memorySpace = Dataspaces.H5Screate_simple(chunkShape);
      Connectors.H5VLdataset_read(
          handle.get(), open.id(), memorySpace, fileSpace, elements.address());
    } finally {
      if (memorySpace > 0) {
        Dataspaces.H5Sclose(memorySpace);
      }
      if (fileSpace > 0) {
        Dataspaces.H5Sclose(fileSpace);
      }
    }
  }

  @Override
  public RawChunk encode(MemorySegment elements) {
    return Pipeline.encode(handle.get(), chunkShape, type, elements, buffers.filtered());
  }

  @Override
  public RawChunk encodeForProgram(MemorySegment elements) {
    return Pipeline.encodeForProgram(handle.get(), chunkShape, type, elements, buffers.filtered());
  }

  @Override
  public void decode(MemorySegment bytes, int filterMask, MemorySegment elements) {
    Pipeline.decode(handle.get(), chunkShape, type, bytes, filterMask, elements);
  }

  @Override
  public String name() {
    return UnderDataset.title(handle.get());
  }
}
