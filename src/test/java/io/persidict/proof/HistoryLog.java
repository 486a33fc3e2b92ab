package io.persidict.proof;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The calls of one thread in a file, where they outlive the process: each call is written down
 * before it is made, and its outcome afterwards. An interrupt does not disturb it.
 *
 * <pre>
 * start TAB key TAB operation TAB argument TAB expected LF
 * start TAB end TAB outcome TAB text LF
 * </pre>
 */
final class HistoryLog implements AutoCloseable {
  private static final String ENDING = ".calls";

  private final OutputStream out;
  private int returned;

  HistoryLog(Path directory, String client) {
    try {
      out = new FileOutputStream(directory.resolve(client + ENDING).toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private enum Outcome {
    RETURNED,
    REFUSED,
    FAILED
  }

  /**
   * Makes a call and writes down what becomes of it. A cache that is closed refuses calls and does
   * nothing; after any other failure nobody knows what it did.
   *
   * @return the result, or null if there is none
   */
  String record(
      String key, CacheOperation operation, Long argument, Long expected, Supplier<String> call) {
    write(System.nanoTime(), key, operation, argument, expected);
    long start = System.nanoTime();
    try {
      String result = call.get();
      long end = System.nanoTime();
      write(start, end, Outcome.RETURNED, result);
      returned++;
      return result;
    } catch (RuntimeException e) {
      // Its subclasses, such as CancellationException, say nothing of the kind.
      Outcome outcome =
          e.getClass() == IllegalStateException.class ? Outcome.REFUSED : Outcome.FAILED;
      write(start, System.nanoTime(), outcome, oneLine(e));
    }
    return null;
  }

  /** How many calls have returned. */
  int returned() {
    return returned;
  }

  private static String oneLine(RuntimeException e) {
    return String.valueOf(e).replaceAll("\\s+", " ");
  }

  private void write(Object... fields) {
    String line =
        Stream.of(fields).map(String::valueOf).collect(Collectors.joining("\t", "", "\n"));
    try {
      out.write(line.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    out.close();
  }

  /** What the threads that wrote to a directory saw. */
  record History(List<Invocation> calls, List<String> failures) {}

  /** Reads all logs of a directory. */
  static History read(Path directory) throws IOException {
    History all = new History(new ArrayList<>(), new ArrayList<>());
    try (Stream<Path> logs = Files.list(directory)) {
      for (Path log : logs.filter(path -> path.toString().endsWith(ENDING)).sorted().toList()) {
        String name = log.getFileName().toString();
        read(name.substring(0, name.length() - ENDING.length()), Files.readString(log), all);
      }
    }
    return all;
  }

  private static void read(String client, String text, History into) {
    // What follows the last line break was cut short when its process was killed.
    List<String> lines = text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
    for (int i = 0; i < lines.size(); i += 2) {
      String[] begun = lines.get(i).split("\t", -1);
      Invocation call =
          new Invocation(
              client,
              begun[1],
              CacheOperation.valueOf(begun[2]),
              number(begun[3]),
              number(begun[4]),
              null,
              Long.parseLong(begun[0]),
              Invocation.NEVER);
      if (i + 1 == lines.size()) {
        into.calls.add(call);
        continue;
      }
      String[] ended = lines.get(i + 1).split("\t", -1);
      switch (Outcome.valueOf(ended[2])) {
        case RETURNED ->
            into.calls.add(
                new Invocation(
                    client,
                    call.key(),
                    call.operation(),
                    call.argument(),
                    call.expected(),
                    ended[3],
                    Long.parseLong(ended[0]),
                    Long.parseLong(ended[1])));
        case FAILED -> {
          into.calls.add(call);
          into.failures.add(call + ": " + ended[3]);
        }
        case REFUSED -> {}
      }
    }
  }

  private static Long number(String text) {
    return text.equals("null") ? null : (Long) Long.parseLong(text);
  }
}
