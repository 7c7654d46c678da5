package io.github.volsparse.stored;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.format.BlobBuffer;
import io.github.volsparse.format.CorruptBlobException;
import io.github.volsparse.hdf5.ChunkArguments;
import io.github.volsparse.hdf5.Connectors;
import io.github.volsparse.hdf5.Hdf5;
import io.github.volsparse.hdf5.UnderObject;
import io.github.volsparse.hdf5.generated.H5VL_native_dataset_get_chunk_info_by_coord_t;
import io.github.volsparse.hdf5.generated.H5VL_native_dataset_get_chunk_storage_size_t;
import io.github.volsparse.hdf5.generated.H5VL_optional_args_t;
import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Set;

/**
 * Direct chunk I/O of the native connector.
 *
 * <p>One instance for all datasets of a library: HDF5 admits one thread at a time, so every call
 * reuses the argument structs and the buffer of the last blob read. Offsets are those of a chunk's
 * first element in the dataset, in elements.
 */
public final class DirectChunks {
  /** HDF5's address of what is not allocated. */
  private static final long HADDR_UNDEF = -1;

  /**
   * The messages of HDF5 1.14 and 2.x for a chunk that is not stored; the second, if its own chunk
   * cache has fill values for it.
   */
  private static final Set<String> NOT_STORED =
      Set.of("chunk storage is not allocated", "chunk address isn't defined");

  private final MemorySegment operation;
  private final MemorySegment sizeArguments;
  private final MemorySegment infoArguments;
  private final MemorySegment chunkArguments;
  private final MemorySegment offset;
  private final MemorySegment address;
  private final MemorySegment size;
  private final MemorySegment mask;
  private final BlobBuffer read;
  private long transfers;

  /** Address of memory for more bytes than a blob has, HDF5's; 0 if there is none. */
  private long doubtful;

  /**
   * Direct chunk I/O.
   *
   * @param arena where the argument structs are
   * @param read for the blob that is read
   */
  public DirectChunks(Arena arena, BlobBuffer read) {
    this.read = read;
    operation = H5VL_optional_args_t.allocate(arena);
    sizeArguments = H5VL_native_dataset_get_chunk_storage_size_t.allocate(arena);
    infoArguments = H5VL_native_dataset_get_chunk_info_by_coord_t.allocate(arena);
    chunkArguments = arena.allocate(ChunkArguments.BYTES, 8);
    offset = arena.allocate(JAVA_LONG, hdf5_h.H5S_MAX_RANK);
    address = arena.allocate(JAVA_LONG);
    size = arena.allocate(JAVA_LONG);
    mask = arena.allocate(JAVA_INT);
    H5VL_native_dataset_get_chunk_storage_size_t.offset(sizeArguments, offset);
    H5VL_native_dataset_get_chunk_storage_size_t.size(sizeArguments, size);
    H5VL_native_dataset_get_chunk_info_by_coord_t.offset(infoArguments, offset);
    H5VL_native_dataset_get_chunk_info_by_coord_t.filter_mask(infoArguments, mask);
    H5VL_native_dataset_get_chunk_info_by_coord_t.addr(infoArguments, address);
    H5VL_native_dataset_get_chunk_info_by_coord_t.size(infoArguments, size);
  }

  private MemorySegment operation(int type, MemorySegment arguments) {
    H5VL_optional_args_t.op_type(operation, type);
    H5VL_optional_args_t.args(operation, arguments);
    return operation;
  }

  /** How many chunks have been read or written; with the next one, the last read is lost. */
  public long transfers() {
    return transfers;
  }

  private void setOffset(long[] chunkOffset) {
    offset.copyFrom(MemorySegment.ofArray(chunkOffset));
  }

  /**
   * The bytes a chunk takes in the file; 0 if it is not stored.
   *
   * <p>HDF5's look-up by size fails for a chunk that is not stored, and only its words tell that
   * from damage. Its look-up of a chunk's info knows better, but walks through all chunks of the
   * dataset: it is asked when the words are not those expected.
   */
  long storedBytes(UnderObject dataset, long[] chunkOffset) {
    setOffset(chunkOffset);
    size.set(JAVA_LONG, 0, 0);
    MemorySegment lookUp =
        operation(hdf5_h.H5VL_NATIVE_DATASET_GET_CHUNK_STORAGE_SIZE, sizeArguments);
    return switch (Connectors.tryH5VLdataset_optional(dataset, lookUp, NOT_STORED)) {
      case DONE -> size.get(JAVA_LONG, 0);
      case NOTHING -> 0;
      case OTHER_WORDS -> {
        Connectors.H5VLdataset_optional(
            dataset, operation(hdf5_h.H5VL_NATIVE_DATASET_GET_CHUNK_INFO_BY_COORD, infoArguments));
        yield address.get(JAVA_LONG, 0) == HADDR_UNDEF ? 0 : size.get(JAVA_LONG, 0);
      }
    };
  }

