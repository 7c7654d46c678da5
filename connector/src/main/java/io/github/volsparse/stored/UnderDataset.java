package io.github.volsparse.stored;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.format.SparseFilter;
import io.github.volsparse.hdf5.Connectors;
import io.github.volsparse.hdf5.Dataspaces;
import io.github.volsparse.hdf5.Hdf5Exception;
import io.github.volsparse.hdf5.PropertyLists;
import io.github.volsparse.hdf5.PropertyLists.Filter;
import io.github.volsparse.hdf5.Text;
import io.github.volsparse.hdf5.UnderObject;
import io.github.volsparse.hdf5.generated.H5O_info2_t;
import io.github.volsparse.hdf5.generated.H5VL_dataset_get_args_t;
import io.github.volsparse.hdf5.generated.H5VL_file_get_args_t;
import io.github.volsparse.hdf5.generated.H5VL_file_get_name_args_t;
import io.github.volsparse.hdf5.generated.H5VL_native_dataset_get_chunk_info_by_idx_t;
import io.github.volsparse.hdf5.generated.H5VL_object_get_args_t;
import io.github.volsparse.hdf5.generated.H5VL_optional_args_t;
import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Queries the connector below about a dataset. The caller owns the identifiers that are returned.
 */
public final class UnderDataset {
  private UnderDataset() {}

  /**
   * Which dataset a handle is of: handles of one dataset have equal keys while its file is open.
   *
   * @param file the file's number ({@code fileno})
   * @param token0 the first eight bytes of the object token
   * @param token1 the other eight
   */
  public record Key(long file, long token0, long token1) {
    // Written out: what Java makes for a record takes 15 ms to link in a cold JVM.

    @Override
    public boolean equals(Object other) {
      return other instanceof Key that
          && file == that.file
          && token0 == that.token0
          && token1 == that.token1;
    }

    @Override
    public int hashCode() {
      return Long.hashCode(file * 31 + token0 * 17 + token1);
    }
  }

  /** The key of a dataset. */
  public static Key key(UnderObject dataset) {
    return key(dataset, hdf5_h.H5I_DATASET);
  }

