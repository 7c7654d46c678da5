package io.github.volsparse.tool.command;

import io.github.volsparse.driver.DurabilityException;
import io.github.volsparse.driver.Recovery;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Recovers files whose program died during a flush. */
@Command(
    name = "recover",
    mixinStandardHelpOptions = true,
    header = "Recovers files whose program died during a flush.",
    description = {
      "",
      "Recovers files whose program died during a flush. It applies a complete"
          + " journal, the file FILE.journal in the same folder, and removes a journal that"
          + " has no effect any more. A program that opens the file with the connector does"
          + " the same. A file that is in order stays unchanged. docs/reliability.md says"
          + " more.",
      ""
    })
final class RecoverCommand implements Callable<Integer> {
  @Parameters(paramLabel = "FILE", arity = "1..*", description = "HDF5 files.")
  private List<Path> paths;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    int status = VolSparse.OK;
    for (Path path : paths) {
      try {
        String said =
            switch (Recovery.recover(path.toString())) {
              case NOTHING -> "is in order";
              case DISCARDED -> "is in order; a journal without effect was removed";
              case APPLIED -> "is in order now: its journal was applied";
              case NO_FILE -> throw new UserError(path + ": there is no such HDF5 file");
            };
        spec.commandLine().getOut().println(path + ": " + said);
      } catch (DurabilityException | UserError e) {
        spec.commandLine().getErr().println("vol-sparse recover: " + e.getMessage());
        status = VolSparse.FAILED;
      }
    }
    return status;
  }
}
