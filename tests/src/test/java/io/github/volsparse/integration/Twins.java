package io.github.volsparse.integration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Runs one program twice, on a file of the native connector and on one of the sparse connector, and
 * compares all it saw.
 */
final class Twins {
  /** A program. */
  @FunctionalInterface
  interface Program {
    /**
     * @param path of its file, which does not exist yet
     * @param access how to reach it
     * @param seen takes down what the program gets to see
     */
    void run(Path path, Access access, Transcript seen);
  }

  /** What a program saw, in order. */
  static final class Transcript {
    private final List<String> what = new ArrayList<>();
    private final List<byte[]> values = new ArrayList<>();

    void note(String description, byte... value) {
      what.add(description);
      values.add(value.clone());
    }

    void note(String description, long value) {
      note(description + " = " + value);
    }

    /**
     * Notes that something was done, or with which kinds of errors it failed. Those that HDF5 adds
     * where a call passes a connector are left out: there is one connector more in one of the
     * twins.
     */
    void attempt(String description, Runnable action) {
      try {
        action.run();
        note(description + ": done");
      } catch (Hdf5Failure failure) {
        note(description + ": failed with " + failure.nativeKinds());
      }
    }

    private void compareWith(Transcript sparse) {
      for (int i = 0; i < Math.min(what.size(), sparse.what.size()); i++) {
        assertEquals(what.get(i), sparse.what.get(i), "native and sparse part");
        int at = Arrays.mismatch(values.get(i), sparse.values.get(i));
        if (at >= 0) {
          assertArrayEquals(
              values.get(i),
              sparse.values.get(i),
              what.get(i) + ": native and sparse differ from byte " + at);
        }
      }
      assertEquals(what.size(), sparse.what.size(), "native and sparse part after " + what);
    }
  }

  private Twins() {}

  /** Runs a program both ways. What it sees must be the same. */
  static void agree(Path folder, Program program) {
    agree(folder, Access.SPARSE, program);
  }

  static void agree(Path folder, Access sparseAccess, Program program) {
    Transcript natively = new Transcript();
    Transcript sparsely = new Transcript();
    program.run(folder.resolve("native.h5"), Access.NATIVE, natively);
    program.run(folder.resolve("sparse.h5"), sparseAccess, sparsely);
    natively.compareWith(sparsely);
  }

  /**
   * Runs a test with a new seed in every round. {@code -Dvolsparse.seed=} with the number in the
   * message of a failure makes it the first.
   */
  static void everyRound(int rounds, Consumer<SplittableRandom> test) {
    long seed = Long.getLong("volsparse.seed", System.nanoTime());
    for (int round = 0; round < rounds; round++, seed++) {
      try {
        test.accept(new SplittableRandom(seed));
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("replay with -Dvolsparse.seed=" + seed + ": " + e.getMessage(), e);
      }
    }
  }
}
