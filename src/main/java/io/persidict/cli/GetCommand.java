package io.persidict.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.persidict.jcache.StoredCaches;
import java.time.Instant;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Prints one value. */
@Command(
    name = "get",
    header = "Print a value.",
    description = {
      "Prints the value of KEY: a string as it is, bytes as they are, anything else as JSON.",
      "On a terminal, characters that could command it are shown as escapes. Exit status 1 if there"
          + " is no such entry, or its time is over."
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class GetCommand implements Callable<Integer> {
  @ParentCommand private Tool tool;
  @Mixin private StoreArguments arguments;

  @Parameters(index = "0", paramLabel = "STORE", description = "Where the entry lies.")
  private String store;

  @Parameters(
      index = "1",
      paramLabel = "KEY",
      description = "In a dictionary: segments with / between.")
  private String key;

  @Mixin private KeyOption keyOption;

  @ArgGroup private Form form = new Form();

  /** How the value is printed. */
  static final class Form {
    @Option(names = "--json", description = "The value as JSON, whatever it is.")
    boolean json;

    @Option(
        names = "--raw",
        description = "The value's bytes as they are stored in its format, whatever class it has.")
    boolean raw;
  }

  @Override
  public Integer call() {
    try (StoredCaches stored = arguments.forReading(store)) {
      Contents contents = new Place(stored, arguments, tool::say).contents();
      KeyArgument wanted = keyOption.of(key);
      Entry entry = contents.read(contents.nameOf(wanted)).orElse(null);
      if (entry == null || entry.isExpiredAt(Instant.now())) {
        throw new Failure(
            Status.NO,
            "there is no entry "
                + wanted
                + " in the "
                + contents.title()
                + (entry == null ? "" : "; its time is over"));
      }
      if (entry.unreadable() != null) {
        throw new Failure(
            Status.FAULT,
            "cannot read " + contents.store() + entry.name() + ": it " + entry.unreadable());
      }
      print(contents, entry);
    }
    return Status.DONE;
  }

  private void print(Contents contents, Entry entry) {
    byte[] bytes = entry.value();
    if (form.raw && bytes != null) {
      printBytes(bytes);
      return;
    }
    Object value = contents.value(entry);
    if (form.json) {
      tool.out().line(Json.of(value));
    } else if (value instanceof byte[] content) {
      printBytes(content);
    } else if (value instanceof String text) {
      if (tool.out().isTerminal()) {
        tool.out().line(Texts.printableLines(text));
      } else {
        tool.out().bytes((text + "\n").getBytes(UTF_8));
      }
    } else {
      tool.out().line(Json.of(value));
    }
  }

  private void printBytes(byte[] bytes) {
    if (tool.out().isTerminal()) {
      throw new Failure(
          Status.USAGE,
          "the value has "
              + bytes.length
              + " bytes that may be no text; send them to a file or a program, or give --json");
    }
    tool.out().bytes(bytes);
  }
}
