package io.github.volsparse.integration;

import io.github.volsparse.hdf5.generated.hdf5_h;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A program writes and reads selections: what it gets is what it gets natively. */
@ExtendWith(Library.class)
class SelectionTest {
  private static final int ROUNDS = 40;
  private static final int STEPS = 6;

  @TempDir Path folder;

  private static byte[] numbered(long count, int first) {
    int[] values = new int[(int) count];
    Arrays.setAll(values, i -> first + i);
    return Dataset.bytes(values);
  }

  /** Writes numbers by one selection, reads all, and reads by the same selection. */
  private void agree(long[] extent, long[] chunk, Space memory, Space file) {
    Twins.agree(
        folder,
        (path, access, seen) -> {
          long type = hdf5_h.H5T_NATIVE_INT_g();
          byte[] source = numbered((memory == Space.ALL ? Space.of(extent) : memory).elements(), 1);
          try (H5File h5 = H5File.create(path, access);
              Dataset dataset = h5.create("data", Shape.of(extent).chunks(chunk))) {
            dataset.write(type, memory, file, source);
            seen.note("all", dataset.readAll());
            byte[] target = numbered(source.length / 4, -1000);
            dataset.read(type, memory, file, target);
            seen.note("memory", target);
          }
        });
  }

  @Test
  void oneBlock() {
    agree(
        new long[] {10, 10},
        new long[] {4, 3},
        Space.of(20),
        Space.of(10, 10).block(new long[] {3, 2}, new long[] {4, 5}));
  }

  @Test
  void stridedBlocks() {
    agree(
        new long[] {20, 30},
        new long[] {7, 11},
        Space.of(4 * 3 * 2 * 2),
        Space.of(20, 30)
            .slab(new long[] {1, 2}, new long[] {5, 9}, new long[] {4, 3}, new long[] {2, 2}));
  }

  @Test
  void aUnionOfBlocks() {
    Space union =
        Space.of(20, 30)
            .block(new long[] {0, 0}, new long[] {5, 5})
            .orBlock(new long[] {3, 3}, new long[] {10, 4})
            .orBlock(new long[] {18, 28}, new long[] {2, 2});
    agree(new long[] {20, 30}, new long[] {7, 11}, Space.of(union.count()), union);
  }

  @Test
  void aUnionWithHoles() {
    Space union =
        Space.of(20, 30)
            .block(new long[] {0, 0}, new long[] {20, 20})
            .slab(
                hdf5_h.H5S_SELECT_NOTB,
                new long[] {2, 2},
                new long[] {1, 1},
                new long[] {1, 1},
                new long[] {11, 9})
            .slab(
                hdf5_h.H5S_SELECT_XOR,
                new long[] {0, 0},
                new long[] {3, 4},
                new long[] {6, 7},
                new long[] {1, 2});
    agree(new long[] {20, 30}, new long[] {7, 11}, Space.of(union.count()), union);
  }

  @Test
  void pointsInAnyOrder() {
    agree(
        new long[] {10, 10},
        new long[] {4, 3},
        Space.of(5),
        Space.of(10, 10)
            .points(
                new long[] {9, 9},
                new long[] {0, 0},
                new long[] {5, 5},
                new long[] {5, 4},
                new long[] {0, 9}));
  }

  @Test
  void aPointTwice() {
    agree(
        new long[] {10},
        new long[] {4},
        Space.of(4),
        Space.of(10).points(new long[] {3}, new long[] {7}, new long[] {3}, new long[] {7}));
  }

  @Test
  void aSelectionOfTheMemory() {
    agree(
        new long[] {10, 10},
        new long[] {4, 3},
        Space.of(7, 9)
            .slab(new long[] {1, 1}, new long[] {2, 2}, new long[] {3, 4}, new long[] {1, 1}),
        Space.of(10, 10).block(new long[] {3, 2}, new long[] {2, 6}));
  }

  @Test
  void pointsOfTheMemory() {
    agree(
        new long[] {10, 10},
        new long[] {4, 3},
        Space.of(7, 9).points(new long[] {6, 8}, new long[] {0, 0}, new long[] {3, 3}),
        Space.of(10, 10).block(new long[] {3, 2}, new long[] {1, 3}));
  }

  @Test
  void memoryOfAnotherRank() {
    agree(new long[] {4, 5, 6}, new long[] {3, 3, 4}, Space.of(12, 10), Space.ALL);
  }

  @Test
  void aMovedSelection() {
    agree(
        new long[] {10, 10},
        new long[] {4, 3},
        Space.of(6),
        Space.of(10, 10).block(new long[] {0, 0}, new long[] {2, 3}).offset(7, 5));
  }

  @Test
  void movedPoints() {
    agree(
        new long[] {10, 10},
        new long[] {4, 3},
        Space.of(2),
        Space.of(10, 10).points(new long[] {2, 3}, new long[] {1, 1}).offset(-1, 2));
  }

  @Test
  void aMovedUnion() {
    Space union =
        Space.of(20, 30)
            .block(new long[] {0, 0}, new long[] {5, 5})
            .orBlock(new long[] {3, 3}, new long[] {6, 4})
            .offset(4, 20);
    agree(new long[] {20, 30}, new long[] {7, 11}, Space.of(union.count()), union);
  }

  @Test
  void nothing() {
    agree(new long[] {10}, new long[] {4}, Space.of(10).none(), Space.of(10).none());
  }

  @Test
  void oneElementToAScalar() {
    agree(new long[] {10}, new long[] {4}, Space.of(), Space.of(10).points(new long[] {3}));
  }

  @Test
  void everythingBySizeOne() {
    agree(new long[] {1, 1, 1}, new long[] {1, 1, 1}, Space.ALL, Space.ALL);
  }

