package io.persidict;

import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.jcache.PersiDictCachingProvider;
import io.persidict.store.DeleteResult;
import io.persidict.store.Listed;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.Stat;
import io.persidict.store.s3.S3Server;
import io.persidict.store.s3.S3Store;
import io.persidict.store.s3.TestS3;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.configuration.MutableConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What holds among processes that share a bucket, tried with processes: on our own server, which
 * misbehaves meanwhile, or on the one that system properties name.
 */
final class FleetIT {
  private static final int MEMBERS = 4;
  private static final int INCREMENTS = 500;
  private static final int KEYS = 5;
  private static final int ROUNDS = 60;
  private static final double MISCHIEF = 0.01;

  @TempDir Path directory;

  private final TestS3 s3 = new TestS3();

  @AfterEach
  void close() {
    s3.close();
  }

  /** What a member is told: endpoint, region, bucket, and what to do. */
  static final class Member {
    public static void main(String[] arguments) {
      URI endpoint = URI.create(arguments[0]);
      S3Server server =
          S3Server.at(endpoint).region(arguments[1]).timeout(Duration.ofMinutes(5)); // when busy
      switch (arguments[3]) {
        case "increment" -> increment(endpoint, arguments[1], arguments[2], arguments[4]);
        case "insertAndRemove" -> insertAndRemove(server, arguments[2]);
        case "large" -> large(server, arguments[2]);
        default -> throw new IllegalArgumentException(arguments[3]);
      }
    }

    private static void increment(URI endpoint, String region, String bucket, String localDir) {
      try (PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
        Cache<String, Integer> cache = counters(provider, endpoint, region, bucket, localDir);
        for (int i = 0; i < INCREMENTS; i++) {
          cache.invoke(
              "k" + i % KEYS,
              (entry, none) -> {
                entry.setValue(entry.exists() ? entry.getValue() + 1 : 1);
                return null;
              });
        }
      }
    }

    private static void insertAndRemove(S3Server server, String bucket) {
      int balance = 0;
      try (S3Store store = server.open(bucket, "", false)) {
        for (int i = 0; i < ROUNDS; i++) {
          String name = "n" + i % 3;
          byte[] mine = (ProcessHandle.current().pid() + "-" + i).getBytes();
          if (store.put(name, mine, Precondition.absent()) instanceof PutResult.Written) {
            balance++;
          }
          Optional<Stat> stat = store.stat(name);
          if (stat.isPresent()
              && store.delete(name, Precondition.matches(stat.get().etag()))
                  == DeleteResult.Deleted.DELETED) {
            balance--;
          }
        }
      }
      System.out.println("balance " + balance);
    }

    private static void large(S3Server server, String bucket) {
      int size = 96 << 20;
      try (S3Store store = server.open(bucket, "", false)) {
        store.put("large", new byte[size], Precondition.none());
        store.put("large2", new byte[size], Precondition.absent());
        System.out.println("read " + store.read("large").orElseThrow().length);
      }
    }
  }

  private static Cache<String, Integer> counters(
      PersiDictCachingProvider provider,
      URI endpoint,
      String region,
      String bucket,
      String localDir) {
    Properties settings = new Properties();
    settings.setProperty("persidict.s3.endpoint", endpoint.toString());
    settings.setProperty("persidict.s3.region", region);
    if (!localDir.isEmpty()) {
      settings.setProperty("persidict.s3.local-dir", localDir);
    }
    return provider
        .getCacheManager(URI.create("s3://" + bucket + "/fleet/"), null, settings)
        .createCache(
            "counters",
            new MutableConfiguration<String, Integer>().setTypes(String.class, Integer.class));
  }

  private ChildJvm start(List<String> options, String... task) throws Exception {
    List<String> all = new ArrayList<>(options);
    System.getProperties().stringPropertyNames().stream()
        .filter(name -> name.startsWith("aws."))
        .forEach(name -> all.add("-D" + name + "=" + System.getProperty(name)));
    List<String> arguments =
        new ArrayList<>(List.of(s3.endpoint().toString(), s3.region(), s3.bucket()));
    arguments.addAll(List.of(task));
    return ChildJvm.start(all, List.of(), Member.class, arguments.toArray(String[]::new));
  }

  /** Has members do a task: the first half of them the one, the others the other. */
  private List<String> together(List<String> one, List<String> other) throws Exception {
    if (s3.isOwn()) {
      s3.own().mischief().everything(MISCHIEF, 11);
    }
    List<ChildJvm> members = new ArrayList<>();
    List<String> printed = new ArrayList<>();
    try {
      for (int i = 0; i < MEMBERS; i++) {
        List<String> task = i < MEMBERS / 2 ? one : other;
        members.add(start(List.of(), task.toArray(String[]::new)));
      }
      for (ChildJvm member : members) {
        printed.add(member.join());
      }
    } finally {
      for (ChildJvm member : members) {
        member.close();
      }
      if (s3.isOwn()) {
        s3.own().mischief().everything(0, 11);
      }
    }
    return printed;
  }

  @Test
  void entryProcessorsOfFourProcessesOfWhichTwoShareLocalCopiesAddUp() throws Exception {
    together(List.of("increment", ""), List.of("increment", directory.toString()));
    try (PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
      TreeMap<String, Integer> sums = new TreeMap<>();
      counters(provider, s3.endpoint(), s3.region(), s3.bucket(), "")
          .forEach(entry -> sums.put(entry.getKey(), entry.getValue()));
      assertThat(sums).hasSize(KEYS);
      assertThat(sums.values()).containsOnly(MEMBERS * INCREMENTS / KEYS);
    }
  }

  @Test
  void insertsAndConditionalRemovalsOfFourProcessesBalance() throws Exception {
    int balance = 0;
    List<String> task = List.of("insertAndRemove");
    for (String printed : together(task, task)) {
      String last = printed.lines().reduce("", (before, line) -> line);
      balance += Integer.parseInt(last.replace("balance ", ""));
    }
    try (S3Store store = s3.open();
        Stream<Listed> left = store.list("")) {
      assertThat(left.count()).isEqualTo(balance);
    }
  }

  @Test
  void aLargeValueIsInTheHeapOnce() throws Exception {
    try (ChildJvm child = start(List.of("-Xmx150m", "-Xmn20m"), "large")) {
      assertThat(child.join()).endsWith("read " + (96 << 20) + System.lineSeparator());
    }
  }
}
