package io.persidict.proof;

import io.persidict.format.AllowList;
import io.persidict.format.Format;
import io.persidict.format.Formats;
import io.persidict.key.DictKey;
import io.persidict.key.KeyLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Does what {@code interop/neighbour.py} does, with the system calls of the Python original: a
 * temporary file that is renamed over, and no lock.
 */
final class Neighbour {
  private final Path directory;
  private final Format<Object> format;
  private final KeyLayout names;

  private Neighbour(Path directory, String format, int digestLength) {
    this.directory = directory;
    this.format =
        Formats.of(
            format, Object.class, new AllowList(List.of(), ""), Neighbour.class.getClassLoader());
    this.names = new KeyLayout(digestLength, format);
  }

  private Path file(String first, String... more) {
    return directory.resolve(names.name(DictKey.of(first, more)));
  }

  private void write(String key, Object value) throws IOException {
    Path temporary = Files.createTempFile(directory, ".__tmp__", "");
    Files.write(temporary, format.encode(value));
    Files.move(temporary, file(key), StandardCopyOption.ATOMIC_MOVE);
  }

  private Object read(String key) throws IOException {
    return format.decode(Files.readAllBytes(file(key)));
  }

  static Map<String, Object> value(String by, long number) {
    return Map.of(
        "by", by, "number", number, "text", by.substring(0, 1).repeat((int) (number % 3000)));
  }

  /** The number in a value, which must be a whole one. */
  static long requireWhole(Object value) {
    Map<?, ?> read = (Map<?, ?>) value;
    long number = (Long) read.get("number");
    if (!read.equals(value((String) read.get("by"), number))) {
      throw new AssertionError(read);
    }
    return number;
  }

  public static void main(String... arguments) throws IOException {
    Neighbour neighbour =
        new Neighbour(Path.of(arguments[0]), arguments[1], Integer.parseInt(arguments[2]));
    System.out.println("ready");
    if (System.in.read() >= 0) {
      neighbour.run(Duration.ofMillis((long) (1000 * Double.parseDouble(arguments[3]))));
    }
  }

  private void run(Duration length) throws IOException {
    long written = 0;
    long removed = 0;
    long counted = 0;
    for (long end = System.nanoTime() + length.toNanos(); System.nanoTime() < end; ) {
      written++;
      write("neighbour", value("neighbour", written));
      write("acknowledged", written);
      if (written % 3 == 0) {
        write("both", value("neighbour", written));
      }
      requireWhole(read("both"));
      long now = requireWhole(read("cache"));
      if (now < counted) {
        throw new AssertionError(now + " after " + counted);
      }
      counted = now;
      for (int slot = 0; slot < 4; slot++) {
        try {
          Files.delete(file("slot", String.valueOf(slot)));
          removed++;
        } catch (NoSuchFileException e) {
          // others were faster
        }
      }
    }
    System.out.printf("{\"written\": %d, \"removed\": %d}%n", written, removed);
  }
}
