package io.github.volsparse.vol;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.driver.DurabilityException;
import io.github.volsparse.driver.FileDriver;
import io.github.volsparse.format.CorruptBlobException;
import io.github.volsparse.hdf5.Hdf5Exception;
import io.github.volsparse.hdf5.Hdf5Library;
import io.github.volsparse.hdf5.Text;
import io.github.volsparse.stored.SparseIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * Where the plugin enters Java.
 *
 * <p>No exception leaves this class: it becomes an entry on HDF5's error stack and the callback's
 * failure value.
 */
public final class Entry {
  private static final Slot[] SLOTS = Slot.values();

  private Entry() {}

  /**
   * Opens the world of a libhdf5; once, before any {@link #call}.
   *
   * @param given address of the plugin's {@code struct given}: words that say what each {@link
   *     Given} names, their number before them
   * @throws IllegalStateException if the plugin and the jars are not of one build
   */
  public static void open(long given) {
    try {
      MemorySegment words = Given.words(given);
      requireSameBuild(
          words.getAtIndex(JAVA_LONG, 0) == Given.values().length
              && Given.DIGEST.word(words) == Dispatch.DIGEST);
      prepareCopies();
      startCleaner();
      Hdf5Library.setPlugin(words.asSlice(8L * (1 + Given.CALL_OF_WORDS.ordinal())));
      rehearseFailures();
      Hdf5Library.open(Given.LIBRARY_PATH.text(words), Given.LIBRARY.word(words));
      World.open(
          Given.CONNECTOR_CLASS.word(words),
          Given.FILTER_CLASS.word(words),
          Given.CHUNK_ITERATION.word(words),
          Given.OBJECTS.word(words));
      FileDriver.open(
          Given.DRIVER.word(words), Given.DRIVER_CLASS.word(words), Given.DRIVER_BELOW.word(words));
      long stub = stub();
      rehearseCalls(stub);
      words.setAtIndex(JAVA_LONG, 1 + Given.CALL.ordinal(), stub);
    } catch (LinkageError e) {
      requireSameBuild(false);
      throw e;
    }
  }

  private static void requireSameBuild(boolean isSame) {
    if (!isSame) {
      throw new IllegalStateException(
          "vol-sparse's plugin and its jars are of different versions: install both from one"
              + " distribution");
    }
  }

  /** A class of its own: when the plugin loads {@link Entry}, it may not use memory yet. */
  private static final class Memory {
    static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
  }

  /** What the plugin gives, in the order of its {@code struct given}. */
  private enum Given {
    /** {@link Dispatch#DIGEST}. */
    DIGEST,
    /** The file of the libhdf5. */
    LIBRARY_PATH,
    /** The handle of the libhdf5, as {@code dlopen} returned it. */
    LIBRARY,
    /** Its {@code H5VL_class_t}. */
    CONNECTOR_CLASS,
    /** Its {@code H5Z_class2_t}. */
    FILTER_CLASS,
    /** Its {@code H5D_chunk_iter_op_t}. */
    CHUNK_ITERATION,
    /** Its {@code struct objects} for this world. */
    OBJECTS,
    /** Its {@code struct driver} for this world. */
    DRIVER,
    /** Its functions, as {@link FileDriver#open} takes them. */
    DRIVER_CLASS,
    DRIVER_BELOW,
    /** Its functions, as {@link Hdf5Library#setPlugin} takes them. */
    CALL_OF_WORDS,
    SYMBOL,
    LAST_ERROR,
    PUSH_ERROR,
    EXPLAIN_ERROR,
    END,
    CLEAR_STACK,
    CALL_OF_SYSTEM,
    C_SYMBOL,
    /** Gets the address of {@code int64_t call(int32_t slot_and_count, const int64_t *words)}. */
    CALL;

    static MemorySegment words(long given) {
      return Memory.ALL.asSlice(given, 8L * (1 + values().length));
    }

    long word(MemorySegment words) {
      return words.getAtIndex(JAVA_LONG, 1 + ordinal());
    }

    String text(MemorySegment words) {
      return Text.at(Memory.ALL.asSlice(word(words)));
    }
  }

