package io.persidict.tck;

import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.ChildJvm;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The TCK on S3, bare, with copies on the local disk, and with entries in memory, in a virtual
 * machine each. On a server of its own, or on the one that {@code test.s3.endpoint} names.
 */
final class TckOnS3IT {
  @TempDir Path directory;

  @Test
  void allTestsOfTheTckPassWithCachesInS3() throws Exception {
    try (ChildJvm direct = start();
        ChildJvm copying = start("-Dpersidict.s3.local-dir=" + directory);
        ChildJvm holding = start("-Dpersidict.memory.max-entries=1000")) {
      assertPassed("on S3", direct);
      assertPassed("on S3 with local copies", copying);
      assertPassed("on S3 with memory", holding);
    }
  }

  private static ChildJvm start(String... more) throws Exception {
    List<String> options = new ArrayList<>(List.of(more));
    System.getProperties().stringPropertyNames().stream()
        .filter(name -> name.startsWith("test.s3.") || name.startsWith("aws."))
        .forEach(name -> options.add("-D" + name + "=" + System.getProperty(name)));
    options.add("-Djavax.cache.CacheManager=io.persidict.jcache.PersiDictCacheManager");
    options.add("-Djavax.cache.Cache=io.persidict.jcache.PersiDictCache");
    options.add("-Djavax.cache.Cache.Entry=io.persidict.jcache.storage.CacheEntry");
    options.add("-Dpersidict.serial-filter=domain.*;org.jsr107.tck.**");
    return ChildJvm.start(options, List.of(Path.of("tck", "resources")), TckRun.class);
  }

  private static void assertPassed(String where, ChildJvm run) throws Exception {
    String printed = run.join();
    String last = printed.lines().reduce("", (before, line) -> line);
    System.out.printf("JSR-107 TCK 1.1.1 %s: %s%n", where, last);
    assertThat(last)
        .as(printed)
        .isEqualTo("%d run, %<d passed, 0 failed, 0 skipped", TckReportIT.TESTS);
  }
}
