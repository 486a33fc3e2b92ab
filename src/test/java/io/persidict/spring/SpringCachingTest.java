package io.persidict.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.persidict.Contention;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import javax.cache.annotation.CacheDefaults;
import javax.cache.annotation.CacheRemove;
import javax.cache.annotation.CacheResult;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cache.annotation.CacheEvict;
import org.springframework.cache.annotation.CachePut;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Annotated beans of a Boot application, over restarts of it. */
final class SpringCachingTest {
  private static final String LOGGING_SYSTEM = "org.springframework.boot.logging.LoggingSystem";
  private static final AtomicInteger CALLS = new AtomicInteger();

  @TempDir Path directory;
  private ConfigurableApplicationContext application;
  private Service service;

  /** Boot's own would reset the logging of the whole process. */
  @BeforeAll
  static void leaveLogging() {
    System.setProperty(LOGGING_SYSTEM, "none");
  }

  @AfterAll
  static void restoreLogging() {
    System.clearProperty(LOGGING_SYSTEM);
  }

  @BeforeEach
  void configure() throws IOException {
    CALLS.set(0);
    Files.writeString(
        directory.resolve("caches.properties"),
        """
        persidict.uri = %s
        persidict.serial-filter = io.persidict.spring.*
        persidict.cache.results.expiry = eternal
        persidict.cache.standard.expiry = eternal
        persidict.cache.exceptions.expiry = eternal
        persidict.cache.json.format = json
        """
            .formatted(directory.resolve("caches").toUri()));
    start();
  }

  private void start() {
    application =
        new SpringApplicationBuilder(Application.class)
            .web(WebApplicationType.NONE)
            .logStartupInfo(false)
            .run(
                "--spring.config.name=none",
                "--spring.cache.jcache.config=" + directory.resolve("caches.properties").toUri());
    service = application.getBean(Service.class);
  }

  private void restart() {
    stop();
    start();
  }

  @AfterEach
  void stop() {
    application.close();
  }

  @Configuration
  @EnableAutoConfiguration
  @EnableCaching
  static class Application {
    @Bean
    Service service() {
      return new Service();
    }
  }

  enum Colour {
    RED,
    GREEN
  }

  record Place(String name, Set<String> tags) implements Serializable {}

  @CacheDefaults(cacheName = "results")
  static class Service {
    @CacheResult(cacheName = "standard")
    public String standard(
        Colour colour, Place place, int[] numbers, String[][] names, List<?> list, Map<?, ?> map) {
      return "standard " + CALLS.incrementAndGet();
    }

    @Cacheable("results")
    public String own(
        Colour colour, Place place, int[] numbers, String[][] names, List<?> list, Map<?, ?> map) {
      return "own " + CALLS.incrementAndGet();
    }

    @Cacheable("results")
    public Place oneArgument(String name) {
      CALLS.incrementAndGet();
      return new Place(name, Set.of("a"));
    }

    @Cacheable("results")
    public String noArgument() {
      return "call " + CALLS.incrementAndGet();
    }

    @Cacheable(cacheNames = "results", sync = true)
    public String synchronous(int number) {
      Contention.awaitWaiters(49);
      return "call " + CALLS.incrementAndGet();
    }

    @Cacheable("results")
    public String nothing(String text) {
      CALLS.incrementAndGet();
      return null;
    }

    @Cacheable(cacheNames = "results", sync = true)
    public String nothingSynchronously(String text) {
      CALLS.incrementAndGet();
      return null;
    }

    @CacheResult
    public String standardNothing(String text, int number) {
      CALLS.incrementAndGet();
      return null;
    }

    @CacheResult(exceptionCacheName = "exceptions", cachedExceptions = IOException.class)
    public String failing(String text) throws IOException {
      CALLS.incrementAndGet();
      throw new IOException(text);
    }

    @CachePut("results")
    public Place put(String name) {
      return new Place(name, Set.of("put"));
    }

    @CacheEvict("results")
    public void evict(String name) {}

    @CacheEvict(cacheNames = "results", allEntries = true)
    public void evictAll() {}

    @CacheRemove
    public void remove(String text) {}

    @CacheResult
    public String removable(String text) {
      return "call " + CALLS.incrementAndGet();
    }

