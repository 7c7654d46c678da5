package io.github.volsparse.hdf5;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.hdf5.generated.H5VL_dataset_specific_args_t;
import io.github.volsparse.hdf5.generated.H5VL_loc_params_t;
import io.github.volsparse.hdf5.generated.H5VL_optional_args_t;
import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * The functions of HDF5 that the connector calls, by their own names.
 *
 * <p>Identifiers ({@code hid_t}) and addresses are {@code long}; a boolean stands for an {@code
 * htri_t}. What a function returns through pointers it returns as a value here. Every function
 * throws {@link Hdf5Exception} on failure, and may be called only on the thread of a callback. An
 * identifier that is returned belongs to the caller, who closes it.
 */
public final class Hdf5 {
  /** {@code H5P_DEFAULT}. */
  public static final long H5P_DEFAULT = 0;

  /** {@code H5D_ALLOC_TIME_DEFAULT}: what is usual for the layout. */
  public static final int H5D_ALLOC_TIME_DEFAULT = 0;

  /** {@code H5D_SPACE_STATUS_NOT_ALLOCATED}. */
  public static final int H5D_SPACE_STATUS_NOT_ALLOCATED = 0;

  /** {@code H5D_SPACE_STATUS_ALLOCATED}. */
  public static final int H5D_SPACE_STATUS_ALLOCATED = 2;

  /** {@code H5D_CHUNK_IDX_BTREE}: the chunk index of the oldest file format. */
  public static final int H5D_CHUNK_IDX_BTREE = 0;

  /** {@code H5S_ALL}. */
  public static final long H5S_ALL = 0;

  /** {@code H5S_BLOCK}: as many elements as the file selection has, one after another. */
  public static final long H5S_BLOCK = 1;

  /** {@code H5S_PLIST}: the selection is in the transfer list. */
  public static final long H5S_PLIST = 2;

  private static final int H5S_SELECT_AND = 2;
  private static final int H5S_SELECT_APPEND = 6;

  /** {@code H5VL_SUBCLS_DATASET}: operations of datasets. */
  public static final int H5VL_SUBCLS_DATASET = 4;

  /** {@code H5VL_OBJECT_GET_FILE}: the file an object is in. */
  public static final int H5VL_OBJECT_GET_FILE = 0;

  private static final int H5VL_NATIVE_FILE_GET_PAGE_BUFFERING_STATS = 19;

  /** {@code H5S_MAX_RANK}. */
  public static final int H5S_MAX_RANK = 32;

  /**
   * Where functions return what is no larger than this. One is enough: a call uses it and copies
   * the result before anything else can be called. (An arena for each call would cost more than
   * most of the calls.)
   */
  private static final MemorySegment RESULT = Arena.global().allocate(6 * 8L * H5S_MAX_RANK, 16);

  private Hdf5() {}

  /** Numbers that a function has returned, from one of them on. */
  private static long[] result(int first, int count) {
    long[] numbers = new long[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = RESULT.getAtIndex(JAVA_LONG, first + i);
    }
    return numbers;
  }

  private static final Hdf5Function ALLOCATE_MEMORY = new Hdf5Function("H5allocate_memory");
  private static final Hdf5Function FREE_MEMORY = new Hdf5Function("H5free_memory");
  private static final Hdf5Function IINC_REF = new Hdf5Function("H5Iinc_ref");

  /**
   * Allocates memory that HDF5 itself may free.
   *
   * @param clear whether it holds zeros
   */
  public static long H5allocate_memory(long bytes, boolean clear) {
    return ALLOCATE_MEMORY.nonZero(bytes, clear ? 1 : 0);
  }

  /** Frees memory that HDF5 allocated. */
  public static void H5free_memory(long address) {
    FREE_MEMORY.status(address);
  }

  /** Adds a reference to an identifier. */
  public static void H5Iinc_ref(long id) {
    IINC_REF.status(id);
  }

  // ---- property lists ----

  private static final Hdf5Function PCOPY = new Hdf5Function("H5Pcopy");
  private static final Hdf5Function PCLOSE = new Hdf5Function("H5Pclose");
  private static final Hdf5Function PGET_LAYOUT = new Hdf5Function("H5Pget_layout");
  private static final Hdf5Function PSET_LAYOUT = new Hdf5Function("H5Pset_layout");
  private static final Hdf5Function PGET_CHUNK = new Hdf5Function("H5Pget_chunk");
  private static final Hdf5Function PSET_CHUNK = new Hdf5Function("H5Pset_chunk");
  private static final Hdf5Function PGET_CHUNK_OPTS = new Hdf5Function("H5Pget_chunk_opts");
  private static final Hdf5Function PSET_CHUNK_OPTS = new Hdf5Function("H5Pset_chunk_opts");
  private static final Hdf5Function PGET_EXTERNAL_COUNT = new Hdf5Function("H5Pget_external_count");
  private static final Hdf5Function PGET_NFILTERS = new Hdf5Function("H5Pget_nfilters");
  private static final Hdf5Function PGET_FILTER2 = new Hdf5Function("H5Pget_filter2");
  private static final Hdf5Function PSET_FILTER = new Hdf5Function("H5Pset_filter");
  private static final Hdf5Function PMODIFY_FILTER = new Hdf5Function("H5Pmodify_filter");
  private static final Hdf5Function PFILL_VALUE_DEFINED = new Hdf5Function("H5Pfill_value_defined");
  private static final Hdf5Function PGET_FILL_VALUE = new Hdf5Function("H5Pget_fill_value");
  private static final Hdf5Function PGET_FILL_TIME = new Hdf5Function("H5Pget_fill_time");
  private static final Hdf5Function PGET = new Hdf5Function("H5Pget");
  private static final Hdf5Function PGET_ALLOC_TIME = new Hdf5Function("H5Pget_alloc_time");
  private static final Hdf5Function PSET_ALLOC_TIME = new Hdf5Function("H5Pset_alloc_time");
  private static final Hdf5Function PGET_VOL_INFO = new Hdf5Function("H5Pget_vol_info");
  private static final Hdf5Function PSET_VOL = new Hdf5Function("H5Pset_vol");
  private static final Hdf5Function PGET_DATA_TRANSFORM = new Hdf5Function("H5Pget_data_transform");

  /** Copies a property list. */
  public static long H5Pcopy(long plist) {
    return PCOPY.id(plist);
  }

  /** Closes a property list. */
  public static void H5Pclose(long plist) {
    PCLOSE.status(plist);
  }