  /**
   * Reads a chunk as it is stored; null if it is not.
   *
   * @param most the most bytes that a blob of ours may have
   * @param masks tells it by its filter mask
   * @throws CorruptBlobException if it claims to be one and to have more
   */
  RawChunk read(UnderObject dataset, long[] chunkOffset, long most, FilterMasks masks) {
    long bytes = storedBytes(dataset, chunkOffset);
    if (bytes == 0) {
      return null;
    }
    transfers++;
    MemorySegment buffer =
        Long.compareUnsigned(bytes, most) <= 0
            ? read.reserve(bytes)
            : reserveDoubtful(dataset, bytes, most, masks);
    size.set(JAVA_LONG, 0, bytes);
    ChunkArguments.setRead(chunkArguments, offset, buffer.address(), size);
    Connectors.H5VLdataset_optional(
        dataset, operation(hdf5_h.H5VL_NATIVE_DATASET_CHUNK_READ, chunkArguments));
    return new RawChunk(buffer, ChunkArguments.filterMask(chunkArguments));
  }

  /**
   * Memory for a chunk that is larger than any blob of ours. The chunk index may be damaged, with a
   * size of up to 4 GiB. Or a program stored the chunk, compressed in a way that made it larger.
   *
   * <p>The system provides such memory only where it is touched, and HDF5 touches it only after it
   * has compared the size with the end of the file.
   */
  private MemorySegment reserveDoubtful(
      UnderObject dataset, long bytes, long most, FilterMasks masks) {
    mask.set(JAVA_INT, 0, ~masks.own());
    Connectors.H5VLdataset_optional(
        dataset, operation(hdf5_h.H5VL_NATIVE_DATASET_GET_CHUNK_INFO_BY_COORD, infoArguments));
    if (masks.isBlob(mask.get(JAVA_INT, 0))) {
      throw new CorruptBlobException(
          ("the chunk index is damaged: it gives %s bytes for the blob, but a blob of"
                  + " this dataset has at most %d")
              .formatted(Long.toUnsignedString(bytes), most));
    }
    if (doubtful != 0) {
      Hdf5.H5free_memory(doubtful);
      doubtful = 0;
    }
    doubtful = Hdf5.H5allocate_memory(bytes, false);
    return MemorySegment.ofAddress(doubtful).reinterpret(bytes);
  }

  /**
   * Takes a chunk, stored or not, out of HDF5's own chunk cache.
   *
   * @param most the most bytes that a blob of ours may have
   * @param masks tells it by its filter mask
   */
  void evict(UnderObject dataset, long[] chunkOffset, long most, FilterMasks masks) {
    if (read(dataset, chunkOffset, most, masks) == null) {
      transfers++;
      // Fill values in place of a chunk that is not stored: the read drops them before it fails.
      ChunkArguments.setRead(chunkArguments, offset, read.reserve(1).address(), size);
      Connectors.tryH5VLdataset_optional(
          dataset, operation(hdf5_h.H5VL_NATIVE_DATASET_CHUNK_READ, chunkArguments), NOT_STORED);
    }
  }

  /**
   * Stores the bytes of a chunk; see {@link DirectWrites} for the effects in HDF5.
   *
   * @param bytes native memory
   * @param filterMask the filters to skip when the chunk is read
   */
  void write(UnderObject dataset, long[] chunkOffset, MemorySegment bytes, int filterMask) {
    transfers++;
    setOffset(chunkOffset);
    ChunkArguments.setWrite(chunkArguments, offset, filterMask, bytes.byteSize(), bytes.address());
    Connectors.H5VLdataset_optional(
        dataset, operation(hdf5_h.H5VL_NATIVE_DATASET_CHUNK_WRITE, chunkArguments));
  }
}
