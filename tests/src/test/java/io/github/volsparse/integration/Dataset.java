package io.github.volsparse.integration;

import static io.github.volsparse.integration.Hdf5Failure.check;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** An open dataset. */
final class Dataset extends Handle {
  Dataset(long id) {
    super(id, hdf5_h::H5Dclose);
  }

  void write(long type, Space memory, Space file, byte[] buffer) {
    try (Arena arena = Arena.ofConfined();
        Handle memorySpace = memory.open();
        Handle fileSpace = file.open()) {
      MemorySegment bytes = arena.allocate(Math.max(1, buffer.length), 16);
      MemorySegment.copy(buffer, 0, bytes, JAVA_BYTE, 0, buffer.length);
      check(hdf5_h.H5Dwrite(id(), type, memorySpace.id(), fileSpace.id(), 0, bytes));
    }
  }

  /** Reads into a buffer, whose bytes outside the selection stay as they are. */
  void read(long type, Space memory, Space file, byte[] buffer) {
    try (Arena arena = Arena.ofConfined();
        Handle memorySpace = memory.open();
        Handle fileSpace = file.open()) {
      MemorySegment bytes = arena.allocate(Math.max(1, buffer.length), 16);
      MemorySegment.copy(buffer, 0, bytes, JAVA_BYTE, 0, buffer.length);
      try {
        check(hdf5_h.H5Dread(id(), type, memorySpace.id(), fileSpace.id(), 0, bytes));
      } finally {
        MemorySegment.copy(bytes, JAVA_BYTE, 0, buffer, 0, buffer.length);
      }
    }
  }

  void writeInts(int... values) {
    write(hdf5_h.H5T_NATIVE_INT_g(), Space.ALL, Space.ALL, bytes(values));
  }

  /** All elements, as C {@code int}. */
  int[] readInts() {
    byte[] buffer = new byte[4 * (int) Space.of(extent()).elements()];
    read(hdf5_h.H5T_NATIVE_INT_g(), Space.ALL, Space.ALL, buffer);
    return ints(buffer);
  }

  static byte[] bytes(int... values) {
    return MemorySegment.ofArray(values).toArray(JAVA_BYTE);
  }

  static int[] ints(byte[] bytes) {
    return MemorySegment.ofArray(bytes).toArray(JAVA_INT.withByteAlignment(1));
  }

  long[] extent() {
    try (Arena arena = Arena.ofConfined();
        Handle space = new Handle(hdf5_h.H5Dget_space(id()), hdf5_h::H5Sclose)) {
      int rank = check(hdf5_h.H5Sget_simple_extent_ndims(space.id()));
      MemorySegment extent = arena.allocate(JAVA_LONG, Math.max(1, rank));
      check(hdf5_h.H5Sget_simple_extent_dims(space.id(), extent, MemorySegment.NULL));
      return extent.asSlice(0, 8L * rank).toArray(JAVA_LONG);
    }
  }

  long storedBytes() {
    return hdf5_h.H5Dget_storage_size(id());
  }
}
