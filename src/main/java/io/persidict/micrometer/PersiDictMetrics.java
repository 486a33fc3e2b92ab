package io.persidict.micrometer;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.persidict.metrics.CacheCounters;
import io.persidict.metrics.ManagerCounters;
import io.persidict.metrics.ManagerCounters.Observation;
import io.persidict.metrics.ManagerCounters.Observer;
import io.persidict.metrics.ManagerCounters.Request;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import javax.cache.CacheManager;

/**
 * What this process does with all caches of a manager, those that are opened later included, and
 * with their store: {@code persidict.s3.requests} ({@code operation}, {@code outcome}) and {@code
 * persidict.s3.retries} where it is in S3. The meters of a cache, which are those of {@link
 * PersiDictCacheMetrics}, go when it is closed. Managers that are measured in one registry need
 * different tags if their caches have the same names.
 *
 * <pre>{@code
 * new PersiDictMetrics(manager, "team", "search").bindTo(registry);
 * }</pre>
 */
public final class PersiDictMetrics implements MeterBinder, AutoCloseable {
  private static final List<String> OPERATIONS =
      List.of(
          "GetObject",
          "HeadObject",
          "PutObject",
          "DeleteObject",
          "DeleteObjects",
          "ListObjectsV2",
          "CreateMultipartUpload",
          "UploadPart",
          "CompleteMultipartUpload",
          "AbortMultipartUpload");

  private static final List<String> OUTCOMES =
      List.of(
          "success",
          "not-modified",
          "absent",
          "lost",
          "throttled",
          "refused",
          "fault",
          "unanswered");

  private final ManagerCounters manager;
  private final Tags tags;
  private final Function<String, Tags> tagsOfCache;
  private final List<Observation> observations = new CopyOnWriteArrayList<>();

  /**
   * Metrics that are not registered yet.
   *
   * @param manager open, and of this library; not closed by this
   * @param tags of all meters, each a name and a value
   * @throws IllegalArgumentException if {@code manager} is none of this library, or {@code tags}
   *     are not pairs
   */
  public PersiDictMetrics(CacheManager manager, String... tags) {
    this(manager, Tags.of(tags), name -> Tags.empty());
  }

  private PersiDictMetrics(CacheManager manager, Tags tags, Function<String, Tags> tagsOfCache) {
    this.manager = manager.unwrap(ManagerCounters.class);
    this.tags = tags;
    this.tagsOfCache = tagsOfCache;
  }

  /**
   * {@return the same with the tags that Spring Boot gives the caches of its managers}
   *
   * @param manager open, and of this library; not closed by this
   * @param springManager the name of Spring's manager
   * @throws IllegalArgumentException if {@code manager} is none of this library
   */
  public static PersiDictMetrics asInSpringBoot(CacheManager manager, String springManager) {
    return new PersiDictMetrics(
        manager, Tags.of("cache.manager", springManager), name -> Tags.of("name", name));
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    if (manager.isRemote()) {
      for (String operation : OPERATIONS) {
        for (String outcome : OUTCOMES) {
          bind(registry, new Request(operation, outcome));
        }
      }
      FunctionCounter.builder("persidict.s3.retries", manager, ManagerCounters::retries)
          .tags(tags)
          .description("Requests that were made again")
          .register(registry);
    }
    observations.add(
        manager.observe(
            new Observer() {
              private final Map<String, PersiDictCacheMetrics> bound = new ConcurrentHashMap<>();

              @Override
              public void opened(String name, CacheCounters counters) {
                PersiDictCacheMetrics metrics =
                    new PersiDictCacheMetrics(name, counters, tags.and(tagsOfCache.apply(name)));
                bound.put(name, metrics);
                metrics.bindTo(registry);
              }

              @Override
              public void closed(String name) {
                PersiDictCacheMetrics metrics = bound.remove(name);
                if (metrics != null) {
                  metrics.unbindFrom(registry);
                }
              }
            }));
  }

  private void bind(MeterRegistry registry, Request request) {
    FunctionCounter.builder(
            "persidict.s3.requests",
            manager,
            counters -> counters.requests().getOrDefault(request, 0L))
        .tags(tags.and("operation", request.operation(), "outcome", request.outcome()))
        .description("Requests to S3")
        .register(registry);
  }

  /** Follows the manager's caches no longer. The meters stay. */
  @Override
  public void close() {
    observations.forEach(Observation::close);
  }
}
