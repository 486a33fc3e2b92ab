package io.persidict.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParentCommand;

/** Prints the manual page, of the same source as the help. */
@Command(
    name = "man",
    header = "Print the manual page.",
    description = {
      "Prints the manual page, to be read or installed:",
      "  persidict man | man -l -",
      "  persidict man > ~/.local/share/man/man1/persidict.1"
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ManCommand implements Callable<Integer> {
  @ParentCommand private Tool tool;

  private final StringBuilder page = new StringBuilder();

  @Override
  public Integer call() {
    CommandLine line = tool.commandLine();
    CommandSpec spec = line.getCommandSpec();
    page.append(".TH PERSIDICT 1\n.SH NAME\npersidict \\- durable caches and dictionaries\n");
    page.append(".SH SYNOPSIS\n.B persidict\n").append(text("COMMAND [OPTIONS] STORE ..."));
    page.append(".SH DESCRIPTION\n");
    paragraphs(spec.usageMessage().description());
    page.append(".SH COMMANDS\n");
    line.getSubcommands().values().forEach(command -> command(command.getCommandSpec()));
    page.append(".SH EXIT STATUS\n");
    spec.usageMessage().exitCodeList().forEach((status, meaning) -> item(status.strip(), meaning));
    tool.out().line(page.toString().stripTrailing());
    return Status.DONE;
  }

  private void command(CommandSpec spec) {
    page.append(".SS ").append(spec.name()).append('\n').append(".B ");
    page.append(escaped(synopsis(spec))).append('\n');
    paragraphs(spec.usageMessage().description());
    for (ArgSpec argument : spec.positionalParameters()) {
      item(argument.paramLabel(), description(argument));
    }
    for (OptionSpec option : spec.options()) {
      if (!option.hidden()) {
        String label = option.arity().max() == 0 ? "" : " " + option.paramLabel();
        item(String.join(", ", option.names()) + label, description(option));
      }
    }
    spec.usageMessage().exitCodeList().forEach((status, meaning) -> item(status.strip(), meaning));
  }

  private static String synopsis(CommandSpec spec) {
    CommandLine.Help help =
        new CommandLine.Help(spec, CommandLine.Help.defaultColorScheme(Ansi.OFF));
    return help.synopsis(0).replaceAll("\\s+", " ").strip();
  }

  @SuppressWarnings("deprecation") // the only form in which defaults are filled in
  private static String description(ArgSpec argument) {
    return String.join(" ", argument.renderedDescription());
  }

  private void paragraphs(String... paragraphs) {
    for (String paragraph : paragraphs) {
      if (paragraph.startsWith("  ")) {
        page.append(".PP\n.RS\n.nf\n").append(text(paragraph.strip())).append(".fi\n.RE\n");
      } else if (!paragraph.isBlank()) {
        page.append(".PP\n").append(text(paragraph));
      }
    }
  }

  private void item(String name, String meaning) {
    page.append(".TP\n.B ").append(escaped(name)).append('\n').append(text(meaning));
  }

  private static String text(String text) {
    return escaped(text) + "\n";
  }

  /** A line that troff takes for nothing but text. */
  private static String escaped(String text) {
    String escaped = text.replace("\\", "\\e").replace("-", "\\-");
    return escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" + escaped : escaped;
  }
}
