package io.persidict.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.ChildJvm;
import io.persidict.RamDirectory;
import io.persidict.jcache.PersiDictCachingProvider;
import io.persidict.jcache.PersiDictConfiguration;
import io.persidict.maintenance.StoreMaintenance;
import io.persidict.maintenance.StoreRound;
import io.persidict.maintenance.Traces;
import io.persidict.store.Housekeeping;
import io.persidict.store.Precondition;
import io.persidict.store.Store;
import io.persidict.store.file.Durability;
import io.persidict.store.file.FileStore;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.cache.Cache;
import javax.cache.expiry.CreatedExpiryPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rounds over many entries: what they keep, what they remove, what they cost. */
final class StoreRoundsIT {
  private static final int PROCESSES = 4;
  private static final int KEYS = ProofScale.isLong() ? 20_000 : 4_000;
  private static final int ACCESSES = 20 * KEYS;
  private static final int BOUND = KEYS / 10;
  private static final int EXPIRING = 10_000;
  private static final int MANY = (int) ProofScale.times(20_000);

  @TempDir(factory = RamDirectory.class)
  Path root;

  private static Cache<String, byte[]> open(
      PersiDictCachingProvider provider, Path root, PersiDictConfiguration<String, byte[]> how) {
    return provider
        .getCacheManager(root.toUri(), null)
        .createCache(
            "c", (PersiDictConfiguration<String, byte[]>) how.setTypes(String.class, byte[].class));
  }

  // ---- hits

  /** Asks for its part of a trace, and stores what is missing; prints its hits. */
  static final class Reader {
    private Reader() {}

    public static void main(String... arguments) {
      Path root = Path.of(arguments[0]);
      int part = Integer.parseInt(arguments[1]);
      int from = Integer.parseInt(arguments[2]);
      int to = Integer.parseInt(arguments[3]);
      int[] trace = Traces.zipf(ACCESSES, KEYS, 1);
      int hits = 0;
      try (PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
        Cache<String, byte[]> cache =
            open(
                provider,
                root,
                new PersiDictConfiguration<String, byte[]>().setStoreMaxEntries(BOUND));
        for (int i = from + part; i < to; i += PROCESSES) {
          String key = "k" + trace[i];
          if (cache.get(key) != null) {
            hits++;
          } else {
            cache.put(key, new byte[100]);
          }
        }
      }
      System.out.print("hits " + hits);
    }
  }

  private int hits(int from, int to) throws Exception {
    List<ChildJvm> readers = new ArrayList<>();
    int hits = 0;
    try {
      for (int i = 0; i < PROCESSES; i++) {
        readers.add(
            ChildJvm.start(
                Reader.class,
                root.toString(),
                String.valueOf(i),
                String.valueOf(from),
                String.valueOf(to)));
      }
      for (ChildJvm reader : readers) {
        String printed = reader.join(Duration.ofMinutes(20));
        hits += Integer.parseInt(printed.substring(printed.lastIndexOf(' ') + 1));
      }
    } finally {
      for (ChildJvm reader : readers) {
        reader.close();
      }
    }
    return hits;
  }

  /** The second half, after a restart of all, counts; what is remembered is on disk. */
  @Test
  void fourProcessesAndTheirSuccessorsHaveTheHitsOfLru() throws Exception {
    hits(0, ACCESSES / 4);
    double hits = hits(ACCESSES / 4, ACCESSES) / (0.75 * ACCESSES);
    double lru = Traces.lru(Traces.zipf(ACCESSES, KEYS, 1), BOUND);
    System.out.printf(
        "Zipf by %d processes, restarted: hits %.4f, LRU %.4f, ratio %.3f%n",
        PROCESSES, hits, lru, hits / lru);
    assertThat(hits / lru).isGreaterThanOrEqualTo(0.97);
  }

  // ---- expiry

