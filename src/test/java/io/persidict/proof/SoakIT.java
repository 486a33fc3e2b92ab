package io.persidict.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.persidict.ChildJvm;
import io.persidict.RamDirectory;
import io.persidict.jcache.PersiDictCachingProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Two processes that live long, beside two that are killed and started again all the time. */
@EnabledOnOs(value = OS.LINUX, disabledReason = "looks into /proc")
final class SoakIT {
  /** What comes and goes by itself; a leak is hundreds of times as much. */
  private static final long HEAP_NOISE = 8 << 20;

  private static final int NOISE = 4;

  @TempDir(factory = RamDirectory.class)
  Path directory;

  private Path store;

  private ChildJvm start(int number, Duration length) throws IOException {
    return ChildJvm.start(
        List.of("-Xmx128m"),
        List.of(),
        SoakMember.class,
        store.toString(),
        Integer.toString(number),
        length.toString());
  }

  @Test
  void whatIsTakenIsGivenBack() throws Exception {
    assumeTrue(ProofScale.soak().isPresent(), "takes an hour: -Pproof");
    Duration length = ProofScale.soak().get();
    store = Files.createDirectory(directory.resolve("store"));
    List<ChildJvm> members = new ArrayList<>();
    int kills = 0;
    try {
      for (int number = 0; number < 4; number++) {
        members.add(start(number, number < 2 ? length : length.multipliedBy(2)));
      }
      long end = System.nanoTime() + length.toNanos();
      for (; System.nanoTime() < end; kills++) {
        // A moment is all that is random here; nothing is waited for.
        Thread.sleep(ThreadLocalRandom.current().nextInt(3_000));
        int mortal = 2 + kills % 2;
        members.get(mortal).close();
        members.set(mortal, start(mortal, length.multipliedBy(2)));
      }
      for (ChildJvm steady : members.subList(0, 2)) {
        assertGivenBack(steady.join(length.dividedBy(2).plusMinutes(2)));
      }
    } finally {
      for (ChildJvm member : members) {
        member.close();
      }
    }
    assertNothingLeft();
    System.out.printf("%s with %d kills%n", length, kills);
  }

  private static void assertGivenBack(String printed) {
    SoakMember.Usage early = usage(printed, "early ");
    SoakMember.Usage late = usage(printed, "late ");
    assertThat(late.heap()).as("heap: %s", printed).isLessThan(early.heap() + HEAP_NOISE);
    assertThat(late.descriptors()).as("files: %s", printed).isLessThan(early.descriptors() + NOISE);
    assertThat(late.threads()).as("threads: %s", printed).isLessThan(early.threads() + NOISE);
    assertThat(late.mapped()).as("mapped: %s", printed).isLessThan(early.mapped() + NOISE);
    System.out.print(printed);
  }

  private static SoakMember.Usage usage(String printed, String when) {
    return printed
        .lines()
        .filter(line -> line.startsWith(when))
        .map(SoakMember.Usage::parse)
        .findFirst()
        .orElseThrow(() -> new AssertionError(printed));
  }

  /** What killed writers left goes when it is an hour old and somebody lists. */
  private void assertNothingLeft() throws IOException {
    FileTime hoursAgo = FileTime.from(Instant.now().minus(Duration.ofHours(2)));
    for (Path temporary : files(".__tmp__")) {
      Files.setLastModifiedTime(temporary, hoursAgo);
    }
    try (PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
      var cache = SoakMember.open(provider, store);
      cache.forEach(entry -> assertThat(entry.getValue()).isPositive());
      for (int counter = 0; counter < SoakMember.COUNTERS; counter++) {
        assertThat(cache.remove("counter" + counter)).isTrue();
      }
    }
    assertThat(files(".__tmp__")).isEmpty();
    assertThat(files(".__").stream().map(path -> store.relativize(path).toString()))
        .containsExactlyInAnyOrder(
            ".__lock__", ".__changes__", "soak/.__cache__", "soak/.__total__");
  }

  private List<Path> files(String prefix) throws IOException {
    try (Stream<Path> files = Files.walk(store)) {
      return files.filter(path -> path.getFileName().toString().startsWith(prefix)).toList();
    }
  }
}
