package io.github.volsparse.vol;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.github.volsparse.config.Configuration;
import io.github.volsparse.dataset.SparseDatasets;
import io.github.volsparse.driver.FileDriver;
import io.github.volsparse.hdf5.CallContext;
import io.github.volsparse.hdf5.Connectors;
import io.github.volsparse.hdf5.ErrorStack;
import io.github.volsparse.hdf5.Hdf5;
import io.github.volsparse.hdf5.Text;
import io.github.volsparse.hdf5.UnderObject;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/**
 * The state of the connector in one libhdf5: there is one in each class loader.
 *
 * <p>Callbacks run one at a time, because HDF5 admits one thread at a time.
 */
final class World {
  /** Address of the plugin's {@code H5VL_class_t}. */
  private static long connectorClass;

  /** Address of the plugin's {@code H5Z_class2_t}. */
  private static long filterClass;

  /** Address of the plugin's {@code H5D_chunk_iter_op_t}. */
  private static long chunkIteration;

  private static ObjectRows rows;
  private static Handles handles;

  /** Addresses of the options of files, C strings that stay. */
  private static final Map<FileAccess, Long> OPTIONS = new HashMap<>();

  private static final Map<Integer, Long> CONNECTORS = new HashMap<>();
  private static final Map<FileAccess, Long> WRAP_CONTEXTS = new HashMap<>();
  private static FileAccess lastNoted;
  private static long lastOptions;
  private static FileAccess lastAccess;
  private static long lastContext;
  private static SparseDatasets sparseDatasets;

  private World() {}

  static void open(long connector, long filter, long iteration, long objects) {
    connectorClass = connector;
    filterClass = filter;
    chunkIteration = iteration;
    rows = new ObjectRows(objects);
    handles = new Handles(rows);
  }

  static long connectorClass() {
    return connectorClass;
  }

  /** The value of this connector, by which {@code under_vol} could name it. */
  static int ownValue() {
    // Of H5VL_class_t: unsigned version; H5VL_class_value_t value.
    return MemorySegment.ofAddress(connectorClass).reinterpret(8).get(JAVA_INT, 4);
  }

  static long chunkIteration() {
    return chunkIteration;
  }

  static Handles handles() {
    return handles;
  }

  /**
   * The object of a handle, for what does not concern its data. A dataset that was open before a
   * {@code fork()} is not looked at: HDF5 asks for objects also where it expects no calls.
   */
  static VolObject object(long handle) {
    return handles.get(handle, VolObject.class);
  }

  /** The object of a handle, with what it is if it is a dataset. */
  static VolObject dataset(long handle) {
    VolObject object = object(handle);
    if (!handles.isInheritedDataset(handle)) {
      return object;
    }
    expectDatasets();
    SparseDatasets.Opened opened =
        sparseDatasets.inherit(object.under(), object.access().configuration(), rows.isComplete());
    VolObject dataset = new VolObject(object.under(), object.access(), opened);
    handles.replace(handle, dataset);
    return dataset;
  }

  /**
   * Prepares for datasets, once: registers the filter, and the operations on defined elements.
   *
   * <p>Not done when the connector starts: the library may then still be on its own way up.
   */
  static void expectDatasets() {
    if (sparseDatasets == null) {
      Hdf5.H5Zregister(filterClass);
      DefinedCallbacks.register();
      sparseDatasets = new SparseDatasets(DatasetCallbacks::storedChunks, rows::setDirty);
    }
  }

  /** The sparse datasets; there is a dataset open, or was. */
  static SparseDatasets sparseDatasets() {
    return sparseDatasets;
  }

  /** Writes what sparse datasets hold in memory, if there are any. */
  static void writeDirty() {
    if (sparseDatasets != null) {
      sparseDatasets.writeDirty();
    }
  }

  /**
   * Writes what is held of a file that is about to be closed; what cannot be written is given up.
   */
  static void writeOrGiveUp(UnderObject file) {
    if (sparseDatasets != null) {
      sparseDatasets.writeOrGiveUp(file);
    }
  }

  /** Makes the handle of an object of the connector below that is not a dataset. */
  static long wrap(VolObject from, long address) {
    return handles.put(from.reached(address));
  }

