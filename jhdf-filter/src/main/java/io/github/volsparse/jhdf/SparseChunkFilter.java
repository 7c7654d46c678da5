package io.github.volsparse.jhdf;

import io.github.volsparse.chunk.CorruptBlobException;
import io.github.volsparse.chunk.SparseBlob;
import io.github.volsparse.dataset.SparseFilter;
import io.jhdf.exceptions.HdfFilterException;
import io.jhdf.filter.Filter;
import java.lang.foreign.MemorySegment;

/** The filter of sparse datasets, for reading. Without state: any thread may use it. */
public final class SparseChunkFilter implements Filter {

  /** For the service loader. */
  public SparseChunkFilter() {}

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
}
