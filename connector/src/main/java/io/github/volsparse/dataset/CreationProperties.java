package io.github.volsparse.dataset;

import io.github.volsparse.config.Configuration;
import io.github.volsparse.config.Configuration.Layout;
import io.github.volsparse.format.ChunkSpec;
import io.github.volsparse.format.SparseFilter;
import io.github.volsparse.hdf5.Dataspaces;
import io.github.volsparse.hdf5.Datatypes;
import io.github.volsparse.hdf5.PropertyLists;
import io.github.volsparse.hdf5.PropertyLists.Filter;
import io.github.volsparse.hdf5.UnderObject;
import io.github.volsparse.hdf5.generated.hdf5_h;
import io.github.volsparse.stored.UnderDataset;
import java.util.Arrays;
import java.util.Set;

/**
 * Turns the creation properties a program sets into those a sparse dataset is stored with, and
 * back.
 *
 * <p>Stored are the same properties with the sparse filter at the head of the pipeline, with
 * incremental allocation (a chunk with nothing in it is not stored), and with edge chunks filtered
 * like all others. The filter's parameters record the changes, so that {@code H5Dget_create_plist}
 * returns what the program set.
 */
public final class CreationProperties {
  /** The filter LZF, which h5py includes. */
  private static final int LZF = 32000;

  /**
   * Filters that work on bytes, whatever these are: they may follow ours. All others need the
   * elements themselves, or are the program's own choice of a codec.
   */
  private static final Set<Integer> BYTE_FILTERS =
      Set.of(
          hdf5_h.H5Z_FILTER_DEFLATE, hdf5_h.H5Z_FILTER_SHUFFLE, hdf5_h.H5Z_FILTER_FLETCHER32, LZF);

  /** About how many bytes a chunk gets where the program did not choose a chunk shape. */
  private static final long CHOSEN_CHUNK_BYTES = 1 << 20;

  private CreationProperties() {}

  /**
   * Where a dataset is created.
   *
   * @param location the object that its name starts from, in the connector below
   * @param type that object's {@code H5I_type_t}
   * @param name address of its name; 0 if it has none
   * @param ranks how many MPI ranks have the file open together; 0 if it is not by MPI
   */
  public record Place(UnderObject location, int type, long name, int ranks) {
    /** Whether several ranks may write there, each alone if there is no filter. */
    boolean isShared() {
      return ranks > 1;
    }
  }

  /**
   * The properties to store a new dataset with.
   *
   * @param dcpl what the program set; not changed
   * @param type the dataset's datatype
   * @param space its dataspace
   * @param place where it is created
   * @return a new creation list, which the caller closes; 0 if the dataset stays native
   */
  public static long forSparse(
      long dcpl, long type, long space, Place place, Configuration configuration) {
    int layout = PropertyLists.H5Pget_layout(dcpl);
    boolean contiguous = layout == hdf5_h.H5D_CONTIGUOUS;
    boolean eligible =
        layout == hdf5_h.H5D_CHUNKED
            || contiguous
                && configuration.layout() == Layout.ALL
                && PropertyLists.H5Pget_external_count(dcpl) == 0
                && !canGrow(space); // HDF5 will refuse it
    boolean isType = hdf5_h.H5Iget_type(type) == hdf5_h.H5I_DATATYPE; // else HDF5 will refuse it
    if (!eligible || !isType || ineligible(type, space) != null) {
      return 0;
    }
    long size = Datatypes.H5Tget_size(type);
    long[] extent = Dataspaces.H5Sget_simple_extent_dims(space);
    long[] chunkShape =
        contiguous ? chooseChunkShape(extent, size) : PropertyLists.H5Pget_chunk(dcpl);
    byte[] fillValue = fillValue(dcpl, type, (int) size);
    Filter[] filters = PropertyLists.filters(dcpl);
    boolean staysNative =
        place.isShared()
            && filters.length == 0
            && configuration.parallel() == Configuration.Parallel.NATIVE;
    if (staysNative
        || chunkShape == null
        || chunkShape.length != extent.length
        || elements(chunkShape) == 0
        || size > SparseFilter.MAXIMUM_FILL_VALUE && !SparseFilter.isZero(fillValue)
        || !allWorkOnBytes(filters)) {
      return 0;
    }

    int options = contiguous ? 0 : PropertyLists.H5Pget_chunk_opts(dcpl);
    SparseFilter sparse =
        new SparseFilter(
            (int) size,
            fillValue,
            configuration.keep(),
            configuration.codec(),
            PropertyLists.allocationTimeAsSet(dcpl),
            (options & hdf5_h.H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS) != 0,
            contiguous,
            anyCompresses(filters),
            elements(chunkShape),
            DatasetIdentity.next(place, size, chunkShape));
    long stored = PropertyLists.H5Pcopy(dcpl);
    boolean done = false;
    try {
      if (contiguous) {
        PropertyLists.H5Pset_chunk(stored, chunkShape);
      } else if (options != 0) {
        PropertyLists.H5Pset_chunk_opts(stored, 0);
      }
      PropertyLists.H5Pset_alloc_time(stored, hdf5_h.H5D_ALLOC_TIME_INCR);
      if (filters.length > 0) {
        PropertyLists.removeFilters(stored);
      }
      PropertyLists.H5Pset_filter(stored, filter(sparse));
      setOthers(stored, filters);
      done = true;
      return stored;
    } finally {
      if (!done) {
        PropertyLists.H5Pclose(stored);
      }
    }
  }

