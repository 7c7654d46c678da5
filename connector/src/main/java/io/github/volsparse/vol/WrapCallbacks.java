package io.github.volsparse.vol;

import static io.github.volsparse.hdf5.Hdf5.check;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.hdf5.UnderObject;
import io.github.volsparse.hdf5.Words;
import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The callbacks of {@code wrap_cls}: HDF5 makes an object below (the datatype of a dataset, say)
 * and asks every connector of the stack to put its own around it.
 */
final class WrapCallbacks {

  private WrapCallbacks() {}

  /**
   * A context over a connector that may have one itself.
   *
   * @param below the context of the connector below; 0 if it needs none
   */
  private record WrapContext(long below, FileAccess access) {}

  /** {@code herr_t get_wrap_ctx(const void *obj, void **wrap_ctx)}. */
  static long getContext(long[] arguments) {
    VolObject object = World.object(arguments[0]);
    FileAccess access = object.access();
    MemorySegment result = Words.at(arguments[1]);
    if (access.isOverNative()) {
      result.set(JAVA_LONG, 0, World.wrapContext(access));
      return 0;
    }
    WrapContext context = new WrapContext(contextBelow(object.under()), access);
    result.set(JAVA_LONG, 0, World.handles().put(context));
    return 0;
  }

  /** The context of the connector below; 0 if it needs none. */
  private static long contextBelow(UnderObject under) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment below = arena.allocate(JAVA_LONG);
      check(
          "H5VLget_wrap_ctx",
          hdf5_h.H5VLget_wrap_ctx(under.address(), under.connector(), below.address()));
      return below.get(JAVA_LONG, 0);
    }
  }

  private static long wrapBelow(long[] arguments, FileAccess access, long below) {
    return hdf5_h.H5VLwrap_object(arguments[0], (int) arguments[1], access.connector(), below);
  }

  // H5VLfree_wrap_ctx leaves the error stack alone, on which an entry may wait for the program.
  private static long freeBelow(long below, FileAccess access) {
    return below == 0 ? 0 : hdf5_h.H5VLfree_wrap_ctx(below, access.connector());
  }

  /**
   * {@code void *wrap_object(void *obj, H5I_type_t obj_type, void *wrap_ctx)}.
   *
   * <p>In a child of {@code fork()} the plugin itself gives contexts, as long as there is no JVM:
   * the handle of the object.
   */
  static long wrap(long[] arguments) {
    Object context = World.handles().get(arguments[2] & Long.MAX_VALUE, Object.class);
    FileAccess access;
    long under;
    if (context instanceof VolObject inherited) {
      access = inherited.access();
      long below = access.isOverNative() ? 0 : contextBelow(inherited.under());
      under = wrapBelow(arguments, access, below);
      freeBelow(below, access);
    } else if (context instanceof WrapContext stacked) {
      access = stacked.access();
      under = wrapBelow(arguments, access, stacked.below());
    } else {
      access = (FileAccess) context;
      under = wrapBelow(arguments, access, 0);
    }
    if (under == 0) {
      return 0;
    }
    VolObject object = new VolObject(new UnderObject(under, access.connector()), access);
    return (int) arguments[1] == hdf5_h.H5I_DATASET
        ? World.wrapDataset(object, under)
        : World.wrap(object, under);
  }

  /**
   * {@code void *unwrap_object(void *obj)}: our object is gone afterwards.
   *
   * <p>An object that is not ours is returned as it is. A file that is open through this connector
   * and is then opened natively keeps HDF5's note of the connector that opened it first: when it is
   * closed, HDF5 asks us to unwrap what the native connector never wrapped.
   */
  static long unwrap(long[] arguments) {
    if (!World.handles().knows(arguments[0])) {
      return arguments[0];
    }
    UnderObject under = World.object(arguments[0]).under();
    long result = hdf5_h.H5VLunwrap_object(under.address(), under.connector());
    if (result != 0) {
      World.handles().remove(arguments[0]);
    }
    return result;
  }

  /** {@code herr_t free_wrap_ctx(void *wrap_ctx)}, but for contexts that stay. */
  static long freeContext(long[] arguments) {
    WrapContext context = World.handles().get(arguments[0], WrapContext.class);
    World.handles().remove(arguments[0]);
    return freeBelow(context.below(), context.access());
  }
}
