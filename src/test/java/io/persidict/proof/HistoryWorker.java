package io.persidict.proof;

import io.persidict.jcache.PersiDictCachingProvider;
import io.persidict.maintenance.StoreMaintenance;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import javax.cache.Cache;
import javax.cache.configuration.MutableConfiguration;

/**
 * A process that makes calls on a cache and writes down what it saw. Its arguments are the
 * directory of the logs, in which there is a file {@code plan}, and the number of the process.
 */
final class HistoryWorker {
  private static final String CACHE = "register";

  private final Properties plan;
  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();
  private volatile Cache<String, Long> cache;

  private HistoryWorker(Properties plan) {
    this.plan = plan;
    this.cache = open(provider, plan);
  }

  /** What else happens in a process while its threads make calls. */
  enum Disturbance {
    /** Its only manager closes, and another one opens. */
    REOPEN,
    /** Its threads are interrupted. */
    INTERRUPT,
    /** It evicts what is beyond the cache's bound. */
    EVICT
  }

  /** Opens the cache of a plan. */
  static Cache<String, Long> open(PersiDictCachingProvider provider, Properties plan) {
    Properties settings = new Properties();
    plan.stringPropertyNames().stream()
        .filter(name -> name.startsWith("persidict."))
        .forEach(name -> settings.setProperty(name, plan.getProperty(name)));
    return provider
        .getCacheManager(URI.create(plan.getProperty("uri")), null, settings)
        .createCache(
            CACHE, new MutableConfiguration<String, Long>().setTypes(String.class, Long.class));
  }

  public static void main(String... arguments) throws Exception {
    Path logs = Path.of(arguments[0]);
    int process = Integer.parseInt(arguments[1]);
    Properties plan = new Properties();
    try (var in = Files.newInputStream(logs.resolve("plan"))) {
      plan.load(in);
    }
    HistoryWorker worker = new HistoryWorker(plan);
    worker.cache.get("warm");
    Files.createFile(logs.resolve("ready" + process));
    Path start = logs.resolve("start");
    while (!Files.exists(start)) {
      Thread.sleep(1);
    }
    worker.run(logs, process, Long.parseLong(Files.readString(start)));
    worker.provider.close();
  }

  private void run(Path logs, int process, long start) throws Exception {
    Load load =
        new Load(
            start,
            Duration.parse(plan.getProperty("length")),
            Duration.parse(plan.getProperty("round")),
            Integer.parseInt(plan.getProperty("keys")),
            Double.parseDouble(plan.getProperty("reads")));
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < Integer.parseInt(plan.getProperty("threads")); i++) {
      int client = 100 * process + i;
      Thread thread =
          new Thread(
              () -> {
                try (HistoryLog log = new HistoryLog(logs, "p" + process + "t" + client % 100)) {
                  load.run(log, client, () -> cache);
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
      threads.add(thread);
      thread.start();
    }
    disturb(threads);
  }

  private void disturb(List<Thread> threads) throws InterruptedException {
    String names = plan.getProperty("disturbances");
    Set<String> disturbances = Set.of(names.isEmpty() ? new String[0] : names.split(","));
    ThreadLocalRandom random = ThreadLocalRandom.current();
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        thread.join(disturbances.isEmpty() ? 0 : random.nextInt(1, 10));
        if (disturbances.contains(Disturbance.INTERRUPT.name())) {
          threads.get(random.nextInt(threads.size())).interrupt();
        }
        if (disturbances.contains(Disturbance.REOPEN.name())) {
          cache.getCacheManager().close();
          cache = open(provider, plan);
        }
        if (disturbances.contains(Disturbance.EVICT.name())) {
          cache.unwrap(StoreMaintenance.class).run();
        }
      }
    }
  }
}