  /** Adds the filters of a pipeline that are not ours. */
  private static void setOthers(long dcpl, Filter[] filters) {
    for (Filter filter : filters) {
      if (filter.id() != SparseFilter.ID) {
        PropertyLists.H5Pset_filter(dcpl, filter);
      }
    }
  }

  /**
   * Why no dataset of a datatype and dataspace can be sparse, as the end of a sentence; null if it
   * can.
   */
  private static String ineligible(long type, long space) {
    if (Dataspaces.H5Sget_simple_extent_type(space) != hdf5_h.H5S_SIMPLE) {
      return "its dataspace is scalar or null";
    }
    return hasFixedSizeElements(type)
        ? null
        : "its datatype has variable length, is a reference, or contains such a type";
  }

  /**
   * What is wrong with a dataset that carries the sparse filter; null if it is one of ours.
   *
   * @param dcpl as it is stored
   * @param type its datatype
   * @param space its dataspace
   * @param chunkShape its chunk shape
   */
  static String damage(long dcpl, long type, long space, long[] chunkShape, SparseFilter sparse) {
    String ineligible = ineligible(type, space);
    long elements = elements(chunkShape);
    if (ineligible == null && elements == 0) {
      ineligible = "its chunks have more than %d elements".formatted(ChunkSpec.MAX_ELEMENTS);
    }
    if (ineligible != null) {
      return "it has the sparse filter, but cannot be sparse: " + ineligible;
    }
    long size = Datatypes.H5Tget_size(type);
    boolean comparesFillValue = size == sparse.elementSize();
    String misfit =
        sparse.misfit(size, comparesFillValue ? fillValue(dcpl, type, (int) size) : null, elements);
    return misfit == null ? null : "the parameters of its sparse filter do not fit it: " + misfit;
  }

  /**
   * Fits the sparse filter of a program's own creation list to the dataset that it is about to
   * create with it: one of another chunk shape or datatype than the dataset it has the list from.
   *
   * @param dcpl the list, changed where the filter does not fit
   * @param type the dataset's datatype
   * @param space its dataspace
   */
  public static void fit(long dcpl, long type, long space) {
    SparseFilter sparse;
    try {
      sparse = UnderDataset.sparseFilter(PropertyLists.filters(dcpl));
    } catch (UnsupportedOperationException e) {
      return; // of a newer version, maybe: whoever uses the dataset will be told
    }
    if (sparse == null
        || PropertyLists.H5Pget_layout(dcpl) != hdf5_h.H5D_CHUNKED
        || ineligible(type, space) != null) {
      return;
    }
    long elements = elements(PropertyLists.H5Pget_chunk(dcpl));
    int size = (int) Datatypes.H5Tget_size(type);
    byte[] fillValue = fillValue(dcpl, type, size);
    if (elements != 0 && sparse.misfit(size, fillValue, elements) != null) {
      PropertyLists.H5Pmodify_filter(dcpl, filter(sparse.fittedTo(size, fillValue, elements)));
    }
  }

  /**
   * Changes a stored creation list to what the program set.
   *
   * @param dcpl as the native connector returned it
   * @param sparse the parameters of its sparse filter
   */
  public static void restore(long dcpl, SparseFilter sparse) {
    // Of a time that is stored and usual for the layout, HDF5 does not know whether it was set.
    // Ours
    // is usual for chunks, and was set when the dataset was created.
    boolean isFromFile = PropertyLists.allocationTimeAsSet(dcpl) == hdf5_h.H5D_ALLOC_TIME_DEFAULT;
    int usual = sparse.contiguous() ? hdf5_h.H5D_ALLOC_TIME_LATE : hdf5_h.H5D_ALLOC_TIME_INCR;
    int time = sparse.allocationTime();
    removeSparseFilter(dcpl);
    if (sparse.contiguous()) {
      PropertyLists.H5Pset_layout(dcpl, hdf5_h.H5D_CONTIGUOUS);
    } else if (sparse.edgeChunksUnfiltered()) {
      PropertyLists.H5Pset_chunk_opts(dcpl, hdf5_h.H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS);
    }
    PropertyLists.H5Pset_alloc_time(
        dcpl, isFromFile && time == usual ? hdf5_h.H5D_ALLOC_TIME_DEFAULT : time);
  }

  /** Removes the sparse filter from a creation list; the others are set again. */
  private static void removeSparseFilter(long dcpl) {
    Filter[] filters = PropertyLists.filters(dcpl);
    PropertyLists.removeFilters(dcpl);
    setOthers(dcpl, filters);
  }

