package io.persidict.cli;

import java.util.Locale;

/**
 * A key as it is given on the command line.
 *
 * @param type what the text stands for
 */
record KeyArgument(String text, Type type) {
  /** What a text can stand for. */
  enum Type {
    /** The string itself; in a dictionary, its segments with slashes between. */
    STRING,
    /** An {@code Integer}. */
    INT,
    /** A {@code Long}. */
    LONG,
    /** No key, but the name of the entry's file or object, as {@code ls --json} tells it. */
    NAME;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * The key.
   *
   * @throws Failure if the text is none of that type
   */
  Object key() {
    try {
      return switch (type) {
        case STRING -> text;
        case INT -> Integer.valueOf(text);
        case LONG -> Long.valueOf(text);
        case NAME ->
            throw new Failure(
                Status.USAGE, "a new entry needs a key; --key-type name is for entries there are");
      };
    } catch (NumberFormatException e) {
      throw new Failure(
          Status.USAGE, "\"" + Texts.printable(text) + "\" is no key of type " + type);
    }
  }

  @Override
  public String toString() {
    return Texts.printable(text);
  }
}
