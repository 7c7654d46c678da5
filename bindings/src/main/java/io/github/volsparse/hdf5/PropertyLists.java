package io.github.volsparse.hdf5;

import static io.github.volsparse.hdf5.Hdf5.RESULT;
import static io.github.volsparse.hdf5.Hdf5.check;
import static io.github.volsparse.hdf5.Hdf5.isDone;
import static java.lang.foreign.MemorySegment.NULL;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Property lists: the functions {@code H5P}, and values derived from them.
 *
 * <p>Every function throws {@link Hdf5Exception} on failure, and may be called only on the thread
 * of a callback. An identifier that is returned belongs to the caller, who closes it.
 */
public final class PropertyLists {
  private PropertyLists() {}

  /** Copies a property list. */
  public static long H5Pcopy(long plist) {
    return check("H5Pcopy", hdf5_h.H5Pcopy(plist));
  }

  /** Closes a property list. */
  public static void H5Pclose(long plist) {
    check("H5Pclose", hdf5_h.H5Pclose(plist));
  }

  /** The layout class of a dataset creation list, an {@code H5D_layout_t}. */
  public static int H5Pget_layout(long dcpl) {
    return check("H5Pget_layout", hdf5_h.H5Pget_layout(dcpl));
  }

  /** Sets the layout class. */
  public static void H5Pset_layout(long dcpl, int layout) {
    check("H5Pset_layout", hdf5_h.H5Pset_layout(dcpl, layout));
  }

