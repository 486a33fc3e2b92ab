package io.persidict.store.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.store.ETag;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.Store;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** As on ext3, small ext4 and HFS+ volumes, which keep times in whole seconds. */
final class CoarseFileStoreTest extends FileStoreTest {
  /** A version is later than all that were there, and so than what it replaces. */
  @Override
  protected boolean keepsDates() {
    return false;
  }

  @Override
  protected Store open() throws Exception {
    return open(root(), Duration.ofSeconds(1));
  }

  @Override
  boolean datesAllAhead() {
    return true;
  }

  private static Store open(Path root, Duration precision) {
    FaultyFileSystem files = new FaultyFileSystem(root, precision, Duration.ZERO);
    return new FileStore(files.wrap(root), Durability.OS);
  }

  @ParameterizedTest
  @ValueSource(longs = {100, 1_000, 10_000, 1_000_000, 10_000_000, 100_000_000, 2_000_000_000})
  void versionsOfOneSizeHaveDifferentETagsAtAnyPrecision(long nanos) throws Exception {
    Path root = directory.resolve("other");
    Set<ETag> seen = new HashSet<>();
    int versions = 0;
    for (int round = 0; round < 3; round++) {
      try (Store other = open(root, Duration.ofNanos(nanos))) {
        for (int i = 0; i < 30; i++) {
          other.delete(NAME, Precondition.none());
          seen.add(written(other.put(NAME, bytes("1"), Precondition.absent())));
          seen.add(written(other.put(NAME, bytes("2"), Precondition.none())));
          seen.add(written(other.put(NAME, bytes("3"), Precondition.none())));
          versions += 3;
        }
      }
    }
    assertThat(seen).hasSize(versions);
  }

  @Test
  void aFileFromTheFarFutureDatesNoOtherName() throws Exception {
    Instant future = Instant.parse("2200-01-01T00:00:00Z");
    put(NAME, "1");
    Path file = root().resolve(NAME);
    Files.setLastModifiedTime(file, FileTime.from(future));
    put(NAME, "2");
    assertThat(store.stat(NAME).orElseThrow().lastModified()).isAfterOrEqualTo(future);
    store.delete(NAME, Precondition.none());
    String neighbour =
        IntStream.iterate(0, i -> i + 1)
            .mapToObj(i -> "n" + i)
            .filter(name -> LockFile.stripe(name) == LockFile.stripe(NAME))
            .findFirst()
            .orElseThrow();
    for (String name : new String[] {neighbour, NAME}) {
      put(name, "3");
      assertThat(store.stat(name).orElseThrow().lastModified())
          .isBefore(Instant.now().plusSeconds(30));
    }
  }

  @Test
  void aLostInsertionDatesNothingAhead() {
    put(NAME, "1");
    put(NAME, "2");
    for (int i = 0; i < 100; i++) {
      assertThat(store.put(NAME, bytes("3"), Precondition.absent()))
          .isInstanceOf(PutResult.Lost.class);
    }
    store.delete(NAME, Precondition.none());
    put(NAME, "4");
    assertThat(store.stat(NAME).orElseThrow().lastModified())
        .isBefore(Instant.now().plusSeconds(30));
  }

  @Test
  void aVersionIsLaterThanOneThatSomebodyElseWroteOrDeleted() throws Exception {
    Path file = root().resolve(NAME);
    FileTime ahead =
        FileTime.from(Instant.now().plus(Duration.ofHours(3)).truncatedTo(ChronoUnit.SECONDS));
    put(NAME, "1");
    Files.setLastModifiedTime(file, ahead);
    store.delete(NAME, Precondition.none());
    put(NAME, "2");
    Instant second = store.stat(NAME).orElseThrow().lastModified();
    assertThat(second).isAfter(ahead.toInstant());
    Files.delete(file);
    put(NAME, "3");
    assertThat(store.stat(NAME).orElseThrow().lastModified()).isAfter(second);
  }
}
