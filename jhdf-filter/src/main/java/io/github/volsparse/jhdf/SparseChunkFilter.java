package io.github.volsparse.jhdf;

import io.github.volsparse.format.BlobBuffer;
import io.github.volsparse.format.BlobHeader;
import io.github.volsparse.format.ChunkSpec;
import io.github.volsparse.format.ChunkSpec.Keep;
import io.github.volsparse.format.Codec;
import io.github.volsparse.format.CorruptBlobException;
import io.github.volsparse.format.SparseBlob;
import io.github.volsparse.format.SparseFilter;
import io.jhdf.exceptions.HdfFilterException;
import io.jhdf.filter.Filter;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The filter of sparse datasets. Thread-safe. */
public final class SparseChunkFilter implements Filter {

  /** Encoders keep their memory for the next chunk. */
  private static final ThreadLocal<BlobBuffer> ENCODED = ThreadLocal.withInitial(BlobBuffer::new);

  /** For the service loader. */
  public SparseChunkFilter() {}

  /**
   * The filter's parameters for a new dataset, whose fill value is zero: what jHDF writes.
   *
   * @param elementSize bytes of an element in the file
   * @param chunkElements elements in a chunk: the product of the chunk shape
   * @param identity any number that no other dataset of the file has: chunks are bound to it, so
   *     that one that gets where it does not belong is an error
   */
  public static int[] parameters(int elementSize, long chunkElements, long identity) {
    return new SparseFilter(
            elementSize,
            new byte[0],
            Keep.NONFILL,
            Codec.LZ4,
            0,
            false,
            false,
            false,
            chunkElements,
            identity)
        .words();
  }

  /**
   * The same in version 1 of the format, which binds chunks to nothing and does not say how large
   * they are.
   *
   * @param elementSize bytes of an element in the file
   */
  public static int[] parameters(int elementSize) {
    return parameters(elementSize, 0, 0);
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
   * @param filterData the filter's parameters, which the blob must fit
   * @return all elements of the chunk, row-major, in the file's datatype
   * @throws HdfFilterException if the blob is damaged, or its chunk has more than 2 GiB
   */
  @Override
  public byte[] decode(byte[] encodedData, int[] filterData) {
    MemorySegment blob = MemorySegment.ofArray(encodedData);
    try {
      BlobHeader header = filter(filterData).header(blob);
      byte[] elements = new byte[Math.toIntExact(header.denseBytes())];
      boolean isFilled = header.isFillZero();
      SparseBlob.decodeInto(header, blob, MemorySegment.ofArray(elements), isFilled);
      return elements;
    } catch (CorruptBlobException e) {
      throw new HdfFilterException("sparse filter: " + e.getMessage(), e);
    } catch (ArithmeticException e) {
      throw new HdfFilterException(
          "sparse filter: a chunk of 2 GiB or more does not fit into a Java array", e);
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
    SparseFilter filter = filter(filterData);
    ChunkSpec spec;
    try {
      spec = filter.spec(data.length);
    } catch (IllegalArgumentException e) {
      throw new HdfFilterException(
          e.getMessage() + ": give the filter the parameters for the dataset's type and chunks", e);
    }
    BlobBuffer buffer = ENCODED.get();
    SparseBlob.encodeElements(
        spec, filter.binding(), MemorySegment.ofArray(data), filter.codec(), buffer);
    return buffer.blob().toArray(ValueLayout.JAVA_BYTE);
  }

  private static SparseFilter filter(int[] parameters) {
    try {
      return SparseFilter.of(parameters);
    } catch (UnsupportedOperationException e) {
      throw new HdfFilterException(e.getMessage(), e);
    }
  }
}
