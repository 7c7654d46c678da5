package io.github.volsparse.vol;

import io.github.volsparse.dataset.SparseIOException;
import io.github.volsparse.filter.FilterCallback;
import io.github.volsparse.format.CorruptBlobException;
import io.github.volsparse.hdf5.Hdf5Exception;
import io.github.volsparse.hdf5.Hdf5Library;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Where the plugin enters Java.
 *
 * <p>Nothing thrown in here gets out: what is caught becomes an entry on HDF5's error stack and the
 * callback's failure value.
 */
public final class Entry {
  private static final Slot[] SLOTS = Slot.values();

  private Entry() {}

  /**
   * Opens the world of a libhdf5; once, before any {@link #call}.
   *
   * @param slotNames the names of the plugin's slots in its order, a comma after each
   * @param libraryPath the file of the libhdf5
   * @param library its handle, as {@code dlopen} returned it
   * @param connectorClass address of the plugin's {@code H5VL_class_t}
   * @param filterClass address of the plugin's {@code H5Z_class2_t}
   * @param chunkIteration address of the plugin's {@code H5D_chunk_iter_op_t}
   * @throws IllegalStateException if the plugin and the jars are not of one build
   */
  public static void open(
      String slotNames,
      String libraryPath,
      long library,
      long connectorClass,
      long filterClass,
      long chunkIteration) {
    StringBuilder own = new StringBuilder();
    for (Slot slot : SLOTS) {
      own.append(slot.name()).append(',');
    }
    if (!own.toString().equals(slotNames)) {
      throw new IllegalStateException(
          "vol-sparse's plugin and its jars are of different versions: install both from one"
              + " distribution");
    }
    prepareCopies();
    startCleaner();
    Hdf5Library.open(libraryPath, library);
    World.open(connectorClass, filterClass, chunkIteration);
  }

  /**
   * Has the JDK initialize its classes that fill and copy memory. Their first use would otherwise
   * be deep inside a write, maybe on a thread of little stack, and a class whose initialization
   * overflows the stack stays unusable.
   */
  private static void prepareCopies() {
    MemorySegment memory = MemorySegment.ofArray(new byte[16]);
    memory.fill((byte) 1);
    memory.asSlice(0, 8).copyFrom(memory.asSlice(8));
  }

  /**
   * Has the JDK start the thread that frees native memory. It inherits the signals that the thread
   * that starts it blocks, and the one that opens a world blocks all: the program's signals are for
   * the program's threads.
   */
  private static void startCleaner() {
    Arena.ofAuto();
  }

  /** The bits of the slot; above them stands the number of words. As in the plugin's worlds.c. */
  private static final int SLOT_BITS = 8;

  /**
   * Handles a callback. Its arguments come as ten words: integers as they are, pointers as
   * addresses.
   *
   * @param slotAndCount the slot, and how many of the words are arguments
   * @return its result, likewise
   */
  public static long call(
      int slotAndCount,
      long a,
      long b,
      long c,
      long d,
      long e,
      long f,
      long g,
      long h,
      long i,
      long j) {
    long[] all = {a, b, c, d, e, f, g, h, i, j};
    return call(
        slotAndCount & (1 << SLOT_BITS) - 1, Arrays.copyOf(all, slotAndCount >>> SLOT_BITS));
  }

  /**
   * Handles a callback.
   *
   * @param number the slot
   * @param arguments the callback's arguments
   * @return its result, likewise
   */
  private static long call(int number, long[] arguments) {
    Slot slot = SLOTS[number];
    try {
      return handle(slot, arguments);
    } catch (Throwable t) {
      try {
        report(slot, t);
      } catch (Throwable worse) {
        // There is no way left to say what happened, but to fail is still right.
      }
      return slot.failure();
    }
  }

  /** What a JVM that the plugin joined has to do before it ends. */
  public static Runnable ending() {
    return Hdf5Library::end;
  }

  /** Has a JVM do it among the shutdown hooks of the program. */
  public static void hook(Runnable ending) {
    Runtime.getRuntime().addShutdownHook(new Thread(ending, "vol-sparse"));
  }

