package io.persidict.store.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.persidict.store.DeleteResult;
import io.persidict.store.ETag;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.Store;
import io.persidict.store.StoreException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
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

  // ---- the file of times

  private Instant modified() {
    return store.stat(NAME).orElseThrow().lastModified();
  }

  @Test
  void aVersionIsLaterThanOneThatOthersDeletedBeforeTheTimesWereKept() throws Exception {
    Path file = root().resolve(NAME);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "1");
    Instant first = modified();
    Files.delete(file);
    assertThat(root().resolve(VersionTimes.NAME)).doesNotExist();
    put(NAME, "2");
    assertThat(modified()).isAfter(first);
  }

  @Test
  void whatOthersWroteCanBeDeletedBeforeTheTimesAreKept() throws Exception {
    Path file = root().resolve(NAME);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "1");
    assertThat(store.delete(NAME, Precondition.none())).isEqualTo(DeleteResult.Deleted.DELETED);
    assertThat(file).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aVersionIsLaterThanOneThatWasDeletedThoughTheTimesAreGoneOrCutShort(boolean gone)
      throws Exception {
    put(NAME, "1");
    FileTime ahead =
        FileTime.from(Instant.now().plus(Duration.ofHours(3)).truncatedTo(ChronoUnit.SECONDS));
    Files.setLastModifiedTime(root().resolve(NAME), ahead);
    store.delete(NAME, Precondition.none());
    Path times = root().resolve(VersionTimes.NAME);
    if (gone) {
      Files.delete(times);
    } else {
      Files.write(times, new byte[8 * LockFile.stripe(NAME) + 3]);
    }
    put(NAME, "2");
    assertThat(modified()).isAfter(ahead.toInstant());
  }

  @Test
  void aLinkInThePlaceOfTheTimesIsNotFollowed() throws Exception {
    Path outside = Files.write(directory.resolve("outside"), new byte[8 * LockFile.STRIPES]);
    Files.createSymbolicLink(root().resolve(VersionTimes.NAME), outside);
    assertThatExceptionOfType(StoreException.class).isThrownBy(() -> put(NAME, "1"));
    assertThat(outside).hasBinaryContent(new byte[8 * LockFile.STRIPES]);
    assertThat(store.read(NAME)).isEmpty();
  }

  @Test
  void timesOfWhichFewBytesAreReadAndWrittenAtOnceAreTheSame() throws Exception {
    FaultyFileSystem files = new FaultyFileSystem(root(), Duration.ofSeconds(1), Duration.ZERO);
    files.setAtOnce(3);
    AtomicInteger forbidden = new AtomicInteger(3);
    files.set(
        (call, path) -> {
          if (call.equals("newFileChannel")
              && path.endsWith(VersionTimes.NAME)
              && forbidden.getAndDecrement() > 0) {
            throw new AccessDeniedException(path.toString());
          }
        });
    FileTime ahead =
        FileTime.from(Instant.now().plus(Duration.ofHours(3)).truncatedTo(ChronoUnit.SECONDS));
    try (Store slow = new FileStore(files.wrap(root()), Durability.OS)) {
      slow.put(NAME, bytes("1"), Precondition.none());
      Files.setLastModifiedTime(root().resolve(NAME), ahead);
      slow.delete(NAME, Precondition.none());
    }
    assertThat(forbidden.get()).isNegative();
    try (Store other = open()) {
      other.put(NAME, bytes("2"), Precondition.none());
      assertThat(other.stat(NAME).orElseThrow().lastModified())
          .isBetween(ahead.toInstant().plusSeconds(1), ahead.toInstant().plusSeconds(10));
    }
  }
}
