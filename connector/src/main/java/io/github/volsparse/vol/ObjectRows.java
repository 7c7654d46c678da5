package io.github.volsparse.vol;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.hdf5.UnderObject;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * What HDF5 holds of the connector, in memory outside of the JVM, which a child of {@code fork()}
 * inherits. The child has another JVM.
 *
 * <p>The row of a handle is at the place that the handle names. It is written when the handle is
 * given, and marked when it is released. The plugin's {@code objects.h} describes the words.
 */
final class ObjectRows {
  private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private static final long WORD = JAVA_LONG.byteSize();

  // Of struct objects.
  private static final long ROWS = 0;
  private static final long CAPACITY = WORD;
  private static final long DIRTY = 2 * WORD;

  // Of struct object.
  private static final long HANDLE = 0;
  private static final long UNDER = WORD;
  private static final long CONNECTOR = 2 * WORD;
  private static final long OPTIONS = 3 * WORD;
  private static final long KIND = 4 * WORD;
  private static final long SIZE = 5 * WORD;

  /** Address of the plugin's {@code struct objects}. */
  private final long header;

  /** Owns the rows, unless they are inherited. */
  private Arena arena;

  /** Whether the parent had data that it had not written. */
  private final boolean isIncomplete;

  private long rows;
  private int capacity;

  /**
   * The rows that the plugin has, which are those of the parent in a child of {@code fork()}.
   *
   * @param header address of the plugin's {@code struct objects}
   */
  ObjectRows(long header) {
    this.header = header;
    rows = MEMORY.get(JAVA_LONG, header + ROWS);
    capacity = (int) MEMORY.get(JAVA_LONG, header + CAPACITY);
    isIncomplete = MEMORY.get(JAVA_LONG, header + DIRTY) != 0;
    setDirty(0);
  }

  /** Notes how many datasets have data that are not written. */
  void setDirty(int datasets) {
    MEMORY.set(JAVA_LONG, header + DIRTY, datasets);
  }

  /** Whether all data of the objects that the parent had open are in their files. */
  boolean isComplete() {
    return !isIncomplete;
  }

  /** How many places there are. */
  int capacity() {
    return capacity;
  }

  /** Makes more places. What is there keeps its place. */
  void grow(int places) {
    Arena larger = Arena.ofShared();
    MemorySegment more = larger.allocate(places * SIZE, WORD);
    if (capacity > 0) {
      MemorySegment.copy(MEMORY, rows, more, 0, capacity * SIZE);
    }
    rows = more.address();
    capacity = places;
    MEMORY.set(JAVA_LONG, header + ROWS, rows);
    MEMORY.set(JAVA_LONG, header + CAPACITY, places);
    if (arena != null) {
      arena.close();
    }
    arena = larger;
  }

  /**
   * Notes an object whose handle is given to HDF5.
   *
   * @param options address of the options of its file, a C string that stays
   */
  void note(int place, long handle, UnderObject under, long options, boolean isDataset) {
    long row = rows + place * SIZE;
    MEMORY.set(JAVA_LONG, row + UNDER, under.address());
    MEMORY.set(JAVA_LONG, row + CONNECTOR, under.connector());
    MEMORY.set(JAVA_LONG, row + OPTIONS, options);
    MEMORY.set(JAVA_LONG, row + KIND, isDataset ? 1 : 0);
    MEMORY.set(JAVA_LONG, row + HANDLE, handle);
  }

  /** Notes that a handle is released, if it was noted at all. */
  void release(int place) {
    long row = rows + place * SIZE;
    long handle = MEMORY.get(JAVA_LONG, row + HANDLE);
    if (handle > 0) {
      MEMORY.set(JAVA_LONG, row + HANDLE, ~handle);
    }
  }

  /** The handle at a place; its complement if it is released, 0 if there was none. */
  long handle(int place) {
    return MEMORY.get(JAVA_LONG, rows + place * SIZE + HANDLE);
  }

  /** The object of the connector below at a place. */
  UnderObject under(int place) {
    long row = rows + place * SIZE;
    return new UnderObject(
        MEMORY.get(JAVA_LONG, row + UNDER), MEMORY.get(JAVA_LONG, row + CONNECTOR));
  }

  /** The options of the file of the object at a place. */
  String options(int place) {
    return MEMORY.getString(MEMORY.get(JAVA_LONG, rows + place * SIZE + OPTIONS));
  }

  /** Whether the object at a place is a dataset. */
  boolean isDataset(int place) {
    return MEMORY.get(JAVA_LONG, rows + place * SIZE + KIND) != 0;
  }
}
