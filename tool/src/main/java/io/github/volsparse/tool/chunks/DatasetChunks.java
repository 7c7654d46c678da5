package io.github.volsparse.tool.chunks;

import io.github.volsparse.format.Binding;
import io.github.volsparse.format.BlobBuffer;
import io.github.volsparse.format.BlobHeader;
import io.github.volsparse.format.ChunkSpec;
import io.github.volsparse.format.Codec;
import io.github.volsparse.format.CorruptBlobException;
import io.github.volsparse.format.SparseBlob;
import io.github.volsparse.format.SparseFilter;
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
   * @throws UnsupportedOperationException if it has the sparse filter and is no sparse dataset that
   *     is in order: the filter's parameters do not fit it, are damaged, or of a newer version
   */
  public DatasetChunks(Dataset dataset) {
    this.dataset = dataset;
    filters = dataset.filters();
    boolean isSparse = isSparse(filters);
    sparse = isSparse ? SparseFilter.of(filters.getFirst().parameters()) : null;
    if (isSparse) {
      requireFit();
    }
    byte[] fill = dataset.fillValue();
    spec =
        new ChunkSpec(
            Dataset.product(dataset.chunkShape()),
            dataset.elementBytes(),
            fill,
            isSparse ? sparse.keep() : ChunkSpec.Keep.NONFILL);
  }

  private void requireFit() {
    String what = Eligibility.reasonOfType(dataset);
    if (what != null) {
      throw new UnsupportedOperationException(
          "it has the sparse filter, but cannot be sparse: it " + what);
    }
    boolean sameSize = sparse.elementSize() == dataset.elementBytes();
    String misfit =
        sparse.misfit(
            dataset.elementBytes(),
            sameSize ? dataset.fillValue() : null,
            Dataset.product(dataset.chunkShape()));
    if (misfit != null) {
      throw new UnsupportedOperationException(
          "the parameters of its sparse filter do not fit it: " + misfit);
    }
  }

  /** Whether a dataset with these filters is sparse. */
  public static boolean isSparse(List<Filter> filters) {
    return !filters.isEmpty() && filters.getFirst().number() == SparseFilter.ID;
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
   * @throws CorruptBlobException if it is said to be longer than a blob can be
   */
  public MemorySegment blob(StoredChunk chunk) {
    int others = (1 << filters.size()) - 2;
    if ((chunk.filterMask() & others) == others) {
      if (Long.compareUnsigned(chunk.bytes(), SparseBlob.maximumBytes(spec)) > 0) {
        throw new CorruptBlobException(
            ("the chunk index is damaged: it gives %s bytes for the blob, but a blob of"
                    + " this dataset has at most %d")
                .formatted(Long.toUnsignedString(chunk.bytes()), SparseBlob.maximumBytes(spec)));
      }
      MemorySegment stored = buffer.reserve(chunk.bytes());
      dataset.readStored(chunk, stored);
      return stored;
    }
    return BlobCapture.instance().blob(dataset, chunk.offset());
  }

  /** Where the blob of a chunk belongs. */
  private Binding binding(StoredChunk chunk) {
    long[] scaled = chunk.offset().clone();
    long[] shape = dataset.chunkShape();
    for (int d = 0; d < scaled.length; d++) {
      scaled[d] /= shape[d];
    }
    return sparse.binding().toChunk(scaled);
  }

  /**
   * The header of a chunk's blob.
   *
   * @param blob the chunk's
   * @throws CorruptBlobException if the blob is damaged, or not the blob of this chunk
   */
  public BlobHeader header(StoredChunk chunk, MemorySegment blob) {
    return SparseBlob.header(spec, binding(chunk), blob);
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
        SparseBlob.decode(spec, binding(chunk), blob(chunk)).giveBack();
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
      SparseBlob.decodeInto(spec, binding(chunk), blob(chunk), into);
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
    if (sparse == null || isWithoutBlob(chunk)) {
      return SparseBlob.selection(encode(chunk));
    }
    MemorySegment blob = blob(chunk);
    header(chunk, blob);
    return SparseBlob.selection(blob);
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
