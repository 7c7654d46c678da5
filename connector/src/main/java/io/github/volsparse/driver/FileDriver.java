package io.github.volsparse.driver;

import static io.github.volsparse.hdf5.Hdf5.check;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.config.Configuration;
import io.github.volsparse.config.Configuration.Durable;
import io.github.volsparse.hdf5.Hdf5Exception;
import io.github.volsparse.hdf5.Hdf5Library;
import io.github.volsparse.hdf5.PropertyLists;
import io.github.volsparse.hdf5.Text;
import io.github.volsparse.hdf5.Words;
import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;

/**
 * The file driver of one libhdf5, as the connector knows it: there is one in each class loader.
 *
 * <p>It stands in the place of HDF5's default driver for every file that the connector opens with
 * that one, for reading too: HDF5 knows that two names are of one file only if both were opened
 * with one driver.
 */
public final class FileDriver {
  private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private static final long ANY_ADDRESS = -1;

  /** {@code H5FD_class_t *H5FD_get_class(hid_t driver)}. */
  private static final String GET_CLASS = "H5FD_get_class";

  /** Where in an {@code H5FD_t} its class stands. */
  private static final long CLASS_OF_FILE = 8;

  // Of the plugin's struct driver.
  private static final long BELOW = 0;
  private static final long HELD = 16;
  private static final long CHANGES = 24;

  /** Address of the plugin's {@code struct driver}. */
  private static long driver;

  /** Address of the plugin's {@code vol_sparse_driver_class}. */
  private static long classOf;

  /** Address of the plugin's {@code vol_sparse_driver_below}. */
  private static long below;

  /** Its identifier; 0 if it is not registered, -1 if it cannot be. */
  private static long id;

  /** The identifier of HDF5's default driver. */
  private static long defaultId;

  /** Whether the driver was registered by the parent of this process. */
  private static boolean isChild;

  /** The open files whose flushed bytes are kept, by the addresses of their words. */
  private static final Map<Long, DriverFile> FILES = new HashMap<>();

  private FileDriver() {}

  /**
   * Sets what the plugin gives; once.
   *
   * @param words address of its {@code struct driver}
   * @param classFunction address of {@code vol_sparse_driver_class}
   * @param belowFunction address of {@code vol_sparse_driver_below}
   */
  public static void open(long words, long classFunction, long belowFunction) {
    driver = words;
    classOf = classFunction;
    below = belowFunction;
    isChild = MEMORY.get(JAVA_LONG, driver + BELOW) != 0;
  }

  /** Whether this is a child of {@code fork()} that may have files of its parent's. */
  public static boolean isChild() {
    return isChild;
  }

  /** The child has changed what it inherited. */
  public static void noteChange() {
    MEMORY.set(JAVA_LONG, driver + CHANGES, 1);
  }

  /** HDF5 closes, and its identifiers mean nothing any more. */
  public static void forget() {
    id = 0;
    FILES.clear();
    noteHeld();
  }

  /**
   * Puts the driver into an access list, in the place of HDF5's default driver.
   *
   * @return whether that was the driver of the list, and the connector below is HDF5's own
   */
  public static boolean use(long fapl, Configuration configuration) {
    Durable durable = configuration.durable();
    if (configuration.underVol() != 0 || id == 0 && durable == Durable.OFF) {
      return false;
    }
    if (id == 0) {
      register();
    }
    if (id < 0 || check("H5Pget_driver", hdf5_h.H5Pget_driver(fapl)) != defaultId) {
      return false;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(JAVA_LONG);
      info.set(JAVA_LONG, 0, durable.ordinal());
      check("H5Pset_driver", hdf5_h.H5Pset_driver(fapl, id, info));
    }
    return true;
  }

  /** Puts HDF5's default driver into an access list that has this one: it is what was asked for. */
  public static void hide(long fapl) {
    if (id > 0 && hdf5_h.H5Pget_driver(fapl) == id) {
      check("H5Pset_fapl_sec2", hdf5_h.H5Pset_fapl_sec2(fapl));
    }
  }