    @Cacheable("results")
    public Object notAllowed(int number) {
      return new Thread();
    }

    @Cacheable("unknown")
    public String unknown(int number) {
      return "";
    }

    @Cacheable("json")
    public String json(String text) {
      CALLS.incrementAndGet();
      return text.isEmpty() ? null : text;
    }
  }

  /** Asks with arguments that are equal, but not the same nor in the same order. */
  private String ask(boolean standard, boolean again) {
    Set<String> tags = new LinkedHashSet<>(again ? List.of("b", "a") : List.of("a", "b"));
    Map<String, Object> map = again ? new HashMap<>() : new TreeMap<>();
    map.put("x", List.of(Colour.RED));
    map.put("y", 2);
    Place place = new Place("here", tags);
    int[] numbers = {1, 2};
    String[][] names = {{"a"}, {"b", null}};
    List<?> list = again ? new ArrayList<>(List.of(1, 2)) : List.of(1, 2);
    return standard
        ? service.standard(Colour.RED, place, numbers, names, list, map)
        : service.own(Colour.RED, place, numbers, names, list, map);
  }

  @Test
  void keysOfManyKindsAreFoundAfterARestart() {
    String standard = ask(true, false);
    String own = ask(false, false);
    assertThat(List.of(standard, own)).containsExactly("standard 1", "own 2");
    assertThat(ask(true, true)).isEqualTo(standard);
    restart();
    assertThat(ask(true, true)).isEqualTo(standard);
    assertThat(ask(false, true)).isEqualTo(own);
    service.standard(Colour.GREEN, null, new int[0], new String[0][], List.of(), Map.of());
    assertThat(CALLS).hasValue(3);
  }

  @Test
  void oneAndNoArgumentAreKeysToo() {
    Place place = service.oneArgument("here");
    service.noArgument();
    restart();
    assertThat(service.oneArgument("here")).isEqualTo(place);
    assertThat(service.noArgument()).isEqualTo("call 2");
    assertThat(CALLS).hasValue(2);
  }

  @Test
  void synchronousCallersOfAMissingKeyMakeOneCall() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(50);
    try {
      List<Future<String>> results = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        results.add(threads.submit(() -> service.synchronous(1)));
      }
      for (Future<String> result : results) {
        assertThat(result.get()).isEqualTo("call 1");
      }
    } finally {
      threads.shutdownNow();
    }
    restart();
    assertThat(service.synchronous(1)).isEqualTo("call 1");
    assertThat(CALLS).hasValue(1);
  }

  @Test
  void nullIsAResultThatIsKept() {
    for (int run = 0; run < 2; run++) {
      assertThat(service.nothing("a")).isNull();
      assertThat(service.nothingSynchronously("b")).isNull();
      assertThat(service.standardNothing("c", 1)).isNull();
      assertThat(CALLS).hasValue(3);
      restart();
    }
  }

  @Test
  void exceptionsAreKeptIfThatIsAsked() {
    for (int run = 0; run < 2; run++) {
      assertThatThrownBy(() -> service.failing("why"))
          .isExactlyInstanceOf(IOException.class)
          .hasMessage("why");
      assertThat(CALLS).hasValue(1);
      restart();
    }
  }

  @Test
  void putsAndEvictionsAreKept() {
    service.put("here");
    restart();
    assertThat(service.oneArgument("here").tags()).containsExactly("put");
    service.evict("here");
    restart();
    assertThat(service.oneArgument("here").tags()).containsExactly("a");
    service.put("there");
    service.removable("x");
    service.remove("x");
    assertThat(service.removable("x")).isEqualTo("call 3");
    service.evictAll();
    restart();
    assertThat(service.oneArgument("there").tags()).containsExactly("a");
    assertThat(service.removable("x")).isEqualTo("call 5");
  }

  @Test
  void nullNeedsJavaSerialization() {
    assertThat(service.json("a")).isEqualTo("a");
    assertThatThrownBy(() -> service.json("")).hasMessageContaining("NullValue");
  }

  @Test
  void mistakesAreNamed() {
    assertThatThrownBy(() -> service.notAllowed(1)).hasMessageContaining("java.lang.Thread");
    assertThatThrownBy(() -> service.unknown(1)).hasMessageContaining("unknown");
  }
}
