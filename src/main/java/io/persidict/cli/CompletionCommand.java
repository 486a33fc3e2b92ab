package io.persidict.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** Prints a completion script. */
@Command(
    name = "completion",
    header = "Print a completion script for bash and zsh.",
    description = {
      "Prints a script that completes commands and options in bash and zsh:",
      "  source <(persidict completion)"
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class CompletionCommand implements Callable<Integer> {
  @ParentCommand private Tool tool;

  @Override
  public Integer call() {
    tool.out().line(AutoComplete.bash("persidict", tool.commandLine()));
    return Status.DONE;
  }
}
