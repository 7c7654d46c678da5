package io.github.volsparse.tool.hdf5;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Python environments with h5py that are not activated, in the usual places. */
public final class PythonEnvironments {
  private static final List<String> CONDA =
      List.of("miniconda3", "anaconda3", "miniforge3", "mambaforge", ".conda", "micromamba");

  private PythonEnvironments() {}

  /**
   * How to activate an environment that has h5py.
   *
   * @param here the folder that the user is in
   * @param home the user's home
   * @return a command of the shell; null if there is no such environment
   */
  public static String activation(Path here, Path home) {
    List<Path> candidates = new ArrayList<>(foldersIn(here));
    for (Path above = here.getParent(); above != null; above = above.getParent()) {
      candidates.add(above.resolve(".venv"));
      candidates.add(above.resolve("venv"));
    }
    candidates.addAll(foldersIn(home.resolve(".virtualenvs")));
    for (String conda : CONDA) {
      candidates.addAll(foldersIn(home.resolve(conda).resolve("envs")));
    }
    for (Path candidate : candidates) {
      if (holdsH5py(candidate)) {
        String folder = quoted(candidate.toString());
        if (Files.exists(candidate.resolve("bin").resolve("activate"))) {
          return ". " + quoted(candidate.resolve("bin").resolve("activate").toString());
        }
        if (Files.isDirectory(candidate.resolve("conda-meta"))) {
          return "conda activate " + folder;
        }
      }
    }
    return null;
  }

  private static String quoted(String word) {
    return word.matches("[\\w@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }

  private static boolean holdsH5py(Path environment) {
    return foldersIn(environment.resolve("lib")).stream()
        .anyMatch(folder -> Files.isDirectory(folder.resolve("site-packages").resolve("h5py")));
  }

  private static List<Path> foldersIn(Path folder) {
    try (Stream<Path> inside = Files.list(folder)) {
      return inside.filter(Files::isDirectory).sorted().toList();
    } catch (IOException e) {
      return List.of(); // it is not there, or not for us to read
    }
  }
}
