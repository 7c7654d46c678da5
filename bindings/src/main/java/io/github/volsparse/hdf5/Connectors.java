package io.github.volsparse.hdf5;

import static io.github.volsparse.hdf5.Hdf5.RESULT;
import static io.github.volsparse.hdf5.Hdf5.check;
import static io.github.volsparse.hdf5.Hdf5.isDone;
import static io.github.volsparse.hdf5.Hdf5.nonZero;
import static io.github.volsparse.hdf5.Hdf5.result;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.hdf5.generated.H5VL_dataset_specific_args_t;
import io.github.volsparse.hdf5.generated.H5VL_file_get_args_t;
import io.github.volsparse.hdf5.generated.H5VL_file_specific_args_t;
import io.github.volsparse.hdf5.generated.H5VL_loc_by_token;
import io.github.volsparse.hdf5.generated.H5VL_loc_params_t;
import io.github.volsparse.hdf5.generated.H5VL_object_get_args_t;
import io.github.volsparse.hdf5.generated.H5VL_optional_args_t;
import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Set;

/**
 * Connectors, and the objects of the connector below: the functions {@code H5VL}.
 *
 * <p>Every function throws {@link Hdf5Exception} on failure, and may be called only on the thread
 * of a callback. An identifier that is returned belongs to the caller, who closes it.
 *
 * <p>The class is long because HDF5 has many of these functions; each is a few lines.
 */
public final class Connectors {
  private Connectors() {}

  /** The identifier of the connector with a value, loaded from the plugin path if need be. */
  public static long H5VLregister_connector_by_value(int value) {
    return check(
        "H5VLregister_connector_by_value",
        hdf5_h.H5VLregister_connector_by_value(value, hdf5_h.H5P_DEFAULT));
  }