  /** The chunk shape, in elements. */
  public static long[] H5Pget_chunk(long dcpl) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment shape = arena.allocate(JAVA_LONG, hdf5_h.H5S_MAX_RANK);
      int rank = check("H5Pget_chunk", hdf5_h.H5Pget_chunk(dcpl, hdf5_h.H5S_MAX_RANK, shape));
      return shape.asSlice(0, 8L * rank).toArray(JAVA_LONG);
    }
  }

  /** Sets the chunked layout and its chunk shape, in elements. */
  public static void H5Pset_chunk(long dcpl, long[] shape) {
    try (Arena arena = Arena.ofConfined()) {
      check(
          "H5Pset_chunk",
          hdf5_h.H5Pset_chunk(dcpl, shape.length, arena.allocateFrom(JAVA_LONG, shape)));
    }
  }

  /** The chunk options, a set of {@code H5D_CHUNK_*} bits. */
  public static int H5Pget_chunk_opts(long dcpl) {
    check("H5Pget_chunk_opts", hdf5_h.H5Pget_chunk_opts(dcpl, RESULT));
    return RESULT.get(JAVA_INT, 0);
  }

  /** Sets the chunk options. */
  public static void H5Pset_chunk_opts(long dcpl, int options) {
    check("H5Pset_chunk_opts", hdf5_h.H5Pset_chunk_opts(dcpl, options));
  }

  /** The number of external files. */
  public static int H5Pget_external_count(long dcpl) {
    return check("H5Pget_external_count", hdf5_h.H5Pget_external_count(dcpl));
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
    Filter[] filters = new Filter[check("H5Pget_nfilters", hdf5_h.H5Pget_nfilters(dcpl))];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment flags = arena.allocate(JAVA_INT);
      MemorySegment count = arena.allocate(JAVA_LONG);
      for (int i = 0; i < filters.length; i++) {
        count.set(JAVA_LONG, 0, 0);
        check("H5Pget_filter2", hdf5_h.H5Pget_filter2(dcpl, i, flags, count, NULL, 0, NULL, NULL));
        MemorySegment values = arena.allocate(JAVA_INT, Math.max(1, count.get(JAVA_LONG, 0)));
        int id =
            check(
                "H5Pget_filter2",
                hdf5_h.H5Pget_filter2(dcpl, i, flags, count, values, 0, NULL, NULL));
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
      check(
          "H5Pset_filter",
          hdf5_h.H5Pset_filter(
              dcpl,
              filter.id(),
              filter.flags(),
              values.length,
              values.length == 0 ? NULL : arena.allocateFrom(JAVA_INT, values)));
    }
  }

  /** Replaces flags and client data of a filter of the pipeline. */
  public static void H5Pmodify_filter(long dcpl, Filter filter) {
    try (Arena arena = Arena.ofConfined()) {
      int[] values = filter.parameters();
      check(
          "H5Pmodify_filter",
          hdf5_h.H5Pmodify_filter(
              dcpl,
              filter.id(),
              filter.flags(),
              values.length,
              arena.allocateFrom(JAVA_INT, values)));
    }
  }

  /** Whether there is a fill value, an {@code H5D_fill_value_t}. */
  public static int H5Pfill_value_defined(long dcpl) {
    check("H5Pfill_value_defined", hdf5_h.H5Pfill_value_defined(dcpl, RESULT));
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
      check("H5Pget_fill_value", hdf5_h.H5Pget_fill_value(dcpl, type, value));
      return value.toArray(JAVA_BYTE);
    }
  }

  /** When fill values are written, an {@code H5D_fill_time_t}. */
  public static int H5Pget_fill_time(long dcpl) {
    check("H5Pget_fill_time", hdf5_h.H5Pget_fill_time(dcpl, RESULT));
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
      MemorySegment state = Text.allocate(arena, "alloc_time_state");
      if (isDone(hdf5_h.H5Pget(dcpl, state, RESULT)) && RESULT.get(JAVA_INT, 0) != 0) {
        return hdf5_h.H5D_ALLOC_TIME_DEFAULT;
      }
    }
    check("H5Pget_alloc_time", hdf5_h.H5Pget_alloc_time(dcpl, RESULT));
    return RESULT.get(JAVA_INT, 0);
  }

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
      MemorySegment name = Text.allocate(arena, APPEND_FLUSH);
      return isDone(hdf5_h.H5Pget(dapl, name, RESULT)) && RESULT.get(JAVA_INT, 0) != 0;
    }
  }

  /** Sets what of a dataset access list concerns chunks to HDF5's defaults. */
  public static void resetChunkAccess(long dapl) {
    long defaults = hdf5_h.H5P_LST_DATASET_ACCESS_ID_g();
    for (String property : CHUNK_ACCESS) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment name = Text.allocate(arena, property);
        check("H5Pget", hdf5_h.H5Pget(defaults, name, RESULT));
        check("H5Pset", hdf5_h.H5Pset(dapl, name, RESULT));
      }
    }
  }

  /** Sets when storage is allocated. */
  public static void H5Pset_alloc_time(long dcpl, int time) {
    check("H5Pset_alloc_time", hdf5_h.H5Pset_alloc_time(dcpl, time));
  }

  /**
   * The connector's info of a file access list: a copy that the caller frees; 0 if there is none.
   */
  public static long H5Pget_vol_info(long fapl) {
    check("H5Pget_vol_info", hdf5_h.H5Pget_vol_info(fapl, RESULT));
    return RESULT.get(JAVA_LONG, 0);
  }

  /** The size of the page buffer in a file access list, in bytes; 0 for none. */
  public static long H5Pget_page_buffer_size(long fapl) {
    check("H5Pget_page_buffer_size", hdf5_h.H5Pget_page_buffer_size(fapl, RESULT, NULL, NULL));
    return RESULT.get(JAVA_LONG, 0);
  }

  /** Sets the connector of a file access list; the list copies the info. */
  public static void H5Pset_vol(long fapl, long connector, long info) {
    check("H5Pset_vol", hdf5_h.H5Pset_vol(fapl, connector, info));
  }

  /**
   * {@code H5P_DATASET_XFER_DEFAULT}. The functions a connector calls below itself take no {@code
   * H5P_DEFAULT} in its place.
   */
  public static long defaultTransferList() {
    return hdf5_h.H5P_LST_DATASET_XFER_ID_g();
  }

  /** Whether a transfer list is one of HDF5's own, which no program sets. */
  public static boolean isDefaultTransferList(long dxpl) {
    return dxpl == hdf5_h.H5P_DEFAULT || dxpl == defaultTransferList();
  }

  /** Whether a transfer list has a data transform. */
  public static boolean hasDataTransform(long dxpl) {
    if (isDefaultTransferList(dxpl)) {
      return false;
    }
    long length = hdf5_h.H5Pget_data_transform(dxpl, NULL, 0);
    return isDone((int) length) && length > 0; // none is an error to HDF5
  }

  private static final boolean TELLS_SELECTION_IO =
      Hdf5Library.has("H5Pget_actual_selection_io_mode");

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
    check("H5Pget_selection_io", hdf5_h.H5Pget_selection_io(dxpl, RESULT));
    boolean isOff = RESULT.get(JAVA_INT, 0) == hdf5_h.H5D_SELECTION_IO_MODE_OFF;
    int cause = isOff ? hdf5_h.H5D_SEL_IO_DISABLE_BY_API : hdf5_h.H5D_SEL_IO_DATASET_FILTER;
    setResult(dxpl, "no_selection_io_cause", cause);
    setResult(dxpl, "actual_selection_io_mode", isAnyMoved ? hdf5_h.H5D_SCALAR_IO : 0);
  }

  /** Sets a result, of which a program cannot but read the value. */
  private static void setResult(long dxpl, String name, int value) {
    try (Arena arena = Arena.ofConfined()) {
      check(
          "H5Pset",
          hdf5_h.H5Pset(dxpl, Text.allocate(arena, name), arena.allocateFrom(JAVA_INT, value)));
    }
  }

  /** Makes a creation list for chunks of a shape that are only ever written as a whole. */
  public static long createListOfWholeChunks(long[] chunkShape) {
    long dcpl = check("H5Pcreate", hdf5_h.H5Pcreate(hdf5_h.H5P_CLS_DATASET_CREATE_ID_g()));
    H5Pset_chunk(dcpl, chunkShape);
    return dcpl;
  }

  /** Sets the fill value, in a datatype. */
  public static void H5Pset_fill_value(long dcpl, long type, byte[] value) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(value.length, 16);
      memory.copyFrom(MemorySegment.ofArray(value));
      check("H5Pset_fill_value", hdf5_h.H5Pset_fill_value(dcpl, type, memory));
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
      MemorySegment name = Text.allocate(arena, "pline");
      check("H5Pget_size", hdf5_h.H5Pget_size(hdf5_h.H5P_LST_DATASET_CREATE_ID_g(), name, RESULT));
      MemorySegment pipeline = arena.allocate(RESULT.get(JAVA_LONG, 0), 16);
      check("H5Pget", hdf5_h.H5Pget(hdf5_h.H5P_LST_DATASET_CREATE_ID_g(), name, pipeline));
      check("H5Pset", hdf5_h.H5Pset(dcpl, name, pipeline));
    }
  }
}
