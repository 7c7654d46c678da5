package io.github.volsparse.tool.hdf5;

import static io.github.volsparse.tool.hdf5.H5.check;
import static io.github.volsparse.tool.hdf5.H5.nonZero;
import static java.lang.foreign.MemorySegment.NULL;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.volsparse.hdf5.Hdf5Library;
import io.github.volsparse.hdf5.generated.H5D_chunk_iter_op_t;
import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** An open dataset and its properties. Lengths and offsets are in elements. */
public final class Dataset implements AutoCloseable {
  /** The layout of the elements in the file, an {@code H5D_layout_t}. */
  public enum Layout {
    /** In the object header. */
    COMPACT,
    /** In one piece. */
    CONTIGUOUS,
    /** In chunks. */
    CHUNKED,
    /** In other datasets. */
    VIRTUAL
  }

  private final String name;
  private final Id id;
  private final Id creation;
  private final Id type;
  private final long[] shape;
  private final long[] maximumShape;
  private final boolean simple;

  /** Owns an open dataset. */
  Dataset(String name, Id id) {
    this.name = name;
    this.id = id;
    this.creation = Id.of("H5Dget_create_plist", hdf5_h.H5Dget_create_plist(id.value()));
    this.type = Id.of("H5Dget_type", hdf5_h.H5Dget_type(id.value()));
    try (Arena arena = Arena.ofConfined();
        Id space = Id.of("H5Dget_space", hdf5_h.H5Dget_space(id.value()))) {
      MemorySegment dimensions = arena.allocate(JAVA_LONG, hdf5_h.H5S_MAX_RANK);
      MemorySegment maxima = arena.allocate(JAVA_LONG, hdf5_h.H5S_MAX_RANK);
      simple =
          check("H5Sget_simple_extent_type", hdf5_h.H5Sget_simple_extent_type(space.value()))
              == hdf5_h.H5S_SIMPLE;
      int rank =
          check(
              "H5Sget_simple_extent_dims",
              hdf5_h.H5Sget_simple_extent_dims(
                  space.value(), dimensions.address(), maxima.address()));
      shape = dimensions.asSlice(0, JAVA_LONG.byteSize() * rank).toArray(JAVA_LONG);
      maximumShape = maxima.asSlice(0, JAVA_LONG.byteSize() * rank).toArray(JAVA_LONG);
    }
  }

  /**
   * Owns an open dataset.
   *
   * @param name its path
   */
  public static Dataset own(String name, Id id) {
    return new Dataset(name, id);
  }

  /** Its path in the file. */
  public String name() {
    return name;
  }

  /** Its identifier. */
  public Id id() {
    return id;
  }

  /** Its creation properties. */
  public Id creation() {
    return creation;
  }

  /** Its datatype. */
  public Id type() {
    return type;
  }

  /** Its extent; of no lengths if it is scalar or null. */
  public long[] shape() {
    return shape.clone();
  }

  /** Its largest extent; -1 where there is no limit. */
  public long[] maximumShape() {
    return maximumShape.clone();
  }

  /** Whether its dataspace is simple: neither scalar nor null. */
  public boolean isSimple() {
    return simple;
  }

  /** The number of its elements. */
  public long elements() {
    try (Id space = Id.of("H5Dget_space", hdf5_h.H5Dget_space(id.value()))) {
      return check(
          "H5Sget_simple_extent_npoints", hdf5_h.H5Sget_simple_extent_npoints(space.value()));
    }
  }

  /** The product of lengths. */
  public static long product(long[] lengths) {
    return Arrays.stream(lengths).reduce(1, Math::multiplyExact);
  }

  /** The layout of its elements in the file. */
  public Layout layout() {
    return Layout.values()[check("H5Pget_layout", hdf5_h.H5Pget_layout(creation.value()))];
  }

  /** Its chunk shape; null if it has none. */
  public long[] chunkShape() {
    if (layout() != Layout.CHUNKED) {
      return null;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment lengths = arena.allocate(JAVA_LONG, hdf5_h.H5S_MAX_RANK);
      int rank =
          check(
              "H5Pget_chunk",
              hdf5_h.H5Pget_chunk(creation.value(), hdf5_h.H5S_MAX_RANK, lengths.address()));
      return lengths.asSlice(0, JAVA_LONG.byteSize() * rank).toArray(JAVA_LONG);
    }
  }

  /** Its filters, in order. */
  public List<Filter> filters() {
    return Filter.of(creation);
  }

  /** Bytes of an element in the file. */
  public int elementBytes() {
    return Math.toIntExact(nonZero("H5Tget_size", hdf5_h.H5Tget_size(type.value())));
  }