  /**
   * A function of C that calls {@link #call}. An exception that got out of it would end the
   * process.
   */
  private static long stub() {
    try {
      return Linker.nativeLinker()
          .upcallStub(
              MethodHandles.lookup()
                  .findStatic(
                      Entry.class,
                      "call",
                      MethodType.methodType(long.class, int.class, long.class)),
              FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG),
              Arena.global())
          .address();
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  /**
   * Goes the way of callbacks so often that the JDK has done by then whatever it does on that way
   * outside of our own code, where nothing may fail: it generates a class for a method handle that
   * was called 127 times.
   */
  private static void rehearseCalls(long stub) {
    for (int i = 0; i < REHEARSALS; i++) {
      Hdf5Library.rehearse(stub, Slot.TERMINATE.ordinal());
    }
  }

  private static final int REHEARSALS = 130;

  /**
   * Goes once the way of a callback that fails for want of stack or memory: where these are short
   * no class can be loaded.
   */
  private static void rehearseFailures() {
    fail(Slot.TERMINATE.ordinal(), new StackOverflowError());
    fail(Slot.TERMINATE.ordinal(), new OutOfMemoryError("rehearsed"));
    fail(-1, new OutOfMemoryError("rehearsed")); // there is not even a way to say so
    keepReserve();
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

  /** The bits of the slot; above them is the number of words. As in the plugin's worlds.c. */
  private static final int SLOT_BITS = 8;

  /** What {@link #call} returns if it failed; the error stack says why. As in worlds.c. */
  private static final long FAILED = 0x8a5f_3c71_d09b_e642L;

  /** What it returns if it failed and could not even say why. As in worlds.c. */
  private static final long FAILED_SILENTLY = 0x8a5f_3c71_d09b_e643L;

  /**
   * Handles a callback. Its arguments are words: integers as they are, pointers as addresses.
   *
   * <p>Only the handling may allocate memory or need a class for the first time: an exception
   * outside of it ends the process.
   *
   * @param slotAndCount the slot, and how many words there are
   * @param words their address
   * @return its result, likewise, or {@link #FAILED} or {@link #FAILED_SILENTLY}
   */
  private static long call(int slotAndCount, long words) {
    try {
      return handle(slotAndCount & (1 << SLOT_BITS) - 1, slotAndCount >>> SLOT_BITS, words);
    } catch (Throwable t) {
      return fail(slotAndCount & (1 << SLOT_BITS) - 1, t);
    }
  }

  private static long handle(int number, int count, long words) {
    long[] arguments = new long[count];
    for (int i = 0; i < count; i++) {
      arguments[i] = Memory.ALL.get(JAVA_LONG, words + 8L * i);
    }
    Slot slot = SLOTS[number];
    if (slot == Slot.FILE_CREATE || slot == Slot.FILE_OPEN) {
      keepReserve();
    }
    if (FileDriver.isChild()) {
      World.noteChange(slot, arguments);
    }
    return Dispatch.handle(slot, arguments);
  }

  /** Released when there is no memory left, so that the program can close its objects. */
  private static byte[] reserve;

  private static final int RESERVE = 1 << 18;

  /** Says on the error stack what was thrown, if that is possible. */
  private static long fail(int number, Throwable thrown) {
    try {
      if (thrown instanceof OutOfMemoryError) {
        reserve = null;
      }
      report(SLOTS[number], thrown);
      return FAILED;
    } catch (Throwable worse) {
      return FAILED_SILENTLY;
    }
  }

  /** The last work of a JVM that the plugin joined. */
  public static Runnable ending() {
    return Hdf5Library::end;
  }

  private static void keepReserve() {
    if (reserve == null) {
      reserve = new byte[RESERVE];
    }
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
    if (thrown instanceof DurabilityException) {
      Hdf5Library.pushError(function, "H5E_IO", "H5E_WRITEERROR", message(thrown));
      return;
    }
    String minor =
        switch (slot) {
          case DATASET_READ -> "H5E_READERROR";
          case DATASET_WRITE, DATASET_CLOSE, FILE_CLOSE, DRIVER_WRITE -> "H5E_WRITEERROR";
          case FILTER -> "H5E_CANTFILTER";
          case FILTER_SET_LOCAL -> "H5E_SETLOCAL";
          default -> "H5E_CANTOPERATE";
        };
    boolean isFilter = slot == Slot.FILTER || slot == Slot.FILTER_SET_LOCAL;
    String major = isFilter ? "H5E_PLINE" : "H5E_VOL";
    Hdf5Library.pushError(function, major, minor, message(thrown));
  }

  /** Describes the failure. No switch over types: the JDK generates code for it. */
  private static String message(Throwable thrown) {
    if (thrown instanceof SparseIOException) {
      return thrown.getMessage();
    }
    if (thrown instanceof DurabilityException
        || thrown instanceof CorruptBlobException
        || thrown instanceof IllegalArgumentException
        || thrown instanceof UnsupportedOperationException) {
      return "vol-sparse: " + thrown.getMessage();
    }
    if (thrown instanceof StackOverflowError) {
      return "vol-sparse has reached the end of the thread's stack: give the thread a"
          + " larger stack";
    }
    if (thrown instanceof OutOfMemoryError) {
      return "vol-sparse is out of memory ("
          + thrown.getMessage()
          + "): set a smaller option cache=, or give the program more memory";
    }
    return "vol-sparse: internal error: " + describe(thrown);
  }

  /** An exception that should not have happened, with the place it came from. */
  private static String describe(Throwable thrown) {
    StackTraceElement[] trace = thrown.getStackTrace();
    return trace.length == 0 ? thrown.toString() : thrown + " at " + trace[0];
  }
}
