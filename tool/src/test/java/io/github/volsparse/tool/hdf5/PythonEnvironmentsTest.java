package io.github.volsparse.tool.hdf5;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PythonEnvironmentsTest {
  @TempDir private Path folder;

  private static void make(Path environment, boolean withH5py) throws IOException {
    Path packages = environment.resolve("lib/python3.12/site-packages");
    Files.createDirectories(withH5py ? packages.resolve("h5py") : packages);
    Files.createDirectories(environment.resolve("bin"));
    Files.createFile(environment.resolve("bin/activate"));
  }

  @Test
  void takesTheNearestThatHasH5py() throws IOException {
    Path here = Files.createDirectories(folder.resolve("project/analysis"));
    Path home = Files.createDirectories(folder.resolve("home"));
    assertNull(PythonEnvironments.activation(here, home));
    make(here.resolve("env"), false);
    assertNull(PythonEnvironments.activation(here, home));
    make(home.resolve(".virtualenvs/beam"), true);
    assertEquals(
        ". " + home.resolve(".virtualenvs/beam/bin/activate"),
        PythonEnvironments.activation(here, home));
    make(folder.resolve("project/.venv"), true);
    assertEquals(
        ". " + folder.resolve("project/.venv/bin/activate"),
        PythonEnvironments.activation(here, home));
  }
}
