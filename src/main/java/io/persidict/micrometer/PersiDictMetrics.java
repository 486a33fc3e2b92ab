package io.persidict.micrometer;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.persidict.metrics.CacheCounters;
import io.persidict.metrics.ManagerCounters;
import io.persidict.metrics.ManagerCounters.Observation;
import io.persidict.metrics.ManagerCounters.Observer;
import io.persidict.metrics.ManagerCounters.Request;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import javax.cache.CacheManager;

/**
 * What this process does with all caches of a manager, those that are opened later included, and
 * with their store: {@code persidict.s3.requests} ({@code operation}, {@code outcome}) and {@code
 * persidict.s3.retries} where it is in S3. The meters of a cache, which are those of {@link
 * PersiDictCacheMetrics}, go when it is closed.
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
          "CompleteMultipartUpload");

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
   * The same with the tags that Spring Boot gives the caches of its managers.
   *
   * @param springManager the name of Spring's manager
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
              @Override
              public void opened(String name, CacheCounters counters) {
                new PersiDictCacheMetrics(name, counters, allTags(name)).bindTo(registry);
              }

              @Override
              public void closed(String name) {
                unbind(registry, name);
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

  private Tags allTags(String cache) {
    return tags.and(tagsOfCache.apply(cache));
  }

  private void unbind(MeterRegistry registry, String cache) {
    Tag[] ofCache = allTags(cache).and("cache", cache).stream().toArray(Tag[]::new);
    for (Meter meter : registry.getMeters()) {
      if (isOfCaches(meter.getId().getName())
          && meter.getId().getTags().containsAll(Arrays.asList(ofCache))) {
        registry.remove(meter);
      }
    }
  }

  private static boolean isOfCaches(String meter) {
    return meter.startsWith("cache.") || meter.startsWith("persidict.cache.");
  }

  /** Follows the manager's caches no longer. The meters stay. */
  @Override
  public void close() {
    observations.forEach(Observation::close);
  }
}
