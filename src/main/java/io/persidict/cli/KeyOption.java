package io.persidict.cli;

import picocli.CommandLine.Option;

/** Tells what the keys on the command line stand for. */
final class KeyOption {
  @Option(
      names = "--key-type",
      paramLabel = "TYPE",
      defaultValue = "string",
      description =
          "What a KEY is: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}). A name is that of"
              + " the entry's file or object, as ls --json tells it, for keys of any class.")
  private KeyArgument.Type type = KeyArgument.Type.STRING;

  KeyArgument of(String text) {
    return new KeyArgument(text, type);
  }
}
