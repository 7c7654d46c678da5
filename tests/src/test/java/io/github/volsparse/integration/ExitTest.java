package io.github.volsparse.integration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.volsparse.hdf5.generated.H5L_iterate2_t;
import io.github.volsparse.hdf5.generated.hdf5_h;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Java programs that end without closing what they wrote: HDF5 writes it all, as in any program.
 */
@ExtendWith(Library.class)
class ExitTest {
  /** How a program ends. */
  enum End {
    OF_MAIN,
    BY_EXIT,
    /** By exit while a daemon thread is inside HDF5, which comes back soon. */
    WHILE_A_THREAD_IS_INSIDE,
    /** By exit, and a shutdown hook of the program closes the file. */
    CLOSED_IN_A_HOOK,
    /** By exit from a thread that is inside HDF5. Nobody can close HDF5 then. */
    FROM_INSIDE,
    /** At once, without shutdown hooks. */
    BY_HALT
  }

  private static final int[] WRITTEN = {0, 0, 7, 0, 9, 0, 0, 0};

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource
  void nothingIsLost(End end) throws IOException, InterruptedException {
    Path path = folder.resolve("file.h5");
    Path output = folder.resolve("output");
    Process program =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Program.class.getName(),
                path.toString(),
                end.name())
            .redirectErrorStream(true)
            .redirectOutput(Redirect.to(output.toFile()))
            .start();
    try {
      assertEquals(true, program.waitFor(60, TimeUnit.SECONDS), "it hangs");
    } finally {
      program.destroyForcibly();
    }
    boolean warned = end == End.FROM_INSIDE;
    assertEquals(
        warned, Files.readString(output).contains("are lost"), () -> "output in " + output);
    assertEquals(end == End.OF_MAIN ? 0 : 3, program.exitValue(), Files.readString(output));
    if (end != End.FROM_INSIDE && end != End.BY_HALT) {
      try (H5File file = H5File.open(path, Access.SPARSE);
          Dataset dataset = file.dataset("data")) {
        assertArrayEquals(WRITTEN, dataset.readInts());
      }
    }
  }

  /** The program. */
  static final class Program {
    private Program() {}

    public static void main(String... arguments) throws InterruptedException {
      Library.load(Path.of(System.getenv("HDF5_LIBRARY")));
      H5File file = H5File.create(Path.of(arguments[0]), Access.SPARSE);
      Dataset dataset = file.create("data", Shape.of(8).chunks(4));
      dataset.writeInts(WRITTEN);
      switch (End.valueOf(arguments[1])) {
        case OF_MAIN -> {
          return;
        }
        case BY_EXIT -> {}
        case WHILE_A_THREAD_IS_INSIDE -> {
          CountDownLatch inside = new CountDownLatch(1);
          Thread thread =
              new Thread(
                  () ->
                      visitLinks(
                          file,
                          () -> {
                            inside.countDown();
                            sleep(1000);
                          }));
          thread.setDaemon(true);
          thread.start();
          inside.await();
        }
        case CLOSED_IN_A_HOOK ->
            Runtime.getRuntime()
                .addShutdownHook(
                    new Thread(
                        () -> {
                          sleep(300);
                          dataset.close();
                          file.close();
                        }));
        case FROM_INSIDE -> visitLinks(file, () -> System.exit(3));
        case BY_HALT -> Runtime.getRuntime().halt(3);
      }
      System.exit(3);
    }

    private static void visitLinks(H5File file, Runnable action) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment visit =
            H5L_iterate2_t.allocate(
                (group, name, info, data) -> {
                  action.run();
                  return 0;
                },
                arena);
        Hdf5Failure.check(
            hdf5_h.H5Literate2(file.id(), 0, 0, MemorySegment.NULL, visit, MemorySegment.NULL));
      }
    }

    private static void sleep(long milliseconds) {
      try {
        Thread.sleep(milliseconds);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
