package io.persidict.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Contenders with the same entries, each in a directory of its own. */
@State(Scope.Benchmark)
public class Contest {
  /** Where results and, while they are measured, contenders lie. */
  static final Path DIRECTORY = Path.of(System.getProperty("bench.dir", "target/bench"));

  /** How many of the names are read and written, in random order. */
  private static final int SAMPLE = 10_000;

  /** How many entries {@code putAll} puts. */
  static final int BULK = 1_000;

  @Param("jdk")
  public String contenders;

  @Param("OS")
  public Contender.Place place;

  @Param("1000")
  public int entries;

  @Param("1024")
  public int bytes;

  final Map<String, Contender> open = new LinkedHashMap<>();
  final Map<String, byte[]> bulk = new LinkedHashMap<>();
  private final List<Integer> sample = new ArrayList<>();
  private final Map<Integer, byte[]> values = new HashMap<>();
  private byte[] random;
  private int inserted;

  /** Opens all contenders, and fills those that no process before this one has filled. */
  @Setup
  public void setUp() throws Exception {
    random = new byte[bytes];
    new Random(1).nextBytes(random);
    for (int i = 0; i < entries; i += Math.max(1, entries / SAMPLE)) {
      sample.add(i);
      values.put(i, value(i));
    }
    for (int i = 0; i < BULK && i < entries; i++) {
      bulk.put(existing(i), value(i));
    }
    Collections.shuffle(sample, new Random(2));
    for (String name : contenders.split(" ")) {
      Contender contender = Contender.of(name, place);
      Path directory = directory(name);
      if (place == Contender.Place.S3 || !Files.exists(directory)) {
        Files.createDirectories(directory);
        contender.open(directory);
        for (int i = 0; i < entries; i++) {
          contender.put(existing(i), value(i));
        }
        contender.close();
      }
      contender.open(directory);
      open.put(name, contender);
    }
  }

  final Path directory(String name) throws IOException {
    Path run = DIRECTORY.resolve("run").resolve(place + "-" + entries).resolve(name);
    return Files.createDirectories(run.getParent()).toRealPath().resolve(name);
  }

  private byte[] value(int i) {
    return ByteBuffer.wrap(random.clone()).putInt(0, i).array();
  }

  private static String existing(int i) {
    return "k" + i;
  }

  /** A number of a name, in turn. */
  final int sampled(int turn) {
    return sample.get(Math.floorMod(turn, sample.size()));
  }

  final String name(int sampled) {
    return existing(sampled);
  }

  final byte[] stored(int sampled) {
    return values.get(sampled);
  }

  final boolean isStored(int sampled, byte[] value) {
    return Arrays.equals(value, stored(sampled));
  }

  /** A name that is absent until the caller inserts it. */
  final String fresh() {
    return "new" + inserted++;
  }

  /** Deletes what was inserted, so that directories do not grow. */
  @TearDown(Level.Iteration)
  public void forget() throws Exception {
    while (inserted > 0) {
      String name = "new" + --inserted;
      for (Contender contender : open.values()) {
        contender.delete(name);
      }
    }
  }

  @TearDown
  public void close() throws Exception {
    for (Contender contender : open.values()) {
      contender.close();
    }
  }

  /** Deletes what all contenders have stored. */
  static void deleteAll() throws IOException {
    Path run = DIRECTORY.resolve("run");
    if (Files.exists(run)) {
      try (Stream<Path> paths = Files.walk(run)) {
        for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }
}
