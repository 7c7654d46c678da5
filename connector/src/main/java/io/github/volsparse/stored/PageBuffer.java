package io.github.volsparse.stored;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.hdf5.Connectors;
import io.github.volsparse.hdf5.Hdf5Exception;
import io.github.volsparse.hdf5.PropertyLists;
import io.github.volsparse.hdf5.UnderObject;
import io.github.volsparse.hdf5.generated.H5VL_object_get_args_t;
import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The page buffer of a file ({@code H5Pset_page_buffer_size}), which HDF5 shares among all opens of
 * the file.
 *
 * <p>With it HDF5 (1.14 to 2.0) loses data and whole objects when chunks are freed: it keeps the
 * content of a freed page, and writes it over the page's next use. Unfiltered chunks stay in place;
 * filtered chunks move when their size changes.
 */
public final class PageBuffer {
  /** Whether a file was ever opened with one: if not, no file need be asked. */
  private static boolean isThereAny;

  private PageBuffer() {}

  /**
   * Notes how a file is about to be opened.
   *
   * @param fapl its access list
   */
  public static void note(long fapl) {
    isThereAny |= PropertyLists.H5Pget_page_buffer_size(fapl) > 0;
  }

  /**
   * Whether the file of an object has one.
   *
   * @param location what the object is, an {@code H5VL_loc_params_t}
   */
  public static boolean isIn(UnderObject object, MemorySegment location) {
    if (!isThereAny) {
      return false;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment file = arena.allocate(JAVA_LONG);
      MemorySegment arguments = H5VL_object_get_args_t.allocate(arena);
      H5VL_object_get_args_t.op_type(arguments, hdf5_h.H5VL_OBJECT_GET_FILE);
      H5VL_object_get_args_t.args.get_file.file(H5VL_object_get_args_t.args(arguments), file);
      Connectors.H5VLobject_get(object, location, arguments);
      return Connectors.hasPageBuffer(new UnderObject(file.get(JAVA_LONG, 0), object.connector()));
    } catch (Hdf5Exception e) {
      e.discardErrorStack(); // another connector than the native one has none
      return false;
    }
  }
}
