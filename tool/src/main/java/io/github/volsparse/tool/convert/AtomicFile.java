package io.github.volsparse.tool.convert;

import io.github.volsparse.tool.hdf5.Interruption;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A file that appears when it is complete: until then it has another name in the same folder. If
 * the process ends before, also by a signal, the incomplete file is removed.
 */
public final class AtomicFile implements AutoCloseable {
  private final Path path;
  private final Path part;
  private final boolean replace;
  private final Runnable removal = this::remove;

  /**
   * Chooses the name to write under.
   *
   * @param path where the file is to be
   * @param replace whether it may replace one that is there
   * @throws FileAlreadyExistsException if there is one, and it may not
   * @throws NoSuchFileException if its folder is not there
   */
  public AtomicFile(Path path, boolean replace) throws IOException {
    if (!replace && Files.exists(path)) {
      throw new FileAlreadyExistsException(
          path.toString(), null, "exists already; --force replaces it");
    }
    Path folder = path.toAbsolutePath().getParent();
    if (!Files.isDirectory(folder)) {
      throw new NoSuchFileException(
          folder.toString(), null, "there is no such folder; make it, or name another one");
    }
    this.path = path;
    this.replace = replace;
    String name = path.getFileName() + ".part" + ProcessHandle.current().pid();
    part = path.resolveSibling(name);
    Files.deleteIfExists(part); // of a process that was killed and had this number
    Interruption.add(removal);
  }

  /** Where to write. */
  public Path part() {
    return part;
  }

  /** Gives the file, complete and closed, its name, once it is safely on the disk. */
  public void complete() throws IOException {
    try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    if (replace) {
      Files.move(part, path, StandardCopyOption.ATOMIC_MOVE);
    } else {
      giveName();
    }
    Path folder = path.toAbsolutePath().getParent();
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** A link, unlike a move, fails if there is a file of that name by now. */
  private void giveName() throws IOException {
    try {
      Files.createLink(path, part);
    } catch (UnsupportedOperationException e) {
      Files.move(part, path);
      return;
    }
    Files.delete(part);
  }

  private void remove() {
    try {
      Files.deleteIfExists(part);
    } catch (IOException e) {
      System.err.println("vol-sparse: " + part + " could not be removed: " + e.getMessage());
    }
  }

  /** Removes what is not complete. */
  @Override
  public void close() {
    Interruption.remove(removal);
    remove();
  }
}