  /** The layout class of a dataset creation list, an {@code H5D_layout_t}. */
  public static int H5Pget_layout(long dcpl) {
    return PGET_LAYOUT.status(dcpl);
  }

  /** Sets the layout class. */
  public static void H5Pset_layout(long dcpl, int layout) {
    PSET_LAYOUT.status(dcpl, layout);
  }

  /** The chunk shape, in elements. */
  public static long[] H5Pget_chunk(long dcpl) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment shape = arena.allocate(JAVA_LONG, H5S_MAX_RANK);
      int rank = PGET_CHUNK.status(dcpl, H5S_MAX_RANK, shape.address());
      return shape.asSlice(0, 8L * rank).toArray(JAVA_LONG);
    }
  }

  /** Sets the chunked layout and its chunk shape, in elements. */
  public static void H5Pset_chunk(long dcpl, long[] shape) {
    try (Arena arena = Arena.ofConfined()) {
      PSET_CHUNK.status(dcpl, shape.length, arena.allocateFrom(JAVA_LONG, shape).address());
    }
  }

  /** The chunk options, a set of {@code H5D_CHUNK_*} bits. */
  public static int H5Pget_chunk_opts(long dcpl) {
    PGET_CHUNK_OPTS.status(dcpl, RESULT.address());
    return RESULT.get(JAVA_INT, 0);
  }

  /** Sets the chunk options. */
  public static void H5Pset_chunk_opts(long dcpl, int options) {
    PSET_CHUNK_OPTS.status(dcpl, options);
  }

  /** The number of external files. */
  public static int H5Pget_external_count(long dcpl) {
    return PGET_EXTERNAL_COUNT.status(dcpl);
  }

  /**
   * A filter of a pipeline.
   *
   * @param id its number
   * @param flags {@code H5Z_FLAG_*} bits
   * @param parameters its client data, {@code cd_values}
   */
  public record Filter(int id, int flags, int[] parameters) {}

  /** The filters of the pipeline, in order. */
  public static Filter[] filters(long dcpl) {
    Filter[] filters = new Filter[PGET_NFILTERS.status(dcpl)];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment flags = arena.allocate(JAVA_INT);
      MemorySegment count = arena.allocate(JAVA_LONG);
      for (int i = 0; i < filters.length; i++) {
        count.set(JAVA_LONG, 0, 0);
        PGET_FILTER2.status(dcpl, i, flags.address(), count.address(), 0, 0, 0, 0);
        MemorySegment values = arena.allocate(JAVA_INT, Math.max(1, count.get(JAVA_LONG, 0)));
        int id =
            PGET_FILTER2.status(
                dcpl, i, flags.address(), count.address(), values.address(), 0, 0, 0);
        long n = count.get(JAVA_LONG, 0);
        filters[i] =
            new Filter(id, flags.get(JAVA_INT, 0), values.asSlice(0, 4 * n).toArray(JAVA_INT));
      }
    }
    return filters;
  }

  /** Adds a filter to the end of the pipeline. */
  public static void H5Pset_filter(long dcpl, Filter filter) {
    try (Arena arena = Arena.ofConfined()) {
      int[] values = filter.parameters();
      PSET_FILTER.status(
          dcpl,
          filter.id(),
          filter.flags(),
          values.length,
          values.length == 0 ? 0 : arena.allocateFrom(JAVA_INT, values).address());
    }
  }

  /** Replaces flags and client data of a filter of the pipeline. */
  public static void H5Pmodify_filter(long dcpl, Filter filter) {
    try (Arena arena = Arena.ofConfined()) {
      int[] values = filter.parameters();
      PMODIFY_FILTER.status(
          dcpl,
          filter.id(),
          filter.flags(),
          values.length,
          arena.allocateFrom(JAVA_INT, values).address());
    }
  }

  /** Whether there is a fill value, an {@code H5D_fill_value_t}. */
  public static int H5Pfill_value_defined(long dcpl) {
    PFILL_VALUE_DEFINED.status(dcpl, RESULT.address());
    return RESULT.get(JAVA_INT, 0);
  }

  /**
   * The fill value, converted to a type.
   *
   * @param bytes bytes of an element of that type
   */
  public static byte[] H5Pget_fill_value(long dcpl, long type, int bytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(bytes, 16);
      PGET_FILL_VALUE.status(dcpl, type, value.address());
      return value.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
    }
  }

  /** When fill values are written, an {@code H5D_fill_time_t}. */
  public static int H5Pget_fill_time(long dcpl) {
    PGET_FILL_TIME.status(dcpl, RESULT.address());
    return RESULT.get(JAVA_INT, 0);
  }

  /**
   * When storage is allocated, an {@code H5D_alloc_time_t}: {@code H5D_ALLOC_TIME_DEFAULT} if the
   * program has not set it.
   *
   * <p>{@code H5Pget_alloc_time} gives what the layout makes of the default in that case. Only a
   * property without a function of its own tells; {@code H5Pequal} compares it, too.
   */
  public static int allocationTimeAsSet(long dcpl) {
    try (Arena arena = Arena.ofConfined()) {
      long state = Text.allocate(arena, "alloc_time_state").address();
      if (quietly(() -> PGET.call(dcpl, state, RESULT.address())) >= 0
          && RESULT.get(JAVA_INT, 0) != 0) {
        return H5D_ALLOC_TIME_DEFAULT;
      }
    }
    PGET_ALLOC_TIME.status(dcpl, RESULT.address());
    return RESULT.get(JAVA_INT, 0);
  }

  private static final Hdf5Function PSET = new Hdf5Function("H5Pset");

  /**
   * The property of {@code H5Pset_append_flush}, a struct that begins with a number of dimensions.
   */
  private static final String APPEND_FLUSH = "append_flush";

  /** The properties of an access list that concern chunks. */
  private static final String[] CHUNK_ACCESS = {
    "rdcc_nslots", "rdcc_nbytes", "rdcc_w0", APPEND_FLUSH
  };

  /** Whether a dataset access list asks for a flush after appending. */
  public static boolean hasAppendFlush(long dapl) {
    try (Arena arena = Arena.ofConfined()) {
      long name = Text.allocate(arena, APPEND_FLUSH).address();
      return quietly(() -> PGET.call(dapl, name, RESULT.address())) >= 0
          && RESULT.get(JAVA_INT, 0) != 0;
    }
  }

  /** Sets what of a dataset access list concerns chunks to HDF5's defaults. */
  public static void resetChunkAccess(long dapl) {
    long defaults = Hdf5Library.identifier("H5P_LST_DATASET_ACCESS_ID_g");
    for (String property : CHUNK_ACCESS) {
      try (Arena arena = Arena.ofConfined()) {
        long name = Text.allocate(arena, property).address();
        PGET.status(defaults, name, RESULT.address());
        PSET.status(dapl, name, RESULT.address());
      }
    }
  }

  /** Sets when storage is allocated. */
  public static void H5Pset_alloc_time(long dcpl, int time) {
    PSET_ALLOC_TIME.status(dcpl, time);
  }

  /**
   * The connector's info of a file access list: a copy that the caller frees; 0 if there is none.
   */
  public static long H5Pget_vol_info(long fapl) {
    PGET_VOL_INFO.status(fapl, RESULT.address());
    return RESULT.get(JAVA_LONG, 0);
  }

  private static final Hdf5Function PGET_PAGE_BUFFER_SIZE =
      new Hdf5Function("H5Pget_page_buffer_size");

  /** The size of the page buffer in a file access list, in bytes; 0 for none. */
  public static long H5Pget_page_buffer_size(long fapl) {
    PGET_PAGE_BUFFER_SIZE.status(fapl, RESULT.address(), 0, 0);
    return RESULT.get(JAVA_LONG, 0);
  }

  /** Sets the connector of a file access list; the list copies the info. */
  public static void H5Pset_vol(long fapl, long connector, long info) {
    PSET_VOL.status(fapl, connector, info);
  }

  private static final Hdf5Function ECLEAR2 = new Hdf5Function("H5Eclear2");
  private static final Hdf5Identifier TRANSFER_LIST =
      new Hdf5Identifier("H5P_LST_DATASET_XFER_ID_g");

  /**
   * {@code H5P_DATASET_XFER_DEFAULT}. The functions a connector calls below itself take no {@code
   * H5P_DEFAULT} in its place.
   */
  public static long defaultTransferList() {
    return TRANSFER_LIST.get();
  }

  /** Whether a transfer list is one of HDF5's own, which no program sets. */
  public static boolean isDefaultTransferList(long dxpl) {
    return dxpl == H5P_DEFAULT || dxpl == defaultTransferList();
  }

  /** Whether a transfer list has a data transform. */
  public static boolean hasDataTransform(long dxpl) {
    if (isDefaultTransferList(dxpl)) {
      return false;
    }
    return quietly(() -> PGET_DATA_TRANSFORM.call(dxpl, 0, 0)) > 0; // none is an error to HDF5
  }

  /**
   * Makes a call whose failure is expected: the error stack is cleared if the result is negative.
   * Nothing is printed, for the plugin sees to that while a callback runs.
   */
  private static long quietly(LongSupplier call) {
    long result = call.getAsLong();
    if ((int) result < 0) {
      ECLEAR2.call(0);
      return -1; // what a narrower result has in its upper half is of no account
    }
    return result;
  }

  private static final Hdf5Function PGET_SELECTION_IO = new Hdf5Function("H5Pget_selection_io");

  private static final boolean TELLS_SELECTION_IO =
      Hdf5Library.has("H5Pget_actual_selection_io_mode");

  private static final int H5D_SELECTION_IO_MODE_OFF = 1;
  private static final int H5D_SCALAR_IO = 1;
  private static final int H5D_SEL_IO_DISABLE_BY_API = 0x01;
  private static final int H5D_SEL_IO_DATASET_FILTER = 0x20;

  /**
   * Puts into a program's transfer list what HDF5 says of a transfer of filtered chunks: that each
   * was read or written by itself, if any was, and why.
   *
   * @param dxpl none of HDF5's own lists
   * @param isAnyMoved whether a chunk was read from the file or written to it
   */
  public static void setResultsOfFilteredTransfer(long dxpl, boolean isAnyMoved) {
    if (!TELLS_SELECTION_IO) {
      return;
    }
    PGET_SELECTION_IO.status(dxpl, RESULT.address());
    boolean isOff = RESULT.get(JAVA_INT, 0) == H5D_SELECTION_IO_MODE_OFF;
    int cause = isOff ? H5D_SEL_IO_DISABLE_BY_API : H5D_SEL_IO_DATASET_FILTER;
    setResult(dxpl, "no_selection_io_cause", cause);
    setResult(dxpl, "actual_selection_io_mode", isAnyMoved ? H5D_SCALAR_IO : 0);
  }

  /** Sets a result, of which a program cannot but read the value. */
  private static void setResult(long dxpl, String name, int value) {
    try (Arena arena = Arena.ofConfined()) {
      PSET.status(
          dxpl,
          Text.allocate(arena, name).address(),
          arena.allocateFrom(JAVA_INT, value).address());
    }
  }

  // ---- dataspaces ----

  private static final Hdf5Function SCLOSE = new Hdf5Function("H5Sclose");
  private static final Hdf5Function SCREATE_SIMPLE = new Hdf5Function("H5Screate_simple");
  private static final Hdf5Function SSELECT_HYPERSLAB = new Hdf5Function("H5Sselect_hyperslab");
  private static final Hdf5Function SSELECT_NONE = new Hdf5Function("H5Sselect_none");
  private static final Hdf5Function SCOPY = new Hdf5Function("H5Scopy");
  private static final Hdf5Function SSELECT_ELEMENTS = new Hdf5Function("H5Sselect_elements");
  private static final Hdf5Function SMODIFY_SELECT = new Hdf5Function("H5Smodify_select");
  private static final Hdf5Function SOFFSET_SIMPLE = new Hdf5Function("H5Soffset_simple");
  private static final Hdf5Function SSELECT_ADJUST = new Hdf5Function("H5Sselect_adjust");
  private static final Hdf5Function SGET_EXTENT_TYPE =
      new Hdf5Function("H5Sget_simple_extent_type");
  private static final Hdf5Function SGET_DIMS = new Hdf5Function("H5Sget_simple_extent_dims");
  private static final Hdf5Function SGET_SELECT_TYPE = new Hdf5Function("H5Sget_select_type");
  private static final Hdf5Function SGET_SELECT_NPOINTS = new Hdf5Function("H5Sget_select_npoints");
  private static final Hdf5Function SGET_SELECT_BOUNDS = new Hdf5Function("H5Sget_select_bounds");
  private static final Hdf5Function SIS_REGULAR = new Hdf5Function("H5Sis_regular_hyperslab");
  private static final Hdf5Function SGET_REGULAR = new Hdf5Function("H5Sget_regular_hyperslab");
  private static final Hdf5Function SSEL_ITER_CREATE = new Hdf5Function("H5Ssel_iter_create");
  private static final Hdf5Function SSEL_ITER_GET_SEQ_LIST =
      new Hdf5Function("H5Ssel_iter_get_seq_list");
  private static final Hdf5Function SSEL_ITER_CLOSE = new Hdf5Function("H5Ssel_iter_close");

  /** Closes a dataspace. */
  public static void H5Sclose(long space) {
    SCLOSE.status(space);
  }

  /** Makes a simple dataspace of fixed extent, everything selected. */
  public static long H5Screate_simple(long[] extent) {
    try (Arena arena = Arena.ofConfined()) {
      return SCREATE_SIMPLE.id(extent.length, arena.allocateFrom(JAVA_LONG, extent).address(), 0);
    }
  }

  /** Copies a dataspace with its selection. */
  public static long H5Scopy(long space) {
    return SCOPY.id(space);
  }

  /**
   * Copies a dataspace with a hyperslab selection; the selection's offset ({@code
   * H5Soffset_simple}) becomes part of the selection.
   */
  public static long copyWithoutOffset(long space, int rank) {
    long[][] shifted = H5Sget_select_bounds(space, rank);
    long copy = H5Scopy(space);
    try (Arena arena = Arena.ofConfined()) {
      SOFFSET_SIMPLE.status(copy, arena.allocate(JAVA_LONG, rank).address());
      long[][] plain = H5Sget_select_bounds(copy, rank);
      long[] back = new long[rank];
      for (int d = 0; d < rank; d++) {
        back[d] = plain[0][d] - shifted[0][d];
      }
      SSELECT_ADJUST.status(copy, arena.allocateFrom(JAVA_LONG, back).address());
      return copy;
    } catch (Hdf5Exception e) {
      SCLOSE.call(copy);
      throw e;
    }
  }

  /** Selects one block, in place of what was selected. */
  public static void selectBlock(long space, long[] start, long[] shape) {
    selectBlock(space, hdf5_h.H5S_SELECT_SET(), start, shape);
  }

  /** Selects one block besides what is selected. */
  public static void orBlock(long space, long[] start, long[] shape) {
    selectBlock(space, hdf5_h.H5S_SELECT_OR(), start, shape);
  }

  /** Of what is selected, leaves what lies in a block. */
  public static void intersectBlock(long space, long[] start, long[] shape) {
    selectBlock(space, H5S_SELECT_AND, start, shape);
  }

  private static void selectBlock(long space, int operator, long[] start, long[] shape) {
    try (Arena arena = Arena.ofConfined()) {
      long[] ones = new long[start.length];
      java.util.Arrays.fill(ones, 1);
      SSELECT_HYPERSLAB.status(
          space,
          operator,
          arena.allocateFrom(JAVA_LONG, start).address(),
          0,
          arena.allocateFrom(JAVA_LONG, ones).address(),
          arena.allocateFrom(JAVA_LONG, shape).address());
    }
  }

  /** Selects what is selected in another dataspace, too. */
  public static void orSelection(long space, long other) {
    SMODIFY_SELECT.status(space, hdf5_h.H5S_SELECT_OR(), other);
  }

  /**
   * Selects points.
   *
   * @param isFirst whether they take the place of what is selected, or follow it
   * @param points their coordinates, {@code hsize_t[count][rank]}
   */
  public static void H5Sselect_elements(
      long space, boolean isFirst, long count, MemorySegment points) {
    SSELECT_ELEMENTS.status(
        space, isFirst ? hdf5_h.H5S_SELECT_SET() : H5S_SELECT_APPEND, count, points.address());
  }

  /** Selects nothing. */
  public static void H5Sselect_none(long space) {
    SSELECT_NONE.status(space);
  }

  /** The extent class, an {@code H5S_class_t}. */
  public static int H5Sget_simple_extent_type(long space) {
    return SGET_EXTENT_TYPE.status(space);
  }

  /** The extent, in elements; of rank 0 for a scalar dataspace. */
  public static long[] H5Sget_simple_extent_dims(long space) {
    return result(0, SGET_DIMS.status(space, RESULT.address(), 0));
  }

  /**
   * The largest extent, in elements; {@code H5S_UNLIMITED}, which is -1, where there is no limit.
   */
  public static long[] maximumExtent(long space) {
    return result(0, SGET_DIMS.status(space, 0, RESULT.address()));
  }

  /** The kind of selection, an {@code H5S_sel_type}. */
  public static int H5Sget_select_type(long space) {
    return SGET_SELECT_TYPE.status(space);
  }

  /** The number of selected elements. */
  public static long H5Sget_select_npoints(long space) {
    return SGET_SELECT_NPOINTS.id(space);
  }

  /** Whether a hyperslab selection is a regular one. */
  public static boolean H5Sis_regular_hyperslab(long space) {
    return SIS_REGULAR.status(space) > 0;
  }

  /**
   * The smallest box around a selection, with the selection's offset: its first and its last
   * coordinates. Fails where nothing is selected, or the offset makes a coordinate negative.
   */
  public static long[][] H5Sget_select_bounds(long space, int rank) {
    long address = RESULT.address();
    SGET_SELECT_BOUNDS.status(space, address, address + 8L * rank);
    return new long[][] {result(0, rank), result(rank, rank)};
  }

  /**
   * The parameters of a regular hyperslab: start, stride, count and block, {@code rank} values
   * each. The start is without the selection's offset, which only the bounds show.
   */
  public static long[][] H5Sget_regular_hyperslab(long space, int rank) {
    long bytes = 8L * rank;
    long address = RESULT.address();
    SGET_REGULAR.status(space, address, address + bytes, address + 2 * bytes, address + 3 * bytes);
    return new long[][] {
      result(0, rank), result(rank, rank), result(2 * rank, rank), result(3 * rank, rank)
    };
  }

  /** Takes the sequences of a selection, in its order. */
  @FunctionalInterface
  public interface SequenceVisitor {
    /**
     * @param offset of the first element, linear in the extent
     * @param length in elements
     */
    void sequence(long offset, long length);
  }

  /**
   * {@code H5S_SEL_ITER_SHARE_WITH_DATASPACE}: the selection is not copied, and must not change.
   */
  private static final int SHARE_WITH_DATASPACE = 2;

  /** How many sequences one call fetches. */
  private static final int SEQUENCES = 1024;

  /** What a call fetches: the numbers of sequences and elements, offsets, lengths. */
  private static final MemorySegment FETCHED =
      Arena.global().allocate(JAVA_LONG, 2 + 2 * SEQUENCES);

  private static final int OFFSETS = 2;
  private static final int LENGTHS = OFFSETS + SEQUENCES;

  /**
   * Visits the sequences of any selection ({@code H5Ssel_iter_get_seq_list}).
   *
   * @param visitor calls nothing that visits sequences itself
   */
  public static void forEachSequence(long space, SequenceVisitor visitor) {
    long iterator = SSEL_ITER_CREATE.id(space, 1, SHARE_WITH_DATASPACE);
    long fetched = FETCHED.address();
    try {
      long count;
      do {
        SSEL_ITER_GET_SEQ_LIST.status(
            iterator,
            SEQUENCES,
            Long.MAX_VALUE,
            fetched,
            fetched + JAVA_LONG.byteSize(),
            fetched + JAVA_LONG.byteSize() * OFFSETS,
            fetched + JAVA_LONG.byteSize() * LENGTHS);
        count = FETCHED.get(JAVA_LONG, 0);
        for (long i = 0; i < count; i++) {
          visitor.sequence(
              FETCHED.getAtIndex(JAVA_LONG, OFFSETS + i),
              FETCHED.getAtIndex(JAVA_LONG, LENGTHS + i));
        }
      } while (count == SEQUENCES);
    } finally {
      SSEL_ITER_CLOSE.call(iterator);
    }
  }

  // ---- datatypes ----

  private static final Hdf5Function TCLOSE = new Hdf5Function("H5Tclose");
  private static final Hdf5Function TGET_CLASS = new Hdf5Function("H5Tget_class");
  private static final Hdf5Function TGET_SIZE = new Hdf5Function("H5Tget_size");
  private static final Hdf5Function TEQUAL = new Hdf5Function("H5Tequal");
  private static final Hdf5Function TDETECT_CLASS = new Hdf5Function("H5Tdetect_class");
  private static final Hdf5Function TCONVERT = new Hdf5Function("H5Tconvert");
  private static final Hdf5Function TFIND = new Hdf5Function("H5Tfind");

  private static final Hdf5Function TENCODE = new Hdf5Function("H5Tencode");
  private static final Hdf5Function TDECODE = new Hdf5Function("H5Tdecode"); // HDF5 1.14
  private static final Hdf5Function TDECODE2 = new Hdf5Function("H5Tdecode2"); // 2.0
  private static final boolean DECODES_BY_SIZE = Hdf5Library.has("H5Tdecode2");
  private static final Hdf5Function TGET_ORDER = new Hdf5Function("H5Tget_order");
  private static final Hdf5Function TGET_SIGN = new Hdf5Function("H5Tget_sign");
  private static final Hdf5Function TIS_VARIABLE_STR = new Hdf5Function("H5Tis_variable_str");
  private static final Hdf5Function TGET_SUPER = new Hdf5Function("H5Tget_super");
  private static final Hdf5Function TGET_NMEMBERS = new Hdf5Function("H5Tget_nmembers");
  private static final Hdf5Function TGET_MEMBER_TYPE = new Hdf5Function("H5Tget_member_type");

  /** Closes a datatype. */
  public static void H5Tclose(long type) {
    TCLOSE.status(type);
  }

  /** The class of a datatype, an {@code H5T_class_t}. */
  public static int H5Tget_class(long type) {
    return TGET_CLASS.status(type);
  }

  /** Bytes of an element. */
  public static long H5Tget_size(long type) {
    return TGET_SIZE.nonZero(type);
  }

  /** Whether two datatypes are the same. */
  public static boolean H5Tequal(long a, long b) {
    return TEQUAL.status(a, b) > 0;
  }

  /** Whether HDF5 can convert elements of one datatype to another. */
  public static boolean canConvert(long from, long to) {
    return quietly(() -> TFIND.call(from, to, RESULT.address()) == 0 ? -1 : 0) == 0;
  }

  /** Whether a datatype is or contains one of a class. */
  public static boolean H5Tdetect_class(long type, int typeClass) {
    return TDETECT_CLASS.status(type, typeClass) > 0;
  }

  /**
   * Whether a datatype is or contains a string of variable length, which {@code H5Tdetect_class}
   * does not tell from one of fixed length.
   */
  public static boolean hasVariableString(long type) {
    int typeClass = H5Tget_class(type);
    if (typeClass == hdf5_h.H5T_STRING()) {
      return TIS_VARIABLE_STR.status(type) > 0;
    }
    if (typeClass == hdf5_h.H5T_ARRAY()) {
      return hasVariableStringAndClose(TGET_SUPER.id(type));
    }
    if (typeClass == hdf5_h.H5T_COMPOUND()) {
      int members = TGET_NMEMBERS.status(type);
      for (int i = 0; i < members; i++) {
        if (hasVariableStringAndClose(TGET_MEMBER_TYPE.id(type, i))) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean hasVariableStringAndClose(long type) {
    try {
      return hasVariableString(type);
    } finally {
      H5Tclose(type);
    }
  }

  /** A datatype as bytes, which know nothing of the file it is from. */
  public static MemorySegment H5Tencode(long type, Arena arena) {
    RESULT.set(JAVA_LONG, 0, 0);
    TENCODE.status(type, 0, RESULT.address());
    long bytes = RESULT.get(JAVA_LONG, 0);
    MemorySegment encoded = arena.allocate(bytes, 8);
    TENCODE.status(type, encoded.address(), RESULT.address());
    return encoded;
  }

  /** A new datatype of such bytes. */
  public static long H5Tdecode(MemorySegment encoded) {
    return DECODES_BY_SIZE
        ? TDECODE2.id(encoded.address(), encoded.byteSize())
        : TDECODE.id(encoded.address());
  }

  /**
   * HDF5's own datatypes of numbers in files: by kind, by size (1, 2, 4, 8), little-endian first.
   */
  private static final Hdf5Identifier[] PREDEFINED = {
    new Hdf5Identifier("H5T_STD_I8LE_g"),
    new Hdf5Identifier("H5T_STD_I8BE_g"),
    new Hdf5Identifier("H5T_STD_I16LE_g"),
    new Hdf5Identifier("H5T_STD_I16BE_g"),
    new Hdf5Identifier("H5T_STD_I32LE_g"),
    new Hdf5Identifier("H5T_STD_I32BE_g"),
    new Hdf5Identifier("H5T_STD_I64LE_g"),
    new Hdf5Identifier("H5T_STD_I64BE_g"),
    new Hdf5Identifier("H5T_STD_U8LE_g"),
    new Hdf5Identifier("H5T_STD_U8BE_g"),
    new Hdf5Identifier("H5T_STD_U16LE_g"),
    new Hdf5Identifier("H5T_STD_U16BE_g"),
    new Hdf5Identifier("H5T_STD_U32LE_g"),
    new Hdf5Identifier("H5T_STD_U32BE_g"),
    new Hdf5Identifier("H5T_STD_U64LE_g"),
    new Hdf5Identifier("H5T_STD_U64BE_g"),
    new Hdf5Identifier("H5T_IEEE_F32LE_g"),
    new Hdf5Identifier("H5T_IEEE_F32BE_g"),
    new Hdf5Identifier("H5T_IEEE_F64LE_g"),
    new Hdf5Identifier("H5T_IEEE_F64BE_g"),
  };

  private static final int UNSIGNED = 8;
  private static final int FLOATS = 12; // of which the first two sizes are not in the table

  /**
   * The datatype of HDF5's own that is equal to one of numbers; 0 if there is none. It belongs to
   * HDF5, and is none of those that a program is told are open.
   */
  public static long predefined(long type) {
    int typeClass = H5Tget_class(type);
    boolean isInteger = typeClass == hdf5_h.H5T_INTEGER();
    long size = isInteger || typeClass == hdf5_h.H5T_FLOAT() ? H5Tget_size(type) : 0;
    if (Long.bitCount(size) != 1 || size > Long.BYTES || !isInteger && size < Float.BYTES) {
      return 0;
    }
    int kind = !isInteger ? FLOATS : TGET_SIGN.status(type) == 0 ? UNSIGNED : 0;
    int order = TGET_ORDER.status(type) == 0 ? 0 : 1;
    long id = PREDEFINED[kind + 2 * Long.numberOfTrailingZeros(size) + order].get();
    return H5Tequal(id, type) ? id : 0;
  }

  /**
   * Converts elements in place.
   *
   * @param count elements
   * @param buffer address of room for that many of the larger type, packed from its start
   * @param background address of the elements as they are where the result goes, which compounds
   *     need; otherwise 0
   */
  public static void H5Tconvert(
      long from, long to, long count, long buffer, long background, long dxpl) {
    TCONVERT.status(from, to, count, buffer, background, dxpl);
  }

  // ---- filters ----

  private static final Hdf5Function ZREGISTER = new Hdf5Function("H5Zregister");

  /** Registers a filter; the class struct must stay where it is. */
  public static void H5Zregister(long filterClass) {
    ZREGISTER.status(filterClass);
  }

  // ---- connectors ----

  private static final Hdf5Function VLREGISTER_BY_VALUE =
      new Hdf5Function("H5VLregister_connector_by_value");
  private static final Hdf5Function VLSTR_TO_INFO = new Hdf5Function("H5VLconnector_str_to_info");
  private static final Hdf5Function VLINFO_TO_STR = new Hdf5Function("H5VLconnector_info_to_str");
  private static final Hdf5Function VLFILE_OPEN = new Hdf5Function("H5VLfile_open");
  private static final Hdf5Function VLFILE_CREATE = new Hdf5Function("H5VLfile_create");
  private static final Hdf5Function VLFILE_GET = new Hdf5Function("H5VLfile_get");
  private static final Hdf5Function VLFILE_OPTIONAL = new Hdf5Function("H5VLfile_optional");
  private static final Hdf5Function VLFILE_SPECIFIC = new Hdf5Function("H5VLfile_specific");
  private static final Hdf5Function VLDATASET_READ = new Hdf5Function("H5VLdataset_read");
  private static final Hdf5Function VLDATASET_WRITE = new Hdf5Function("H5VLdataset_write");
  private static final Hdf5Function VLDATASET_GET = new Hdf5Function("H5VLdataset_get");
  private static final Hdf5Function VLDATASET_SPECIFIC = new Hdf5Function("H5VLdataset_specific");
  private static final Hdf5Function VLDATASET_OPTIONAL = new Hdf5Function("H5VLdataset_optional");
  private static final Hdf5Function VLDATASET_CLOSE = new Hdf5Function("H5VLdataset_close");
  private static final Hdf5Function VLOBJECT_GET = new Hdf5Function("H5VLobject_get");

  /** The identifier of the connector with a value, loaded from the plugin path if need be. */
  public static long H5VLregister_connector_by_value(int value) {
    return VLREGISTER_BY_VALUE.id(value, H5P_DEFAULT);
  }

  /** Makes a connector's info from its string; the connector owns what it returns. */
  public static long H5VLconnector_str_to_info(String text, long connector) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(JAVA_LONG);
      VLSTR_TO_INFO.status(Text.allocate(arena, text).address(), connector, info.address());
      return info.get(JAVA_LONG, 0);
    }
  }

  /** A connector's info as a string; empty if the connector has none. */
  public static String H5VLconnector_info_to_str(long info, long connector) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocate(JAVA_LONG);
      VLINFO_TO_STR.status(info, connector, text.address());
      long address = text.get(JAVA_LONG, 0);
      if (address == 0) {
        return "";
      }
      String result = string(address);
      H5free_memory(address);
      return result;
    }
  }

  /** Opens a file in the connector of the access list. */
  public static long H5VLfile_open(long name, long flags, long fapl, long dxpl, long request) {
    return VLFILE_OPEN.nonZero(name, flags, fapl, dxpl, request);
  }

  /** Creates a file in the connector of the access list. */
  public static long H5VLfile_create(
      long name, long flags, long fcpl, long fapl, long dxpl, long request) {
    return VLFILE_CREATE.nonZero(name, flags, fcpl, fapl, dxpl, request);
  }

  /** Asks a connector about a file or one of its objects; see {@code H5VL_file_get_args_t}. */
  public static void H5VLfile_get(UnderObject object, MemorySegment arguments) {
    VLFILE_GET.status(
        object.address(), object.connector(), arguments.address(), defaultTransferList(), 0);
  }

  /** Whether a file of the native connector has a page buffer. */
  public static boolean hasPageBuffer(UnderObject file) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment counts = arena.allocate(JAVA_LONG, 5);
      MemorySegment statistics = arena.allocate(JAVA_LONG, 5);
      for (int i = 0; i < 5; i++) {
        statistics.setAtIndex(JAVA_LONG, i, counts.address() + i * JAVA_LONG.byteSize());
      }
      MemorySegment arguments = H5VL_optional_args_t.allocate(arena);
      H5VL_optional_args_t.op_type(arguments, H5VL_NATIVE_FILE_GET_PAGE_BUFFERING_STATS);
      H5VL_optional_args_t.args(arguments, statistics);
      return quietly(
              () ->
                  VLFILE_OPTIONAL.call(
                      file.address(),
                      file.connector(),
                      arguments.address(),
                      defaultTransferList(),
                      0))
          >= 0; // there are statistics where there is a page buffer
    }
  }

  /** A file operation of a connector on no file in particular (is it accessible, delete it). */
  public static void H5VLfile_specific(
      long connector, MemorySegment arguments, long dxpl, long request) {
    VLFILE_SPECIFIC.status(0, connector, arguments.address(), dxpl, request);
  }

  /** Reads from one dataset of the connector below. */
  public static void H5VLdataset_read(
      UnderObject dataset, long memoryType, long memorySpace, long fileSpace, long buffer) {
    transfer(VLDATASET_READ, dataset, memoryType, memorySpace, fileSpace, buffer);
  }

  /** Writes to one dataset of the connector below. */
  public static void H5VLdataset_write(
      UnderObject dataset, long memoryType, long memorySpace, long fileSpace, long buffer) {
    transfer(VLDATASET_WRITE, dataset, memoryType, memorySpace, fileSpace, buffer);
  }

  private static void transfer(
      Hdf5Function function,
      UnderObject dataset,
      long memoryType,
      long memorySpace,
      long fileSpace,
      long buffer) {
    try (Arena arena = Arena.ofConfined()) {
      long words =
          arena
              .allocateFrom(
                  JAVA_LONG, dataset.address(), memoryType, memorySpace, fileSpace, buffer)
              .address();
      function.status(
          1,
          words,
          dataset.connector(),
          words + 8,
          words + 16,
          words + 24,
          defaultTransferList(),
          words + 32,
          0);
    }
  }

  /** Closes a dataset of the connector below that the program never got. */
  public static void H5VLdataset_close(UnderObject dataset) {
    VLDATASET_CLOSE.call(dataset.address(), dataset.connector(), defaultTransferList(), 0);
  }

  /** Writes what the connector below holds of a dataset in memory. */
  public static void flush(UnderObject dataset) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment arguments = H5VL_dataset_specific_args_t.allocate(arena);
      H5VL_dataset_specific_args_t.op_type(arguments, hdf5_h.H5VL_DATASET_FLUSH());
      VLDATASET_SPECIFIC.status(
          dataset.address(), dataset.connector(), arguments.address(), defaultTransferList(), 0);
    }
  }

  /** Asks a connector about a dataset; see {@code H5VL_dataset_get_args_t}. */
  public static void H5VLdataset_get(UnderObject dataset, MemorySegment arguments) {
    VLDATASET_GET.status(
        dataset.address(), dataset.connector(), arguments.address(), defaultTransferList(), 0);
  }

  /** An optional dataset operation; see {@code H5VL_optional_args_t}. */
  public static void H5VLdataset_optional(UnderObject dataset, MemorySegment arguments) {
    VLDATASET_OPTIONAL.status(
        dataset.address(), dataset.connector(), arguments.address(), defaultTransferList(), 0);
  }

  /** How the names of the functions begin in which HDF5 finds that a chunk is not stored. */
  private static final String CHUNK_FUNCTIONS = "H5D__";

  /**
   * An optional dataset operation that may fail because there is nothing to find.
   *
   * @param nothing what HDF5 may then say in the innermost entry of the error stack
   * @throws Hdf5Exception if something below the dataset's own functions failed, such as the file
   *     driver: to ask again in another way would call it again
   */
  public static Outcome tryH5VLdataset_optional(
      UnderObject dataset, MemorySegment arguments, Set<String> nothing) {
    int status =
        (int)
            VLDATASET_OPTIONAL.call(
                dataset.address(),
                dataset.connector(),
                arguments.address(),
                defaultTransferList(),
                0);
    if (status >= 0) {
      return Outcome.DONE;
    }
    String innermost = Hdf5Library.lastError();
    if (!innermost.startsWith(CHUNK_FUNCTIONS)) {
      throw new Hdf5Exception(VLDATASET_OPTIONAL.name());
    }
    ECLEAR2.call(0);
    boolean isNothing = nothing.contains(innermost.substring(innermost.indexOf(": ") + 2));
    return isNothing ? Outcome.NOTHING : Outcome.OTHER_WORDS;
  }

  /** How a call that may find nothing ended. */
  public enum Outcome {
    /** It was done. */
    DONE,
    /** There is nothing. */
    NOTHING,
    /** It failed, and HDF5 used other words than those expected. */
    OTHER_WORDS
  }

  /** Asks a connector about an object; see {@code H5VL_object_get_args_t}. */
  public static void H5VLobject_get(
      UnderObject object, MemorySegment location, MemorySegment arguments) {
    VLOBJECT_GET.status(
        object.address(),
        location.address(),
        object.connector(),
        arguments.address(),
        defaultTransferList(),
        0);
  }

  private static final Hdf5Function PCREATE = new Hdf5Function("H5Pcreate");
  private static final Hdf5Function PSET_FAPL_CORE = new Hdf5Function("H5Pset_fapl_core");
  private static final Hdf5Function PSET_FILL_VALUE = new Hdf5Function("H5Pset_fill_value");
  private static final Hdf5Function PGET_SIZE = new Hdf5Function("H5Pget_size");
  private static final Hdf5Function FCREATE = new Hdf5Function("H5Fcreate");
  private static final Hdf5Function FCLOSE = new Hdf5Function("H5Fclose");
  private static final Hdf5Function VLOBJECT = new Hdf5Function("H5VLobject");
  private static final Hdf5Function VLGROUP_OPEN = new Hdf5Function("H5VLgroup_open");
  private static final Hdf5Function VLGROUP_CLOSE = new Hdf5Function("H5VLgroup_close");
  private static final Hdf5Function VLDATASET_CREATE = new Hdf5Function("H5VLdataset_create");

  private static final Hdf5Identifier FILE_ACCESS_CLASS =
      new Hdf5Identifier("H5P_CLS_FILE_ACCESS_ID_g");
  private static final Hdf5Identifier DATASET_CREATE_CLASS =
      new Hdf5Identifier("H5P_CLS_DATASET_CREATE_ID_g");
  private static final Hdf5Identifier DATASET_CREATE_LIST =
      new Hdf5Identifier("H5P_LST_DATASET_CREATE_ID_g");
  private static final Hdf5Identifier DATASET_ACCESS_LIST =
      new Hdf5Identifier("H5P_LST_DATASET_ACCESS_ID_g");
  private static final Hdf5Identifier GROUP_ACCESS_LIST =
      new Hdf5Identifier("H5P_LST_GROUP_ACCESS_ID_g");
  private static final Hdf5Identifier LINK_CREATE_LIST =
      new Hdf5Identifier("H5P_LST_LINK_CREATE_ID_g");

  /** The files in memory there have been: each gets a name of its own. */
  private static long filesInMemory;

  /**
   * Creates a file that lives in memory and is gone when the last of its objects is closed.
   *
   * <p>No identifier is left of it that a program could find. Its name is that of no file there
   * could be, for HDF5 tries to open it; and it is used once, for a file that fails to close keeps
   * its name.
   *
   * @param connector the connector that is to hold it
   * @return its root group
   */
  public static UnderObject createFileInMemory(long connector) {
    long fapl = PCREATE.id(FILE_ACCESS_CLASS.get());
    try (Arena arena = Arena.ofConfined()) {
      PSET_FAPL_CORE.status(fapl, 1 << 16, 0);
      H5Pset_vol(fapl, connector, 0);
      String name = "/dev/null/vol-sparse-".concat(Long.toString(++filesInMemory));
      long file =
          FCREATE.id(
              Text.allocate(arena, name).address(), hdf5_h.H5F_ACC_TRUNC(), H5P_DEFAULT, fapl);
      try {
        long root =
            VLGROUP_OPEN.nonZero(
                VLOBJECT.nonZero(file),
                itself(hdf5_h.H5I_FILE(), arena).address(),
                connector,
                Text.allocate(arena, "/").address(),
                GROUP_ACCESS_LIST.get(),
                defaultTransferList(),
                0);
        return new UnderObject(root, connector);
      } finally {
        FCLOSE.call(file);
      }
    } finally {
      H5Pclose(fapl);
    }
  }

  /** The location "this object itself". */
  public static MemorySegment itself(int type, Arena arena) {
    MemorySegment location = H5VL_loc_params_t.allocate(arena);
    H5VL_loc_params_t.obj_type(location, type);
    H5VL_loc_params_t.type(location, hdf5_h.H5VL_OBJECT_BY_SELF());
    return location;
  }

  /** Closes a group of the connector below. */
  public static void H5VLgroup_close(UnderObject group) {
    VLGROUP_CLOSE.call(group.address(), group.connector(), defaultTransferList(), 0);
  }

  /** Creates a dataset of the connector below that has no name, in the file of a group. */
  public static UnderObject createAnonymousDataset(
      UnderObject group, long type, long space, long dcpl) {
    try (Arena arena = Arena.ofConfined()) {
      long dataset =
          VLDATASET_CREATE.nonZero(
              group.address(),
              itself(hdf5_h.H5I_GROUP(), arena).address(),
              group.connector(),
              0,
              LINK_CREATE_LIST.get(),
              type,
              space,
              dcpl,
              DATASET_ACCESS_LIST.get(),
              defaultTransferList(),
              0);
      return new UnderObject(dataset, group.connector());
    }
  }

  /** Makes a creation list for chunks of a shape that are only ever written as a whole. */
  public static long createListOfWholeChunks(long[] chunkShape) {
    long dcpl = PCREATE.id(DATASET_CREATE_CLASS.get());
    H5Pset_chunk(dcpl, chunkShape);
    return dcpl;
  }

  /** Sets the fill value, in a datatype. */
  public static void H5Pset_fill_value(long dcpl, long type, byte[] value) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(value.length, 16);
      memory.copyFrom(MemorySegment.ofArray(value));
      PSET_FILL_VALUE.status(dcpl, type, memory.address());
    }
  }

  /**
   * Empties the pipeline of a creation list.
   *
   * <p>It gets a new one, of HDF5's default list. The pipeline of a list that came from a file may
   * say where that file keeps it as a shared message, and goes on to say so when its filters are
   * changed: a dataset made with the list would get the filters of that message.
   */
  public static void removeFilters(long dcpl) {
    try (Arena arena = Arena.ofConfined()) {
      long name = Text.allocate(arena, "pline").address();
      PGET_SIZE.status(DATASET_CREATE_LIST.get(), name, RESULT.address());
      long pipeline = arena.allocate(RESULT.get(JAVA_LONG, 0), 16).address();
      PGET.status(DATASET_CREATE_LIST.get(), name, pipeline);
      PSET.status(dcpl, name, pipeline);
    }
  }

  /** Calls a program's {@code H5D_chunk_iter_op_t}. */
  public static long callChunkFunction(
      long function, long[] offset, int filterMask, long address, long size, long data) {
    try (Arena arena = Arena.ofConfined()) {
      return (int)
          Native.invoke(
              function,
              new long[] {
                arena.allocateFrom(JAVA_LONG, offset).address(), filterMask, address, size, data
              });
    }
  }

  private static final Hdf5Function VLFIND_OPT_OPERATION =
      new Hdf5Function("H5VLfind_opt_operation");
  private static final Hdf5Function VLREGISTER_OPT_OPERATION =
      new Hdf5Function("H5VLregister_opt_operation");

  /**
   * Registers an optional operation of datasets, unless it is.
   *
   * @return the operation's value
   */
  public static int registerDatasetOperation(String name) {
    try (Arena arena = Arena.ofConfined()) {
      long text = Text.allocate(arena, name).address();
      long value = RESULT.address();
      if (quietly(() -> VLFIND_OPT_OPERATION.call(H5VL_SUBCLS_DATASET, text, value)) < 0) {
        VLREGISTER_OPT_OPERATION.status(H5VL_SUBCLS_DATASET, text, value);
      }
    }
    return RESULT.get(JAVA_INT, 0);
  }

  /**
   * Calls a program's {@code int op(size_t, const hsize_t *, const void *, void *)}.
   *
   * @return what it returned
   */
  public static int callElementFunction(
      long function, long count, long coordinates, long values, long data) {
    return (int) Native.invoke(function, count, coordinates, values, data, 0, 0);
  }

  /** The text at an address, in UTF-8 and ended by a zero byte. */
  public static String string(long address) {
    return Text.at(MemorySegment.ofAddress(address).reinterpret(Long.MAX_VALUE));
  }
}
