package io.github.volsparse.vol;

import java.util.Arrays;

/**
 * Gives Java objects to HDF5 as {@code void *}.
 *
 * <p>HDF5 never looks behind the pointer, so it is a number: the place of the object in a table,
 * and how often that place has been given away. A handle used after its release is recognised.
 */
final class Handles {
  private Object[] objects = new Object[64];
  private int[] uses = new int[64];
  private int[] free = new int[64];
  private int freeCount;
  private int next;

  /** The handle of an object: never 0. */
  long put(Object object) {
    int place;
    if (freeCount > 0) {
      place = free[--freeCount];
    } else {
      place = next++;
      if (place == objects.length) {
        objects = Arrays.copyOf(objects, 2 * place);
        uses = Arrays.copyOf(uses, 2 * place);
        free = Arrays.copyOf(free, 2 * place);
      }
    }
    objects[place] = object;
    return ((long) (uses[place] & 0x7fffffff) << 32) | (place + 1);
  }

  /**
   * The object of a handle.
   *
   * @throws IllegalArgumentException if there is none of that type: the handle was released, or
   *     never given
   */
  <T> T get(long handle, Class<T> type) {
    if (knows(handle)) {
      Object object = objects[(int) handle - 1];
      if (type.isInstance(object)) {
        return type.cast(object);
      }
    }
    throw new IllegalArgumentException(
        "HDF5 passed an object that vol-sparse does not know (0x%x)".formatted(handle));
  }

  /** Whether a pointer is a handle that is in use. */
  boolean knows(long handle) {
    int place = (int) handle - 1;
    return place >= 0
        && place < next
        && (uses[place] & 0x7fffffff) == handle >>> 32
        && objects[place] != null;
  }

  /** Releases a handle; the next use of it fails. */
  void remove(long handle) {
    int place = (int) handle - 1;
    objects[place] = null;
    uses[place]++;
    free[freeCount++] = place;
  }
}
