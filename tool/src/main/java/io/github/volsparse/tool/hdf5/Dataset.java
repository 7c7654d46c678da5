package io.github.volsparse.tool.hdf5;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** An open dataset, with what HDF5 says of it. Lengths and offsets are in elements. */
public final class Dataset implements AutoCloseable {
  /** How the elements lie in the file, an {@code H5D_layout_t}. */
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

  // H5D_fill_value_t, H5D_fill_time_t, H5S_class_t
  private static final int FILL_VALUE_USER_DEFINED = 2;
  private static final int FILL_TIME_NEVER = 1;
  private static final int SIMPLE = 1;

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
    this.creation = H5.id("H5Dget_create_plist", id.value());
    this.type = H5.id("H5Dget_type", id.value());
    try (Arena arena = Arena.ofConfined();
        Id space = H5.id("H5Dget_space", id.value())) {
      MemorySegment dimensions = arena.allocate(JAVA_LONG, H5.MAX_RANK);
      MemorySegment maxima = arena.allocate(JAVA_LONG, H5.MAX_RANK);
      simple = H5.status("H5Sget_simple_extent_type", space.value()) == SIMPLE;
      int rank =
          H5.status(
              "H5Sget_simple_extent_dims", space.value(), dimensions.address(), maxima.address());
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
    try (Id space = H5.id("H5Dget_space", id.value())) {
      return H5.number("H5Sget_simple_extent_npoints", space.value());
    }
  }

  /** The product of lengths. */
  public static long product(long[] lengths) {
    return Arrays.stream(lengths).reduce(1, Math::multiplyExact);
  }

  /** How its elements lie in the file. */
  public Layout layout() {
    return Layout.values()[H5.status("H5Pget_layout", creation.value())];
  }

  /** Its chunk shape; null if it has none. */
  public long[] chunkShape() {
    if (layout() != Layout.CHUNKED) {
      return null;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment lengths = arena.allocate(JAVA_LONG, H5.MAX_RANK);
      int rank = H5.status("H5Pget_chunk", creation.value(), H5.MAX_RANK, lengths.address());
      return lengths.asSlice(0, JAVA_LONG.byteSize() * rank).toArray(JAVA_LONG);
    }
  }

  /** Its filters, in order. */
  public List<Filter> filters() {
    return Filter.of(creation);
  }

  /** Bytes of an element in the file. */
  public int elementBytes() {
    return Math.toIntExact(H5.nonZero("H5Tget_size", type.value()));
  }

  /** Whether a program has set a fill value. */
  public boolean hasFillValue() {
    return ask("H5Pfill_value_defined") == FILL_VALUE_USER_DEFINED;
  }

  /** The answer of a function that puts an enumeration's value where it is told. */
  private int ask(String function) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment answer = arena.allocate(JAVA_INT);
      H5.status(function, creation.value(), answer.address());
      return answer.get(JAVA_INT, 0);
    }
  }

  /**
   * The fill value in the file's datatype. Zero where none is defined, or it is never written: what
   * was never written is then undefined.
   */
  public byte[] fillValue() {
    byte[] zero = new byte[elementBytes()];
    if (!hasFillValue() || ask("H5Pget_fill_time") == FILL_TIME_NEVER) {
      return zero;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(zero.length, 16);
      H5.status("H5Pget_fill_value", creation.value(), type.value(), value.address());
      return value.toArray(JAVA_BYTE);
    }
  }

  /** The bytes its elements take in the file. */
  public long storedBytes() {
    return H5.call("H5Dget_storage_size", id.value());
  }

  /** The number of files of its own that its elements lie in. */
  public int externalFiles() {
    return H5.status("H5Pget_external_count", creation.value());
  }

  /** Whether its elements are all in one place: no sequences, strings of any length, references. */
  public boolean hasFixedSizeElements() {
    return !Datatypes.contains(type, Datatypes.VLEN)
        && !Datatypes.contains(type, Datatypes.REFERENCE)
        && !Datatypes.hasVariableString(type);
  }

  /** Where its elements begin in the file, if they lie in one piece; negative if nowhere. */
  public long address() {
    long address = H5.call("H5Dget_offset", id.value());
    H5.call("H5Eclear2", H5.DEFAULT);
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
      long visitor =
          H5.function(
              arena,
              (offset, filterMask, address, bytes, data, f) -> {
                long[] first = H5.at(offset, JAVA_LONG.byteSize() * rank).toArray(JAVA_LONG);
                chunks.add(new StoredChunk(first, (int) filterMask, address, bytes));
                return 0;
              });
      H5.status("H5Dchunk_iter", id.value(), H5.DEFAULT, visitor, 0);
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
      if (H5.has("H5Dread_chunk2")) {
        H5.status(
            "H5Dread_chunk2",
            id.value(),
            H5.DEFAULT,
            offset,
            mask.address(),
            into.address(),
            size.address());
      } else {
        String name = H5.has("H5Dread_chunk") ? "H5Dread_chunk" : "H5Dread_chunk1";
        H5.status(name, id.value(), H5.DEFAULT, offset, mask.address(), into.address());
      }
    }
  }

  /** Reads a block of elements, in the file's datatype. */
  public void read(long[] start, long[] lengths, MemorySegment into) {
    transfer("H5Dread", start, lengths, into);
  }

  /** Writes a block of elements, in the file's datatype. */
  public void write(long[] start, long[] lengths, MemorySegment from) {
    transfer("H5Dwrite", start, lengths, from);
  }

  private void transfer(String function, long[] start, long[] lengths, MemorySegment memory) {
    try (Arena arena = Arena.ofConfined();
        Id fileSpace = select(start, lengths);
        Id memorySpace = H5.id("H5Screate_simple", lengths.length, H5.numbers(arena, lengths), 0)) {
      H5.status(
          function,
          id.value(),
          type.value(),
          memorySpace.value(),
          fileSpace.value(),
          H5.DEFAULT,
          memory.address());
    }
  }

  /** A dataspace of the dataset, in which a block is selected. */
  public Id select(long[] start, long[] lengths) {
    Id space = H5.id("H5Dget_space", id.value());
    try (Arena arena = Arena.ofConfined()) {
      H5.status(
          "H5Sselect_hyperslab",
          space.value(),
          0,
          H5.numbers(arena, start),
          0,
          H5.numbers(arena, lengths),
          0);
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
