package io.github.volsparse.tool.chunks;

import io.github.volsparse.tool.hdf5.Dataset;
import io.github.volsparse.tool.hdf5.StoredChunk;
import java.util.Arrays;
import java.util.function.LongConsumer;
import org.roaringbitmap.PeekableIntIterator;

/**
 * Where the defined elements of a dataset are. They are counted in the cells of a grid over the
 * last two dimensions, summed over the other dimensions or in one frame; and for each chunk.
 *
 * <p>Memory: the cells, and one number for each chunk of the extent in a bounded number of bars.
 */
public final class DefinedMap {
  private final long[] shape;
  private final long[] chunkShape;
  private final long[] frame;
  private final int width;
  private final int height;
  private final long[] cells;
  private final double[] means;
  private final double[] maxima;
  private final long chunks;
  private long defined;

  /**
   * Prepares an empty map.
   *
   * @param dataset one of chunked layout and at least one dimension
   * @param frame which frame, an index for each dimension but the last two; null for all of them
   * @param most the largest number of cells in a row or a column
   * @param bars the largest number of bars that chunks are put together in
   */
  public DefinedMap(Dataset dataset, long[] frame, int most, int bars) {
    shape = dataset.shape();
    chunkShape = dataset.chunkShape();
    this.frame = frame;
    width = (int) Math.max(1, Math.min(columns(), most));
    height = (int) Math.max(1, Math.min(rows(), most));
    cells = new long[width * height];
    chunks = frame == null ? dataset.chunksInExtent() : chunksOfFrame();
    int count = (int) Math.max(1, Math.min(chunks, bars));
    means = new double[count];
    maxima = new double[count];
  }

  private long chunksOfFrame() {
    long count = 1;
    for (int d = frame.length; d < shape.length; d++) {
      count *= Math.ceilDiv(shape[d], chunkShape[d]);
    }
    return count;
  }

  /** The length of the last dimension. */
  public long columns() {
    return shape[shape.length - 1];
  }

  /** The length of the last dimension but one; 1 if there is none. */
  public long rows() {
    return shape.length > 1 ? shape[shape.length - 2] : 1;
  }

  /** The number of frames that are summed. */
  public long frames() {
    return frame != null ? 1 : Dataset.product(Arrays.copyOf(shape, Math.max(0, shape.length - 2)));
  }

  /** Cells in a row. */
  public int width() {
    return width;
  }

  /** Cells in a column. */
  public int height() {
    return height;
  }

  /** The number of defined elements seen. */
  public long defined() {
    return defined;
  }

  /** The number of chunks in the extent, or in the frame. */
  public long chunks() {
    return chunks;
  }

  /** The share of defined elements in a cell. */
  public double density(int x, int y) {
    long elements = size(x, width, columns()) * size(y, height, rows()) * frames();
    return elements == 0 ? 0 : (double) cells[y * width + x] / elements;
  }

  private static long size(int cell, int cells, long length) {
    return first(cell + 1, cells, length) - first(cell, cells, length);
  }

  /** The first index in a cell: that of {@code index * cells / length}, turned round. */
  private static long first(int cell, int cells, long length) {
    return Math.ceilDiv(cell * length, cells);
  }

  /** For each bar the mean density of its chunks, in the order of the chunks in the extent. */
  public double[] meanDensities() {
    return means.clone();
  }

  /** For each bar the largest density of its chunks. */
  public double[] largestDensities() {
    return maxima.clone();
  }

  /**
   * Reads the chunks of the dataset.
   *
   * @param progress receives the number of bytes that were read
   */
  public void read(Dataset dataset, LongConsumer progress) {
    DatasetChunks stored = new DatasetChunks(dataset);
    long elements =
        Dataset.product(
            frame == null
                ? chunkShape
                : Arrays.copyOfRange(chunkShape, frame.length, chunkShape.length));
    for (StoredChunk chunk : dataset.storedChunks()) {
      if (frame == null || holdsFrame(chunk.offset())) {
        long count = add(chunk, stored);
        addToBar(chunk.offset(), (double) count / elements);
      }
      progress.accept(chunk.bytes());
    }
  }

  private boolean holdsFrame(long[] offset) {
    for (int d = 0; d < frame.length; d++) {
      if (frame[d] < offset[d] || frame[d] >= offset[d] + chunkShape[d]) {
        return false;
      }
    }
    return true;
  }

  /** Counts the defined elements of a chunk; those beyond the edge of the extent are none. */
  private long add(StoredChunk chunk, DatasetChunks stored) {
    int last = shape.length - 1;
    long count = 0;
    PeekableIntIterator positions = stored.selection(chunk).getIntIterator();
    while (positions.hasNext()) {
      long rest = Integer.toUnsignedLong(positions.next());
      boolean inside = true;
      long column = 0;
      long row = 0;
      for (int d = last; d >= 0; d--) {
        long index = chunk.offset()[d] + rest % chunkShape[d];
        rest /= chunkShape[d];
        inside &= index < shape[d];
        if (d == last) {
          column = index;
        } else if (d == last - 1) {
          row = index;
        } else {
          inside &= frame == null || index == frame[d];
        }
      }
      if (inside) {
        count++;
        int y = (int) (row * height / rows());
        cells[y * width + (int) (column * width / columns())]++;
      }
    }
    defined += count;
    return count;
  }

  private void addToBar(long[] offset, double density) {
    long index = 0;
    for (int d = frame == null ? 0 : frame.length; d < shape.length; d++) {
      index = index * Math.ceilDiv(shape[d], chunkShape[d]) + offset[d] / chunkShape[d];
    }
    int bar = (int) (index * means.length / chunks);
    means[bar] += density / size(bar, means.length, chunks);
    maxima[bar] = Math.max(maxima[bar], density);
  }
}
