package io.persidict.cli;

/** A command cannot do what it was asked to: told in one sentence, and by the exit status. */
final class Failure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;

  /**
   * @param sentence tells what was given, what is allowed and how to go on
   */
  Failure(int status, String sentence) {
    super(sentence);
    this.status = status;
  }

  int status() {
    return status;
  }
}
