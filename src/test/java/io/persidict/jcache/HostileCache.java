package io.persidict.jcache;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.persidict.Mutator;
import io.persidict.jcache.storage.StoredEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/** A cache named {@code c} of which one file at a time holds something else than it should. */
public final class HostileCache {
  private final Random random = new Random(Long.getLong("test.seed", 20_261_130L));
  private final Path directory;
  private final Map<String, byte[]> whole = new TreeMap<>();

  /**
   * @param directory of a manager, with the files as they should be
   */
  public HostileCache(Path directory) throws IOException {
    this.directory = directory;
    for (Path file : files()) {
      whole.put(directory.relativize(file).toString(), Files.readAllBytes(file));
    }
  }

  /**
   * A file that was changed.
   *
   * @param tellsOtherNames whether it is the cache's record and says that the entries are named as
   *     they are not, which nothing can tell from a record that is right; then they stay
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Case(String name, byte[] bytes, boolean tellsOtherNames) {
    /** Whether the entry of that key may be another one now, or none. */
    boolean mayBeOf(String key) {
      return name.matches("c/(s-)?" + key + "_.*")
          || (name.endsWith(CacheMetadata.NAME) && Destruction.isMark(bytes));
    }

    @Override
    public String toString() {
      return name + " is " + HexFormat.of().formatHex(bytes);
    }
  }

  /** Puts all files back, and changes one. */
  public Case next() throws IOException {
    List<String> files = List.copyOf(whole.keySet());
    String name = files.get(random.nextInt(files.size()));
    byte[] bytes = Mutator.mutated(seeds(name), random);
    if (name.endsWith(StoredEntry.EXTENSION) && random.nextBoolean()) {
      sign(bytes);
    }
    restore();
    Files.write(directory.resolve(name), bytes);
    boolean tellsOtherNames =
        name.endsWith(CacheMetadata.NAME)
            && !names(bytes).equals("damaged")
            && !names(bytes).equals(names(whole.get(name)));
    return new Case(name, bytes, tellsOtherNames);
  }

  /** How the entries are named by a record. */
  private static String names(byte[] record) {
    try {
      return CacheMetadata.plainNames(record)
          .map(names -> names.extension() + " " + names.digestLength())
          .orElse("entry");
    } catch (IllegalArgumentException e) {
      return "damaged";
    }
  }

  /** What a file of that name may hold, or has held. */
  private List<byte[]> seeds(String name) {
    List<byte[]> seeds = new ArrayList<>();
    seeds.add(whole.get(name));
    if (name.endsWith(CacheMetadata.NAME)) {
      seeds.add("destroyed 0a1b2c3d\n".getBytes(US_ASCII));
      seeds.add("destroyed 0a1b2c3d plain json 4\n".getBytes(US_ASCII));
    }
    whole.values().stream().filter(bytes -> bytes.length < 1_000).forEach(seeds::add);
    return seeds;
  }

  /** Gives an entry the checksum of what it holds, so that this is looked at. */
  private static void sign(byte[] entry) {
    int end = entry.length - Integer.BYTES;
    if (end >= 0) {
      CRC32C checksum = new CRC32C();
      checksum.update(entry, 0, end);
      ByteBuffer.wrap(entry).putInt(end, (int) checksum.getValue());
    }
  }

  /** Puts back what was there before a case. */
  private void restore() throws IOException {
    for (Path file : files()) {
      if (!whole.containsKey(directory.relativize(file).toString())) {
        Files.delete(file);
      }
    }
    for (Map.Entry<String, byte[]> each : whole.entrySet()) {
      Path file = directory.resolve(each.getKey());
      Files.createDirectories(file.getParent());
      Files.write(file, each.getValue());
    }
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }
}
