package io.github.volsparse.api;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;

/**
 * Which elements of a sparse dataset are defined: those that differ from the fill value or, where
 * the connector was told {@code keep=written}, those that were written. The same as {@code
 * vol_sparse.h} is for programs in C.
 *
 * <p>For datasets of files that were opened through the connector of vol-sparse; they may have
 * changes that are not flushed yet. Work and memory follow the number of defined elements and of
 * stored chunks, not the extent.
 *
 * <p>Every method takes an identifier of a dataset, and one of a dataspace of the dataset's extent,
 * in whose selection to look, or {@link #H5S_ALL}. It throws {@link SparseDatasetException} if HDF5
 * reports a failure, which is then not printed. An instance has no state; but it calls HDF5, so
 * that threads have to take turns as they have to anyway. The JVM needs {@code
 * --enable-native-access} to do so without a warning.
 */
public final class DefinedElements {
  /** {@code H5S_ALL}: the whole dataset. */
  public static final long H5S_ALL = 0;

  /** In place of a datatype: no values, coordinates only ({@code H5I_INVALID_HID}). */
  public static final long NO_VALUES = -1;

  private static final int SUBCLASS_DATASET = 4; // H5VL_SUBCLS_DATASET
  private static final long QUERY_SUPPORTED = 1; // H5VL_OPT_QUERY_SUPPORTED
  private static final long DEFAULT = 0; // H5P_DEFAULT, H5E_DEFAULT, H5ES_NONE
  private static final int WALK_UPWARD = 0; // H5E_WALK_UPWARD

  /** Where the function's name and the description stand in an {@code H5E_error2_t}. */
  private static final long ENTRY_FUNCTION = 32;

  private static final long ENTRY_DESCRIPTION = 48;
  private static final long ENTRY_BYTES = 56;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle VISIT =
      method(
          "visit",
          MethodType.methodType(
              int.class, Visit.class, long.class, long.class, long.class, MemorySegment.class));
  private static final MethodHandle TAKE_ENTRY =
      method(
          "takeEntry",
          MethodType.methodType(
              int.class, List.class, int.class, MemorySegment.class, MemorySegment.class));

  private final MethodHandle findOperation;
  private final MethodHandle query;
  private final MethodHandle call;
  private final MethodHandle walk;
  private final MethodHandle getAuto;
  private final MethodHandle setAuto;
  private final MethodHandle datasetSpace;
  private final MethodHandle rank;
  private final MethodHandle closeSpace;
  private final MethodHandle typeSize;

