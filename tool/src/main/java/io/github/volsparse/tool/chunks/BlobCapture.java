package io.github.volsparse.tool.chunks;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.github.volsparse.format.SparseFilter;
import io.github.volsparse.tool.hdf5.Dataset;
import io.github.volsparse.tool.hdf5.H5;
import io.github.volsparse.tool.hdf5.Hdf5Failure;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Undoes the filters that follow the sparse one, by HDF5's own pipeline.
 *
 * <p>HDF5 has no function for that alone. But it hands every filter what those behind it have
 * undone: in place of vol-sparse's filter this one is registered, which keeps what it gets, the
 * blob, and then says that it failed.
 */
final class BlobCapture {
  /** {@code H5Z_class2_t}. */
  private static final MemoryLayout CLASS =
      MemoryLayout.structLayout(
          JAVA_INT.withName("version"),
          JAVA_INT.withName("id"),
          JAVA_INT.withName("encoder_present"),
          JAVA_INT.withName("decoder_present"),
          ADDRESS.withName("name"),
          ADDRESS.withName("can_apply"),
          ADDRESS.withName("set_local"),
          ADDRESS.withName("filter"));

  private static final int CLASS_VERSION = 1;
  private static final int FAILED = 0;

  private static BlobCapture registered;

  private MemorySegment captured;

  private BlobCapture() {
    Arena arena = Arena.global(); // HDF5 keeps the function until the process ends
    MemorySegment filter = arena.allocate(CLASS);
    filter.set(JAVA_INT, 0, CLASS_VERSION);
    filter.set(JAVA_INT, offset("id"), SparseFilter.ID);
    filter.set(JAVA_INT, offset("encoder_present"), 1);
    filter.set(JAVA_INT, offset("decoder_present"), 1);
    filter.set(ADDRESS, offset("name"), arena.allocateFrom("sparse"));
    filter.set(
        ADDRESS, offset("filter"), MemorySegment.ofAddress(H5.function(arena, this::filter)));
    H5.status("H5Zregister", filter.address());
  }

  private static long offset(String field) {
    return CLASS.byteOffset(MemoryLayout.PathElement.groupElement(field));
  }

  static BlobCapture instance() {
    if (registered == null) {
      registered = new BlobCapture();
    }
    return registered;
  }

  private long filter(
      long flags, long parameters, long values, long bytes, long bufferBytes, long buffer) {
    MemorySegment stored =
        H5.at(H5.at(buffer, ADDRESS.byteSize()).get(ADDRESS, 0).address(), bytes);
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
