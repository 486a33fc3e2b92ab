package io.persidict.cli;

/** Exit statuses, which are documented in the manual. */
final class Status {
  /** Done. */
  static final int DONE = 0;

  /** The answer is no: there is no such entry, something is damaged, something was skipped. */
  static final int NO = 1;

  /** The command line makes no sense. */
  static final int USAGE = 2;

  /** The store, or something else, does not work; what was done until then stays. */
  static final int FAULT = 3;

  /** {@code memo} itself does not work; the command was not run. */
  static final int MEMO_FAULT = 125;

  /** {@code memo} cannot run the command. */
  static final int MEMO_CANNOT_RUN = 126;

  /** {@code memo} finds no such command. */
  static final int MEMO_NOT_FOUND = 127;

  /** Who reads the output went away. */
  static final int CLOSED_PIPE = 141;

  private Status() {}
}
