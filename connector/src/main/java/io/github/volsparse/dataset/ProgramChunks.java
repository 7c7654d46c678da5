package io.github.volsparse.dataset;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.dataset.SparseDataset.ProgramChunk;
import io.github.volsparse.dataset.StoredChunks.StoredChunk;
import io.github.volsparse.hdf5.ChunkArguments;
import io.github.volsparse.hdf5.Hdf5;
import io.github.volsparse.hdf5.generated.H5VL_native_dataset_get_chunk_info_by_coord_t;
import io.github.volsparse.hdf5.generated.H5VL_native_dataset_get_chunk_info_by_idx_t;
import io.github.volsparse.hdf5.generated.H5VL_native_dataset_get_chunk_storage_size_t;
import java.lang.foreign.MemorySegment;

/**
 * Direct chunk I/O and chunk queries of a sparse dataset, as the program sees them: with the
 * filters it set and chunks as these make them.
 *
 * <p>Every method takes the arguments of the native connector's optional operation of its name. One
 * that returns false leaves the operation to the connector below: the chunk is not stored, or the
 * arguments are wrong, and HDF5 has its own words for both.
 */
public final class ProgramChunks {
  private final SparseDataset dataset;

  /** The chunks of a dataset. */
  public ProgramChunks(SparseDataset dataset) {
    this.dataset = dataset;
  }

  private long[] offset(MemorySegment pointer) {
    int rank = dataset.grid().rank();
    return pointer.address() == 0
        ? null
        : pointer.reinterpret(JAVA_LONG.byteSize() * rank).toArray(JAVA_LONG);
  }

  private long[] chunkAt(MemorySegment pointer) {
    long[] offset = offset(pointer);
    return offset == null ? null : dataset.chunkAt(offset);
  }

  /** The chunk that holds an element: queries do not ask for the chunk's first one. */
  private long[] chunkAround(MemorySegment pointer) {
    long[] coordinates = offset(pointer);
    if (coordinates == null) {
      return null;
    }
    long[] scaled = dataset.grid().scaled(coordinates);
    return dataset.grid().contains(scaled) ? scaled : null;
  }

  /**
   * {@code H5Dwrite_chunk}. HDF5 itself would not look whether the file may be written, and would
   * break its index of the chunks.
   */
  public boolean write(long address) {
    dataset.requireWritable();
    MemorySegment arguments = segment(address, ChunkArguments.BYTES);
    long[] scaled = chunkAt(ChunkArguments.offset(arguments));
    long size = ChunkArguments.sizeOfWrite(arguments);
    long buffer = ChunkArguments.bufferOfWrite(arguments);
    if (scaled == null || size == 0 || buffer == 0) {
      return false;
    }
    dataset.storeProgramChunk(scaled, segment(buffer, size), ChunkArguments.filterMask(arguments));
    return true;
  }

  /** {@code H5Dread_chunk}. */
  public boolean read(long address) {
    MemorySegment arguments = segment(address, ChunkArguments.BYTES);
    long[] scaled = chunkAt(ChunkArguments.offset(arguments));
    ProgramChunk chunk = scaled == null ? null : dataset.programChunk(scaled);
    if (chunk == null) {
      return false;
    }
    long bytes = chunk.bytes().byteSize();
    long buffer = ChunkArguments.bufferOfRead(arguments);
    MemorySegment room = ChunkArguments.bufferSizeOfRead(arguments);
    boolean fits = room == null || room.get(JAVA_LONG, 0) >= bytes;
    if (room != null) {
      room.set(JAVA_LONG, 0, bytes);
    }
    if (buffer != 0) {
      if (!fits) {
        throw new IllegalArgumentException(
            "the buffer is too small for the chunk's %d bytes".formatted(bytes));
      }
      segment(buffer, bytes).copyFrom(chunk.bytes());
    }
    ChunkArguments.setFilterMask(arguments, chunk.filterMask());
    return true;
  }

  /** {@code H5Dget_chunk_storage_size}. */
  public boolean storageSize(long address) {
    MemorySegment arguments =
        segment(address, H5VL_native_dataset_get_chunk_storage_size_t.sizeof());
    long[] scaled = chunkAround(H5VL_native_dataset_get_chunk_storage_size_t.offset(arguments));
    ProgramChunk chunk = scaled == null ? null : dataset.programChunk(scaled);
    if (chunk == null) {
      return false;
    }
    setIfGiven(
        H5VL_native_dataset_get_chunk_storage_size_t.size(arguments), chunk.bytes().byteSize());
    return true;
  }

  /** {@code H5Dget_chunk_info_by_coord}, after the connector below has answered. */
  public void translateInfoByCoordinates(long address) {
    MemorySegment arguments =
        segment(address, H5VL_native_dataset_get_chunk_info_by_coord_t.sizeof());
    translate(
        chunkAround(H5VL_native_dataset_get_chunk_info_by_coord_t.offset(arguments)),
        H5VL_native_dataset_get_chunk_info_by_coord_t.filter_mask(arguments),
        H5VL_native_dataset_get_chunk_info_by_coord_t.size(arguments));
  }

  /** {@code H5Dget_chunk_info}, after the connector below has answered. */
  public void translateInfoByIndex(long address) {
    MemorySegment arguments =
        segment(address, H5VL_native_dataset_get_chunk_info_by_idx_t.sizeof());
    translate(
        chunkAround(H5VL_native_dataset_get_chunk_info_by_idx_t.offset(arguments)),
        H5VL_native_dataset_get_chunk_info_by_idx_t.filter_mask(arguments),
        H5VL_native_dataset_get_chunk_info_by_idx_t.size(arguments));
  }

  /** Replaces the mask and size of a stored chunk by those the program knows. */
  private void translate(long[] scaled, MemorySegment mask, MemorySegment size) {
    ProgramChunk chunk = scaled == null ? null : dataset.programChunk(scaled);
    if (chunk != null) {
      setIfGiven(size, chunk.bytes().byteSize());
      if (mask.address() != 0) {
        mask.reinterpret(JAVA_INT.byteSize()).set(JAVA_INT, 0, chunk.filterMask());
      }
    }
  }

  /**
   * {@code H5Dchunk_iter}: calls the program's function for every chunk, until it returns something
   * but 0. The chunks were collected before: it may use the dataset freely.
   *
   * @param function address of its {@code H5D_chunk_iter_op_t}
   * @param data what it gets as its data
   * @return what it returned last
   */
  public long iterate(long function, long data) {
    for (StoredChunk chunk : dataset.storedChunksToProgram()) {
      ProgramChunk seen = dataset.programChunk(chunk);
      long result =
          Hdf5.callChunkFunction(
              function,
              chunk.offset(),
              seen.filterMask(),
              chunk.address(),
              seen.bytes().byteSize(),
              data);
      if (result != 0) {
        return result;
      }
    }
    return 0;
  }

  private static MemorySegment segment(long address, long bytes) {
    return MemorySegment.ofAddress(address).reinterpret(bytes);
  }

  private static void setIfGiven(MemorySegment pointer, long value) {
    if (pointer.address() != 0) {
      pointer.reinterpret(JAVA_LONG.byteSize()).set(JAVA_LONG, 0, value);
    }
  }
}
