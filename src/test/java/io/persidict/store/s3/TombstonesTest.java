package io.persidict.store.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.store.DeleteResult;
import io.persidict.store.ETag;
import io.persidict.store.Listed;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is left where an entry was removed on condition. */
@DisabledIfSystemProperty(
    named = "test.s3.endpoint",
    matches = ".*",
    disabledReason = "only our own server shows its objects and makes them older")
final class TombstonesTest {
  private static final String NAME = "dir/name.bin";

  private final TestS3 s3 = new TestS3();
  private final S3Store store = s3.open();

  @AfterEach
  void close() {
    store.close();
    s3.close();
  }

  private void putAndRemove(String name) {
    PutResult put = store.put(name, new byte[] {1}, Precondition.absent());
    ETag etag = ((PutResult.Written) put).etag();
    assertThat(store.delete(name, Precondition.matches(etag)))
        .isEqualTo(DeleteResult.Deleted.DELETED);
  }

  private Optional<byte[]> object(String name) {
    return s3.own().buckets.get(s3.bucket()).get(name).map(LoopbackBucket.Thing::bytes);
  }

  private static List<String> names(S3Store store) {
    try (Stream<Listed> listed = store.list("")) {
      return listed.map(Listed::name).toList();
    }
  }

  @Test
  void whatOnlyBeginsAsATombstoneIsAValue() {
    byte[] tombstone = Tombstone.create();
    for (int length : new int[] {tombstone.length - 1, tombstone.length + 1}) {
      byte[] value = Arrays.copyOf(tombstone, length);
      store.put(NAME, value, Precondition.none());
      assertThat(store.read(NAME)).hasValueSatisfying(read -> assertThat(read).isEqualTo(value));
      assertThat(store.housekeeping().peek(NAME, 40)).contains(Arrays.copyOf(value, 40));
      assertThat(names(store)).containsExactly(NAME);
    }
  }

  @Test
  void aTombstoneIsAbsence() {
    putAndRemove(NAME);
    assertThat(object(NAME)).hasValueSatisfying(b -> assertThat(Tombstone.is(b)).isTrue());
    assertThat(new String(object(NAME).orElseThrow(), UTF_8)).startsWith("persidict: ");
    assertThat(store.read(NAME)).isEmpty();
    assertThat(store.stat(NAME)).isEmpty();
    assertThat(store.housekeeping().peek(NAME, 40)).isEmpty();
    assertThat(names(store)).isEmpty();
    try (Stream<String> children = store.children("dir/")) {
      assertThat(children).isEmpty();
    }
    assertThat(store.delete(NAME, Precondition.none()))
        .isEqualTo(DeleteResult.WasAbsent.WAS_ABSENT);
    ETag tombstone = new ETag(s3.own().buckets.get(s3.bucket()).get(NAME).orElseThrow().etag());
    assertThat(store.put(NAME, new byte[1], Precondition.matches(tombstone)))
        .isEqualTo(new PutResult.Lost(Optional.empty()));
    assertThat(store.delete(NAME, Precondition.matches(tombstone)))
        .isEqualTo(DeleteResult.WasAbsent.WAS_ABSENT);
    putAndRemove(NAME);
  }

  @Test
  void aTombstoneAmongManyThatAreDeletedIsLeft() {
    putAndRemove(NAME);
    try (S3Store atomic = s3.server().atomicOverwrite(true).open(s3.bucket(), "", false)) {
      assertThat(atomic.delete(NAME, Precondition.none()))
          .isEqualTo(DeleteResult.WasAbsent.WAS_ABSENT);
      atomic.deleteAll(Stream.of(NAME));
    }
    assertThat(object(NAME)).hasValueSatisfying(b -> assertThat(Tombstone.is(b)).isTrue());
  }

  @Test
  void aValueOfATombstonesSizeIsAValue() {
    byte[] value = new byte[Tombstone.SIZE];
    store.put(NAME, value, Precondition.none());
    assertThat(names(store)).containsExactly(NAME);
    assertThat(store.stat(NAME).orElseThrow().size()).isEqualTo(Tombstone.SIZE);
    assertThat(store.read(NAME).orElseThrow()).isEqualTo(value);
    assertThat(store.housekeeping().peek(NAME, 1_000)).contains(value);
    assertThat(Tombstone.create()).hasSize(Tombstone.SIZE).isNotEqualTo(Tombstone.create());
  }

