package io.github.volsparse.dataset;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.chunk.BlobBuffer;
import io.github.volsparse.hdf5.ChunkArguments;
import io.github.volsparse.hdf5.Hdf5;
import io.github.volsparse.hdf5.UnderObject;
import io.github.volsparse.hdf5.generated.H5VL_native_dataset_get_chunk_info_by_coord_t;
import io.github.volsparse.hdf5.generated.H5VL_optional_args_t;
import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Direct chunk I/O of the native connector.
 *
 * <p>One for all datasets of a library: HDF5 lets one thread in at a time, so the argument structs
 * and the buffer of the last blob read are used again for every call. Offsets are those of a
 * chunk's first element in the dataset, in elements.
 */
final class ChunkStore {
  /** HDF5's address of what is not allocated. */
  private static final long HADDR_UNDEF = -1;

  /**
   * A chunk as it is stored.
   *
   * @param bytes its size in the file
   * @param filterMask the filters of the pipeline that were skipped, the first in bit 0
   */
  record Stored(long bytes, int filterMask) {}

  private final MemorySegment operation;
  private final MemorySegment infoArguments;
  private final MemorySegment chunkArguments;
  private final MemorySegment offset;
  private final MemorySegment address;
  private final MemorySegment size;
  private final MemorySegment mask;
  private final BlobBuffer read = new BlobBuffer();

  ChunkStore() {
    Arena arena = Arena.ofAuto();
    operation = H5VL_optional_args_t.allocate(arena);
    infoArguments = H5VL_native_dataset_get_chunk_info_by_coord_t.allocate(arena);
    chunkArguments = arena.allocate(ChunkArguments.BYTES, 8);
    offset = arena.allocate(JAVA_LONG, Hdf5.H5S_MAX_RANK);
    address = arena.allocate(JAVA_LONG);
    size = arena.allocate(JAVA_LONG);
    mask = arena.allocate(JAVA_INT);
    H5VL_native_dataset_get_chunk_info_by_coord_t.offset(infoArguments, offset);
    H5VL_native_dataset_get_chunk_info_by_coord_t.filter_mask(infoArguments, mask);
    H5VL_native_dataset_get_chunk_info_by_coord_t.addr(infoArguments, address);
    H5VL_native_dataset_get_chunk_info_by_coord_t.size(infoArguments, size);
  }

  private void call(UnderObject dataset, int operationType, MemorySegment arguments) {
    H5VL_optional_args_t.op_type(operation, operationType);
    H5VL_optional_args_t.args(operation, arguments);
    Hdf5.H5VLdataset_optional(dataset, operation);
  }

  private void setOffset(long[] chunkOffset) {
    MemorySegment.copy(chunkOffset, 0, offset, JAVA_LONG, 0, chunkOffset.length);
  }

  /** How a chunk is stored; null if it is not. */
  Stored find(UnderObject dataset, long[] chunkOffset) {
    setOffset(chunkOffset);
    call(dataset, hdf5_h.H5VL_NATIVE_DATASET_GET_CHUNK_INFO_BY_COORD(), infoArguments);
    return address.get(JAVA_LONG, 0) == HADDR_UNDEF
        ? null
        : new Stored(size.get(JAVA_LONG, 0), mask.get(JAVA_INT, 0));
  }

  /**
   * The bytes of a stored chunk, as they are in the file.
   *
   * @return native memory that holds them until the next read
   */
  MemorySegment read(UnderObject dataset, long[] chunkOffset, Stored stored) {
    MemorySegment bytes = read.reserve(stored.bytes());
    setOffset(chunkOffset);
    size.set(JAVA_LONG, 0, stored.bytes());
    ChunkArguments.setRead(chunkArguments, offset, bytes.address(), size);
    call(dataset, hdf5_h.H5VL_NATIVE_DATASET_CHUNK_READ(), chunkArguments);
    return bytes;
  }

  /**
   * Stores the bytes of a chunk.
   *
   * @param bytes native memory
   * @param filterMask the filters to skip when the chunk is read
   */
  void write(UnderObject dataset, long[] chunkOffset, MemorySegment bytes, int filterMask) {
    setOffset(chunkOffset);
    ChunkArguments.setWrite(chunkArguments, offset, filterMask, bytes.byteSize(), bytes.address());
    call(dataset, hdf5_h.H5VL_NATIVE_DATASET_CHUNK_WRITE(), chunkArguments);
  }
}
