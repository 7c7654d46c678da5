package io.github.volsparse.tool.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.volsparse.tool.chunks.Forecast;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VolSparseTest {
  @Test
  void failuresOfTheFileSystemAreSentences() {
    assertEquals(
        "a: there is no such file or folder", VolSparse.inWords(new NoSuchFileException("a")));
    assertEquals("a: permission denied", VolSparse.inWords(new AccessDeniedException("a")));
    assertEquals(
        "a: is there", VolSparse.inWords(new FileAlreadyExistsException("a", null, "is there")));
    assertEquals("No space left", VolSparse.inWords(new IOException("No space left")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"info", "map", "report", "advise", "convert", "verify", "dump-chunk"})
  void wrongUsageIsToldBeforeHdf5IsLooked(String command) {
    assertEquals(2, VolSparse.run(command));
    assertEquals(2, VolSparse.run(command, "--no-such-option"));
  }

  private static Forecast forecast(boolean contiguous, long stored, long sparse, String reason) {
    return new Forecast("/x", contiguous, 0.1, stored, sparse, 1, 1, reason);
  }

  @Test
  void advisesACommandThatTheShellTakes() {
    Path path = Path.of("it's here.h5");
    Forecast gains = forecast(false, 1_000_000, 1000, null);
    assertEquals(
        "vol-sparse convert 'it'\\''s here.h5' 'it'\\''s here-sparse.h5'",
        AdviseCommand.command(path, List.of(gains)));
    assertEquals(
        "vol-sparse convert --layout all run run-sparse",
        AdviseCommand.command(Path.of("run"), List.of(forecast(true, 1_000_000, 1000, null))));
    assertEquals(null, AdviseCommand.command(path, List.of()));
  }

  @Test
  void littleIsNoGain() {
    assertTrue(forecast(false, 1_000_000, 800_000, null).gains());
    assertEquals(false, forecast(false, 1_000_000, 950_000, null).gains());
    assertEquals(false, forecast(false, 4000, 10, null).gains());
    assertEquals(false, forecast(false, 1_000_000, 10, "is virtual").gains());
  }
}