  @Test
  void entriesThatNobodyAsksForAreGoneTwoRoundsAfterTheirTime() throws Exception {
    Duration interval = Duration.ofSeconds(2);
    try (PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
      PersiDictConfiguration<String, byte[]> brief =
          new PersiDictConfiguration<String, byte[]>().setStorePurgeInterval(interval);
      brief.setExpiryPolicyFactory(
          CreatedExpiryPolicy.factoryOf(new javax.cache.expiry.Duration(TimeUnit.SECONDS, 1)));
      Cache<String, byte[]> cache = open(provider, root, brief);
      StoreMaintenance maintenance = cache.unwrap(StoreMaintenance.class);
      for (int i = 0; i < EXPIRING; i++) {
        cache.put("k" + i, new byte[10]);
      }
      long over = System.currentTimeMillis() + 1_000;
      int rounds = 0;
      StoreRound last = null;
      for (long end = System.nanoTime() + 300_000_000_000L; rounds < 2; Thread.sleep(20)) {
        assertThat(System.nanoTime() - end).as("rounds in time").isNegative();
        StoreRound now = maintenance.last().orElse(null);
        if (now != null && !now.equals(last) && now.began().toEpochMilli() > over) {
          rounds++;
          last = now;
        }
      }
      assertThat(entries()).isZero();
    }
  }

  private long entries() throws IOException {
    long entries = 0;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(root.resolve("c"), "*.entry")) {
      for (Path file : files) {
        entries++;
      }
    }
    return entries;
  }

  // ---- reads

  /** The share of hits that set a mark in the worst of HitRatioTest's traces. */
  private static final double MARKED = 0.044;

  /** The fastest of many turns of each kind, which other work on the machine spares. */
  @Test
  void readsPayLittleForTheMarksThatTheySet() {
    try (FileStore files = new FileStore(root, Durability.OS)) {
      List<String> names = IntStream.range(0, 500).mapToObj(i -> "k" + i + ".entry").toList();
      names.forEach(name -> files.put(name, new byte[1024], Precondition.none()));
      Housekeeping keeping = files.housekeeping();
      List<Store> kinds =
          List.of(
              keeping.remembering(lastUse -> false), keeping.remembering(lastUse -> true), files);
      long[] least = {Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE};
      for (int turn = 0; turn < ProofScale.times(200); turn++) {
        for (int kind = 0; kind < least.length; kind++) {
          Store store = kinds.get(kind);
          long begun = System.nanoTime();
          names.forEach(name -> assertThat(store.read(name)).isPresent());
          least[kind] = Math.min(least[kind], (System.nanoTime() - begun) / names.size());
        }
      }
      double average = (1 - MARKED) * least[0] + MARKED * least[1];
      System.out.printf(
          "a read %d ns; %d ns where it might set a mark, %d ns where it does; on average"
              + " %+.1f%%%n",
          least[2], least[0], least[1], 100 * (average / least[2] - 1));
      assertThat(average / least[2]).isLessThan(ProofScale.isLong() ? 1.05 : 1.25);
    }
  }

  // ---- many entries

  /** Runs a round of its own accord, and prints what it took. */
  static final class Keeper {
    private Keeper() {}

    public static void main(String... arguments) throws InterruptedException {
      int left = MANY / 2;
      try (PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
        long cpu = cpu();
        Cache<String, byte[]> cache =
            open(
                provider,
                Path.of(arguments[0]),
                new PersiDictConfiguration<String, byte[]>()
                    .setDigestLength(0)
                    .setStoreMaxEntries(left));
        StoreMaintenance maintenance = cache.unwrap(StoreMaintenance.class);
        while (maintenance.last().isEmpty()) {
          Thread.sleep(10);
        }
        StoreRound round = maintenance.last().get();
        System.out.printf(
            "%d left, %d evicted in %.1f s, %.0f%% of a core",
            round.entries(),
            round.evicted(),
            round.took().toMillis() / 1e3,
            100.0 * (cpu() - cpu) / round.took().toNanos());
      }
    }

    private static long cpu() {
      return ((com.sun.management.OperatingSystemMXBean)
              ManagementFactory.getOperatingSystemMXBean())
          .getProcessCpuTime();
    }
  }

  @Test
  void aRoundOverManyEntriesNeedsLittleMemory() throws Exception {
    Path directory = Files.createDirectory(root.resolve("c"));
    byte[] garbage = new byte[50];
    new Random(1).nextBytes(garbage);
    for (int i = 0; i < MANY; i++) {
      Files.write(directory.resolve("s-k" + i + ".entry"), garbage);
    }
    try (ChildJvm keeper =
        ChildJvm.start(List.of("-Xmx24m"), List.of(), Keeper.class, root.toString())) {
      String printed = keeper.join(Duration.ofMinutes(30));
      System.out.println(MANY + " entries with a heap of 24 MiB: " + printed);
      assertThat(printed).startsWith((MANY / 2 - MANY / 40) + " left");
    }
    assertThat(entries()).isEqualTo(MANY / 2 - MANY / 40);
  }
}
