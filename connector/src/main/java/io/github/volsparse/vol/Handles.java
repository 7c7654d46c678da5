package io.github.volsparse.vol;

import java.util.Arrays;
import java.util.function.UnaryOperator;

/**
 * Gives Java objects to HDF5 as {@code void *}.
 *
 * <p>HDF5 never dereferences the pointer, so it is a number: the place of the object in a table,
 * and how often that place has been used. A handle that is used after its release is recognised.
 *
 * <p>In a child of {@code fork()} HDF5 holds handles from the parent's JVM. Their objects are
 * created again when HDF5 first asks for them.
 */
final class Handles {
  private static final int FIRST_PLACES = 64;

  /** Stands for an object of the parent that has not been asked for. */
  private static final Object INHERITED = new Object();

  private final ObjectRows rows;
  private Object[] objects;
  private int[] uses;
  private int[] free;
  private int freeCount;
  private int next;

  /** Handles with those of the parent, if there is one. */
  Handles(ObjectRows rows) {
    this.rows = rows;
    if (rows.capacity() == 0) {
      rows.grow(FIRST_PLACES);
    }
    objects = new Object[rows.capacity()];
    uses = new int[rows.capacity()];
    free = new int[rows.capacity()];
    for (int place = 0; place < rows.capacity(); place++) {
      long handle = rows.handle(place);
      if (handle > 0) {
        objects[place] = INHERITED;
        uses[place] = uses(handle);
      } else if (handle < 0) {
        uses[place] = uses(~handle) + 1;
      }
      next = handle == 0 ? next : place + 1;
    }
    for (int place = next - 1; place >= 0; place--) {
      if (objects[place] == null) {
        free[freeCount++] = place;
      }
    }
  }

  private static int uses(long handle) {
    return (int) (handle >>> 32);
  }

  /** The handle of an object: never 0. */
  long put(Object object) {
    int place;
    if (freeCount > 0) {
      place = free[--freeCount];
    } else {
      place = next;
      if (place == objects.length) {
        grow(2 * place);
      }
      next++;
    }
    objects[place] = object;
    long handle = ((long) (uses[place] & 0x7fffffff) << 32) | (place + 1);
    if (object instanceof VolObject held) {
      rows.note(place, handle, held.under(), World.options(held.access()), held.isDataset());
    }
    return handle;
  }

  /** Makes room for this many; if there is not enough memory, nothing changes. */
  private void grow(int places) {
    Object[] moreObjects = Arrays.copyOf(objects, places);
    int[] moreUses = Arrays.copyOf(uses, places);
    int[] moreFree = Arrays.copyOf(free, places);
    rows.grow(places);
    objects = moreObjects;
    uses = moreUses;
    free = moreFree;
  }

  /**
   * The object of a handle. A handle from the parent of a fork is treated as if it were not a
   * dataset.
   *
   * @throws IllegalArgumentException if there is none of that type: the handle was released, or
   *     never given
   */
  <T> T get(long handle, Class<T> type) {
    if (knows(handle)) {
      int place = (int) handle - 1;
      Object object = objects[place];
      if (object == INHERITED) {
        object = World.inherited(rows.under(place), rows.options(place));
      }
      if (type.isInstance(object)) {
        return type.cast(object);
      }
    }
    throw new IllegalArgumentException(
        "HDF5 passed an object that vol-sparse does not know (0x%x)".formatted(handle));
  }

  /** Whether a handle is of a dataset of the parent that nobody has looked at in this process. */
  boolean isInheritedDataset(long handle) {
    int place = (int) handle - 1;
    return objects[place] == INHERITED && rows.isDataset(place);
  }

  /** Puts an object in the place of what a handle stands for. */
  void replace(long handle, Object object) {
    objects[(int) handle - 1] = object;
  }

  /** Puts other objects in the place of those that are in use; inherited ones stay. */
  void replaceAll(UnaryOperator<Object> replacement) {
    for (int place = 0; place < next; place++) {
      Object before = objects[place];
      if (before != null && before != INHERITED) {
        objects[place] = replacement.apply(before);
        if (objects[place] != before && objects[place] instanceof VolObject held) {
          rows.note(
              place,
              rows.handle(place),
              held.under(),
              World.options(held.access()),
              held.isDataset());
        }
      }
    }
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
    rows.release(place);
    uses[place]++;
    free[freeCount++] = place;
  }
}
