package io.github.volsparse.stored;

import io.github.volsparse.format.BlobBuffer;
import io.github.volsparse.format.Shuffle;
import io.github.volsparse.hdf5.PropertyLists.Filter;
import io.github.volsparse.hdf5.generated.hdf5_h;
import java.lang.foreign.MemorySegment;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * The filters that a program has set for a dataset, behind ours. Shuffle and deflate are undone
 * here: what comes out is a blob, of which only the elements that are wanted have to be decoded.
 * HDF5, which undoes the others, makes all elements of the chunk, and copies them.
 */
final class ProgramFilters {
  private final Filter[] filters;
  private final boolean areKnown;

  /**
   * @param filters the program's own, without ours
   */
  ProgramFilters(Filter[] filters) {
    this.filters = filters.clone();
    boolean known = true;
    for (Filter filter : filters) {
      known &=
          filter.id() == hdf5_h.H5Z_FILTER_DEFLATE
              || filter.id() == hdf5_h.H5Z_FILTER_SHUFFLE
                  && filter.parameters().length > 0
                  && filter.parameters()[0] > 0;
    }
    areKnown = known;
  }

  /** How many there are. */
  int count() {
    return filters.length;
  }

  /**
   * Undoes them.
   *
   * @param raw a stored chunk that our filter has seen
   * @param most how many bytes may come out
   * @param one gets what comes out of a filter, as does {@code other}
   * @return the bytes, in one of the buffers or where they were; null if HDF5 has to do it, which
   *     says what is wrong with those that are not in order
   */
  MemorySegment undo(RawChunk raw, long most, BlobBuffer one, BlobBuffer other) {
    if (!areKnown || most > Integer.MAX_VALUE || raw.bytes().byteSize() > Integer.MAX_VALUE) {
      return null;
    }
    MemorySegment bytes = raw.bytes();
    BlobBuffer into = one;
    for (int i = filters.length - 1; i >= 0 && bytes != null; i--) {
      if ((raw.filterMask() >> i + 1 & 1) == 0) {
        bytes =
            filters[i].id() == hdf5_h.H5Z_FILTER_DEFLATE
                ? inflate(bytes, into.reserve(most))
                : unshuffle(bytes, filters[i].parameters()[0], into);
        into = into == one ? other : one;
      }
    }
    return bytes;
  }

  /** Null if the bytes are not in order, or more come out than there is room for. */
  private static MemorySegment inflate(MemorySegment bytes, MemorySegment room) {
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(bytes.asByteBuffer());
      int length = inflater.inflate(room.asByteBuffer());
      return inflater.finished() ? room.asSlice(0, length) : null;
    } catch (DataFormatException e) {
      return null;
    } finally {
      inflater.end();
    }
  }

  private static MemorySegment unshuffle(MemorySegment bytes, int elementSize, BlobBuffer into) {
    MemorySegment together = into.reserve(bytes.byteSize());
    Shuffle.unshuffle(bytes, elementSize, together);
    return together;
  }
}
