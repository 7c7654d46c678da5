package io.github.volsparse.transfer;

import io.github.volsparse.dataset.DataspaceSelection;
import io.github.volsparse.dataset.SparseDataset;
import io.github.volsparse.hdf5.Dataspaces;
import io.github.volsparse.hdf5.generated.hdf5_h;
import io.github.volsparse.selection.ChunkGrid;
import io.github.volsparse.selection.ChunkRuns;
import io.github.volsparse.selection.ChunkVisitor;
import io.github.volsparse.selection.Hyperslab;
import io.github.volsparse.selection.Selection;
import java.util.Arrays;

/**
 * Visits what a file selection selects in chunks with content.
 *
 * <p>The work grows with the stored chunks and the pieces of the selection, never with the extent:
 * selecting everything in a dataset of terabytes costs little if little was written.
 */
final class OccupiedChunks {
  /**
   * Up to this many chunks are looked up one by one. For more, the stored chunks are listed: a
   * look-up takes as long as listing three.
   */
  private static final int LOOK_UPS = 256;

  /**
   * Irregular hyperslabs of up to this many elements are divided into sequences. Larger ones may
   * have any number of sequences, and are intersected with each chunk.
   */
  private static final long SEQUENCED_ELEMENTS = 1 << 24;

  private OccupiedChunks() {}

  /**
   * Visits the chunks in row-major order of their scaled coordinates; some may turn out to be not
   * stored. The ordinals of what is selected have no meaning.
   *
   * @param fileSpace identifier of a dataspace, or {@code H5S_ALL}
   * @throws IllegalArgumentException if the dataspace is not of the dataset's extent, or the
   *     selection reaches beyond it
   */
  static void forEach(SparseDataset dataset, long fileSpace, ChunkVisitor visitor) {
    ChunkGrid grid = dataset.grid();
    requireExtent(fileSpace, grid.extent());
    if (fileSpace != hdf5_h.H5S_ALL) {
      if (Dataspaces.H5Sget_select_npoints(fileSpace) == 0) {
        return;
      }
      if (isLargeAndIrregular(fileSpace)) {
        forEachOfIrregular(dataset, fileSpace, visitor);
        return;
      }
    }
    Selection selection = DataspaceSelection.ofFile(fileSpace, grid.extent());
    if (selection == null) {
      if (DataspaceSelection.isWithin(fileSpace, grid.extent())) {
        throw new IllegalArgumentException(
            "there is not enough memory for the pieces of the file selection: select fewer"
                + " elements at once, or set a larger option cache= for the first file that is"
                + " opened");
      }
      throw beyond(grid.extent());
    }
    if (selection instanceof Hyperslab slab && slab.chunksAround(grid) > LOOK_UPS) {
      ChunkRuns whole = new ChunkRuns();
      whole.add(0, 0, grid.chunkElements());
      for (long[] scaled : dataset.chunks().occupiedChunks()) {
        if (slab.coversChunk(grid, scaled)) {
          visitor.visit(scaled, whole); // which may have any number of runs in the selection
        } else {
          slab.forChunk(grid, scaled, visitor);
        }
      }
    } else {
      selection.forEachChunk(grid, visitor);
    }
  }

  private static void requireExtent(long fileSpace, long[] extent) {
    if (fileSpace == hdf5_h.H5S_ALL) {
      return;
    }
    if (fileSpace == hdf5_h.H5S_BLOCK || fileSpace == hdf5_h.H5S_PLIST) {
      throw new IllegalArgumentException(
          "the file selection must be a dataspace or H5S_ALL, not H5S_BLOCK or H5S_PLIST");
    }
    long[] selected = Dataspaces.H5Sget_simple_extent_dims(fileSpace);
    if (!Arrays.equals(selected, extent)) {
      throw new IllegalArgumentException(
          ("the file selection has a dataspace of extent %s, but the dataset has the"
                  + " extent %s: use the dataspace that H5Dget_space returns")
              .formatted(Arrays.toString(selected), Arrays.toString(extent)));
    }
  }

  private static IllegalArgumentException beyond(long[] extent) {
    return new IllegalArgumentException(
        "the file selection reaches beyond the dataset's extent " + Arrays.toString(extent));
  }

  private static boolean isLargeAndIrregular(long fileSpace) {
    return Dataspaces.H5Sget_select_type(fileSpace) == hdf5_h.H5S_SEL_HYPERSLABS
        && Dataspaces.H5Sget_select_npoints(fileSpace) > SEQUENCED_ELEMENTS
        && !Dataspaces.H5Sis_regular_hyperslab(fileSpace);
  }

  private static void forEachOfIrregular(
      SparseDataset dataset, long fileSpace, ChunkVisitor visitor) {
    ChunkGrid grid = dataset.grid();
    long space = Dataspaces.copyWithoutOffset(fileSpace, grid.rank());
    try {
      long[][] bounds = Dataspaces.H5Sget_select_bounds(space, grid.rank());
      for (int d = 0; d < grid.rank(); d++) {
        if (Long.compareUnsigned(bounds[1][d], grid.extent()[d]) >= 0) {
          throw beyond(grid.extent());
        }
      }
      for (long[] scaled : dataset.chunks().occupiedChunks()) {
        long part = Dataspaces.H5Scopy(space);
        try {
          Dataspaces.intersectBlock(part, grid.offset(scaled), grid.validShape(scaled));
          Selection selection = DataspaceSelection.of(part, grid.extent());
          if (selection != null && selection.count() > 0) {
            selection.forEachChunk(grid, visitor);
          }
        } finally {
          Dataspaces.H5Sclose(part);
        }
      }
    } finally {
      Dataspaces.H5Sclose(space);
    }
  }
}
