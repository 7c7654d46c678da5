package io.github.volsparse.vol;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.github.volsparse.dataset.SparseDatasets;
import io.github.volsparse.hdf5.Connectors;
import io.github.volsparse.hdf5.Hdf5;
import io.github.volsparse.hdf5.UnderObject;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/**
 * The state of the connector in one libhdf5: there is one in each class loader.
 *
 * <p>Callbacks come one at a time, for HDF5 lets one thread in at a time.
 */
final class World {
  /** Address of the plugin's {@code H5VL_class_t}. */
  private static long connectorClass;

  /** Address of the plugin's {@code H5Z_class2_t}. */
  private static long filterClass;

  /** Address of the plugin's {@code H5D_chunk_iter_op_t}. */
  private static long chunkIteration;

  private static final Handles HANDLES = new Handles();
  private static final Map<Integer, Long> CONNECTORS = new HashMap<>();
  private static final Map<FileAccess, Long> WRAP_CONTEXTS = new HashMap<>();
  private static FileAccess lastAccess;
  private static long lastContext;
  private static SparseDatasets sparseDatasets;

  private World() {}

  static void open(long connector, long filter, long iteration) {
    connectorClass = connector;
    filterClass = filter;
    chunkIteration = iteration;
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
    return HANDLES;
  }

  static VolObject object(long handle) {
    return HANDLES.get(handle, VolObject.class);
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
      sparseDatasets = new SparseDatasets(DatasetCallbacks::storedChunks);
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

  /** Makes the handle of an object of the connector below that is no dataset. */
  static long wrap(VolObject from, long address) {
    return HANDLES.put(from.reached(address));
  }

  /** Makes the handle of a dataset of the connector below, which is closed if that fails. */
  static long wrapDataset(VolObject from, long address) {
    UnderObject under = from.reached(address).under();
    boolean done = false;
    try {
      expectDatasets();
      FileAccess access = from.access();
      SparseDatasets.Opened opened = sparseDatasets.open(under, access.configuration());
      long handle =
          HANDLES.put(
              new VolObject(under, access, opened.sparse(), opened.damaged(), opened.isVirtual()));
      done = true;
      return handle;
    } finally {
      if (!done) {
        Connectors.H5VLdataset_close(under);
      }
    }
  }

  /** Closes a dataset that HDF5 does not get after all, and releases its handle. */
  static void giveUpDataset(long handle) {
    VolObject object = object(handle);
    HANDLES.remove(handle);
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
   * opened. HDF5 asks for it before and lets it go after every operation; so it stays. By its sign
   * the plugin knows that there is nothing to let go, and does not ask Java.
   */
  static long wrapContext(FileAccess access) {
    if (access != lastAccess) {
      lastContext = Long.MIN_VALUE | WRAP_CONTEXTS.computeIfAbsent(access, HANDLES::put);
      lastAccess = access;
    }
    return lastContext;
  }

  /** {@code herr_t terminate(void)}: HDF5 closes, and its identifiers mean nothing any more. */
  static long terminate(long[] arguments) {
    CONNECTORS.clear();
    WRAP_CONTEXTS.values().forEach(HANDLES::remove);
    WRAP_CONTEXTS.clear();
    lastAccess = null;
    if (sparseDatasets != null) {
      sparseDatasets.close();
      sparseDatasets = null;
    }
    DefinedCallbacks.forget();
    return 0;
  }
}
