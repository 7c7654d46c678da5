package io.github.volsparse.tool.hdf5;

import static io.github.volsparse.tool.hdf5.H5.check;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A filter of a dataset's pipeline.
 *
 * @param number its number
 * @param name what HDF5 or the file call it; may be empty
 * @param parameters its client data
 */
public record Filter(int number, String name, int[] parameters) {
  private static final int NAME_BYTES = 256;

  /** The filters in dataset creation properties, in order. */
  static List<Filter> of(Id creation) {
    int count = check("H5Pget_nfilters", hdf5_h.H5Pget_nfilters(creation.value()));
    List<Filter> filters = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      filters.add(at(creation, i));
    }
    return filters;
  }

  private static Filter at(Id creation, int index) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment flags = arena.allocate(JAVA_INT);
      MemorySegment count = arena.allocate(JAVA_LONG);
      MemorySegment name = arena.allocate(NAME_BYTES);
      get(creation, index, flags, count, MemorySegment.NULL, name);
      MemorySegment values = arena.allocate(JAVA_INT, Math.max(1, count.get(JAVA_LONG, 0)));
      int number = get(creation, index, flags, count, values, name);
      int[] parameters =
          values.asSlice(0, JAVA_INT.byteSize() * count.get(JAVA_LONG, 0)).toArray(JAVA_INT);
      return new Filter(number, name.getString(0), parameters);
    }
  }

  private static int get(
      Id creation,
      int index,
      MemorySegment flags,
      MemorySegment count,
      MemorySegment values,
      MemorySegment name) {
    return check(
        "H5Pget_filter2",
        hdf5_h.H5Pget_filter2(
            creation.value(),
            index,
            flags.address(),
            count.address(),
            values.address(),
            NAME_BYTES - 1,
            name.address(),
            0));
  }
}
