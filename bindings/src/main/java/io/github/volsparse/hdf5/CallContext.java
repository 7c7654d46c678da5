package io.github.volsparse.hdf5;

import static io.github.volsparse.hdf5.Hdf5.check;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A context in HDF5 for a connector's own calls within a call of the program.
 *
 * <p>HDF5 has one context for each call of the program. In it, each property of the transfer list
 * is looked up once, even if a connector makes several calls with different lists. At the end of
 * the program's call, HDF5 stores results ({@code H5Pget_actual_selection_io_mode} …) in the list
 * that was used last. So if the program gives a transfer list, only the call that passes it on has
 * the program's context.
 */
public final class CallContext implements AutoCloseable {
  /** HDF5 1.14; others took the place of these functions in 2.0. */
  private static final boolean IS_LIB_STATE = Hdf5Library.has("H5VLstart_lib_state");

  private final long context;

  private CallContext(long context) {
    this.context = context;
  }

  /**
   * Opens a context, unless the program's own is as good.
   *
   * @param dxpl the transfer list the program gave
   * @return null if the list is HDF5's default one, which we use as well
   */
  public static CallContext besides(long dxpl) {
    return PropertyLists.isDefaultTransferList(dxpl) ? null : open();
  }

  /**
   * Opens a context; also where there is no call of the program, in which HDF5 has none, and calls
   * from outside of the library into a connector need one.
   */
  public static CallContext open() {
    if (IS_LIB_STATE) {
      check("H5VLstart_lib_state", hdf5_h.H5VLstart_lib_state());
      return new CallContext(0);
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment opened = arena.allocate(JAVA_LONG);
      check("H5VLopen_lib_context", hdf5_h.H5VLopen_lib_context(opened));
      return new CallContext(opened.get(JAVA_LONG, 0));
    }
  }

  /** Goes back to the context from before. */
  @Override
  public void close() {
    if (IS_LIB_STATE) {
      hdf5_h.H5VLfinish_lib_state();
    } else {
      hdf5_h.H5VLclose_lib_context(context);
    }
  }
}
