package io.github.volsparse.tool.command;

import io.github.volsparse.config.Configuration;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Prints what a shell evaluates, so that HDF5 programs store sparsely. */
@Command(
    name = "env",
    mixinStandardHelpOptions = true,
    header = "Prints the commands that make a shell's programs store sparsely.",
    description = {
      "",
      "Prints commands that a shell evaluates, so that its HDF5 programs store" + " sparsely:",
      "  eval \"$$(vol-sparse env)\"",
      "  vol-sparse env --shell fish | source",
      "  eval `vol-sparse env --shell csh`",
      ""
    })
final class EnvCommand implements Runnable {
  /** Shells by the way they set variables. */
  enum Shell {
    SH,
    FISH,
    CSH
  }

  @Option(
      names = "--shell",
      paramLabel = "SHELL",
      defaultValue = "SH",
      description =
          "For which shell: sh (bash, zsh, ksh and all their relatives), fish or csh (tcsh)."
              + " Default: sh.")
  private Shell shell;

  /** Turn it on with options, or off. */
  private static final class Setting {
    @Option(
        names = {"-o", "--option"},
        paramLabel = "KEY=VALUE",
        description =
            "An option of the connector, such as layout=all or cache=256MiB; may be repeated.")
    private List<String> options = new ArrayList<>();

    @Option(names = "--off", description = "Turn the connector off: programs store natively again.")
    private boolean off;
  }

  @ArgGroup private Setting setting = new Setting();

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    if (setting.off) {
      print("HDF5_VOL_CONNECTOR", null);
      return;
    }
    String options = String.join(";", setting.options);
    try {
      Configuration.parse(options);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
    print("HDF5_PLUGIN_PATH", Distribution.pluginPath(System.getenv("HDF5_PLUGIN_PATH")));
    print("HDF5_VOL_CONNECTOR", options.isEmpty() ? "sparse" : "sparse " + options);
  }

  private void print(String variable, String value) {
    if (value == null) {
      System.out.println((shell == Shell.FISH ? "set -e " : unset()) + variable + ";");
      return;
    }
    System.out.println(
        switch (shell) {
          case SH -> "export " + variable + "=" + quoted(value) + ";";
          case FISH -> "set -gx " + variable + " " + quoted(value) + ";";
          case CSH -> "setenv " + variable + " " + quoted(value) + ";";
        });
  }

  private String unset() {
    return shell == Shell.CSH ? "unsetenv " : "unset ";
  }

  /** In single quotes, within which every character except the quote is literal. */
  private String quoted(String value) {
    String safe =
        shell == Shell.FISH
            ? value.replace("\\", "\\\\").replace("'", "\\'")
            : value.replace("'", "'\\''");
    return "'" + (shell == Shell.CSH ? safe.replace("!", "\\!") : safe) + "'";
  }
}
