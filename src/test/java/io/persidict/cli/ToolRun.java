package io.persidict.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.List;

/** One run of the tool, as if in a process of its own: what it printed, and its exit status. */
record ToolRun(int status, String out, String err) {
  static ToolRun of(List<String> arguments) {
    return with("", arguments);
  }

  static ToolRun of(String... arguments) {
    return of(List.of(arguments));
  }

  /** A run that has something to read. */
  static ToolRun with(String input, List<String> arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int status =
        new Tool(
                new ByteArrayInputStream(input.getBytes(UTF_8)),
                Output.unseen(out),
                Output.unseen(err),
                new Progress(null))
            .execute(arguments.toArray(String[]::new));
    return new ToolRun(status, out.toString(UTF_8), err.toString(UTF_8));
  }

  /** What it printed, if it did what it was asked to and had nothing else to say. */
  String printed() {
    assertThat(this).isEqualTo(new ToolRun(Status.DONE, out, ""));
    return out;
  }

  /** The one sentence that it said instead of doing anything. */
  String refusal(int expected) {
    assertThat(status).as(err).isEqualTo(expected);
    assertThat(out).isEmpty();
    assertThat(err).hasLineCount(1).startsWith("persidict: ").doesNotContain("Exception");
    return err;
  }
}
