package io.persidict.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** One way to keep values in files, in a directory of its own that is deleted afterwards. */
@State(Scope.Benchmark)
public abstract class Contender {
  /** The value that is stored under all names. */
  static final byte[] VALUE = new byte[1024];

  static {
    new Random(1).nextBytes(VALUE);
  }

  final Names names = new Names();
  private Path directory;

  /** Opens the directory and calls {@link #put} for all existing names. */
  @Setup
  public void setUp() throws Exception {
    Path parent = Path.of(System.getProperty("bench.dir", "target/bench"));
    directory = Files.createTempDirectory(Files.createDirectories(parent).toRealPath(), "run");
    open(directory);
    for (String name : names.existing) {
      put(name);
    }
  }

  @TearDown(Level.Iteration)
  public void forget() {
    names.forget(
        name -> {
          try {
            delete(name);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  @TearDown
  public void tearDown() throws Exception {
    close();
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  abstract void open(Path directory) throws Exception;

  abstract void put(String name) throws IOException;

  abstract void delete(String name) throws IOException;

  void close() throws Exception {}
}