  /**
   * Registers the driver over HDF5's default one. A function inside HDF5 tells that one's class;
   * where the library does not export it, an open file of the driver does, which takes a number.
   */
  private static void register() {
    long fapl = check("H5Pcreate", hdf5_h.H5Pcreate(hdf5_h.H5P_CLS_FILE_ACCESS_ID_g()));
    try (Arena arena = Arena.ofConfined()) {
      check("H5Pset_fapl_sec2", hdf5_h.H5Pset_fapl_sec2(fapl));
      defaultId = check("H5Pget_driver", hdf5_h.H5Pget_driver(fapl));
      long classBelow =
          Hdf5Library.has(GET_CLASS)
              ? Words.call(Hdf5Library.symbol(GET_CLASS), defaultId, 0, 0, 0, 0, 0)
              : classOfOpenFile(fapl, arena);
      if (classBelow == 0) {
        throw new Hdf5Exception(GET_CLASS);
      }
      long made = Words.call(classOf, classBelow, 0, 0, 0, 0, 0);
      id = made == 0 ? -1 : check("H5FDregister", hdf5_h.H5FDregister(made));
      MEMORY.set(JAVA_LONG, driver + BELOW, classBelow);
    } finally {
      PropertyLists.H5Pclose(fapl);
    }
  }

  /** The driver's class, of a file that is opened for that. */
  private static long classOfOpenFile(long fapl, Arena arena) {
    MemorySegment name = Text.allocate(arena, "/dev/null");
    long file = hdf5_h.H5FDopen(name, hdf5_h.H5F_ACC_RDONLY, fapl, ANY_ADDRESS);
    if (file == 0) {
      throw new Hdf5Exception("H5FDopen");
    }
    long found = Words.read(file + CLASS_OF_FILE);
    check("H5FDclose", hdf5_h.H5FDclose(file));
    return found;
  }

  /** Whether files are open whose flushed bytes are kept. */
  public static boolean hasFiles() {
    return !FILES.isEmpty();
  }

  /**
   * Puts into their files what HDF5 has flushed as a whole.
   *
   * @throws DurabilityException if that fails; what was flushed before is there all the same
   */
  public static void commitFlushed() {
    if (FILES.isEmpty()) {
      return;
    }
    RuntimeException failure = null;
    for (DriverFile file : new ArrayList<>(FILES.values())) {
      if (file.isFlushed()) {
        try {
          file.commit();
        } catch (RuntimeException e) {
          failure = e;
        }
      }
    }
    noteHeld();
    if (failure != null) {
      throw failure;
    }
  }

  /** Whether something is held, of any file. */
  public static boolean isAnyHeld() {
    return MEMORY.get(JAVA_LONG, driver + HELD) != 0;
  }

  /** Whether something is held of the file that HDF5 knows by this number. */
  public static boolean isHeld(long serial) {
    DriverFile file = find(serial);
    return file != null && file.isHeld();
  }

  /** Whether flushed bytes are kept of the file that HDF5 knows by this number. */
  public static boolean keeps(long serial) {
    return find(serial) != null;
  }

  /**
   * From now on nothing is held of some bytes of the file that HDF5 knows by this number.
   *
   * @param address where they are in the file
   */
  public static void passThrough(long serial, long address, long size) {
    find(serial).passThrough(address, size);
  }

  private static DriverFile find(long serial) {
    for (DriverFile file : FILES.values()) {
      if (file.serial() == serial) {
        return file;
      }
    }
    return null;
  }

  /** Lets a file go that HDF5 knows by this number: everything passes through. */
  public static void release(long serial) {
    DriverFile file = find(serial);
    if (file != null) {
      file.passThrough();
      FILES.values().remove(file);
    }
    noteHeld();
  }

  /** The process is about to fork: its child is to read what is held. */
  public static void beforeFork() {
    for (DriverFile file : FILES.values()) {
      if (file.isHeld()) {
        file.list();
      }
    }
  }

  /** Gives back the descriptors of journals that only wait for their next use. */
  static void letGoOfJournals() {
    FILES.values().forEach(DriverFile::removeJournal);
  }

  static void add(long words, String name) {
    FILES.put(words, new DriverFile(words, below, name));
  }

  static DriverFile file(long words) {
    return FILES.get(words);
  }

  static void remove(long words) {
    FILES.remove(words);
    noteHeld();
  }

  /** Tells C whether there is anything that a child of fork() would miss. */
  static void noteHeld() {
    long held = 0;
    for (DriverFile file : FILES.values()) {
      held += file.isHeld() ? 1 : 0;
    }
    MEMORY.set(JAVA_LONG, driver + HELD, held);
  }
}