  /** Whether a program has set a fill value. */
  public boolean hasFillValue() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment answer = arena.allocate(JAVA_INT);
      check("H5Pfill_value_defined", hdf5_h.H5Pfill_value_defined(creation.value(), answer));
      return answer.get(JAVA_INT, 0) == hdf5_h.H5D_FILL_VALUE_USER_DEFINED;
    }
  }

  private boolean isFillValueNeverWritten() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment answer = arena.allocate(JAVA_INT);
      check("H5Pget_fill_time", hdf5_h.H5Pget_fill_time(creation.value(), answer));
      return answer.get(JAVA_INT, 0) == hdf5_h.H5D_FILL_TIME_NEVER;
    }
  }

  /**
   * The fill value in the file's datatype. Zero where none is defined, or it is never written: what
   * was never written is then undefined.
   */
  public byte[] fillValue() {
    byte[] zero = new byte[elementBytes()];
    if (!hasFillValue() || isFillValueNeverWritten()) {
      return zero;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(zero.length, 16);
      check(
          "H5Pget_fill_value",
          hdf5_h.H5Pget_fill_value(creation.value(), type.value(), value.address()));
      return value.toArray(JAVA_BYTE);
    }
  }

  /** The bytes its elements take in the file. */
  public long storedBytes() {
    return hdf5_h.H5Dget_storage_size(id.value());
  }

  /** The number of its external files. */
  public int externalFiles() {
    return check("H5Pget_external_count", hdf5_h.H5Pget_external_count(creation.value()));
  }

  /** Whether its elements are all in one place: no sequences, strings of any length, references. */
  public boolean hasFixedSizeElements() {
    return !Datatypes.contains(type, hdf5_h.H5T_VLEN)
        && !Datatypes.contains(type, hdf5_h.H5T_REFERENCE)
        && !Datatypes.hasVariableString(type);
  }

  /**
   * The offset of its elements in the file, if they are contiguous; negative if they are not
   * stored.
   */
  public long address() {
    long address = hdf5_h.H5Dget_offset(id.value());
    hdf5_h.H5Eclear2(hdf5_h.H5E_DEFAULT);
    return address;
  }

  /** The number of chunks in its extent, stored or not. */
  public long chunksInExtent() {
    long[] chunk = chunkShape();
    long count = 1;
    for (int d = 0; d < shape.length; d++) {
      count = Math.multiplyExact(count, Math.ceilDiv(shape[d], chunk[d]));
    }
    return count;
  }

  /** The chunks that have storage, in the order of the chunk index. */
  public List<StoredChunk> storedChunks() {
    List<StoredChunk> chunks = new ArrayList<>();
    int rank = shape.length;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment visitor =
          H5D_chunk_iter_op_t.allocate(
              (offset, filterMask, address, bytes, data) -> {
                long[] first = offset.asSlice(0, JAVA_LONG.byteSize() * rank).toArray(JAVA_LONG);
                chunks.add(new StoredChunk(first, filterMask, address, bytes));
                return 0;
              },
              arena);
      check("H5Dchunk_iter", hdf5_h.H5Dchunk_iter(id.value(), hdf5_h.H5P_DEFAULT, visitor, NULL));
    }
    return chunks;
  }

  /**
   * Reads a chunk as it is stored.
   *
   * @param into receives it
   */
  public void readStored(StoredChunk chunk, MemorySegment into) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment mask = arena.allocate(JAVA_INT);
      MemorySegment size = arena.allocateFrom(JAVA_LONG, into.byteSize());
      long offset = H5.numbers(arena, chunk.offset());
      if (Hdf5Library.has("H5Dread_chunk2")) {
        check(
            "H5Dread_chunk2",
            hdf5_h.H5Dread_chunk2(
                id.value(),
                hdf5_h.H5P_DEFAULT,
                offset,
                mask.address(),
                into.address(),
                size.address()));
      } else {
        check(
            "H5Dread_chunk",
            hdf5_h.H5Dread_chunk(
                id.value(), hdf5_h.H5P_DEFAULT, offset, mask.address(), into.address()));
      }
    }
  }

  /** Reads a block of elements, in the file's datatype. */
  public void read(long[] start, long[] lengths, MemorySegment into) {
    try (Id file = select(start, lengths);
        Id memory = simple(lengths)) {
      check(
          "H5Dread",
          hdf5_h.H5Dread(
              id.value(), type.value(), memory.value(), file.value(), hdf5_h.H5P_DEFAULT, into));
    }
  }

  /** Writes a block of elements, in the file's datatype. */
  public void write(long[] start, long[] lengths, MemorySegment from) {
    try (Id file = select(start, lengths);
        Id memory = simple(lengths)) {
      check(
          "H5Dwrite",
          hdf5_h.H5Dwrite(
              id.value(), type.value(), memory.value(), file.value(), hdf5_h.H5P_DEFAULT, from));
    }
  }

  /** A dataspace of an extent. */
  private static Id simple(long[] lengths) {
    try (Arena arena = Arena.ofConfined()) {
      return Id.of(
          "H5Screate_simple",
          hdf5_h.H5Screate_simple(lengths.length, H5.numbers(arena, lengths), 0));
    }
  }

  /** A dataspace of the dataset, in which a block is selected. */
  public Id select(long[] start, long[] lengths) {
    Id space = Id.of("H5Dget_space", hdf5_h.H5Dget_space(id.value()));
    try (Arena arena = Arena.ofConfined()) {
      check(
          "H5Sselect_hyperslab",
          hdf5_h.H5Sselect_hyperslab(
              space.value(),
              hdf5_h.H5S_SELECT_SET,
              H5.numbers(arena, start),
              0,
              H5.numbers(arena, lengths),
              0));
      return space;
    } catch (RuntimeException e) {
      space.close();
      throw e;
    }
  }

  @Override
  public void close() {
    type.close();
    creation.close();
    id.close();
  }
}