  private static long handle(Slot slot, long[] arguments) {
    return switch (slot) {
      case TERMINATE -> {
        World.close();
        yield 0;
      }
      case WRAP_GET_CTX -> WrapCallbacks.getContext(arguments);
      case WRAP_OBJECT -> WrapCallbacks.wrap(arguments);
      case WRAP_UNWRAP_OBJECT -> WrapCallbacks.unwrap(arguments);
      case WRAP_FREE_CTX -> WrapCallbacks.freeContext(arguments);
      case DATASET_CREATE -> DatasetCallbacks.create(arguments);
      case DATASET_OPEN -> DatasetCallbacks.open(arguments);
      case DATASET_READ -> DatasetCallbacks.transfer(slot, arguments);
      case DATASET_WRITE -> DatasetCallbacks.transfer(slot, arguments);
      case DATASET_GET -> DatasetCallbacks.get(arguments);
      case DATASET_SPECIFIC -> DatasetCallbacks.specific(arguments);
      case DATASET_OPTIONAL -> DatasetCallbacks.optional(arguments);
      case DATASET_CLOSE -> DatasetCallbacks.close(arguments);
      case FILE_CREATE -> FileCallbacks.create(arguments);
      case FILE_OPEN -> FileCallbacks.open(arguments);
      case FILE_SPECIFIC -> FileCallbacks.specific(arguments);
      case FILE_CLOSE -> FileCallbacks.close(arguments);
      case GROUP_SPECIFIC -> ObjectCallbacks.groupSpecific(arguments);
      case LINK_CREATE -> ObjectCallbacks.linkCreate(arguments);
      case OBJECT_OPEN -> ObjectCallbacks.open(arguments);
      case OBJECT_SPECIFIC -> ObjectCallbacks.specific(arguments);
      case OBJECT_COPY -> {
        World.expectDatasets();
        World.sparseDatasets().beforeCopy();
        yield Forwarding.forward(slot, arguments);
      }
      case FILE_OPTIONAL, OBJECT_OPTIONAL -> {
        World.writeDirty();
        yield Forwarding.forward(slot, arguments);
      }
      case INTROSPECT_CONN_CLS -> IntrospectCallbacks.connectorClass(arguments);
      case INTROSPECT_OPT_QUERY -> DefinedCallbacks.query(arguments);
      case INTROSPECT_CAP_FLAGS -> IntrospectCallbacks.capabilityFlags(arguments);
      case FILTER -> FilterCallback.filter(arguments);
      case FILTER_SET_LOCAL -> FilterCallback.setLocal(arguments);
      case CHUNK_ITERATION -> DatasetCallbacks.visitChunk(arguments);
      default -> Forwarding.forward(slot, arguments);
    };
  }

  /** Makes an entry on HDF5's error stack of what went wrong. */
  private static void report(Slot slot, Throwable thrown) {
    String function = "sparse_" + slot.name().toLowerCase(java.util.Locale.ROOT);
    if (thrown instanceof SparseIOException && thrown.getCause() instanceof Hdf5Exception said) {
      said.restoreErrorStack();
      Hdf5Library.explainError(function, thrown.getMessage());
      return;
    }
    for (Throwable t = thrown; t != null; t = t.getCause()) {
      if (t instanceof Hdf5Exception e) {
        e.restoreErrorStack(); // what HDF5 said comes first; ours follows it
        if (t == thrown) {
          return;
        }
      }
    }
    String message =
        switch (thrown) {
          case SparseIOException e -> e.getMessage();
          case CorruptBlobException e -> "vol-sparse: " + e.getMessage();
          case IllegalArgumentException e -> "vol-sparse: " + e.getMessage();
          case UnsupportedOperationException e -> "vol-sparse: " + e.getMessage();
          case OutOfMemoryError e ->
              "vol-sparse is out of memory (%s); the option cache= bounds its cache"
                  .formatted(e.getMessage());
          default -> "vol-sparse: internal error: " + describe(thrown);
        };
    String minor =
        switch (slot) {
          case DATASET_READ -> "H5E_READERROR";
          case DATASET_WRITE, DATASET_CLOSE, FILE_CLOSE -> "H5E_WRITEERROR";
          case FILTER -> "H5E_CANTFILTER";
          case FILTER_SET_LOCAL -> "H5E_SETLOCAL";
          default -> "H5E_CANTOPERATE";
        };
    boolean isFilter = slot == Slot.FILTER || slot == Slot.FILTER_SET_LOCAL;
    String major = isFilter ? "H5E_PLINE" : "H5E_VOL";
    Hdf5Library.pushError(function, major, minor, message);
  }

  /** An exception that should not have happened, with the place it came from. */
  private static String describe(Throwable thrown) {
    StackTraceElement[] trace = thrown.getStackTrace();
    return trace.length == 0 ? thrown.toString() : thrown + " at " + trace[0];
  }
}