  /** The sparse filter as an entry of a pipeline. */
  private static Filter filter(SparseFilter parameters) {
    // Optional: a program without the filter may still write, its chunks are then stored as they
    // are, and their filter masks say so.
    return new Filter(SparseFilter.ID, hdf5_h.H5Z_FLAG_OPTIONAL, parameters.words());
  }

  /**
   * What {@code H5Dget_space_status} is to say: storage that the program wants allocated at once,
   * at the latest with the first write, counts as allocated though chunks of fill values have none.
   *
   * @param status what the connector below says, an {@code H5D_space_status_t}
   */
  static int spaceStatus(SparseFilter sparse, int status) {
    int time = sparse.allocationTime();
    boolean isLate =
        time == hdf5_h.H5D_ALLOC_TIME_LATE
            || time == hdf5_h.H5D_ALLOC_TIME_DEFAULT && sparse.contiguous();
    boolean isAllocated =
        time == hdf5_h.H5D_ALLOC_TIME_EARLY
            || isLate && status != hdf5_h.H5D_SPACE_STATUS_NOT_ALLOCATED;
    return isAllocated ? hdf5_h.H5D_SPACE_STATUS_ALLOCATED : status;
  }

  /**
   * The fill value in the file's datatype. Zero where none is defined, or where the program said it
   * must not be written: what was never written is then undefined, and zero is what it finds.
   */
  private static byte[] fillValue(long dcpl, long type, int size) {
    return PropertyLists.H5Pget_fill_time(dcpl) != hdf5_h.H5D_FILL_TIME_NEVER
        ? fillValueAsSet(dcpl, type, size)
        : new byte[size];
  }

  /** The same, also where the program said it must not be written. */
  static byte[] fillValueAsSet(long dcpl, long type, int size) {
    return PropertyLists.H5Pfill_value_defined(dcpl) == hdf5_h.H5D_FILL_VALUE_USER_DEFINED
        ? PropertyLists.H5Pget_fill_value(dcpl, type, size)
        : new byte[size];
  }

  /**
   * Whether elements of a chunk that is not stored have a value. If not, reading them leaves the
   * program's memory unchanged, and every chunk that was written must be stored, whatever its
   * content.
   *
   * @param dcpl as it is stored
   */
  static boolean fillsWhatIsNotStored(long dcpl) {
    return PropertyLists.H5Pfill_value_defined(dcpl) != hdf5_h.H5D_FILL_VALUE_UNDEFINED
        && PropertyLists.H5Pget_fill_time(dcpl) != hdf5_h.H5D_FILL_TIME_NEVER;
  }

  private static boolean canGrow(long space) {
    return Dataspaces.H5Sget_simple_extent_type(space) == hdf5_h.H5S_SIMPLE
        && !Arrays.equals(
            Dataspaces.H5Sget_simple_extent_dims(space), Dataspaces.maximumExtent(space));
  }

  private static boolean hasFixedSizeElements(long type) {
    return !Datatypes.H5Tdetect_class(type, hdf5_h.H5T_VLEN)
        && !Datatypes.H5Tdetect_class(type, hdf5_h.H5T_REFERENCE)
        && !Datatypes.hasVariableString(type);
  }

  private static boolean allWorkOnBytes(Filter[] filters) {
    for (Filter filter : filters) {
      if (filter.id() != SparseFilter.ID && !worksOnBytes(filter.id())) {
        return false;
      }
    }
    return true;
  }

  /** Whether a filter works on bytes, whatever these are, so that it may follow ours. */
  public static boolean worksOnBytes(int filter) {
    return BYTE_FILTERS.contains(filter);
  }

  private static boolean anyCompresses(Filter[] filters) {
    for (Filter filter : filters) {
      if (compresses(filter.id())) {
        return true;
      }
    }
    return false;
  }

  /** Whether a filter that may follow ours is a codec. */
  public static boolean compresses(int filter) {
    return filter == hdf5_h.H5Z_FILTER_DEFLATE || filter == LZF;
  }

  /** The elements in a chunk; 0 if they are more than a blob can have. */
  private static long elements(long[] shape) {
    long elements = 1;
    for (long length : shape) {
      if (length <= 0 || elements > ChunkSpec.MAX_ELEMENTS / length) {
        return 0;
      }
      elements *= length;
    }
    return elements;
  }

  /**
   * A chunk shape for a dataset the program made contiguous: whole trailing dimensions as far as
   * they fit, so that rows and frames stay together. Null if the extent has no elements.
   */
  public static long[] chooseChunkShape(long[] extent, long elementSize) {
    long[] shape = new long[extent.length];
    long room = Math.max(1, CHOSEN_CHUNK_BYTES / elementSize);
    for (int d = extent.length - 1; d >= 0; d--) {
      if (extent[d] == 0) {
        return null;
      }
      shape[d] = Math.min(extent[d], room);
      room = Math.max(1, room / shape[d]);
    }
    return shape.length == 0 ? null : shape;
  }
}
