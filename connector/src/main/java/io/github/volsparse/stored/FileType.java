package io.github.volsparse.stored;

import io.github.volsparse.hdf5.Datatypes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The datatype of a sparse dataset in its file.
 *
 * <p>A program may ask HDF5 for all open datatypes, and close them. So none of ours is open between
 * two calls of the program. Numbers have HDF5's own datatypes, which it does not list. Others are
 * kept as bytes, and are a datatype only while they are {@linkplain #open used}. Neither refers to
 * the file, as a copy of a committed datatype or of a shared message would.
 */
public final class FileType {
  /** HDF5's own datatype; 0 if HDF5 has none. */
  private final long predefined;

  /** The datatype as bytes, if HDF5 has none of its own. */
  private final MemorySegment encoded;

  private FileType(long predefined, MemorySegment encoded) {
    this.predefined = predefined;
    this.encoded = encoded;
  }

  /** The same datatype as one that is open, which is not used any more. */
  public static FileType of(long type) {
    long predefined = Datatypes.predefined(type);
    return new FileType(
        predefined, predefined != 0 ? null : Datatypes.H5Tencode(type, Arena.ofAuto()));
  }

  /**
   * The datatype while it is used.
   *
   * @param id its identifier, valid until it is closed
   */
  public record Open(long id, boolean isOwn) implements AutoCloseable {
    @Override
    public void close() {
      if (isOwn) {
        Datatypes.H5Tclose(id);
      }
    }
  }

  /** Makes the datatype; to be closed before the callback ends. */
  public Open open() {
    return predefined != 0
        ? new Open(predefined, false)
        : new Open(Datatypes.H5Tdecode(encoded), true);
  }
}