  /** Makes a connector's info from its string; the connector owns what it returns. */
  public static long H5VLconnector_str_to_info(String text, long connector) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(JAVA_LONG);
      check(
          "H5VLconnector_str_to_info",
          hdf5_h.H5VLconnector_str_to_info(Text.allocate(arena, text), connector, info));
      return info.get(JAVA_LONG, 0);
    }
  }

  /** A connector's info as a string; empty if the connector has none. */
  public static String H5VLconnector_info_to_str(long info, long connector) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocate(JAVA_LONG);
      check(
          "H5VLconnector_info_to_str",
          hdf5_h.H5VLconnector_info_to_str(info, connector, text.address()));
      long address = text.get(JAVA_LONG, 0);
      if (address == 0) {
        return "";
      }
      String result = Hdf5.string(address);
      Hdf5.H5free_memory(address);
      return result;
    }
  }

  /** Opens a file in the connector of the access list. */
  public static long H5VLfile_open(long name, int flags, long fapl, long dxpl, long request) {
    return nonZero("H5VLfile_open", hdf5_h.H5VLfile_open(name, flags, fapl, dxpl, request));
  }

  /** Creates a file in the connector of the access list. */
  public static long H5VLfile_create(
      long name, int flags, long fcpl, long fapl, long dxpl, long request) {
    return nonZero(
        "H5VLfile_create", hdf5_h.H5VLfile_create(name, flags, fcpl, fapl, dxpl, request));
  }

  /** Asks a connector about a file or one of its objects; see {@code H5VL_file_get_args_t}. */
  public static void H5VLfile_get(UnderObject object, MemorySegment arguments) {
    check(
        "H5VLfile_get",
        hdf5_h.H5VLfile_get(
            object.address(),
            object.connector(),
            arguments.address(),
            PropertyLists.defaultTransferList(),
            0));
  }

  /**
   * Flushes all of a file.
   *
   * @param object the file, or an object in it
   * @param type what that is, an {@code H5I_type_t}
   */
  public static void flushFile(UnderObject object, int type) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment arguments = H5VL_file_specific_args_t.allocate(arena);
      H5VL_file_specific_args_t.op_type(arguments, hdf5_h.H5VL_FILE_FLUSH);
      MemorySegment flush =
          H5VL_file_specific_args_t.args.flush(H5VL_file_specific_args_t.args(arguments));
      H5VL_file_specific_args_t.args.flush.obj_type(flush, type);
      H5VL_file_specific_args_t.args.flush.scope(flush, hdf5_h.H5F_SCOPE_LOCAL);
      check(
          "H5VLfile_specific",
          hdf5_h.H5VLfile_specific(
              object.address(),
              object.connector(),
              arguments.address(),
              PropertyLists.defaultTransferList(),
              0));
    }
  }

  /** The number that HDF5 has given to an open file. */
  public static long fileNumber(UnderObject file) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment number = arena.allocate(JAVA_LONG);
      MemorySegment arguments = H5VL_file_get_args_t.allocate(arena);
      H5VL_file_get_args_t.op_type(arguments, hdf5_h.H5VL_FILE_GET_FILENO);
      H5VL_file_get_args_t.args.get_fileno.fileno(H5VL_file_get_args_t.args(arguments), number);
      H5VLfile_get(file, arguments);
      return number.get(JAVA_LONG, 0);
    }
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
      H5VL_optional_args_t.op_type(arguments, hdf5_h.H5VL_NATIVE_FILE_GET_PAGE_BUFFERING_STATS);
      H5VL_optional_args_t.args(arguments, statistics);
      return isDone(
          hdf5_h.H5VLfile_optional(
              file.address(),
              file.connector(),
              arguments.address(),
              PropertyLists.defaultTransferList(),
              0)); // there are statistics where there is a page buffer
    }
  }

  /** A file operation of a connector on no file in particular (is it accessible, delete it). */
  public static void H5VLfile_specific(
      long connector, MemorySegment arguments, long dxpl, long request) {
    check(
        "H5VLfile_specific",
        hdf5_h.H5VLfile_specific(0, connector, arguments.address(), dxpl, request));
  }

  /** Reads from one dataset of the connector below. */
  public static void H5VLdataset_read(
      UnderObject dataset, long memoryType, long memorySpace, long fileSpace, long buffer) {
    try (Arena arena = Arena.ofConfined()) {
      long one = one(arena, dataset, memoryType, memorySpace, fileSpace, buffer);
      check(
          "H5VLdataset_read",
          hdf5_h.H5VLdataset_read(
              1,
              one,
              dataset.connector(),
              one + 8,
              one + 16,
              one + 24,
              PropertyLists.defaultTransferList(),
              one + 32,
              0));
    }
  }

  /** Writes to one dataset of the connector below. */
  public static void H5VLdataset_write(
      UnderObject dataset, long memoryType, long memorySpace, long fileSpace, long buffer) {
    H5VLdataset_write(
        dataset, memoryType, memorySpace, fileSpace, PropertyLists.defaultTransferList(), buffer);
  }

  /** Writes to one dataset of the connector below, with a transfer list. */
  public static void H5VLdataset_write(
      UnderObject dataset,
      long memoryType,
      long memorySpace,
      long fileSpace,
      long transferList,
      long buffer) {
    try (Arena arena = Arena.ofConfined()) {
      long one = one(arena, dataset, memoryType, memorySpace, fileSpace, buffer);
      check(
          "H5VLdataset_write",
          hdf5_h.H5VLdataset_write(
              1, one, dataset.connector(), one + 8, one + 16, one + 24, transferList, one + 32, 0));
    }
  }

  /** The address of arrays of one element, as a transfer of several datasets takes them. */
  private static long one(
      Arena arena,
      UnderObject dataset,
      long memoryType,
      long memorySpace,
      long fileSpace,
      long buffer) {
    return arena
        .allocateFrom(JAVA_LONG, dataset.address(), memoryType, memorySpace, fileSpace, buffer)
        .address();
  }

  /** Closes a dataset of the connector below that the program never got. */
  public static void H5VLdataset_close(UnderObject dataset) {
    hdf5_h.H5VLdataset_close(
        dataset.address(), dataset.connector(), PropertyLists.defaultTransferList(), 0);
  }

  /** Writes what the connector below holds in memory of the file of a dataset. */
  public static void flushFileOf(UnderObject dataset) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment arguments = H5VL_file_specific_args_t.allocate(arena);
      H5VL_file_specific_args_t.op_type(arguments, hdf5_h.H5VL_FILE_FLUSH);
      MemorySegment flush =
          H5VL_file_specific_args_t.args.flush(H5VL_file_specific_args_t.args(arguments));
      H5VL_file_specific_args_t.args.flush.obj_type(flush, hdf5_h.H5I_DATASET);
      H5VL_file_specific_args_t.args.flush.scope(flush, hdf5_h.H5F_SCOPE_LOCAL);
      check(
          "H5VLfile_specific",
          hdf5_h.H5VLfile_specific(
              dataset.address(),
              dataset.connector(),
              arguments.address(),
              PropertyLists.defaultTransferList(),
              0));
    }
  }

  /** Writes what the connector below holds of a dataset in memory. */
  public static void flush(UnderObject dataset) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment arguments = H5VL_dataset_specific_args_t.allocate(arena);
      H5VL_dataset_specific_args_t.op_type(arguments, hdf5_h.H5VL_DATASET_FLUSH);
      check(
          "H5VLdataset_specific",
          hdf5_h.H5VLdataset_specific(
              dataset.address(),
              dataset.connector(),
              arguments.address(),
              PropertyLists.defaultTransferList(),
              0));
    }
  }

  /** Asks a connector about a dataset; see {@code H5VL_dataset_get_args_t}. */
  public static void H5VLdataset_get(UnderObject dataset, MemorySegment arguments) {
    check(
        "H5VLdataset_get",
        hdf5_h.H5VLdataset_get(
            dataset.address(),
            dataset.connector(),
            arguments.address(),
            PropertyLists.defaultTransferList(),
            0));
  }

  /** An optional dataset operation; see {@code H5VL_optional_args_t}. */
  public static void H5VLdataset_optional(UnderObject dataset, MemorySegment arguments) {
    check(
        "H5VLdataset_optional",
        hdf5_h.H5VLdataset_optional(
            dataset.address(),
            dataset.connector(),
            arguments.address(),
            PropertyLists.defaultTransferList(),
            0));
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
        hdf5_h.H5VLdataset_optional(
            dataset.address(),
            dataset.connector(),
            arguments.address(),
            PropertyLists.defaultTransferList(),
            0);
    if (status >= 0) {
      return Outcome.DONE;
    }
    String innermost = Hdf5Library.lastError();
    if (!innermost.startsWith(CHUNK_FUNCTIONS)) {
      throw new Hdf5Exception("H5VLdataset_optional");
    }
    hdf5_h.H5Eclear2(0);
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
    check(
        "H5VLobject_get",
        hdf5_h.H5VLobject_get(
            object.address(),
            location.address(),
            object.connector(),
            arguments.address(),
            PropertyLists.defaultTransferList(),
            0));
  }

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
    long fapl = check("H5Pcreate", hdf5_h.H5Pcreate(hdf5_h.H5P_CLS_FILE_ACCESS_ID_g()));
    try (Arena arena = Arena.ofConfined()) {
      check("H5Pset_fapl_core", hdf5_h.H5Pset_fapl_core(fapl, 1 << 16, false));
      PropertyLists.H5Pset_vol(fapl, connector, 0);
      String name = "/dev/null/vol-sparse-".concat(Long.toString(++filesInMemory));
      long file =
          check(
              "H5Fcreate",
              hdf5_h.H5Fcreate(
                  Text.allocate(arena, name), hdf5_h.H5F_ACC_TRUNC, hdf5_h.H5P_DEFAULT, fapl));
      try {
        long root =
            nonZero(
                "H5VLgroup_open",
                hdf5_h.H5VLgroup_open(
                    nonZero("H5VLobject", hdf5_h.H5VLobject(file)),
                    itself(hdf5_h.H5I_FILE, arena).address(),
                    connector,
                    Text.allocate(arena, "/").address(),
                    hdf5_h.H5P_LST_GROUP_ACCESS_ID_g(),
                    PropertyLists.defaultTransferList(),
                    0));
        return new UnderObject(root, connector);
      } finally {
        hdf5_h.H5Fclose(file);
      }
    } finally {
      PropertyLists.H5Pclose(fapl);
    }
  }

  /** The location "this object itself". */
  public static MemorySegment itself(int type, Arena arena) {
    MemorySegment location = H5VL_loc_params_t.allocate(arena);
    H5VL_loc_params_t.obj_type(location, type);
    H5VL_loc_params_t.type(location, hdf5_h.H5VL_OBJECT_BY_SELF);
    return location;
  }

  /** Opens the root group of the file of a dataset; the caller closes it. */
  public static UnderObject openRootOf(UnderObject dataset) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment file = arena.allocate(JAVA_LONG);
      MemorySegment arguments = H5VL_object_get_args_t.allocate(arena);
      H5VL_object_get_args_t.op_type(arguments, hdf5_h.H5VL_OBJECT_GET_FILE);
      H5VL_object_get_args_t.args.get_file.file(H5VL_object_get_args_t.args(arguments), file);
      H5VLobject_get(dataset, itself(hdf5_h.H5I_DATASET, arena), arguments);
      return new UnderObject(
          nonZero(
              "H5VLgroup_open",
              hdf5_h.H5VLgroup_open(
                  file.get(JAVA_LONG, 0),
                  itself(hdf5_h.H5I_FILE, arena).address(),
                  dataset.connector(),
                  Text.allocate(arena, "/").address(),
                  hdf5_h.H5P_LST_GROUP_ACCESS_ID_g(),
                  PropertyLists.defaultTransferList(),
                  0)),
          dataset.connector());
    }
  }

  /**
   * Opens an object of the file of a group by its token, an {@code H5O_token_t} of two words; the
   * caller closes it.
   */
  public static UnderObject openByToken(UnderObject group, long token0, long token1) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment location = itself(hdf5_h.H5I_GROUP, arena);
      H5VL_loc_params_t.type(location, hdf5_h.H5VL_OBJECT_BY_TOKEN);
      H5VL_loc_by_token.token(
          H5VL_loc_params_t.loc_data.loc_by_token(H5VL_loc_params_t.loc_data(location)),
          arena.allocateFrom(JAVA_LONG, token0, token1));
      return new UnderObject(
          nonZero(
              "H5VLobject_open",
              hdf5_h.H5VLobject_open(
                  group.address(),
                  location.address(),
                  group.connector(),
                  arena.allocate(JAVA_LONG).address(),
                  PropertyLists.defaultTransferList(),
                  0)),
          group.connector());
    }
  }

  /** Closes a group of the connector below. */
  public static void H5VLgroup_close(UnderObject group) {
    hdf5_h.H5VLgroup_close(
        group.address(), group.connector(), PropertyLists.defaultTransferList(), 0);
  }

  /** Creates a dataset of the connector below that has no name, in the file of a group. */
  public static UnderObject createAnonymousDataset(
      UnderObject group, long type, long space, long dcpl) {
    try (Arena arena = Arena.ofConfined()) {
      long dataset =
          nonZero(
              "H5VLdataset_create",
              hdf5_h.H5VLdataset_create(
                  group.address(),
                  itself(hdf5_h.H5I_GROUP, arena).address(),
                  group.connector(),
                  0,
                  hdf5_h.H5P_LST_LINK_CREATE_ID_g(),
                  type,
                  space,
                  dcpl,
                  hdf5_h.H5P_LST_DATASET_ACCESS_ID_g(),
                  PropertyLists.defaultTransferList(),
                  0));
      return new UnderObject(dataset, group.connector());
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

  /**
   * Registers an optional operation of datasets, unless it is.
   *
   * @return the operation's value
   */
  public static int registerDatasetOperation(String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = Text.allocate(arena, name);
      int datasets = hdf5_h.H5VL_SUBCLS_DATASET;
      if (!isDone(hdf5_h.H5VLfind_opt_operation(datasets, text, RESULT))) {
        check(
            "H5VLregister_opt_operation",
            hdf5_h.H5VLregister_opt_operation(datasets, text, RESULT));
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
}
