package io.persidict.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.Mutator;
import io.persidict.RamDirectory;
import io.persidict.jcache.HostileCache;
import io.persidict.jcache.PersiDictCachingProvider;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Pattern;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableConfiguration;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever bytes a file of a cache holds, the tool says what it sees in words, and no more. */
final class HostileStoreTest {
  private static final Pattern UNSEEN = Pattern.compile("[\\p{Cntrl}&&[^\n\t]]");

  @TempDir(factory = RamDirectory.class)
  Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"entry", "plain"})
  void whateverAFileHoldsTheToolSaysSoInWords(String layout) throws Exception {
    fill(layout);
    String caches = directory.toUri().toString();
    List<List<String>> commands =
        List.of(
            List.of("ls", caches),
            List.of("ls", "-c", "c", caches),
            List.of("ls", "--json", caches + "c/"),
            List.of("stat", caches),
            List.of("verify", caches),
            List.of("get", "-c", "c", "--json", caches, "a"),
            List.of("purge", "-c", "c", caches));
    for (List<String> command : commands) {
      assertThat(ToolRun.of(command).printed()).as("%s", command).isNotEmpty();
    }
    HostileCache files = new HostileCache(directory);
    for (int i : Mutator.tries("the tool, layout " + layout, 250)) {
      HostileCache.Case changed = files.next();
      for (List<String> command : commands) {
        ToolRun run;
        try {
          run = ToolRun.of(command);
        } catch (Throwable e) {
          throw new AssertionError(command + ", where " + changed, e);
        }
        assertThat(run.status())
            .as("%s, where %s: %s", command, changed, run)
            .isIn(Status.DONE, Status.NO, Status.FAULT);
        assertThat(run.out() + run.err())
            .as("%s, where %s", command, changed)
            .doesNotContain("Exception", "\tat ")
            .doesNotContainPattern(UNSEEN);
      }
    }
  }

  private void fill(String layout) {
    Properties settings = new Properties();
    settings.setProperty("persidict.layout", layout);
    settings.setProperty("persidict.store.max-entries", "100");
    try (PersiDictCachingProvider provider = new PersiDictCachingProvider();
        CacheManager manager = provider.getCacheManager(directory.toUri(), null, settings)) {
      manager
          .createCache(
              "c", new MutableConfiguration<String, String>().setTypes(String.class, String.class))
          .putAll(Map.of("a", "1", "b", "2"));
    }
  }
}
