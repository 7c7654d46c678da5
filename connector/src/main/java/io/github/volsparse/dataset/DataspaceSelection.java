package io.github.volsparse.dataset;

import io.github.volsparse.hdf5.Dataspaces;
import io.github.volsparse.hdf5.generated.hdf5_h;
import io.github.volsparse.selection.Hyperslab;
import io.github.volsparse.selection.Selection;
import io.github.volsparse.selection.Sequences;
import java.util.Arrays;

/** Reads an HDF5 dataspace into a {@link Selection}. */
public final class DataspaceSelection {
  /** What a sequence takes of the Java heap, at most, on the way from a dataspace to the chunks. */
  private static final long BYTES_OF_SEQUENCE = 256;

  /** What of the heap other things need. */
  private static final long LEFT_OF_HEAP = 64L << 20;

  /** The most sequences of a selection, such that they fit the heap. */
  private static final long MOST_SEQUENCES =
      Math.max(1 << 16, (Runtime.getRuntime().maxMemory() - LEFT_OF_HEAP) / BYTES_OF_SEQUENCE);

  private DataspaceSelection() {}

  /** A selection has more pieces than there is memory for. */
  private static final class TooManySequences extends RuntimeException {
    private static final long serialVersionUID = 1;

    TooManySequences() {
      super(null, null, false, false);
    }
  }

  /**
   * The selection of a file dataspace.
   *
   * @param space a dataspace identifier, or one of the constants in its place
   * @param extent the dataset's extent
   * @return null if there are too many pieces, or if the dataspace does not fit this extent
   */
  public static Selection ofFile(long space, long[] extent) {
    if (space == hdf5_h.H5S_ALL) {
      return Hyperslab.all(extent);
    }
    if (space == hdf5_h.H5S_BLOCK || space == hdf5_h.H5S_PLIST) {
      return null;
    }
    return Arrays.equals(Dataspaces.H5Sget_simple_extent_dims(space), extent)
        ? of(space, extent)
        : null;
  }

  /**
   * Whether a file dataspace selects nothing, or something beyond the extent, which HDF5 refuses.
   *
   * @param space as for {@link #ofFile}
   */
  static boolean isNoneOrBeyond(long space, long[] extent) {
    if (space == hdf5_h.H5S_ALL
        || space == hdf5_h.H5S_BLOCK
        || space == hdf5_h.H5S_PLIST
        || !Arrays.equals(Dataspaces.H5Sget_simple_extent_dims(space), extent)) {
      return false;
    }
    int kind = Dataspaces.H5Sget_select_type(space);
    if (kind == hdf5_h.H5S_SEL_ALL || kind == hdf5_h.H5S_SEL_NONE) {
      return kind == hdf5_h.H5S_SEL_NONE;
    }
    long[] last = Dataspaces.H5Sget_select_bounds(space, extent.length)[1];
    for (int d = 0; d < extent.length; d++) {
      if (Long.compareUnsigned(last[d], extent[d]) >= 0) {
        return true;
      }
    }
    return false;
  }

  /**
   * The selection of a dataspace.
   *
   * @param space a dataspace identifier, no {@code H5S_ALL} or the like
   * @param extent its extent
   * @return null if nothing is selected, the dataspace is null, the selection reaches beyond the
   *     extent, or it is in too many pieces: cases in which HDF5 itself knows best what to do
   */
  public static Selection of(long space, long[] extent) {
    if (extent.length == 0 && Dataspaces.H5Sget_simple_extent_type(space) == hdf5_h.H5S_NULL) {
      return null;
    }
    int kind = Dataspaces.H5Sget_select_type(space);
    if (kind == hdf5_h.H5S_SEL_ALL) {
      return Hyperslab.all(extent);
    }
    if (kind == hdf5_h.H5S_SEL_NONE) {
      return null;
    }
    long[][] bounds = Dataspaces.H5Sget_select_bounds(space, extent.length);
    long[] start = bounds[0];
    long[] shape = bounds[1];
    long inBounds = 1;
    for (int d = 0; d < extent.length; d++) {
      if (Long.compareUnsigned(shape[d], extent[d]) >= 0) {
        return null;
      }
      shape[d] += 1 - start[d];
      inBounds *= shape[d];
    }
    if (kind == hdf5_h.H5S_SEL_HYPERSLABS) {
      if (Dataspaces.H5Sget_select_npoints(space) == inBounds) {
        long[] ones = new long[extent.length];
        Arrays.fill(ones, 1);
        return Hyperslab.of(extent, start, ones, ones, shape);
      }
      if (Dataspaces.H5Sis_regular_hyperslab(space)) {
        long[][] parameters = Dataspaces.H5Sget_regular_hyperslab(space, extent.length);
        return Hyperslab.of(extent, start, parameters[1], parameters[2], parameters[3]);
      }
    }
    Sequences.Builder sequences = Sequences.builder(extent);
    try {
      Dataspaces.forEachSequence(
          space,
          (offset, length) -> {
            sequences.add(offset, length);
            if (sequences.size() > MOST_SEQUENCES) {
              throw new TooManySequences();
            }
          });
    } catch (TooManySequences e) {
      return null;
    }
    return sequences.build();
  }

  /**
   * Whether a selection is within an extent. If it is, a null selection means that it has too many
   * pieces.
   */
  public static boolean isWithin(long space, long[] extent) {
    if (space == hdf5_h.H5S_ALL) {
      return true;
    }
    long[] last = Dataspaces.H5Sget_select_bounds(space, extent.length)[1];
    for (int d = 0; d < extent.length; d++) {
      if (Long.compareUnsigned(last[d], extent[d]) >= 0) {
        return false;
      }
    }
    return true;
  }
}