  /** The same of an object of any type, an {@code H5I_type_t}. */
  public static Key key(UnderObject object, int type) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = info(object, type, arena);
      MemorySegment token = H5O_info2_t.token(info);
      return new Key(
          H5O_info2_t.fileno(info),
          token.get(JAVA_LONG, 0),
          token.get(JAVA_LONG, JAVA_LONG.byteSize()));
    }
  }

  /** How many links there are to a dataset. */
  public static int links(UnderObject dataset) {
    try (Arena arena = Arena.ofConfined()) {
      return H5O_info2_t.rc(info(dataset, hdf5_h.H5I_DATASET, arena));
    }
  }

  /** The number of a file, as it stands in the keys of its datasets. */
  public static long fileNumber(UnderObject file) {
    try (Arena arena = Arena.ofConfined()) {
      return H5O_info2_t.fileno(info(file, hdf5_h.H5I_FILE, arena));
    }
  }

  private static MemorySegment info(UnderObject object, int type, Arena arena) {
    MemorySegment info = H5O_info2_t.allocate(arena);
    MemorySegment arguments = H5VL_object_get_args_t.allocate(arena);
    H5VL_object_get_args_t.op_type(arguments, hdf5_h.H5VL_OBJECT_GET_INFO);
    MemorySegment get =
        H5VL_object_get_args_t.args.get_info(H5VL_object_get_args_t.args(arguments));
    H5VL_object_get_args_t.args.get_info.fields(get, hdf5_h.H5O_INFO_BASIC);
    H5VL_object_get_args_t.args.get_info.oinfo(get, info);
    Connectors.H5VLobject_get(object, Connectors.itself(type, arena), arguments);
    return info;
  }

  /** The creation list as it is stored. */
  public static long creationList(UnderObject dataset) {
    return get(dataset, hdf5_h.H5VL_DATASET_GET_DCPL);
  }

  /** The dataspace. */
  public static long dataspace(UnderObject dataset) {
    return get(dataset, hdf5_h.H5VL_DATASET_GET_SPACE);
  }

  /** The filters as they are stored. */
  static Filter[] filters(UnderObject dataset) {
    long dcpl = creationList(dataset);
    try {
      return PropertyLists.filters(dcpl);
    } finally {
      PropertyLists.H5Pclose(dcpl);
    }
  }

  /** Whether a stored pipeline has the sparse filter at its head. */
  public static boolean isSparse(Filter[] filters) {
    return filters.length > 0 && filters[0].id() == SparseFilter.ID;
  }

  /**
   * The parameters of the sparse filter at the head of a stored pipeline; null if it is not there.
   *
   * @throws UnsupportedOperationException if they cannot be read
   */
  public static SparseFilter sparseFilter(Filter[] filters) {
    return isSparse(filters) ? SparseFilter.of(filters[0].parameters()) : null;
  }

  /** The datatype; one that is committed holds its file open. */
  public static long datatype(UnderObject dataset) {
    return get(dataset, hdf5_h.H5VL_DATASET_GET_TYPE);
  }

  /**
   * The extent of a dataset, in elements.
   *
   * @param current as it is
   * @param maximum the largest it may get; -1 where there is no limit
   */
  public record Extents(long[] current, long[] maximum) {}

  /** The extents of a dataspace. */
  public static Extents extents(long space) {
    return new Extents(
        Dataspaces.H5Sget_simple_extent_dims(space), Dataspaces.maximumExtent(space));
  }

  /** The extent, in elements. */
  public static long[] extent(UnderObject dataset) {
    long space = dataspace(dataset);
    try {
      return Dataspaces.H5Sget_simple_extent_dims(space);
    } finally {
      Dataspaces.H5Sclose(space);
    }
  }

  /** The bytes its chunks take in the file ({@code H5Dget_storage_size}). */
  public static long storageSize(UnderObject dataset) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment size = arena.allocate(JAVA_LONG);
      MemorySegment arguments = H5VL_dataset_get_args_t.allocate(arena);
      H5VL_dataset_get_args_t.op_type(arguments, hdf5_h.H5VL_DATASET_GET_STORAGE_SIZE);
      H5VL_dataset_get_args_t.args.get_storage_size.storage_size(
          H5VL_dataset_get_args_t.args(arguments), size);
      Connectors.H5VLdataset_get(dataset, arguments);
      return size.get(JAVA_LONG, 0);
    }
  }

  /**
   * A stored chunk by its place in the index ({@code H5Dget_chunk_info}).
   *
   * @param rank the number of dimensions
   * @param space identifier of a dataspace, or {@code H5S_ALL}
   */
  public static ChunkInfo chunkInfo(UnderObject dataset, int rank, long space, long index) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = H5VL_native_dataset_get_chunk_info_by_idx_t.allocate(arena);
      MemorySegment offset = arena.allocate(JAVA_LONG, rank);
      MemorySegment mask = arena.allocate(JAVA_INT);
      MemorySegment address = arena.allocate(JAVA_LONG);
      MemorySegment size = arena.allocate(JAVA_LONG);
      H5VL_native_dataset_get_chunk_info_by_idx_t.space_id(info, space);
      H5VL_native_dataset_get_chunk_info_by_idx_t.chk_index(info, index);
      H5VL_native_dataset_get_chunk_info_by_idx_t.offset(info, offset);
      H5VL_native_dataset_get_chunk_info_by_idx_t.filter_mask(info, mask);
      H5VL_native_dataset_get_chunk_info_by_idx_t.addr(info, address);
      H5VL_native_dataset_get_chunk_info_by_idx_t.size(info, size);
      MemorySegment operation = H5VL_optional_args_t.allocate(arena);
      H5VL_optional_args_t.op_type(operation, hdf5_h.H5VL_NATIVE_DATASET_GET_CHUNK_INFO_BY_IDX);
      H5VL_optional_args_t.args(operation, info);
      Connectors.H5VLdataset_optional(dataset, operation);
      return new ChunkInfo(
          offset.toArray(JAVA_LONG),
          mask.get(JAVA_INT, 0),
          address.get(JAVA_LONG, 0),
          size.get(JAVA_LONG, 0));
    }
  }

  /** How HDF5 finds its chunks, an {@code H5D_chunk_index_t}. */
  static int chunkIndexType(UnderObject dataset) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment type = arena.allocate(JAVA_INT);
      MemorySegment operation = H5VL_optional_args_t.allocate(arena);
      H5VL_optional_args_t.op_type(operation, hdf5_h.H5VL_NATIVE_DATASET_GET_CHUNK_INDEX_TYPE);
      H5VL_optional_args_t.args(operation, arena.allocateFrom(JAVA_LONG, type.address()));
      Connectors.H5VLdataset_optional(dataset, operation);
      return type.get(JAVA_INT, 0);
    }
  }

  /** An operation whose only result is an identifier, at the start of the union. */
  private static long get(UnderObject dataset, int operation) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment arguments = H5VL_dataset_get_args_t.allocate(arena);
      H5VL_dataset_get_args_t.op_type(arguments, operation);
      Connectors.H5VLdataset_get(dataset, arguments);
      return H5VL_dataset_get_args_t.args(arguments).get(JAVA_LONG, 0);
    }
  }

  /** The names of the dataset and its file, for messages. */
  public static String title(UnderObject dataset) {
    try {
      return "dataset \"%s\" in file \"%s\"".formatted(name(dataset), fileName(dataset));
    } catch (Hdf5Exception e) {
      e.discardErrorStack();
      return "a dataset whose name cannot be found";
    }
  }

  /** The path of the dataset in its file. */
  private static String name(UnderObject dataset) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(1024);
      MemorySegment length = arena.allocate(JAVA_LONG);
      MemorySegment arguments = H5VL_object_get_args_t.allocate(arena);
      H5VL_object_get_args_t.op_type(arguments, hdf5_h.H5VL_OBJECT_GET_NAME);
      MemorySegment get =
          H5VL_object_get_args_t.args.get_name(H5VL_object_get_args_t.args(arguments));
      H5VL_object_get_args_t.args.get_name.buf_size(get, buffer.byteSize());
      H5VL_object_get_args_t.args.get_name.buf(get, buffer);
      H5VL_object_get_args_t.args.get_name.name_len(get, length);
      Connectors.H5VLobject_get(dataset, Connectors.itself(hdf5_h.H5I_DATASET, arena), arguments);
      return text(buffer);
    }
  }

  /** The name of the file the dataset is in. */
  private static String fileName(UnderObject dataset) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(4096);
      MemorySegment length = arena.allocate(JAVA_LONG);
      MemorySegment arguments = H5VL_file_get_args_t.allocate(arena);
      H5VL_file_get_args_t.op_type(arguments, hdf5_h.H5VL_FILE_GET_NAME);
      MemorySegment get = H5VL_file_get_args_t.args.get_name(H5VL_file_get_args_t.args(arguments));
      H5VL_file_get_name_args_t.type(get, hdf5_h.H5I_DATASET);
      H5VL_file_get_name_args_t.buf_size(get, buffer.byteSize());
      H5VL_file_get_name_args_t.buf(get, buffer);
      H5VL_file_get_name_args_t.file_name_len(get, length);
      Connectors.H5VLfile_get(dataset, arguments);
      return text(buffer);
    }
  }

  private static String text(MemorySegment buffer) {
    buffer.set(JAVA_BYTE, buffer.byteSize() - 1, (byte) 0);
    return Text.at(buffer);
  }
}
