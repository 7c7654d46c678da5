package io.github.volsparse.transfer;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.dataset.SparseDataset;
import io.github.volsparse.format.Chunk;
import io.github.volsparse.hdf5.ChunkArguments;
import io.github.volsparse.hdf5.Connectors;
import io.github.volsparse.hdf5.generated.H5VL_native_dataset_get_chunk_info_by_coord_t;
import io.github.volsparse.hdf5.generated.H5VL_native_dataset_get_chunk_info_by_idx_t;
import io.github.volsparse.hdf5.generated.H5VL_native_dataset_get_chunk_storage_size_t;
import io.github.volsparse.stored.ChunkInfo;
import io.github.volsparse.stored.FilterMasks;
import io.github.volsparse.stored.RawChunk;
import io.github.volsparse.stored.StoredChunks;
import io.github.volsparse.stored.UnderDataset;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * Direct chunk I/O and chunk queries of a sparse dataset, as the program sees them: with its own
 * filters, and chunks that these filters make.
 *
 * <p>Every method takes the arguments of the native connector's optional operation of the same
 * name. If it returns false, the operation is left to the connector below: the chunk is not stored,
 * or the arguments are wrong, and HDF5 reports both.
 */
public final class ProgramChunks {
  /**
   * The address that a program gets where it must not read: HDF5's highest, at which no file has
   * anything. {@code HADDR_UNDEF} would say that the chunk is not stored, and some would take that
   * for fill values.
   */
  private static final long HADDR_MAX = -2;

  private final SparseDataset dataset;
  private final StoredChunks inFile;

  /** The chunks of a dataset. */
  public ProgramChunks(SparseDataset dataset) {
    this.dataset = dataset;
    this.inFile = dataset.stored();
  }

  private long[] offset(MemorySegment pointer) {
    int rank = dataset.grid().rank();
    return pointer.address() == 0
        ? null
        : pointer.reinterpret(JAVA_LONG.byteSize() * rank).toArray(JAVA_LONG);
  }

  private long[] chunkAt(MemorySegment pointer) {
    long[] offset = offset(pointer);
    return offset == null ? null : chunkAt(offset);
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
    dataset.requireOneRank("written by H5Dwrite_chunk", "Write the elements with H5Dwrite");
    dataset.requireWritable();
    MemorySegment arguments = segment(address, ChunkArguments.BYTES);
    long[] scaled = chunkAt(ChunkArguments.offset(arguments));
    long size = ChunkArguments.sizeOfWrite(arguments);
    long buffer = ChunkArguments.bufferOfWrite(arguments);
    if (scaled == null || size == 0 || buffer == 0) {
      return false;
    }
    store(scaled, segment(buffer, size), ChunkArguments.filterMask(arguments));
    return true;
  }

