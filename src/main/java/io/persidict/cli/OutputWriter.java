package io.persidict.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Writer;

/** Lets picocli write its help. */
final class OutputWriter extends Writer {
  private final Output output;

  OutputWriter(Output output) {
    this.output = output;
  }

  @Override
  public void write(char[] text, int offset, int length) {
    output.bytes(new String(text, offset, length).getBytes(UTF_8));
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}
}
