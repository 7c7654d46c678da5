package io.github.volsparse.tool.chunks;

import static io.github.volsparse.tool.hdf5.H5.check;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.format.SparseFilter;
import io.github.volsparse.hdf5.generated.H5Z_class2_t;
import io.github.volsparse.hdf5.generated.H5Z_func_t;
import io.github.volsparse.hdf5.generated.hdf5_h;
import io.github.volsparse.tool.hdf5.Dataset;
import io.github.volsparse.tool.hdf5.H5;
import io.github.volsparse.tool.hdf5.Hdf5Failure;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Undoes the filters that follow the sparse one, by HDF5's own pipeline.
 *
 * <p>HDF5 has no function for that alone. But it passes to every filter the output of the later
 * filters. This filter is registered in place of vol-sparse's. It keeps its input, which is the
 * blob, and then reports a failure.
 */
final class BlobCapture {
  private static final int FAILED = 0;

  private static BlobCapture registered;

  private MemorySegment captured;

  private BlobCapture() {
    Arena arena = Arena.global(); // HDF5 keeps the function until the process ends
    MemorySegment filter = H5Z_class2_t.allocate(arena);
    H5Z_class2_t.version(filter, hdf5_h.H5Z_CLASS_T_VERS);
    H5Z_class2_t.id(filter, SparseFilter.ID);
    H5Z_class2_t.encoder_present(filter, 1);
    H5Z_class2_t.decoder_present(filter, 1);
    H5Z_class2_t.name(filter, arena.allocateFrom("sparse"));
    H5Z_class2_t.filter(filter, H5Z_func_t.allocate(this::filter, arena));
    check("H5Zregister", hdf5_h.H5Zregister(filter));
  }

  static BlobCapture instance() {
    if (registered == null) {
      registered = new BlobCapture();
    }
    return registered;
  }

  private long filter(
      int flags,
      long parameters,
      MemorySegment values,
      long bytes,
      MemorySegment bufferBytes,
      MemorySegment buffer) {
    MemorySegment stored = H5.at(buffer.get(JAVA_LONG, 0), bytes);
    captured = Arena.ofAuto().allocate(bytes, Long.BYTES).copyFrom(stored);
    return FAILED;
  }

  /**
   * The blob of a chunk that is stored through all filters.
   *
   * @throws Hdf5Failure if a filter behind the sparse one fails
   */
  MemorySegment blob(Dataset dataset, long[] offset) {
    captured = null;
    try {
      readOneElement(dataset, offset);
    } catch (Hdf5Failure failure) {
      if (captured == null) {
        throw failure;
      }
    }
    return captured;
  }

  /** Reads the first element of a chunk, for which HDF5 undoes the filters of all of it. */
  static void readOneElement(Dataset dataset, long[] offset) {
    long[] one = new long[offset.length];
    Arrays.fill(one, 1);
    try (Arena arena = Arena.ofConfined()) {
      dataset.read(offset, one, arena.allocate(dataset.elementBytes(), Long.BYTES));
    }
  }
}
