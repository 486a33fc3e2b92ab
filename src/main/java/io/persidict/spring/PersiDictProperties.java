package io.persidict.spring;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.util.unit.DataSize;

/**
 * What {@code persidict.*} in Spring's {@code Environment} sets: where the caches lie, what holds
 * for all of them and what for one. A name that is none of these is refused, with the file and line
 * that has it.
 */
@ConfigurationProperties(prefix = "persidict", ignoreUnknownFields = false)
public class PersiDictProperties extends CacheSettings {
  private final Map<String, CacheSettings> cache = new LinkedHashMap<>();
  private final S3 s3 = new S3();
  private final Spring spring = new Spring();

  /** With nothing set. */
  public PersiDictProperties() {}

  /**
   * Sets where the caches lie.
   *
   * @param uri a directory's URI or {@code s3://bucket/prefix/}; unless set, the directory {@code
   *     .persidict/} below the working directory
   */
  public void setUri(String uri) {
    set("uri", uri);
  }

  /**
   * {@return the settings for single caches, by their names; a map that is filled in} Each of these
   * caches is opened when the application starts.
   */
  public Map<String, CacheSettings> getCache() {
    return cache;
  }

  /** {@return how S3 is reached: {@code s3.*}} */
  public S3 getS3() {
    return s3;
  }

  /** {@return what concerns Spring alone: {@code spring.*}} */
  public Spring getSpring() {
    return spring;
  }

  /**
   * The settings of each cache by its name. An environment variable has the name in small letters
   * and without what is no letter nor digit; if there is a cache that could be meant, it is.
   *
   * @param names of caches that there are, with settings or not
   * @param sources tells what each source of settings has for single caches, the one that counts
   *     most first
   */
  Map<String, CacheSettings> caches(
      Collection<String> names, Supplier<List<Map<String, CacheSettings>>> sources) {
    Map<String, String> spellings = new HashMap<>();
    cache
        .keySet()
        .forEach(name -> spellings.merge(uniform(name), name, PersiDictProperties::right));
    names.forEach(name -> spellings.put(uniform(name), name));
    Map<String, CacheSettings> caches = new LinkedHashMap<>();
    cache.forEach(
        (name, settings) -> {
          boolean isVague = name.equals(uniform(name)) && !names.contains(name);
          String meant = isVague ? spellings.getOrDefault(name, name) : name;
          CacheSettings others = cache.get(meant);
          if (meant.equals(name) || others == null) {
            caches.put(meant, settings);
          } else if (!others.values().equals(settings.values())) {
            // A name in brackets is another one for Boot.
            List<Map<String, CacheSettings>> all = sources.get();
            for (String setting : settings.values().keySet()) {
              first(setting, all, meant, name).ifPresent(value -> others.set(setting, value));
            }
          }
        });
    return caches;
  }

  /** What the first source that has a setting for one of these names says. */
  private static Optional<String> first(
      String setting, List<Map<String, CacheSettings>> sources, String... names) {
    return sources.stream()
        .flatMap(source -> Stream.of(names).map(source::get))
        .flatMap(Stream::ofNullable)
        .flatMap(settings -> Stream.ofNullable(settings.values().get(setting)))
        .findFirst();
  }

  private static String right(String one, String other) {
    return one.equals(uniform(one)) ? other : one;
  }

  private static String uniform(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N}]", "");
  }

  /**
   * The properties that a manager is given for these settings.
   *
   * @param caches the settings of each
   */
  Properties forManager(Map<String, CacheSettings> caches) {
    Properties properties = new Properties();
    values().forEach((setting, value) -> properties.setProperty("persidict." + setting, value));
    caches.forEach(
        (name, settings) ->
            settings
                .values()
                .forEach(
                    (setting, value) ->
                        properties.setProperty("persidict.cache." + name + "." + setting, value)));
    return properties;
  }

  /** {@code s3.*}. */
  public class S3 {
    private S3() {}

    /**
     * Sets the region.
     *
     * @param region as S3 calls it; unless set, what the AWS SDK finds
     */
    public void setRegion(String region) {
      set("s3.region", region);
    }

    /**
     * Sets which server it is.
     *
     * @param endpoint its URL, without credentials; AWS unless set
     */
    public void setEndpoint(String endpoint) {
      set("s3.endpoint", endpoint);
    }

    /**
     * Sets whether the bucket's name stands in the path, and not in the host's name.
     *
     * @param pathStyle unless set true for a server with an endpoint, and false for AWS
     */
    public void setPathStyle(boolean pathStyle) {
      set("s3.path-style", pathStyle);
    }

    /**
     * Sets whether the server honours {@code If-Match} on DELETE.
     *
     * @param conditionalDelete unless set false for a server with an endpoint, and true for AWS
     */
    public void setConditionalDelete(boolean conditionalDelete) {
      set("s3.conditional-delete", conditionalDelete);
    }

    /**
     * Sets whether an unconditional write that races with a conditional one is never lost.
     *
     * @param atomicOverwrite unless set false for a server with an endpoint, and true for AWS
     */
    public void setAtomicOverwrite(boolean atomicOverwrite) {
      set("s3.atomic-overwrite", atomicOverwrite);
    }

    /**
     * Sets how many connections are open at once, at most.
     *
     * @param maxConnections 1 or more; 64 unless set
     */
    public void setMaxConnections(int maxConnections) {
      set("s3.max-connections", maxConnections);
    }

    /**
     * Sets how long an operation is tried before it fails.
     *
     * @param timeout with all repetitions, such as {@code 10s}; 30 seconds unless set
     */
    public void setTimeout(Duration timeout) {
      set("s3.timeout", timeout);
    }

    /**
     * Sets where local copies of what was read are kept.
     *
     * @param directory its path; no copies unless set
     */
    public void setLocalDir(String directory) {
      set("s3.local-dir", directory);
    }

    /**
     * Sets how many bytes of local copies are kept at most.
     *
     * @param maxBytes such as {@code 10GB}; 1 GiB unless set
     */
    public void setLocalMaxBytes(DataSize maxBytes) {
      set("s3.local-max-bytes", maxBytes.toBytes());
    }
  }

  /** {@code spring.*}. */
  public static class Spring {
    private boolean createCaches;

    private Spring() {}

    /** {@return whether a cache that an annotation names and nobody declared is created} */
    public boolean isCreateCaches() {
      return createCaches;
    }

    /**
     * Sets whether a cache that an annotation names and nobody declared is created.
     *
     * @param createCaches false unless set
     */
    public void setCreateCaches(boolean createCaches) {
      this.createCaches = createCaches;
    }
  }
}
