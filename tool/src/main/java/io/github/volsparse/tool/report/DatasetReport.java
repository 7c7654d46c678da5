package io.github.volsparse.tool.report;

import io.github.volsparse.format.CorruptBlobException;
import io.github.volsparse.tool.chunks.DatasetInfo;
import io.github.volsparse.tool.chunks.DefinedMap;
import io.github.volsparse.tool.chunks.Forecast;
import io.github.volsparse.tool.hdf5.Dataset;
import io.github.volsparse.tool.hdf5.Hdf5Failure;
import io.github.volsparse.tool.hdf5.StoredChunk;
import io.github.volsparse.tool.picture.MapImage;
import io.github.volsparse.tool.text.Numbers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/**
 * The content of the page for one dataset.
 *
 * @param info what it is, and what is stored of it
 * @param forecast what it would take if it were sparse; null if it is
 * @param maps where its defined elements are: of all frames first, then of some frames; empty if
 *     they are not drawn
 * @param density the chunks' densities; null if they were not counted
 * @param note why there are no maps; null if there are
 */
record DatasetReport(
    DatasetInfo info, Forecast forecast, List<Map> maps, Density density, String note) {

  /**
   * A map of defined elements.
   *
   * @param name what it shows, in words
   * @param defined the number of defined elements
   * @param elements the number of all elements it stands for
   * @param coarse the share of defined elements in the fields of a small grid, row by row
   */
  record Map(
      String name,
      MapImage image,
      long rows,
      long columns,
      long defined,
      long elements,
      double[][] coarse) {}

  /**
   * The densities of chunks, several chunks to a bar if there are many.
   *
   * @param chunks the number of chunks in the extent
   */
  record Density(long chunks, double[] means, double[] largest) {}

  private static final int CELLS = 1024;
  private static final int FRAME_CELLS = 512;
  private static final int BARS = 200;
  private static final int COARSE = 8;

  /** A native dataset is read as a whole for its map. */
  private static final long MOST_NATIVE_BYTES = 1L << 30;

  /** Chunks for a forecast, and for what gzip would make. */
  private static final int SAMPLE = 32;

  private static final int GZIP_SAMPLE = 8;

  /** More frames are not looked at to choose some. */
  private static final int MOST_CANDIDATES = 100_000;

  /**
   * Reads a dataset.
   *
   * @param frames the most frames for which separate maps are drawn
   * @param room bytes that the maps of this dataset may take in the page
   * @param progress receives the number of bytes that were read
   */
  static DatasetReport of(Dataset dataset, int frames, long room, LongConsumer progress) {
    DatasetInfo info = DatasetInfo.of(dataset, GZIP_SAMPLE);
    Forecast forecast =
        info.sparse() == null && info.damage() == null ? Forecast.of(dataset, SAMPLE) : null;
    String note = reasonForNoMap(dataset, info, room);
    List<Map> maps = new ArrayList<>();
    Density density = null;
    if (note == null) {
      try {
        DefinedMap summed = new DefinedMap(dataset, null, CELLS, BARS);
        summed.read(dataset, progress);
        density = new Density(summed.chunks(), summed.meanDensities(), summed.largestDensities());
        maps.add(map(summed.frames() > 1 ? "all frames, summed" : "all elements", summed));
        long taken = maps.getFirst().image.png().length;
        for (long[] frame : chooseFrames(dataset, frames)) {
          DefinedMap one = new DefinedMap(dataset, frame, FRAME_CELLS, 1);
          one.read(dataset, bytes -> {});
          Map map = map("frame " + Numbers.coordinates(frame), one);
          taken += map.image.png().length;
          if (taken > room) {
            break;
          }
          maps.add(map);
        }
      } catch (CorruptBlobException | Hdf5Failure | UnsupportedOperationException e) {
        maps.clear();
        density = null;
        note = "Not drawn, because a chunk cannot be read: " + e.getMessage();
      } catch (ArithmeticException e) {
        maps.clear();
        density = null;
        note = "Not drawn, because the dataset has more elements than can be counted.";
      }
    }
    return new DatasetReport(info, forecast, maps, density, note);
  }

  private static String reasonForNoMap(Dataset dataset, DatasetInfo info, long room) {
    if (info.damage() != null) {
      return "Not drawn, because the dataset is damaged.";
    }
    if (dataset.layout() != Dataset.Layout.CHUNKED || !dataset.hasFixedSizeElements()) {
      return "Only chunked datasets of elements with a fixed size are drawn.";
    }
    if (dataset.elements() == 0) {
      return "The dataset has no elements.";
    }
    if (info.sparse() == null && dataset.storedBytes() > MOST_NATIVE_BYTES) {
      return "Not drawn, because all %s would have to be read: vol-sparse map draws it."
          .formatted(Numbers.bytes(dataset.storedBytes()));
    }
    return room <= 0 ? "Not drawn, to keep this page small: vol-sparse map draws it." : null;
  }

  private static Map map(String name, DefinedMap map) {
    return new Map(
        name,
        MapImage.of(map),
        map.rows(),
        map.columns(),
        map.defined(),
        Math.multiplyExact(Math.multiplyExact(map.rows(), map.columns()), map.frames()),
        coarse(map));
  }

  /** The mean of the cells of each field. */
  private static double[][] coarse(DefinedMap map) {
    int height = Math.min(COARSE, map.height());
    int width = Math.min(COARSE, map.width());
    double[][] fields = new double[height][width];
    long[][] cells = new long[height][width];
    for (int y = 0; y < map.height(); y++) {
      for (int x = 0; x < map.width(); x++) {
        int row = (int) ((long) y * height / map.height());
        int column = (int) ((long) x * width / map.width());
        fields[row][column] += map.density(x, y);
        cells[row][column]++;
      }
    }
    for (int row = 0; row < height; row++) {
      for (int column = 0; column < width; column++) {
        fields[row][column] /= cells[row][column];
      }
    }
    return fields;
  }

  /** Frames of which something is stored, spread evenly over all of those. */
  private static List<long[]> chooseFrames(Dataset dataset, int count) {
    long[] shape = dataset.shape();
    int leading = shape.length - 2;
    if (leading < 1 || count < 1 || Dataset.product(Arrays.copyOf(shape, leading)) < 2) {
      return List.of();
    }
    long[] chunkShape = dataset.chunkShape();
    NavigableMap<Long, long[]> found = new TreeMap<>();
    for (StoredChunk chunk : dataset.storedChunks()) {
      long[] first = Arrays.copyOf(chunk.offset(), leading);
      if (found.putIfAbsent(index(first, shape), first) == null) {
        addFramesOfChunk(found, first, shape, chunkShape);
      }
      if (found.size() > MOST_CANDIDATES) {
        break;
      }
    }
    List<long[]> all = List.copyOf(found.values());
    int chosen = Math.min(count, all.size());
    List<long[]> frames = new ArrayList<>();
    for (int i = 0; i < chosen; i++) {
      frames.add(all.get((int) ((long) i * all.size() / chosen)));
    }
    return frames;
  }

  private static void addFramesOfChunk(
      NavigableMap<Long, long[]> found, long[] first, long[] shape, long[] chunkShape) {
    long[] frame = first.clone();
    int d;
    do {
      found.putIfAbsent(index(frame, shape), frame.clone());
      for (d = frame.length - 1; d >= 0; d--) {
        if (++frame[d] < Math.min(first[d] + chunkShape[d], shape[d])) {
          break;
        }
        frame[d] = first[d];
      }
    } while (d >= 0 && found.size() <= MOST_CANDIDATES);
  }

  private static long index(long[] frame, long[] shape) {
    long index = 0;
    for (int d = 0; d < frame.length; d++) {
      index = index * shape[d] + frame[d];
    }
    return index;
  }
}
