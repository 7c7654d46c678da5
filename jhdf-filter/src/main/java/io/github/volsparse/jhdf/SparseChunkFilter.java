package io.github.volsparse.jhdf;

import io.github.volsparse.chunk.BlobBuffer;
import io.github.volsparse.chunk.ChunkSpec;
import io.github.volsparse.chunk.ChunkSpec.Keep;
import io.github.volsparse.chunk.Codec;
import io.github.volsparse.chunk.CorruptBlobException;
import io.github.volsparse.chunk.SparseBlob;
import io.github.volsparse.dataset.SparseFilter;
import io.jhdf.exceptions.HdfFilterException;
import io.jhdf.filter.Filter;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The filter of sparse datasets. Any thread may use it. */
public final class SparseChunkFilter implements Filter {

  /** Encoders keep their memory for the next chunk. */
  private static final ThreadLocal<BlobBuffer> ENCODED = ThreadLocal.withInitial(BlobBuffer::new);

  /** For the service loader. */
  public SparseChunkFilter() {}

  /**
   * The filter's parameters for a new dataset, whose fill value is zero: what jHDF writes.
   *
   * @param elementSize bytes of an element in the file
   */
  public static int[] parameters(int elementSize) {
    byte[] fillValue = new byte[elementSize];
    return new SparseFilter(elementSize, fillValue, Keep.NONFILL, Codec.LZ4, 0, false, false, false)
        .words();
  }

  @Override
  public int getId() {
    return SparseFilter.ID;
  }

  @Override
  public String getName() {
    return "sparse";
  }

  /**
   * Decodes a chunk.
   *
   * @param encodedData exactly the blob
   * @param filterData not needed: a blob describes itself
   * @return all elements of the chunk, row-major, in the file's datatype
   * @throws HdfFilterException if the blob is damaged, or its chunk has more than 2 GiB
   */
  @Override
  public byte[] decode(byte[] encodedData, int[] filterData) {
    MemorySegment blob = MemorySegment.ofArray(encodedData);
    try {
      long bytes = SparseBlob.header(blob).spec().denseBytes();
      byte[] elements = new byte[Math.toIntExact(bytes)];
      SparseBlob.decodeInto(blob, MemorySegment.ofArray(elements));
      return elements;
    } catch (CorruptBlobException e) {
      throw new HdfFilterException("sparse filter: " + e.getMessage(), e);
    } catch (ArithmeticException e) {
      throw new HdfFilterException("sparse filter: a chunk of 2 GiB or more is no Java array", e);
    }
  }

  /**
   * Encodes a chunk.
   *
   * @param data all elements of the chunk, row-major, in the file's datatype
   * @param filterData {@link #parameters}
   * @return the blob
   * @throws HdfFilterException if the parameters are others
   */
  @Override
  public byte[] encode(byte[] data, int[] filterData) {
    SparseFilter filter;
    try {
      filter = SparseFilter.of(filterData);
    } catch (UnsupportedOperationException e) {
      throw new HdfFilterException(e.getMessage(), e);
    }
    int size = filter.elementSize();
    if (data.length == 0 || data.length % size != 0) {
      throw new HdfFilterException(
          ("sparse filter: a chunk of %d bytes is no number of elements of %d bytes: give the filter"
                  + " the parameters for the size of the dataset's type")
              .formatted(data.length, size));
    }
    ChunkSpec spec = new ChunkSpec(data.length / size, size, filter.fillValue(), Keep.NONFILL);
    BlobBuffer buffer = ENCODED.get();
    SparseBlob.encodeElements(spec, MemorySegment.ofArray(data), filter.codec(), buffer);
    return buffer.blob().toArray(ValueLayout.JAVA_BYTE);
  }
}