  /** {@code H5Dread_chunk}. */
  public boolean read(long address) {
    MemorySegment arguments = segment(address, ChunkArguments.BYTES);
    long[] scaled = chunkAt(ChunkArguments.offset(arguments));
    ProgramChunk chunk = scaled == null ? null : chunk(scaled);
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
    ProgramChunk chunk = scaled == null ? null : chunk(scaled);
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
        H5VL_native_dataset_get_chunk_info_by_coord_t.addr(arguments),
        H5VL_native_dataset_get_chunk_info_by_coord_t.size(arguments));
  }

  /**
   * {@code H5Dget_chunk_info}. What HDF5 knows of the chunk decides what the program gets to know,
   * so it is asked for all of it, whatever the program wants.
   */
  public void infoByIndex(long address) {
    MemorySegment arguments =
        segment(address, H5VL_native_dataset_get_chunk_info_by_idx_t.sizeof());
    dataset.writeAndDrop();
    ChunkInfo chunk =
        asSeen(
            UnderDataset.chunkInfo(
                dataset.handle(),
                dataset.grid().rank(),
                H5VL_native_dataset_get_chunk_info_by_idx_t.space_id(arguments),
                H5VL_native_dataset_get_chunk_info_by_idx_t.chk_index(arguments)));
    MemorySegment offset = H5VL_native_dataset_get_chunk_info_by_idx_t.offset(arguments);
    if (offset.address() != 0) {
      segment(offset.address(), JAVA_LONG.byteSize() * chunk.offset().length)
          .copyFrom(MemorySegment.ofArray(chunk.offset()));
    }
    setMaskIfGiven(
        H5VL_native_dataset_get_chunk_info_by_idx_t.filter_mask(arguments), chunk.filterMask());
    setIfGiven(H5VL_native_dataset_get_chunk_info_by_idx_t.addr(arguments), chunk.address());
    setIfGiven(H5VL_native_dataset_get_chunk_info_by_idx_t.size(arguments), chunk.size());
  }

  /** Replaces what is known of a stored chunk by what the program is to know. */
  private void translate(
      long[] scaled, MemorySegment mask, MemorySegment address, MemorySegment size) {
    ProgramChunk chunk = scaled == null ? null : chunk(scaled);
    if (chunk != null) {
      setIfGiven(size, chunk.bytes().byteSize());
      if (!chunk.isInFile()) {
        setIfGiven(address, HADDR_MAX);
      }
      setMaskIfGiven(mask, chunk.filterMask());
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
    for (ChunkInfo chunk : storedChunks()) {
      ChunkInfo seen = asSeen(chunk);
      long result =
          Connectors.callChunkFunction(
              function, seen.offset(), seen.filterMask(), seen.address(), seen.size(), data);
      if (result != 0) {
        return result;
      }
    }
    return 0;
  }

  // ---- as the program's own filters make them

  /**
   * A chunk as the program's own filters make it.
   *
   * @param bytes native memory, valid until the next use of this dataset
   * @param filterMask the filters of the program's pipeline that were skipped, the first in bit 0
   * @param isInFile whether these bytes are what is stored. If not, the program gets no address to
   *     read at: there is a blob there
   */
  private record ProgramChunk(MemorySegment bytes, int filterMask, boolean isInFile) {}

  /** The scaled coordinates of the chunk at an offset; null if no chunk of the extent is there. */
  private long[] chunkAt(long[] offset) {
    long[] scaled = dataset.grid().scaled(offset);
    return dataset.grid().contains(scaled) && Arrays.equals(dataset.grid().offset(scaled), offset)
        ? scaled
        : null;
  }

  /** The stored chunks, what is dirty included. */
  private List<ChunkInfo> storedChunks() {
    dataset.writeDirty();
    return inFile.list();
  }

  /** A chunk as the program would read it ({@code H5Dread_chunk}); null if it is not stored. */
  private ProgramChunk chunk(long[] scaled) {
    dataset.chunks().write(scaled);
    RawChunk stored = inFile.raw(scaled);
    if (stored == null) {
      return null;
    }
    int mask = inFile.masks().ofProgram(stored.filterMask());
    if (inFile.masks().isAsGiven(stored.filterMask())) {
      return new ProgramChunk(stored.bytes(), mask, true);
    }
    boolean isUnfiltered =
        inFile.userFilters() == 0
            || inFile.masks().isFromProgram(stored.filterMask())
            || isUnfiltered(scaled);
    MemorySegment elements = inFile.allElements(dataset.chunks().chunkToRead(scaled, true));
    if (isUnfiltered) {
      return new ProgramChunk(elements, mask, false);
    }
    RawChunk filtered = inFile.encodeForProgram(elements);
    return new ProgramChunk(filtered.bytes(), filtered.filterMask(), false);
  }

  /** A chunk of a list as the program sees it. */
  private ChunkInfo asSeen(ChunkInfo stored) {
    FilterMasks masks = inFile.masks();
    int mask = masks.ofProgram(stored.filterMask());
    if (masks.isAsGiven(stored.filterMask())) {
      return new ChunkInfo(stored.offset(), mask, stored.address(), stored.size());
    }
    if (inFile.userFilters() > 0 && !masks.isFromProgram(stored.filterMask())) {
      long[] scaled = chunkAt(stored.offset());
      ProgramChunk chunk = scaled == null ? null : chunk(scaled);
      if (chunk != null) { // as large as its filters make it
        return new ChunkInfo(
            stored.offset(), chunk.filterMask(), HADDR_MAX, chunk.bytes().byteSize());
      }
      // HDF5 (1.14 to 2.2) names the wrong chunk where the dataset can grow without limit in one
      // dimension only, which is not the first: it forgets that its index then has another order.
    }
    return new ChunkInfo(stored.offset(), mask, HADDR_MAX, dataset.spec().denseBytes());
  }

  /**
   * Stores a chunk that the program's own code put through its filters ({@code H5Dwrite_chunk}).
   * One that skipped them all holds plain elements, and is encoded as any other.
   *
   * @param programMask the filters of its pipeline that it skipped
   */
  private void store(long[] scaled, MemorySegment bytes, int programMask) {
    long all = dataset.spec().denseBytes();
    if (inFile.userFilters() == 0) {
      int kept = maskWithoutFilters(scaled, programMask);
      dataset.chunks().whole().writeFromProgram(scaled, withRest(scaled, bytes), kept);
    } else if (bytes.byteSize() == all
        && (inFile.masks().skipsAll(programMask) || isUnfiltered(scaled))) {
      dataset.chunks().whole().writeFromProgram(scaled, bytes, programMask);
    } else {
      dataset.chunks().forget(scaled);
      inFile.storeRaw(scaled, bytes, inFile.masks().asGiven(programMask));
    }
  }

  /**
   * The mask that HDF5 keeps of a chunk that no filter touches: the first one, if it has a place.
   */
  private int maskWithoutFilters(long[] scaled, int programMask) {
    dataset.chunks().write(scaled);
    RawChunk before = inFile.raw(scaled);
    if (before != null) {
      return inFile.masks().ofProgram(before.filterMask());
    }
    return programMask != 0 && inFile.keepsMasksWithoutFilters() ? programMask : 0;
  }

  /**
   * All elements of a chunk of a dataset without filters, of which a program gave some bytes. There
   * HDF5 writes what it gets in the place of the chunk: the rest stays as it was.
   */
  private MemorySegment withRest(long[] scaled, MemorySegment bytes) {
    long all = dataset.spec().denseBytes();
    if (bytes.byteSize() >= all) {
      return bytes.asSlice(0, all);
    }
    Chunk before = dataset.chunks().chunkToRead(scaled, true);
    MemorySegment elements = inFile.allElements(before == null ? inFile.nothing() : before);
    return elements.copyFrom(bytes);
  }

  /** Whether the program takes a chunk for one that no filter touches, whatever its mask. */
  private boolean isUnfiltered(long[] scaled) {
    return dataset.filter().edgeChunksUnfiltered() && inFile.isEdge(scaled);
  }

  private static MemorySegment segment(long address, long bytes) {
    return MemorySegment.ofAddress(address).reinterpret(bytes);
  }

  private static void setMaskIfGiven(MemorySegment pointer, int mask) {
    if (pointer.address() != 0) {
      pointer.reinterpret(JAVA_INT.byteSize()).set(JAVA_INT, 0, mask);
    }
  }

  private static void setIfGiven(MemorySegment pointer, long value) {
    if (pointer.address() != 0) {
      pointer.reinterpret(JAVA_LONG.byteSize()).set(JAVA_LONG, 0, value);
    }
  }
}
