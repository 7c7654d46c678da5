package io.github.volsparse.transfer;

import io.github.volsparse.cache.WholeChunks;
import io.github.volsparse.dataset.DataspaceSelection;
import io.github.volsparse.dataset.SparseDataset;
import io.github.volsparse.format.Chunk;
import io.github.volsparse.format.CopyRuns;
import io.github.volsparse.hdf5.Dataspaces;
import io.github.volsparse.hdf5.Datatypes;
import io.github.volsparse.hdf5.Hdf5Exception;
import io.github.volsparse.hdf5.PropertyLists;
import io.github.volsparse.hdf5.generated.hdf5_h;
import io.github.volsparse.selection.ChunkRuns;
import io.github.volsparse.selection.Hyperslab;
import io.github.volsparse.selection.Selection;
import io.github.volsparse.stored.FileType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * One {@code H5Dwrite} or {@code H5Dread} of a sparse dataset.
 *
 * <p>{@link #prepare} checks the arguments and declines what the fast path does not handle: the
 * caller then lets the native connector do it. Invalid arguments are declined as well, because HDF5
 * itself reports them best.
 */
public final class Transfer {
  /** The size of a conversion buffer, unless a single element is larger. */
  private static final long CONVERTED_AT_ONCE_BYTES = 1 << 21;

  /** How many elements are converted at once, at most: each may be a run of its own. */
  private static final long CONVERTED_AT_ONCE = 1 << 18;

  private final SparseDataset dataset;
  private final Selection file;
  private final Selection memory;
  private final MemorySegment buffer;

  /** The memory datatype; 0 if it is the file's. */
  private final long memoryType;

  private final int memorySize;

  /**
   * Whether a conversion needs the elements it goes to: it may write some of their members only.
   */
  private final boolean withBackground;

  private final long transferList;
  private final CopyRuns runs;

  private Transfer(
      SparseDataset dataset,
      Selection file,
      Selection memory,
      MemorySegment buffer,
      long memoryType,
      int memorySize,
      boolean withBackground,
      long transferList) {
    this.dataset = dataset;
    this.file = file;
    this.memory = memory;
    this.buffer = buffer;
    this.memoryType = memoryType;
    this.memorySize = memorySize;
    this.withBackground = withBackground;
    this.transferList = transferList;
    this.runs = new CopyRuns(dataset.spec().elementSize());
  }

  /**
   * Looks at the arguments of a read or write.
   *
   * @param bufferAddress the program's memory, of the shape of the memory dataspace
   * @param isRead whether it is a read
   * @return null if the native connector is to do it
   */
  public static Transfer prepare(
      SparseDataset dataset,
      long memoryType,
      long memorySpace,
      long fileSpace,
      long transferList,
      long bufferAddress,
      boolean isRead) {
    if (bufferAddress == 0
        || memorySpace == hdf5_h.H5S_PLIST
        || PropertyLists.hasDataTransform(transferList)) {
      return null;
    }
    try {
      return fast(dataset, memoryType, memorySpace, fileSpace, transferList, bufferAddress, isRead);
    } catch (Hdf5Exception e) {
      e.discardErrorStack();
      return null;
    }
  }

  private static Transfer fast(
      SparseDataset dataset,
      long memoryType,
      long memorySpace,
      long fileSpace,
      long transferList,
      long bufferAddress,
      boolean isRead) {
    boolean sameType;
    try (FileType.Open fileType = dataset.fileType().open()) {
      sameType = Datatypes.H5Tequal(memoryType, fileType.id());
      if (!sameType
          && !(isRead
              ? Datatypes.canConvert(fileType.id(), memoryType)
              : Datatypes.canConvert(memoryType, fileType.id()))) {
        return null;
      }
    }

    long[] extent = dataset.grid().extent();
    Selection file = DataspaceSelection.ofFile(fileSpace, extent);
    if (file == null || file.count() == 0) {
      return null;
    }

    Selection memory;
    long[] memoryExtent;
    if (memorySpace == hdf5_h.H5S_ALL) {
      memory = file;
      memoryExtent = extent;
    } else if (memorySpace == hdf5_h.H5S_BLOCK) {
      memoryExtent = new long[] {file.count()};
      memory = Hyperslab.all(memoryExtent);
    } else {
      memoryExtent = Dataspaces.H5Sget_simple_extent_dims(memorySpace);
      memory = DataspaceSelection.of(memorySpace, memoryExtent);
    }
    if (memory == null || memory.count() != file.count()) {
      return null;
    }

    int memorySize =
        sameType ? dataset.spec().elementSize() : (int) Datatypes.H5Tget_size(memoryType);
    MemorySegment buffer =
        MemorySegment.ofAddress(bufferAddress).reinterpret(bytes(memoryExtent, memorySize));
    return new Transfer(
        dataset,
        file,
        memory,
        buffer,
        sameType ? 0 : memoryType,
        memorySize,
        !sameType && Datatypes.H5Tdetect_class(memoryType, hdf5_h.H5T_COMPOUND),
        transferList);
  }

  /** The bytes of a memory extent; a huge one, of which little is selected, is cut. */
  private static long bytes(long[] extent, int elementSize) {
    long bytes = elementSize;
    for (long length : extent) {
      if (Math.multiplyHigh(bytes, length) != 0 || bytes * length < 0) {
        return Long.MAX_VALUE;
      }
      bytes *= length;
    }
    return bytes;
  }

  // ---- write

  /** Writes the program's elements into the dataset's chunks. */
  public void write() {
    dataset.requireWritable();
    if (memoryType == 0) {
      dataset
          .chunks()
          .whole()
          .writeAll(
              mayBeManyChunks(),
              whole ->
                  file.forEachChunk(
                      dataset.grid(), (scaled, inChunk) -> writeChunk(scaled, inChunk, whole)));
    } else {
      file.forEachChunk(dataset.grid(), this::writeConverted);
    }
  }

  private void writeChunk(long[] scaled, ChunkRuns inChunk, WholeChunks.Taker wholeChunks) {
    MemorySegment whole = wholeChunkInMemory(inChunk);
    if (whole != null) {
      wholeChunks.take(scaled, whole);
      return;
    }
    boolean replaces = replaces(scaled, inChunk);
    try {
      ChunkTransfers.pair(inChunk, memory, runs, Transfer::giveUp);
    } catch (TooManyRuns e) {
      dataset.chunks().change(scaled, replaces, chunk -> writeInParts(inChunk, chunk));
      return;
    }
    if (!dataset.chunks().writeAtOnce(scaled, runs, buffer)) {
      dataset.chunks().change(scaled, replaces, chunk -> chunk.write(runs, buffer));
    }
  }

  private void writeInParts(ChunkRuns inChunk, Chunk chunk) {
    ChunkTransfers.pair(inChunk, memory, runs, () -> chunk.write(runs, buffer));
    chunk.write(runs, buffer);
  }

  /** What is selected in a chunk is more runs than are handled at once. */
  private static final class TooManyRuns extends RuntimeException {
    private static final long serialVersionUID = 1;

    TooManyRuns() {
      super(null, null, false, false);
    }
  }

  private static void giveUp() {
    throw new TooManyRuns();
  }

  /**
   * Whether a write replaces all of a chunk's content. Elements beyond the extent remain: a program
   * may have stored them with the whole chunk, and sees them when the extent grows.
   */
  private boolean replaces(long[] scaled, ChunkRuns inChunk) {
    return inChunk.count() >= dataset.spec().elements() && inChunk.covers(dataset.grid(), scaled);
  }

  private void writeConverted(long[] scaled, ChunkRuns inChunk) {
    dataset
        .chunks()
        .change(
            scaled,
            !withBackground && replaces(scaled, inChunk),
            chunk ->
                forEachBatch(
                    inChunk,
                    (batch, converted, background) ->
                        writeBatch(chunk, batch, converted, background)));
  }

  private void writeBatch(
      Chunk chunk, ChunkRuns batch, MemorySegment converted, MemorySegment background) {
    CopyRuns inMemory = new CopyRuns(memorySize);
    ChunkTransfers.pair(batch, memory, inMemory, Transfer::giveUp);
    ChunkTransfers.gather(buffer, inMemory, converted);
    ChunkTransfers.packed(batch, runs);
    if (withBackground) {
      chunk.read(runs, background);
    }
    try (FileType.Open fileType = dataset.fileType().open()) {
      convert(memoryType, fileType.id(), batch.count(), converted, background);
    }
    chunk.write(runs, converted);
  }

  // ---- read

  /** Reads the selected elements into the program's memory. */
  public void read() {
    if (memoryType == 0) {
      dataset
          .chunks()
          .whole()
          .readAll(
              mayBeManyChunks(),
              whole ->
                  file.forEachChunk(
                      dataset.grid(), (scaled, inChunk) -> readChunk(scaled, inChunk, whole)),
              (scaled, target) -> dataset.chunks().chunkToRead(scaled, true).readAll(target));
    } else {
      file.forEachChunk(dataset.grid(), this::readConverted);
    }
  }

  private void readChunk(long[] scaled, ChunkRuns inChunk, WholeChunks.Taker wholeChunks) {
    MemorySegment whole = wholeChunkInMemory(inChunk);
    if (whole != null && !dataset.chunks().isCached(scaled)) {
      wholeChunks.take(scaled, whole);
      return;
    }
    Chunk chunk = dataset.chunks().chunkToRead(scaled, true);
    if (chunk != null) {
      ChunkTransfers.pair(inChunk, memory, runs, () -> chunk.read(runs, buffer));
      chunk.read(runs, buffer);
    }
  }

  private void readConverted(long[] scaled, ChunkRuns inChunk) {
    dataset
        .chunks()
        .read(
            scaled,
            chunk ->
                forEachBatch(
                    inChunk,
                    (batch, converted, background) ->
                        readBatch(chunk, batch, converted, background)));
  }

  private void readBatch(
      Chunk chunk, ChunkRuns batch, MemorySegment converted, MemorySegment background) {
    ChunkTransfers.packed(batch, runs);
    chunk.read(runs, converted);
    CopyRuns inMemory = new CopyRuns(memorySize);
    ChunkTransfers.pair(batch, memory, inMemory, Transfer::giveUp);
    if (withBackground) {
      ChunkTransfers.gather(buffer, inMemory, background);
    }
    try (FileType.Open fileType = dataset.fileType().open()) {
      convert(fileType.id(), memoryType, batch.count(), converted, background);
    }
    ChunkTransfers.scatter(converted, inMemory, buffer);
  }

  // ---- both

  private boolean mayBeManyChunks() {
    return file.count() > dataset.spec().elements();
  }

  /**
   * The program's memory for a chunk that is selected completely and is contiguous there, or null.
   */
  private MemorySegment wholeChunkInMemory(ChunkRuns inChunk) {
    long elements = dataset.spec().elements();
    long base = memory.contiguousOffset();
    if (base < 0 || !inChunk.isSingleRun(0, elements)) {
      return null;
    }
    return buffer.asSlice((base + inChunk.ordinal(0)) * memorySize, dataset.spec().denseBytes());
  }

  /** Takes a part of what is selected in a chunk, and a buffer for its elements. */
  private interface BatchVisitor {
    /**
     * @param converted native memory, enough for the elements in either type
     * @param background as much again if there is to be a background, else nothing
     */
    void visit(ChunkRuns batch, MemorySegment converted, MemorySegment background);
  }

  /** Converts packed elements in place. */
  private void convert(
      long from, long to, long count, MemorySegment elements, MemorySegment background) {
    Datatypes.H5Tconvert(
        from,
        to,
        count,
        elements.address(),
        withBackground ? background.address() : 0,
        transferList);
  }

  /** Visits what is selected in a chunk in batches that fit the conversion buffer. */
  private void forEachBatch(ChunkRuns inChunk, BatchVisitor visitor) {
    long size = Math.max(memorySize, dataset.spec().elementSize());
    long most = Math.clamp(CONVERTED_AT_ONCE_BYTES / size, 1, CONVERTED_AT_ONCE);
    long room = Math.min(most, inChunk.count());
    ChunkRuns batch = new ChunkRuns();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment converted = arena.allocate(room * size, 64);
      MemorySegment background =
          withBackground ? arena.allocate(room * size, 64) : MemorySegment.NULL;
      for (int run = 0; run < inChunk.size(); run++) {
        long done = 0;
        while (done < inChunk.length(run)) {
          long length = Math.min(inChunk.length(run) - done, room - batch.count());
          batch.add(inChunk.position(run) + done, inChunk.ordinal(run) + done, length);
          done += length;
          if (batch.count() == room) {
            visitor.visit(batch, converted, background);
            batch.clear();
          }
        }
      }
      if (batch.size() > 0) {
        visitor.visit(batch, converted, background);
      }
    }
  }
}
