package io.github.volsparse.tool;

import io.github.volsparse.tool.command.VolSparse;

/** Where {@code dist/bin/vol-sparse} enters. */
public final class Main {
  private Main() {}

  /** Runs a command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    System.exit(VolSparse.run(arguments));
  }
}
