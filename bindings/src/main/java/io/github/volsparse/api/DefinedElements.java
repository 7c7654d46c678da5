package io.github.volsparse.api;

import static java.lang.foreign.MemorySegment.NULL;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.hdf5.Hdf5Library;
import io.github.volsparse.hdf5.Words;
import io.github.volsparse.hdf5.generated.H5E_error2_t;
import io.github.volsparse.hdf5.generated.H5E_walk2_t;
import io.github.volsparse.hdf5.generated.H5VL_optional_args_t;
import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.ArrayList;
import java.util.List;

/**
 * Which elements of a sparse dataset are defined: those that differ from the fill value or, with
 * the option {@code keep=written}, those that were written. The equivalent of {@code vol_sparse.h}
 * for C programs.
 *
 * <p>For datasets of files that were opened through the connector of vol-sparse, including changes
 * that are not flushed yet. Work and memory grow with the number of defined elements and stored
 * chunks, not with the extent.
 *
 * <p>Every method takes the identifier of a dataset, and that of a dataspace of the dataset's
 * extent with a selection, or {@link #H5S_ALL}. It throws {@link SparseDatasetException} if HDF5
 * reports a failure, which is then not printed. An instance has no state, but it calls HDF5, so the
 * rules of HDF5 for threads apply. The JVM needs {@code --enable-native-access} to avoid a warning.
 */
public final class DefinedElements {
  /** {@code H5S_ALL}: the whole dataset. */
  public static final long H5S_ALL = 0;

  /** In place of a datatype: no values, coordinates only ({@code H5I_INVALID_HID}). */
  public static final long NO_VALUES = -1;

  private static final String ITERATE = "vol-sparse.iterate_defined";

  /** The version from which on HDF5 has what the connector needs. */
  private static final int MAJOR = 1;

  private static final int MINOR = 14;

  /**
   * Takes the functions it needs from a library.
   *
   * @param hdf5 the functions of the libhdf5 that the identifiers belong to, such as {@code
   *     SymbolLookup.loaderLookup()} after {@code System.load}
   * @throws IllegalArgumentException if it is no HDF5, or one older than 1.14
   * @throws IllegalStateException if there was an instance for another libhdf5: this class, as a
   *     class loader has it, works with one
   */
  public DefinedElements(SymbolLookup hdf5) {
    int[] version = Hdf5Library.version(hdf5);
    if (version == null) {
      throw new IllegalArgumentException("the library is not HDF5: it has no H5get_libversion");
    }
    if (version[0] < MAJOR || version[0] == MAJOR && version[1] < MINOR) {
      throw new IllegalArgumentException(
          "the library is HDF5 %d.%d.%d: vol-sparse needs HDF5 1.14 or newer"
              .formatted(version[0], version[1], version[2]));
    }
    Hdf5Library.use("the HDF5 library", hdf5);
  }

