package io.github.volsparse.tool.command;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints the completion of the command line. */
@Command(
    name = "completion",
    mixinStandardHelpOptions = true,
    header = "Prints a script that lets a shell complete commands and options.",
    description = {
      "",
      "Prints a script that lets bash and zsh complete commands and options:",
      "  source <(vol-sparse completion)"
    })
final class CompletionCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    System.out.print(AutoComplete.bash("vol-sparse", spec.root().commandLine()));
  }
}
