package io.github.volsparse.vol;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.config.Configuration;
import io.github.volsparse.hdf5.Connectors;
import io.github.volsparse.hdf5.ErrorStack;
import io.github.volsparse.hdf5.Hdf5;
import io.github.volsparse.hdf5.Hdf5Exception;
import io.github.volsparse.hdf5.ParallelFiles;
import io.github.volsparse.hdf5.PropertyLists;
import io.github.volsparse.hdf5.UnderObject;
import io.github.volsparse.hdf5.generated.H5VL_file_specific_args_t;
import io.github.volsparse.hdf5.generated.hdf5_h;
import io.github.volsparse.stored.PageBuffer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.LongUnaryOperator;

/** The callbacks of {@code file_cls} that are not just forwarded. */
final class FileCallbacks {
  private FileCallbacks() {}

  /**
   * {@code void *create(const char *name, unsigned flags, hid_t fcpl_id, hid_t fapl_id, hid_t
   * dxpl_id, void **req)}.
   */
  static long create(long[] a) {
    return openBelow(
        a[3], a[5], fapl -> Connectors.H5VLfile_create(a[0], (int) a[1], a[2], fapl, a[4], a[5]));
  }

  /**
   * {@code void *open(const char *name, unsigned flags, hid_t fapl_id, hid_t dxpl_id, void **req)}.
   */
  static long open(long[] a) {
    return openBelow(
        a[2], a[4], fapl -> Connectors.H5VLfile_open(a[0], (int) a[1], fapl, a[3], a[4]));
  }

  /** Opens a file in the connector below, with an access list that names that connector. */
  private static long openBelow(long fapl, long request, LongUnaryOperator call) {
    Configuration configuration = configurationOf(fapl);
    PageBuffer.note(fapl);
    try (UnderConnector below = UnderConnector.of(configuration)) {
      long underFapl = PropertyLists.H5Pcopy(fapl);
      try {
        PropertyLists.H5Pset_vol(underFapl, below.id(), below.info());
        FileAccess access = new FileAccess(below.id(), configuration, ParallelFiles.ranks(fapl));
        long address = call.applyAsLong(underFapl);
        VolObject file = new VolObject(new UnderObject(address, below.id()), access);
        Forwarding.wrapRequest(request, file);
        return World.handles().put(file);
      } finally {
        PropertyLists.H5Pclose(underFapl);
      }
    }
  }

  /** The options in an access list. */
  private static Configuration configurationOf(long fapl) {
    long info = PropertyLists.H5Pget_vol_info(fapl);
    try {
      return UnderConnector.configuration(info);
    } finally {
      if (info != 0) {
        Hdf5.H5free_memory(info);
      }
    }
  }

  /**
   * {@code herr_t specific(void *obj, H5VL_file_specific_args_t *args, hid_t dxpl_id, void **req)}.
   */
  static long specific(long[] a) {
    MemorySegment arguments =
        MemorySegment.ofAddress(a[1]).reinterpret(H5VL_file_specific_args_t.sizeof());
    int operation = H5VL_file_specific_args_t.op_type(arguments);
    if (operation == hdf5_h.H5VL_FILE_IS_ACCESSIBLE) {
      return isAccessible(arguments, a[2], a[3]);
    }
    World.writeDirty();
    if (operation == hdf5_h.H5VL_FILE_DELETE) {
      return withoutFile(arguments, operation, a[2], a[3]);
    }
    // The other file of H5VL_FILE_IS_EQUAL is that of the last connector below, not one of ours.
    long result = Forwarding.forward(Slot.FILE_SPECIFIC, a);
    if (operation == hdf5_h.H5VL_FILE_REOPEN && (int) result >= 0) {
      wrapReopened(arguments, World.object(a[0]));
    }
    return result;
  }

  /**
   * Whether a file can be opened.
   *
   * <p>HDF5 asks this also of every plugin it finds when the native connector could not open a
   * file. Why it could not is then on the error stack, which every call of the library clears; it
   * is what the program has to see in the end.
   */
  private static long isAccessible(MemorySegment arguments, long dxpl, long request) {
    ErrorStack before = ErrorStack.take();
    try {
      World.writeDirty();
      return withoutFile(arguments, hdf5_h.H5VL_FILE_IS_ACCESSIBLE, dxpl, request);
    } catch (Hdf5Exception e) {
      if (before.isEmpty()) {
        throw e;
      }
      e.discardErrorStack();
      return -1;
    } finally {
      if (!before.isEmpty()) {
        before.restore();
      }
      before.discard();
    }
  }

  /** Operations on a file by name: the access list that goes with it must name the one below. */
  private static long withoutFile(MemorySegment arguments, int operation, long dxpl, long request) {
    MemorySegment union = H5VL_file_specific_args_t.args(arguments);
    boolean isDelete = operation == hdf5_h.H5VL_FILE_DELETE;
    long fapl =
        isDelete
            ? H5VL_file_specific_args_t.args.del.fapl_id(union)
            : H5VL_file_specific_args_t.args.is_accessible.fapl_id(union);
    try (Arena arena = Arena.ofConfined();
        UnderConnector below = UnderConnector.of(configurationOf(fapl))) {
      MemorySegment own = H5VL_file_specific_args_t.allocate(arena).copyFrom(arguments);
      MemorySegment ownUnion = H5VL_file_specific_args_t.args(own);
      long underFapl = PropertyLists.H5Pcopy(fapl);
      try {
        PropertyLists.H5Pset_vol(underFapl, below.id(), below.info());
        if (isDelete) {
          H5VL_file_specific_args_t.args.del.fapl_id(ownUnion, underFapl);
        } else {
          H5VL_file_specific_args_t.args.is_accessible.fapl_id(ownUnion, underFapl);
        }
        Connectors.H5VLfile_specific(below.id(), own, dxpl, request);
        return 0;
      } finally {
        PropertyLists.H5Pclose(underFapl);
      }
    }
  }

  private static void wrapReopened(MemorySegment arguments, VolObject from) {
    MemorySegment place =
        H5VL_file_specific_args_t.args
            .reopen
            .file(H5VL_file_specific_args_t.args(arguments))
            .reinterpret(JAVA_LONG.byteSize());
    long reopened = place.get(JAVA_LONG, 0);
    if (reopened != 0) {
      place.set(JAVA_LONG, 0, World.wrap(from, reopened));
    }
  }

  /**
   * {@code herr_t close(void *file, hid_t dxpl_id, void **req)}.
   *
   * <p>If data cannot be written the file stays open, as HDF5 takes it to be when this fails.
   */
  static long close(long[] arguments) {
    World.writeOrGiveUp(World.object(arguments[0]).under());
    return Forwarding.forward(Slot.FILE_CLOSE, arguments);
  }

  /**
   * {@code herr_t optional(void *file, H5VL_optional_args_t *args, hid_t dxpl_id, void **req)}: of
   * what may look at the file.
   */
  static long optional(long[] arguments) {
    World.writeDirty();
    return Forwarding.forward(Slot.FILE_OPTIONAL, arguments);
  }
}
