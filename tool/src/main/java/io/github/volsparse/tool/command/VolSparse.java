package io.github.volsparse.tool.command;

import io.github.volsparse.driver.DurabilityException;
import io.github.volsparse.format.CorruptBlobException;
import io.github.volsparse.tool.convert.ConversionException;
import io.github.volsparse.tool.hdf5.Hdf5Failure;
import io.github.volsparse.tool.hdf5.LibraryFinder;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The program, of which the others are commands. */
@Command(
    name = "vol-sparse",
    description = "Sparse storage in HDF5 files: set it up, look at it, check it, convert to it.",
    mixinStandardHelpOptions = true,
    versionProvider = VolSparse.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    footer = {
      "",
      "Exit codes: 0 all is well; 1 something was found, or the command failed; 2 wrong usage."
    },
    subcommands = {
      EnvCommand.class,
      DoctorCommand.class,
      InfoCommand.class,
      VerifyCommand.class,
      ConvertCommand.class,
      AdviseCommand.class,
      MapCommand.class,
      ReportCommand.class,
      DumpChunkCommand.class,
      RecoverCommand.class,
      CompletionCommand.class,
      HelpCommand.class
    })
public final class VolSparse implements Runnable {
  /** All is well. */
  static final int OK = 0;

  /** Something was found, or the command failed. */
  static final int FAILED = 1;

  @Spec private CommandSpec spec;

  /** Runs a command; returns the exit code. */
  public static int run(String... arguments) {
    System.setOut(new PrintStream(System.out, true, StandardCharsets.UTF_8));
    CommandLine program = new CommandLine(new VolSparse());
    for (CommandLine command : program.getSubcommands().values()) {
      command.getCommandSpec().versionProvider(new Version());
    }
    return program
        .setUsageHelpAutoWidth(true)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(VolSparse::explain)
        .setParameterExceptionHandler(VolSparse::explainUsage)
        .execute(arguments);
  }

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "no command is given");
  }

  /** Says in one line what is wrong with the command line, and where to read more. */
  private static int explainUsage(CommandLine.ParameterException thrown, String[] arguments) {
    CommandSpec spec = thrown.getCommandLine().getCommandSpec();
    String message = thrown.getMessage().lines().findFirst().orElse("wrong usage");
    if (thrown instanceof CommandLine.UnmatchedArgumentException unmatched) {
      String first = unmatched.getUnmatched().getFirst();
      boolean command = spec.parent() == null && !first.startsWith("-");
      message =
          command
              ? "there is no command \"" + first + "\""
              : (first.startsWith("-") ? "there is no option " : "unexpected argument: ") + first;
    }
    thrown
        .getCommandLine()
        .getErr()
        .printf("%1$s: %2$s (%1$s --help tells how to use it)%n", spec.qualifiedName(), message);
    return spec.exitCodeOnInvalidInput();
  }

  /** Says in one line what went wrong. */
  private static int explain(
      Exception thrown, CommandLine command, CommandLine.ParseResult parsed) {
    String message =
        switch (thrown) {
          case UserError e -> e.getMessage();
          case Hdf5Failure e -> "HDF5 says: " + e.getMessage();
          case LibraryFinder.NotFound e -> e.getMessage();
          case CorruptBlobException e -> e.getMessage();
          case DurabilityException e -> e.getMessage();
          case ConversionException e -> e.getMessage();
          case UnsupportedOperationException e -> e.getMessage();
          case IOException e -> inWords(e);
          default -> "internal error: " + thrown + " at " + thrown.getStackTrace()[0];
        };
    command.getErr().println("vol-sparse " + command.getCommandName() + ": " + message);
    return FAILED;
  }

  /** Describes a failure of the file system; Java's own message may be only a file name. */
  static String inWords(IOException thrown) {
    return switch (thrown) {
      case NoSuchFileException e when e.getReason() == null ->
          e.getFile() + ": there is no such file or folder";
      case AccessDeniedException e -> e.getFile() + ": permission denied";
      case FileSystemException e when e.getReason() != null -> e.getFile() + ": " + e.getReason();
      default -> thrown.getMessage();
    };
  }

  /** The version of the jar. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"vol-sparse " + VolSparse.class.getPackage().getImplementationVersion()};
    }
  }
}
