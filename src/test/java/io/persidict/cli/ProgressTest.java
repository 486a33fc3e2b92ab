package io.persidict.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ProgressTest {
  @Test
  void alwaysFillsOneLine() {
    assertThat(Progress.line(0, 8, "/a/b")).hasSize(79).contains(" 0% 0/8 /a/b ");
    assertThat(Progress.line(4, 8, "/a/" + "long/".repeat(50) + "name"))
        .hasSize(79)
        .startsWith("[##########          ]  50% 4/8 ...")
        .endsWith("long/name");
    assertThat(Progress.line(Integer.MAX_VALUE, Integer.MAX_VALUE, "/a\r\n\u001b[2J"))
        .hasSize(79)
        .contains("100%")
        .contains("/a???[2J");
  }

  @Test
  void overwritesItsLineAndSkipsStepsTooShortToSee() {
    StringWriter terminal = new StringWriter();
    Progress progress = new Progress(new PrintWriter(terminal));
    for (int done = 0; done < 100; done++) {
      progress.show(done, 100, "file");
    }
    assertThat(terminal.toString()).startsWith("\r[").doesNotContain("\n").hasSizeLessThan(1000);
    progress.clear();
    assertThat(terminal.toString()).endsWith(" \r");
  }
}