  /** Counts the defined elements. */
  public long count(long dataset, long fileSpace) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment arguments = arena.allocateFrom(JAVA_LONG, fileSpace, 0);
      operate("vol-sparse.get_num_defined", dataset, arguments, hdf5_h.H5P_DEFAULT);
      return arguments.getAtIndex(JAVA_LONG, 1);
    }
  }

  /**
   * Selects the defined elements.
   *
   * @return identifier of a dataspace of the dataset's extent, for {@code H5Dread} and the like;
   *     the caller closes it. Its selection goes through the elements in row-major order; it is a
   *     hyperslab where they come in blocks, otherwise points, and none of no elements
   */
  public long select(long dataset, long fileSpace) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment arguments = arena.allocateFrom(JAVA_LONG, fileSpace, -1);
      operate("vol-sparse.get_defined", dataset, arguments, hdf5_h.H5P_DEFAULT);
      return arguments.getAtIndex(JAVA_LONG, 1);
    }
  }

  /** Makes elements undefined: they read as the fill value from now on. */
  public void erase(long dataset, long fileSpace) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment arguments = arena.allocateFrom(JAVA_LONG, fileSpace);
      operate("vol-sparse.erase", dataset, arguments, hdf5_h.H5P_DEFAULT);
    }
  }

  /** Takes defined elements, some of those of one chunk at a time. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * Takes some elements. The memory belongs to the connector and is gone after the call; the
     * dataset must not be changed meanwhile. What it throws ends the iteration.
     *
     * @param count how many, at least 1
     * @param coordinates their coordinates in the dataset, one element after another: {@code
     *     hsize_t[count][rank]}, 64-bit integers in native byte order
     * @param values their values in the datatype asked for, packed; of size 0 without
     * @return whether to go on
     */
    boolean visit(long count, MemorySegment coordinates, MemorySegment values);
  }

  /**
   * Visits the defined elements chunk by chunk, in row-major order of the chunks and within each.
   *
   * @param memoryType identifier of the datatype in which the visitor gets the values; {@link
   *     #NO_VALUES} if it wants coordinates only
   * @param transferList a transfer property list for the conversion of values; 0 for {@code
   *     H5P_DEFAULT}
   */
  public void forEach(
      long dataset, long fileSpace, long memoryType, long transferList, Visitor visitor) {
    try (Arena arena = Arena.ofConfined()) {
      Visit visit = new Visit(visitor, rankOf(dataset), memoryType < 0 ? 0 : sizeOf(memoryType));
      MemorySegment operator = Words.callback(visit, arena);
      MemorySegment arguments =
          arena.allocateFrom(JAVA_LONG, fileSpace, memoryType, operator.address(), 0, 0);
      operate(ITERATE, dataset, arguments, transferList);
      visit.rethrow();
    }
  }

  private static int rankOf(long dataset) {
    long space = hdf5_h.H5Dget_space(dataset);
    check(space, ITERATE);
    try {
      int rank = hdf5_h.H5Sget_simple_extent_ndims(space);
      check(rank, ITERATE);
      return rank;
    } finally {
      hdf5_h.H5Sclose(space);
    }
  }

  private static long sizeOf(long type) {
    return hdf5_h.H5Tget_size(type);
  }

  /**
   * A visitor as the connector calls it: {@code int op(size_t count, const hsize_t *coordinates,
   * const void *values, void *data)}.
   */
  private static final class Visit implements Words.Callback {
    private final Visitor visitor;
    private final int rank;
    private final long valueSize;
    private Throwable thrown;

    Visit(Visitor visitor, int rank, long valueSize) {
      this.visitor = visitor;
      this.rank = rank;
      this.valueSize = valueSize;
    }

    /** What is thrown must not get out of it. */
    @Override
    public long call(long count, long coordinates, long values, long data, long e, long f) {
      try {
        boolean goOn =
            visitor.visit(
                count,
                MemorySegment.ofAddress(coordinates)
                    .reinterpret(count * rank * JAVA_LONG.byteSize())
                    .asReadOnly(),
                MemorySegment.ofAddress(values).reinterpret(count * valueSize).asReadOnly());
        return goOn ? 0 : 1;
      } catch (Throwable t) {
        thrown = t;
        return 1;
      }
    }

    void rethrow() {
      if (thrown instanceof Error error) {
        throw error;
      }
      if (thrown != null) {
        throw thrown instanceof RuntimeException e ? e : new IllegalStateException(thrown);
      }
    }
  }

  // ---- calls

  /** Does an operation of a dataset; HDF5 prints nothing. */
  private static void operate(String operation, long dataset, MemorySegment arguments, long dxpl) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment function = arena.allocate(JAVA_LONG);
      MemorySegment data = arena.allocate(JAVA_LONG);
      check(hdf5_h.H5Eget_auto2(hdf5_h.H5E_DEFAULT, function, data), operation);
      check(hdf5_h.H5Eset_auto2(hdf5_h.H5E_DEFAULT, NULL, NULL), operation);
      try {
        MemorySegment name = arena.allocateFrom(operation);
        MemorySegment optional = H5VL_optional_args_t.allocate(arena);
        requireKnown(name, dataset, optional, arena);
        H5VL_optional_args_t.args(optional, arguments);
        check(
            hdf5_h.H5VLdataset_optional_op(
                name, name, 0, dataset, optional, dxpl, hdf5_h.H5ES_NONE),
            operation);
      } finally {
        check(
            hdf5_h.H5Eset_auto2(
                hdf5_h.H5E_DEFAULT, function.get(JAVA_LONG, 0), data.get(JAVA_LONG, 0)),
            operation);
      }
    }
  }

  private static void requireKnown(
      MemorySegment name, long dataset, MemorySegment optional, Arena arena) {
    MemorySegment flags = arena.allocate(JAVA_LONG);
    int datasets = hdf5_h.H5VL_SUBCLS_DATASET;
    boolean isKnown =
        hdf5_h.H5VLfind_opt_operation(datasets, name, optional) >= 0
            && hdf5_h.H5VLquery_optional(
                    dataset, datasets, H5VL_optional_args_t.op_type(optional), flags)
                >= 0
            && (flags.get(JAVA_LONG, 0) & hdf5_h.H5VL_OPT_QUERY_SUPPORTED) != 0;
    if (!isKnown) {
      throw new SparseDatasetException(
          "the identifier is not that of a dataset whose file was opened through"
              + " vol-sparse: set HDF5_VOL_CONNECTOR=sparse and HDF5_PLUGIN_PATH before the"
              + " program starts, or set the connector in the file access property list");
    }
  }

  private static void check(long result, String operation) {
    if (result < 0) {
      throw failure(operation);
    }
  }

  /** What the error stack says: the innermost entry, and those of vol-sparse. */
  private static SparseDatasetException failure(String operation) {
    List<String> reasons = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment function =
          H5E_walk2_t.allocate(
              (number, entry, data) -> {
                if (reasons.isEmpty()
                    || text(H5E_error2_t.func_name(entry)).startsWith("sparse_")) {
                  reasons.add(text(H5E_error2_t.desc(entry)));
                }
                return 0;
              },
              arena);
      int status = hdf5_h.H5Ewalk2(hdf5_h.H5E_DEFAULT, hdf5_h.H5E_WALK_UPWARD, function, NULL);
      if (status < 0 || reasons.isEmpty()) {
        reasons.add("HDF5 does not say why");
      }
    }
    return new SparseDatasetException(operation + " failed: " + String.join("; ", reasons));
  }

  private static String text(MemorySegment text) {
    return text.address() == 0 ? "" : text.getString(0);
  }
}
