package io.github.volsparse.stored;

import io.github.volsparse.hdf5.Datatypes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The datatype of a sparse dataset in its file.
 *
 * <p>A program may ask HDF5 for all datatypes that are open, and close what it finds. So none of
 * ours is open between two calls of the program: numbers have HDF5's own datatypes, which it does
 * not tell; others are kept as bytes, and are a datatype only as long as they are {@linkplain #open
 * used}. Neither knows anything of the file, as a copy would of a datatype that is committed, or
 * stored as a shared message.
 */
public final class FileType {
  /** HDF5's own datatype; 0 if there is none. */
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
