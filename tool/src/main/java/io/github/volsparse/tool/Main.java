package io.github.volsparse.tool;

import io.github.volsparse.tool.command.VolSparse;
import io.github.volsparse.tool.hdf5.Interruption;

/** Where {@code dist/bin/vol-sparse} enters. */
public final class Main {
  private Main() {}

  /** Runs a command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    System.exit(Interruption.during(() -> VolSparse.run(arguments)));
  }
}
