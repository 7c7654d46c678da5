package io.github.volsparse.format;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What the fuzzer once found worth keeping ({@code make fuzz}), run again without it. */
class FuzzCorpusTest {
  private static final Path CORPUS = Path.of(System.getProperty("basedir", "."), "src/test/fuzz");

  private static final Map<String, Consumer<byte[]>> TARGETS =
      Map.of(
          "FuzzBlob", FuzzBlob::fuzzerTestOneInput,
          "FuzzSelection", FuzzSelection::fuzzerTestOneInput,
          "FuzzFilter", FuzzFilter::fuzzerTestOneInput);

  @Test
  void everyInputEndsWell() throws IOException {
    for (Map.Entry<String, Consumer<byte[]>> target : TARGETS.entrySet()) {
      int inputs = 0;
      try (DirectoryStream<Path> files =
          Files.newDirectoryStream(CORPUS.resolve(target.getKey()))) {
        for (Path file : files) {
          inputs++;
          byte[] input = Files.readAllBytes(file);
          try {
            target.getValue().accept(input);
          } catch (RuntimeException | AssertionError e) {
            throw new AssertionError(file + ": " + e, e);
          }
        }
      }
      assertTrue(inputs > 20, target.getKey() + " has " + inputs + " inputs");
    }
  }
}