  /** Makes the handle of a dataset of the connector below, which is closed if that fails. */
  static long wrapDataset(VolObject from, long address) {
    UnderObject under = from.reached(address).under();
    boolean done = false;
    try {
      expectDatasets();
      FileAccess access = from.access();
      SparseDatasets.Opened opened =
          sparseDatasets.open(under, access.configuration(), access.ranks());
      long handle = handles.put(new VolObject(under, access, opened));
      done = true;
      return handle;
    } finally {
      if (!done) {
        Connectors.H5VLdataset_close(under);
      }
    }
  }

  /** The address of the options of an access, a C string that stays. */
  static long options(FileAccess access) {
    if (access != lastNoted) {
      Long known = OPTIONS.get(access);
      if (known == null) {
        known = Text.allocate(Arena.global(), access.configuration().toString()).address();
        OPTIONS.put(access, known);
      }
      lastNoted = access;
      lastOptions = known;
    }
    return lastOptions;
  }

  /**
   * An object that HDF5 has held since before a {@code fork()}, created again as if it were not a
   * dataset.
   *
   * @param options the options of its file
   */
  static VolObject inherited(UnderObject under, String options) {
    return new VolObject(
        under, new FileAccess(under.connector(), Configuration.parse(options), 0, true));
  }

  /**
   * The process is about to fork: its child is to find in the files what sparse datasets hold in
   * memory. The program's error stack stays as it is.
   */
  static long beforeFork(long[] arguments) {
    if (sparseDatasets != null) {
      ErrorStack ofProgram = ErrorStack.take();
      try (CallContext _ = CallContext.open()) {
        sparseDatasets.writeWhatIsPossible();
      } finally {
        ofProgram.restore();
      }
    }
    FileDriver.beforeFork();
    return 0;
  }

  /**
   * Notes in a child of {@code fork()} that it changes what it inherited, if a callback does so: it
   * then goes on with the parent's files.
   */
  static void noteChange(Slot slot, long[] arguments) {
    if (!changes(slot, arguments)) {
      return;
    }
    for (int at : slot.objectsAt) {
      if (handles.knows(arguments[at]) && object(arguments[at]).access().isInherited()) {
        FileDriver.noteChange();
      }
    }
  }

  private static boolean changes(Slot slot, long[] a) {
    return switch (slot) {
      case ATTR_CREATE, ATTR_WRITE, DATATYPE_COMMIT, GROUP_CREATE -> true;
      case DATASET_CREATE, DATASET_SPECIFIC, DATASET_OPTIONAL, GROUP_SPECIFIC -> true;
      case LINK_CREATE, LINK_COPY, LINK_MOVE, OBJECT_COPY, FILE_OPTIONAL -> true;
      // Of what these do besides, an iteration or a question whether something exists, nothing.
      case LINK_SPECIFIC -> MemorySegment.ofAddress(a[2]).reinterpret(4).get(JAVA_INT, 0) == 0;
      case ATTR_SPECIFIC -> {
        int operation = MemorySegment.ofAddress(a[2]).reinterpret(4).get(JAVA_INT, 0);
        yield operation != 2 && operation != 3;
      }
      default -> false;
    };
  }

  /** Closes a dataset that HDF5 does not get after all, and releases its handle. */
  static void giveUpDataset(long handle) {
    VolObject object = object(handle);
    handles.remove(handle);
    if (object.sparse() == null || sparseDatasets().release(object.sparse(), object.under())) {
      Connectors.H5VLdataset_close(object.under());
    }
  }

  /** The identifier of the connector with a value; registered once, and kept while HDF5 is open. */
  static long connector(int value) {
    return CONNECTORS.computeIfAbsent(value, v -> Connectors.H5VLregister_connector_by_value(v));
  }

  /**
   * The wrapping context of objects over the native connector: the handle of how their file was
   * opened. HDF5 asks for it before and releases it after every operation, so it is kept. The
   * plugin recognises it by its sign, and does not call Java to release it.
   */
  static long wrapContext(FileAccess access) {
    if (access != lastAccess) {
      lastContext = Long.MIN_VALUE | WRAP_CONTEXTS.computeIfAbsent(access, handles::put);
      lastAccess = access;
    }
    return lastContext;
  }

  /** {@code herr_t terminate(void)}: HDF5 closes, and its identifiers mean nothing any more. */
  static long terminate(long[] arguments) {
    CONNECTORS.clear();
    WRAP_CONTEXTS.values().forEach(handles::remove);
    WRAP_CONTEXTS.clear();
    lastAccess = null;
    if (sparseDatasets != null) {
      sparseDatasets.close();
      sparseDatasets = null;
    }
    DefinedCallbacks.forget();
    FileDriver.forget();
    return 0;
  }
}
