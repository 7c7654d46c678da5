package io.github.volsparse.vol;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.config.Configuration;
import io.github.volsparse.driver.FileDriver;
import io.github.volsparse.driver.Recovery;
import io.github.volsparse.hdf5.Connectors;
import io.github.volsparse.hdf5.ErrorStack;
import io.github.volsparse.hdf5.Hdf5;
import io.github.volsparse.hdf5.Hdf5Exception;
import io.github.volsparse.hdf5.ParallelFiles;
import io.github.volsparse.hdf5.PropertyLists;
import io.github.volsparse.hdf5.UnderObject;
import io.github.volsparse.hdf5.generated.H5VL_file_get_args_t;
import io.github.volsparse.hdf5.generated.H5VL_file_specific_args_t;
import io.github.volsparse.hdf5.generated.H5VL_optional_args_t;
import io.github.volsparse.hdf5.generated.hdf5_h;
import io.github.volsparse.stored.PageBuffer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.LongSupplier;
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
        new Opening(a[0], true, a[3], a[5]),
        fapl -> Connectors.H5VLfile_create(a[0], (int) a[1], a[2], fapl, a[4], a[5]));
  }

  /**
   * {@code void *open(const char *name, unsigned flags, hid_t fapl_id, hid_t dxpl_id, void **req)}.
   */
  static long open(long[] a) {
    return openBelow(
        new Opening(a[0], (a[1] & hdf5_h.H5F_ACC_RDWR) != 0, a[2], a[4]),
        fapl -> Connectors.H5VLfile_open(a[0], (int) a[1], fapl, a[3], a[4]));
  }

  /**
   * A file that is opened.
   *
   * @param name address of its name
   * @param isWritten whether it is opened for writing
   * @param fapl its access list
   * @param request where a request of the connector below goes; 0 for nowhere
   */
  private record Opening(long name, boolean isWritten, long fapl, long request) {}

  /** Opens a file in the connector below, with an access list that names that connector. */
  private static long openBelow(Opening opening, LongUnaryOperator call) {
    long fapl = opening.fapl;
    Configuration configuration = configurationOf(fapl);
    PageBuffer.note(fapl);
    try (UnderConnector below = UnderConnector.of(configuration)) {
      long underFapl = PropertyLists.H5Pcopy(fapl);
      try {
        PropertyLists.H5Pset_vol(underFapl, below.id(), below.info());
        boolean isOurDriver = FileDriver.use(underFapl, configuration);
        boolean isNative = configuration.underVol() == 0;
        long address = recovering(opening, isNative, () -> call.applyAsLong(underFapl));
        if (isOurDriver && opening.isWritten) {
          Recovery.discard(Hdf5.string(opening.name));
        }
        FileAccess access =
            new FileAccess(below.id(), configuration, ParallelFiles.ranks(fapl), false);
        VolObject file = new VolObject(new UnderObject(address, below.id()), access);
        Forwarding.wrapRequest(opening.request, file);
        return World.handles().put(file);
      } finally {
        PropertyLists.H5Pclose(underFapl);
      }
    }
  }

  /**
   * Opens a file; one whose program died while it flushed is brought in order before, whatever
   * {@code durable} says here.
   */
  private static long recovering(Opening opening, boolean isNative, LongSupplier call) {
    try {
      return call.getAsLong();
    } catch (Hdf5Exception e) {
      String name = Hdf5.string(opening.name);
      if (!isNative || !Recovery.isNeeded(name)) {
        throw e;
      }
      e.discardErrorStack();
      Recovery.recover(name);
      return call.getAsLong();
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
    if (operation == hdf5_h.H5VL_FILE_FLUSH && (int) result >= 0) {
      FileDriver.commitFlushed();
    }
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
    Configuration configuration = configurationOf(fapl);
    try (Arena arena = Arena.ofConfined();
        UnderConnector below = UnderConnector.of(configuration)) {
      MemorySegment own = H5VL_file_specific_args_t.allocate(arena).copyFrom(arguments);
      MemorySegment ownUnion = H5VL_file_specific_args_t.args(own);
      long underFapl = PropertyLists.H5Pcopy(fapl);
      try {
        PropertyLists.H5Pset_vol(underFapl, below.id(), below.info());
        if (isDelete) {
          H5VL_file_specific_args_t.args.del.fapl_id(ownUnion, underFapl);
        } else {
          FileDriver.use(underFapl, configuration);
          String name =
              Hdf5.string(H5VL_file_specific_args_t.args.is_accessible.filename(union).address());
          if (configuration.underVol() == 0 && Recovery.isNeeded(name)) {
            Recovery.recover(name);
          }
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
    int operation =
        H5VL_optional_args_t.op_type(
            MemorySegment.ofAddress(arguments[1]).reinterpret(H5VL_optional_args_t.sizeof()));
    if (operation == hdf5_h.H5VL_NATIVE_FILE_GET_VFD_HANDLE) {
      PlacesInFile.settle(World.object(arguments[0]).under(), hdf5_h.H5I_FILE);
    }
    if (operation == hdf5_h.H5VL_NATIVE_FILE_START_SWMR_WRITE && FileDriver.hasFiles()) {
      // Its readers see every write: nothing of it may be held.
      UnderObject file = World.object(arguments[0]).under();
      flush(file, hdf5_h.H5I_FILE);
      FileDriver.release(Connectors.fileNumber(file));
    }
    return Forwarding.forward(Slot.FILE_OPTIONAL, arguments);
  }

  /**
   * Has what the program has flushed of one object survive: its file is flushed as a whole, for
   * part of a file cannot be kept by itself.
   *
   * @param object of the connector below
   * @param type what it is, an {@code H5I_type_t}
   */
  static void flush(UnderObject object, int type) {
    if (FileDriver.hasFiles()) {
      World.writeDirty();
      Connectors.flushFile(object, type);
      FileDriver.commitFlushed();
    }
  }

  /** {@code herr_t get(void *obj, H5VL_file_get_args_t *args, hid_t dxpl_id, void **req)}. */
  static long get(long[] a) {
    long result = Forwarding.forward(Slot.FILE_GET, a);
    MemorySegment arguments =
        MemorySegment.ofAddress(a[1]).reinterpret(H5VL_file_get_args_t.sizeof());
    if ((int) result >= 0 && H5VL_file_get_args_t.op_type(arguments) == hdf5_h.H5VL_FILE_GET_FAPL) {
      FileDriver.hide(
          H5VL_file_get_args_t.args.get_fapl.fapl_id(H5VL_file_get_args_t.args(arguments)));
    }
    return result;
  }
}