  @Test
  void selectionsThatDoNotFitAreRefused() {
    Twins.agree(
        folder,
        (path, access, seen) -> {
          long type = hdf5_h.H5T_NATIVE_INT_g();
          try (H5File h5 = H5File.create(path, access);
              Dataset dataset = h5.create("data", Shape.of(10).chunks(4))) {
            byte[] buffer = new byte[400];
            seen.attempt(
                "fewer in memory", () -> dataset.write(type, Space.of(3), Space.ALL, buffer));
            seen.attempt(
                "another extent", () -> dataset.read(type, Space.ALL, Space.of(11), buffer));
            seen.attempt(
                "beyond the extent",
                () ->
                    dataset.read(
                        type,
                        Space.of(2),
                        Space.of(10).block(new long[] {8}, new long[] {2}).offset(1),
                        buffer));
            seen.note("all", dataset.readAll());
          }
        });
  }

  @Test
  void randomSelections() {
    Twins.everyRound(
        ROUNDS,
        random -> {
          int rank = random.nextInt(1, 5);
          long[] extent = new long[rank];
          long[] chunk = new long[rank];
          int longest = new int[] {200, 40, 14, 8}[rank - 1];
          for (int d = 0; d < rank; d++) {
            extent[d] = random.nextInt(1, longest + 1);
            chunk[d] = random.nextInt(1, (int) extent[d] + 1);
          }
          Space[] memories = new Space[STEPS];
          Space[] files = new Space[STEPS];
          for (int step = 0; step < STEPS; step++) {
            files[step] = RandomSpace.selection(random, extent);
            memories[step] = RandomSpace.memory(random, files[step].count());
          }
          Shape shape = Shape.of(extent).chunks(chunk).fill(Dataset.bytes(random.nextInt(2) * -5));
          Twins.agree(
              folder, (path, access, seen) -> run(path, access, seen, shape, memories, files));
        });
  }

  private static void run(
      Path path,
      Access access,
      Twins.Transcript seen,
      Shape shape,
      Space[] memories,
      Space[] files) {
    long type = hdf5_h.H5T_NATIVE_INT_g();
    try (H5File h5 = H5File.create(path, access);
        Dataset dataset = h5.create("data", shape)) {
      for (int step = 0; step < STEPS; step++) {
        byte[] buffer = numbered(memories[step].elements(), 1000 * step);
        String what = files[step] + " of chunks " + Arrays.toString(shape.chunk());
        if (step % 2 == 0) {
          dataset.write(type, memories[step], files[step], buffer);
        } else {
          dataset.read(type, memories[step], files[step], buffer);
          seen.note("read into " + memories[step] + " from " + what, buffer);
        }
      }
      seen.note("all", dataset.readAll());
    }
    try (H5File h5 = H5File.open(path, access);
        Dataset dataset = h5.dataset("data")) {
      seen.note("reopened", dataset.readAll());
    }
  }

  /** Random dataspaces. */
  private static final class RandomSpace {
    private RandomSpace() {}

    static Space selection(SplittableRandom random, long[] extent) {
      Space space = Space.of(extent);
      int kind = random.nextInt(6);
      if (kind == 0) {
        return space;
      }
      if (kind == 1) {
        return points(random, space);
      }
      int slabs = kind < 4 ? 1 : random.nextInt(2, 5);
      for (int i = 0; i < slabs; i++) {
        space = slab(random, space, extent, i == 0);
      }
      return space;
    }

    private static Space points(SplittableRandom random, Space space) {
      long[] extent = space.extent();
      long[][] points = new long[random.nextInt(1, 20)][];
      for (int i = 0; i < points.length; i++) {
        points[i] = new long[extent.length];
        for (int d = 0; d < extent.length; d++) {
          points[i][d] = random.nextLong(extent[d]);
        }
      }
      return space.points(points);
    }

    private static Space slab(SplittableRandom random, Space space, long[] extent, boolean first) {
      int rank = extent.length;
      long[] start = new long[rank];
      long[] stride = new long[rank];
      long[] count = new long[rank];
      long[] block = new long[rank];
      for (int d = 0; d < rank; d++) {
        start[d] = random.nextLong(extent[d]);
        block[d] = random.nextLong(1, Math.min(5, extent[d] - start[d]) + 1);
        stride[d] = block[d] + random.nextInt(4);
        count[d] = random.nextLong(1, (extent[d] - start[d] - block[d]) / stride[d] + 2);
      }
      int[] operators = {
        hdf5_h.H5S_SELECT_OR, hdf5_h.H5S_SELECT_OR, hdf5_h.H5S_SELECT_XOR, hdf5_h.H5S_SELECT_NOTB
      };
      int operator = first ? hdf5_h.H5S_SELECT_SET : operators[random.nextInt(4)];
      return space.slab(operator, start, stride, count, block);
    }

    /** A memory dataspace with as many elements selected. */
    static Space memory(SplittableRandom random, long count) {
      if (count == 0) {
        return Space.of(3).none();
      }
      return switch (random.nextInt(4)) {
        case 0 -> Space.of(count);
        case 1 -> Space.of(count + 7).block(new long[] {3}, new long[] {count});
        case 2 ->
            Space.of(2 * count + 1, 3)
                .slab(
                    new long[] {1, 1}, new long[] {2, 1}, new long[] {count, 1}, new long[] {1, 1});
        default -> {
          long[][] points = new long[(int) count][];
          Arrays.setAll(points, i -> new long[] {count - 1 - i, i % 2});
          yield Space.of(count, 2).points(points);
        }
      };
    }
  }
}
