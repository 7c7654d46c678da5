package io.github.volsparse.filter;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.dataset.CreationProperties;
import io.github.volsparse.format.Binding;
import io.github.volsparse.format.BlobBuffer;
import io.github.volsparse.format.BlobHeader;
import io.github.volsparse.format.ChunkSpec;
import io.github.volsparse.format.Encoding;
import io.github.volsparse.format.SparseBlob;
import io.github.volsparse.format.SparseFilter;
import io.github.volsparse.hdf5.Hdf5;
import io.github.volsparse.hdf5.Hdf5Exception;
import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.MemorySegment;

/** The function of the filter's {@code H5Z_class2_t}. */
public final class FilterCallback {
  private static final BlobBuffer ENCODED = new BlobBuffer();

  private FilterCallback() {}

  /**
   * {@code size_t filter(unsigned flags, size_t cd_nelmts, const unsigned cd_values[], size_t
   * nbytes, size_t *buf_size, void **buf)}: replaces the bytes in the buffer by a blob of them, or
   * the other way round. A blob goes into the same buffer, if it fits: {@code H5Ocopy} (HDF5 1.14
   * to 2.2) takes the buffer for the next chunk without looking at its size, and writes beyond a
   * smaller one. Otherwise there is a new buffer, from {@code H5allocate_memory}.
   *
   * @return the bytes in the buffer
   * @throws RuntimeException if it cannot be done; the buffer is then as it was
   */
  public static long filter(long[] arguments) {
    long bytes = arguments[3];
    MemorySegment parameters = MemorySegment.ofAddress(arguments[2]).reinterpret(4 * arguments[1]);
    MemorySegment bufferSize = MemorySegment.ofAddress(arguments[4]).reinterpret(8);
    MemorySegment buffer = MemorySegment.ofAddress(arguments[5]).reinterpret(8);
    MemorySegment input = MemorySegment.ofAddress(buffer.get(JAVA_LONG, 0)).reinterpret(bytes);

    SparseFilter filter = SparseFilter.of(parameters.toArray(JAVA_INT));
    MemorySegment output;
    if ((arguments[0] & hdf5_h.H5Z_FLAG_REVERSE) != 0) {
      output = decode(filter, input);
    } else {
      encode(filter, input);
      if (ENCODED.length() <= bytes) {
        input.asSlice(0, ENCODED.length()).copyFrom(ENCODED.blob());
        return ENCODED.length();
      }
      output = allocate(ENCODED.length(), false).copyFrom(ENCODED.blob());
    }
    Hdf5.H5free_memory(input.address());
    buffer.set(JAVA_LONG, 0, output.address());
    bufferSize.set(JAVA_LONG, 0, output.byteSize());
    return output.byteSize();
  }

  /**
   * {@code herr_t set_local(hid_t dcpl_id, hid_t type_id, hid_t space_id)}: fits the filter's
   * parameters to a dataset that is about to be created, where they come from another.
   *
   * <p>What HDF5 cannot say of the new dataset it will complain about itself.
   */
  public static long setLocal(long[] arguments) {
    try {
      CreationProperties.fit(arguments[0], arguments[1], arguments[2]);
    } catch (Hdf5Exception e) {
      e.discardErrorStack();
    }
    return 0;
  }

  private static MemorySegment allocate(long bytes, boolean isZero) {
    return MemorySegment.ofAddress(Hdf5.H5allocate_memory(bytes, isZero)).reinterpret(bytes);
  }

  /**
   * Decodes a blob into new memory. If most of it will be zeros, it is memory that the system
   * provides as zeros, page by page when it is touched. So a large size claimed by a blob costs
   * nothing.
   */
  private static MemorySegment decode(SparseFilter filter, MemorySegment blob) {
    BlobHeader header = filter.header(blob);
    boolean isZero = header.isFillZero() && header.encoding() != Encoding.DENSE;
    MemorySegment elements = allocate(header.denseBytes(), isZero);
    boolean done = false;
    try {
      SparseBlob.decodeInto(header, blob, elements, isZero);
      done = true;
    } finally {
      if (!done) {
        Hdf5.H5free_memory(elements.address());
      }
    }
    return elements;
  }

  /** Makes a blob of all elements of a chunk, in {@link #ENCODED}. */
  private static void encode(SparseFilter filter, MemorySegment elements) {
    ChunkSpec spec = filter.spec(elements.byteSize());
    Binding binding = filter.binding();
    SparseBlob.encodeElements(spec, binding, elements, filter.codec(), ENCODED);
    if (filter.leavesToOthers(ENCODED.blob(), spec)) {
      SparseBlob.encodeDense(spec, binding, elements, ENCODED);
    }
  }
}