  /**
   * Finds the functions it needs.
   *
   * @param hdf5 the functions of the libhdf5 that the identifiers belong to, such as {@code
   *     SymbolLookup.loaderLookup()} after {@code System.load}
   * @throws IllegalArgumentException if one is missing: HDF5 is older than 1.14
   */
  public DefinedElements(SymbolLookup hdf5) {
    findOperation = function(hdf5, "H5VLfind_opt_operation", JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
    query = function(hdf5, "H5VLquery_optional", JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT, ADDRESS);
    call =
        function(
            hdf5,
            "H5VLdataset_optional_op",
            JAVA_INT,
            ADDRESS,
            ADDRESS,
            JAVA_INT,
            JAVA_LONG,
            ADDRESS,
            JAVA_LONG,
            JAVA_LONG);
    walk = function(hdf5, "H5Ewalk2", JAVA_INT, JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS);
    getAuto = function(hdf5, "H5Eget_auto2", JAVA_INT, JAVA_LONG, ADDRESS, ADDRESS);
    setAuto = function(hdf5, "H5Eset_auto2", JAVA_INT, JAVA_LONG, ADDRESS, ADDRESS);
    datasetSpace = function(hdf5, "H5Dget_space", JAVA_LONG, JAVA_LONG);
    rank = function(hdf5, "H5Sget_simple_extent_ndims", JAVA_INT, JAVA_LONG);
    closeSpace = function(hdf5, "H5Sclose", JAVA_INT, JAVA_LONG);
    typeSize = function(hdf5, "H5Tget_size", JAVA_LONG, JAVA_LONG);
  }

  private static MethodHandle function(
      SymbolLookup hdf5, String name, MemoryLayout result, MemoryLayout... parameters) {
    MemorySegment address =
        hdf5.find(name)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        name + " was not found: vol-sparse needs HDF5 1.14 or newer"));
    return LINKER.downcallHandle(address, FunctionDescriptor.of(result, parameters));
  }

  private static MethodHandle method(String name, MethodType type) {
    try {
      return MethodHandles.lookup().findStatic(DefinedElements.class, name, type);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(name, e);
    }
  }

  /** Counts the defined elements. */
  public long count(long dataset, long fileSpace) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment arguments = arena.allocateFrom(JAVA_LONG, fileSpace, 0);
      operate("vol-sparse.get_num_defined", dataset, arguments, DEFAULT);
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
      operate("vol-sparse.get_defined", dataset, arguments, DEFAULT);
      return arguments.getAtIndex(JAVA_LONG, 1);
    }
  }

  /** Makes elements undefined: they read as the fill value from now on. */
  public void erase(long dataset, long fileSpace) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment arguments = arena.allocateFrom(JAVA_LONG, fileSpace);
      operate("vol-sparse.erase", dataset, arguments, DEFAULT);
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
      MemorySegment operator =
          LINKER.upcallStub(
              VISIT.bindTo(visit),
              FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS),
              arena);
      MemorySegment arguments =
          arena.allocateFrom(JAVA_LONG, fileSpace, memoryType, operator.address(), 0, 0);
      operate("vol-sparse.iterate_defined", dataset, arguments, transferList);
      visit.rethrow();
    }
  }

  private int rankOf(long dataset) {
    try {
      long space = (long) datasetSpace.invokeExact(dataset);
      if (space < 0) {
        throw failure("vol-sparse.iterate_defined");
      }
      int result = (int) rank.invokeExact(space);
      int closed = (int) closeSpace.invokeExact(space);
      return closed < 0 ? closed : result;
    } catch (Throwable t) {
      throw unchecked(t);
    }
  }

  private long sizeOf(long type) {
    try {
      return (long) typeSize.invokeExact(type);
    } catch (Throwable t) {
      throw unchecked(t);
    }
  }

  /** A visitor as the connector calls it. */
  private static final class Visit {
    private final Visitor visitor;
    private final int rank;
    private final long valueSize;
    private Throwable thrown;

    Visit(Visitor visitor, int rank, long valueSize) {
      this.visitor = visitor;
      this.rank = rank;
      this.valueSize = valueSize;
    }

    void rethrow() {
      if (thrown != null) {
        throw unchecked(thrown);
      }
    }
  }

  /** The function that the connector calls: what is thrown must not get out of it. */
  private static int visit(
      Visit visit, long count, long coordinates, long values, MemorySegment data) {
    try {
      boolean goOn =
          visit.visitor.visit(
              count,
              MemorySegment.ofAddress(coordinates)
                  .reinterpret(count * visit.rank * JAVA_LONG.byteSize())
                  .asReadOnly(),
              MemorySegment.ofAddress(values).reinterpret(count * visit.valueSize).asReadOnly());
      return goOn ? 0 : 1;
    } catch (Throwable t) {
      visit.thrown = t;
      return 1;
    }
  }

  // ---- calls

  /** Does an operation of a dataset; HDF5 prints nothing. */
  private void operate(String operation, long dataset, MemorySegment arguments, long dxpl) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment function = arena.allocate(ADDRESS);
      MemorySegment data = arena.allocate(ADDRESS);
      check((int) getAuto.invokeExact(DEFAULT, function, data), operation);
      check((int) setAuto.invokeExact(DEFAULT, MemorySegment.NULL, MemorySegment.NULL), operation);
      try {
        MemorySegment name = arena.allocateFrom(operation);
        MemorySegment optional = arena.allocate(16, 8); // { int op_type; void *args; }
        requireKnown(name, dataset, optional, arena);
        optional.set(JAVA_LONG, 8, arguments.address());
        check((int) call.invokeExact(name, name, 0, dataset, optional, dxpl, DEFAULT), operation);
      } finally {
        check(
            (int) setAuto.invokeExact(DEFAULT, function.get(ADDRESS, 0), data.get(ADDRESS, 0)),
            operation);
      }
    } catch (Throwable t) {
      throw unchecked(t);
    }
  }

  private void requireKnown(MemorySegment name, long dataset, MemorySegment optional, Arena arena)
      throws Throwable {
    MemorySegment flags = arena.allocate(JAVA_LONG);
    boolean isKnown =
        (int) findOperation.invokeExact(SUBCLASS_DATASET, name, optional) >= 0
            && (int) query.invokeExact(dataset, SUBCLASS_DATASET, optional.get(JAVA_INT, 0), flags)
                >= 0
            && (flags.get(JAVA_LONG, 0) & QUERY_SUPPORTED) != 0;
    if (!isKnown) {
      throw new SparseDatasetException(
          "the identifier is not one of a dataset whose file was opened through vol-sparse: set"
              + " HDF5_VOL_CONNECTOR=sparse and HDF5_PLUGIN_PATH before the program starts, or"
              + " give the file's access list the connector");
    }
  }

  private void check(int status, String operation) {
    if (status < 0) {
      throw failure(operation);
    }
  }

  /** What the error stack says: the innermost entry, and those of vol-sparse. */
  private SparseDatasetException failure(String operation) {
    List<String> reasons = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment function =
          LINKER.upcallStub(
              TAKE_ENTRY.bindTo(reasons),
              FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS),
              arena);
      int status = (int) walk.invokeExact(DEFAULT, WALK_UPWARD, function, MemorySegment.NULL);
      if (status < 0 || reasons.isEmpty()) {
        reasons.add("HDF5 does not say why");
      }
    } catch (Throwable t) {
      throw unchecked(t);
    }
    return new SparseDatasetException(operation + " failed: " + String.join("; ", reasons));
  }

  private static int takeEntry(
      List<String> reasons, int number, MemorySegment entry, MemorySegment data) {
    MemorySegment fields = entry.reinterpret(ENTRY_BYTES);
    if (reasons.isEmpty() || text(fields, ENTRY_FUNCTION).startsWith("sparse_")) {
      reasons.add(text(fields, ENTRY_DESCRIPTION));
    }
    return 0;
  }

  private static String text(MemorySegment fields, long at) {
    MemorySegment text = fields.get(ADDRESS, at);
    return text.address() == 0 ? "" : text.reinterpret(Long.MAX_VALUE).getString(0);
  }

  private static RuntimeException unchecked(Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    return thrown instanceof RuntimeException e ? e : new IllegalStateException(thrown);
  }
}
