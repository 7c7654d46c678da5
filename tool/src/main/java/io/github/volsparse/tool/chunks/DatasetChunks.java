package io.github.volsparse.tool.chunks;

import io.github.volsparse.chunk.BlobBuffer;
import io.github.volsparse.chunk.ChunkSpec;
import io.github.volsparse.chunk.Codec;
import io.github.volsparse.chunk.CorruptBlobException;
import io.github.volsparse.chunk.SparseBlob;
import io.github.volsparse.dataset.SparseFilter;
import io.github.volsparse.tool.hdf5.Dataset;
import io.github.volsparse.tool.hdf5.Filter;
import io.github.volsparse.tool.hdf5.Hdf5Failure;
import io.github.volsparse.tool.hdf5.StoredChunk;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.roaringbitmap.RoaringBitmap;

/**
 * The stored chunks of a chunked dataset.
 *
 * <p>Memory: one chunk as it is stored, and one blob.
 */
public final class DatasetChunks {
  private final Dataset dataset;
  private final List<Filter> filters;
  private final SparseFilter sparse;
  private final ChunkSpec spec;
  private final BlobBuffer buffer = new BlobBuffer();
  private final BlobBuffer encoded = new BlobBuffer();

  /**
   * Prepares to read chunks.
   *
   * @param dataset one of chunked layout
   * @throws UnsupportedOperationException if the parameters of its sparse filter are damaged, or of
   *     a newer version
   */
  public DatasetChunks(Dataset dataset) {
    this.dataset = dataset;
    filters = dataset.filters();
    boolean isSparse = isSparse(filters);
    sparse = isSparse ? SparseFilter.of(filters.getFirst().parameters()) : null;
    byte[] fill = isSparse ? sparse.fillValue() : dataset.fillValue();
    spec =
        new ChunkSpec(
            Dataset.product(dataset.chunkShape()),
            dataset.elementBytes(),
            fill,
            isSparse ? sparse.keep() : ChunkSpec.Keep.NONFILL);
  }

  /** Whether a dataset with these filters is sparse. */
  public static boolean isSparse(List<Filter> filters) {
    return !filters.isEmpty() && filters.getFirst().number() == SparseFilter.ID;
  }

  /** The parameters of the sparse filter; null if the dataset is not sparse. */
  public SparseFilter sparseFilter() {
    return sparse;
  }

  /** What all chunks have in common. */
  public ChunkSpec spec() {
    return spec;
  }

  /** Whether a chunk holds no blob, because the program that wrote it had no sparse filter. */
  public boolean isWithoutBlob(StoredChunk chunk) {
    return (chunk.filterMask() & 1) != 0;
  }

  /**
   * The blob of a chunk of a sparse dataset, in memory that holds it until the next call.
   *
   * @throws Hdf5Failure if HDF5 cannot read the chunk, or undo the filters behind the sparse one
   */
  public MemorySegment blob(StoredChunk chunk) {
    int others = (1 << filters.size()) - 2;
    if ((chunk.filterMask() & others) == others) {
      MemorySegment stored = buffer.reserve(chunk.bytes());
      dataset.readStored(chunk, stored);
      return stored;
    }
    return BlobCapture.instance().blob(dataset, chunk.offset());
  }

  /**
   * Reads a chunk and checks all that can be checked of it: that HDF5 can undo its filters; of a
   * blob its checksum and structure, and that it is one of this dataset.
   *
   * @return what is wrong; null if nothing is
   */
  public String check(StoredChunk chunk) {
    try {
      if (sparse == null || isWithoutBlob(chunk)) {
        BlobCapture.readOneElement(dataset, chunk.offset());
      } else {
        SparseBlob.decode(spec, blob(chunk));
      }
      return null;
    } catch (CorruptBlobException | Hdf5Failure e) {
      return e.getMessage();
    }
  }

  /**
   * Reads a chunk as a program finds it, all its elements in the file's datatype. What reaches over
   * the edge of the dataset has the fill value.
   *
   * @param into receives {@link ChunkSpec#denseBytes} bytes
   */
  public void readElements(StoredChunk chunk, MemorySegment into) {
    if (sparse != null && !isWithoutBlob(chunk)) {
      SparseBlob.decodeInto(spec, blob(chunk), into);
      return;
    }
    EdgeChunk.read(dataset, chunk.offset(), dataset.chunkShape(), spec, into);
  }

  /**
   * The defined elements of a chunk: those of its blob; without one, those that differ from the
   * fill value.
   *
   * @throws CorruptBlobException if the blob is damaged
   */
  public RoaringBitmap selection(StoredChunk chunk) {
    return SparseBlob.selection(
        sparse != null && !isWithoutBlob(chunk) ? blob(chunk) : encode(chunk));
  }

  /** The number of elements of a chunk that differ from the fill value. */
  public long countDefined(StoredChunk chunk) {
    return SparseBlob.header(encode(chunk)).defined();
  }

  /** A blob of the elements of a chunk that differ from the fill value. */
  private MemorySegment encode(StoredChunk chunk) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment elements = arena.allocate(spec.denseBytes(), Long.BYTES);
      readElements(chunk, elements);
      ChunkSpec nonfill =
          new ChunkSpec(
              spec.elements(), spec.elementSize(), spec.fillValue(), ChunkSpec.Keep.NONFILL);
      SparseBlob.encodeElements(nonfill, elements, Codec.NONE, encoded);
      return encoded.blob();
    }
  }
}