  @Test
  void oldOnesGoWhereTheServerDeletesOnCondition() {
    s3.own().honourConditionalDeletes();
    putAndRemove("old");
    s3.own().age(s3.bucket(), Duration.ofHours(2));
    putAndRemove("young");
    assertThat(names(store)).isEmpty();
    assertThat(object("old")).isPresent();
    try (S3Store honouring = s3.server().conditionalDelete(true).open(s3.bucket(), "", false)) {
      assertThat(names(honouring)).isEmpty();
      assertThat(object("old")).isEmpty();
      assertThat(object("young")).isPresent();
    }
  }

  @Test
  void aStoreSweepsItsOwnToo() {
    s3.own().honourConditionalDeletes();
    try (S3Store honouring = s3.server().conditionalDelete(true).open(s3.bucket(), "", false)) {
      ETag etag =
          ((PutResult.Written) honouring.put(NAME, new byte[1], Precondition.none())).etag();
      honouring.delete(NAME, Precondition.matches(etag));
      assertThat(names(honouring)).isEmpty();
      s3.own().age(s3.bucket(), Duration.ofHours(2));
      assertThat(names(honouring)).isEmpty();
      assertThat(object(NAME)).isEmpty();
    }
  }

  /** As of a reader, who may not delete, or while the server has no time. */
  @ParameterizedTest
  @CsvSource({"403, AccessDenied", "500, InternalError", "503, SlowDown", "400, X"})
  void aListingIsNoneTheWorseForOneThatCannotGo(int status, String code) {
    s3.own().honourConditionalDeletes();
    putAndRemove(NAME);
    store.put("value", new byte[1], Precondition.absent());
    s3.own().age(s3.bucket(), Duration.ofHours(2));
    try (S3Store honouring = s3.server().conditionalDelete(true).open(s3.bucket(), "", false)) {
      Mischief mischief = s3.own().mischief();
      S3Answer refusal = S3Answer.error(status, code, "on purpose");
      mischief.afterNext(() -> mischief.afterNext(() -> mischief.answerInstead(refusal)));
      s3.own().resetCounts();
      assertThat(names(honouring)).containsExactly("value");
      assertThat(s3.own().counts()).containsEntry("DeleteObject", 1);
      assertThat(object(NAME)).isPresent();
      assertThat(names(honouring)).containsExactly("value");
      assertThat(object(NAME)).isEmpty();
    }
  }

  /** Between the look and the deletion, in a listing and when all are to go. */
  @Test
  void whatTakesTheirPlaceMeanwhileStays() {
    s3.own().honourConditionalDeletes();
    try (S3Store honouring = s3.server().conditionalDelete(true).open(s3.bucket(), "", false)) {
      Mischief mischief = s3.own().mischief();
      for (boolean listing : new boolean[] {true, false}) {
        putAndRemove(NAME);
        s3.own().age(s3.bucket(), Duration.ofHours(2));
        Runnable write = () -> store.put(NAME, new byte[] {2}, Precondition.absent());
        mischief.afterNext(() -> mischief.afterNext(write));
        if (listing) {
          assertThat(names(honouring)).isEmpty();
        } else {
          assertThat(honouring.sweepTombstones(Duration.ZERO)).isZero();
        }
        assertThat(store.read(NAME)).contains(new byte[] {2});
        store.delete(NAME, Precondition.none());
      }
    }
  }

  @Test
  void elsewhereTheyGoWhenTheyAreAskedTo() {
    IntStream.range(0, 50).forEach(i -> putAndRemove("n" + i));
    store.put("value", new byte[Tombstone.SIZE], Precondition.none());
    assertThat(store.sweepTombstones(Duration.ofHours(1))).isZero();
    assertThat(store.sweepTombstones(Duration.ZERO)).isEqualTo(50);
    assertThat(object("n0")).isEmpty();
    assertThat(names(store)).containsExactly("value");
  }

  @Test
  void theyGoWithAllBelowTheirPrefix() {
    putAndRemove(NAME);
    store.deleteBelow("dir/", name -> true);
    assertThat(object(NAME)).isEmpty();
  }
}
