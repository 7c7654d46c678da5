package io.github.volsparse.tool.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  @TempDir private Path folder;

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void appearsWhenItIsComplete() throws IOException {
    Path path = folder.resolve("out.h5");
    try (AtomicFile file = new AtomicFile(path, false)) {
      Files.writeString(file.part(), "content");
      assertTrue(Files.notExists(path));
      file.complete();
    }
    assertEquals("content", Files.readString(path));
    assertEquals(List.of("out.h5"), names());
  }

  @Test
  void leavesNothingIfItIsNot() throws IOException {
    try (AtomicFile file = new AtomicFile(folder.resolve("out.h5"), false)) {
      Files.writeString(file.part(), "half");
    }
    assertEquals(List.of(), names());
  }

  @Test
  void replacesOnlyIfItMay() throws IOException {
    Path path = folder.resolve("out.h5");
    Files.writeString(path, "old");
    assertThrows(FileAlreadyExistsException.class, () -> new AtomicFile(path, false));
    try (AtomicFile file = new AtomicFile(path, true)) {
      Files.writeString(file.part(), "new");
      file.complete();
    }
    assertEquals("new", Files.readString(path));
  }

  @Test
  void doesNotReplaceWhatCameMeanwhile() throws IOException {
    Path path = folder.resolve("out.h5");
    try (AtomicFile file = new AtomicFile(path, false)) {
      Files.writeString(file.part(), "ours");
      Files.writeString(path, "theirs");
      assertThrows(IOException.class, file::complete);
    }
    assertEquals("theirs", Files.readString(path));
    assertEquals(List.of("out.h5"), names());
  }

  @Test
  void namesAFolderThatIsNotThere() {
    Path path = folder.resolve("no").resolve("out.h5");
    NoSuchFileException thrown =
        assertThrows(NoSuchFileException.class, () -> new AtomicFile(path, false));
    assertEquals(folder.resolve("no").toString(), thrown.getFile());
    assertTrue(thrown.getReason().contains("no such folder"));
  }
}
