package io.persidict.store.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.persidict.store.DeleteResult;
import io.persidict.store.ETag;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.Store;
import io.persidict.store.StoreContract;
import io.persidict.store.StoreException;
import io.persidict.store.s3.Mischief.Fault;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** The contract where nothing is left that other programs would take for a value. */
@DisabledIfSystemProperty(
    named = "test.s3.endpoint",
    matches = ".*",
    disabledReason = "only of our own server it is known that it deletes on condition")
final class S3StoreWithoutTombstonesTest extends StoreContract {
  private static final String NAME = "dir/name.bin";

  private static TestS3 s3;
  private S3Store whole;

  @BeforeAll
  static void start() {
    s3 = new TestS3();
    s3.own().honourConditionalDeletes();
  }

  @AfterAll
  static void stop() {
    s3.close();
  }

  @Override
  protected boolean keepsDates() {
    return false;
  }

  @Override
  protected Store open() {
    s3.own().createBucket(s3.bucket());
    whole = s3.server().conditionalDelete(true).open(s3.bucket(), "", false);
    return whole.withoutTombstones();
  }

  @AfterEach
  void nothingIsLeftThatIsNoEntry() {
    if (whole != null) {
      try (Stream<String> names = whole.list("").map(listed -> listed.name())) {
        assertThat(s3.own().keys(s3.bucket())).containsExactlyInAnyOrderElementsOf(names.toList());
      }
      whole.close();
    }
  }

  @Override
  protected boolean etagIsOfContent() {
    return true;
  }

  @Override
  protected int rounds() {
    return 20;
  }

  @Override
  protected int replacements() {
    return 50;
  }

  private static ETag put(Store store, int value) {
    PutResult put = store.put(NAME, new byte[] {(byte) value}, Precondition.none());
    return ((PutResult.Written) put).etag();
  }

  @Test
  void closingTheViewLeavesTheStoreOpen() {
    Store view = open();
    view.close();
    assertThat(whole.read(NAME)).isEmpty();
  }

  @Test
  void closingTheStoreWaitsForADeletionOfTheView() {
    ETag etag = put(store, 1);
    Thread closing = new Thread(whole::close);
    AtomicBoolean waited = new AtomicBoolean();
    s3.own()
        .mischief()
        .beforeNext(
            () -> {
              closing.start();
              waited.set(!endsWithin(closing, 300));
            });
    assertThat(store.delete(NAME, Precondition.matches(etag)))
        .isEqualTo(DeleteResult.Deleted.DELETED);
    assertThat(waited).isTrue();
    assertThat(endsWithin(closing, 300_000)).isTrue();
    whole = null;
  }

  private static boolean endsWithin(Thread thread, long millis) {
    try {
      thread.join(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return !thread.isAlive();
  }

  @Test
  void aServerThatMayIgnoreTheConditionIsRefused() {
    try (S3Store other = s3.server().open(s3.bucket(), "", false)) {
      assertThatExceptionOfType(StoreException.class)
          .isThrownBy(other::withoutTombstones)
          .withMessageContaining("If-Match on DELETE")
          .withMessageContaining("s3.conditional-delete");
    }
  }

  @Test
  void aDeletionWithoutAnAnswerIsRepeatedWhereItTookNoEffect() {
    Store store = open();
    ETag etag = put(store, 1);
    s3.own().mischief().next(Fault.RESET_BEFORE, Fault.SLOW_DOWN);
    assertThat(store.delete(NAME, Precondition.matches(etag)))
        .isEqualTo(DeleteResult.Deleted.DELETED);
  }

  @Test
  void aDeletionWithoutAnAnswerIsUnknownWhereItMayHaveTakenEffect() {
    Store store = open();
    ETag etag = put(store, 1);
    s3.own().mischief().next(Fault.RESET_AFTER);
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> store.delete(NAME, Precondition.matches(etag)))
        .withMessageContaining("it is not known whether");
    assertThat(store.read(NAME)).isEmpty();
  }

  /** The version that follows shows by its history that the one before was not deleted. */
  @Test
  void aDeletionWithoutAnAnswerIsLostWhereTheVersionWasReplaced() {
    Store store = open();
    ETag etag = put(store, 1);
    s3.own()
        .mischief()
        .beforeNext(() -> whole.put(NAME, new byte[] {2}, Precondition.matches(etag)));
    s3.own().mischief().next(Fault.NONE, Fault.RESET_AFTER);
    assertThat(store.delete(NAME, Precondition.matches(etag)))
        .isInstanceOf(DeleteResult.Lost.class);
    assertThat(List.of(store.read(NAME).orElseThrow()[0])).containsExactly((byte) 2);
  }

  @Test
  void aVersionThatThisStoreHasNotSeenYetIsDeletedLikeOneThatItHasSeen() {
    store.put(NAME, new byte[] {1}, Precondition.none());
    try (S3Store other = s3.open()) {
      other.put(NAME, new byte[] {2}, Precondition.none());
      ETag second = other.stat(NAME).orElseThrow().etag();
      assertThat(store.delete(NAME, Precondition.matches(second)))
          .isEqualTo(DeleteResult.Deleted.DELETED);
    }
  }

  @Test
  void anUnconditionalDeletionWithoutAnAnswerIsKnownByWhatBeganAnew() {
    Store store = open();
    put(store, 1);
    s3.own().mischief().next(Fault.RESET_AFTER);
    s3.own().mischief().afterNext(() -> put(whole, 2));
    assertThat(store.delete(NAME, Precondition.none())).isEqualTo(DeleteResult.Deleted.DELETED);
    assertThat(List.of(store.read(NAME).orElseThrow()[0])).containsExactly((byte) 2);
  }

  @Test
  void anUnconditionalDeletionWithoutAnAnswerIsUnknownWhereTooMuchWasWrittenSince() {
    Store store = open();
    try (S3Store other = s3.open()) {
      put(other, 0);
      store.stat(NAME);
      for (int i = 1; i < 60; i++) {
        put(other, i);
      }
    }
    s3.own().mischief().next(Fault.RESET_BEFORE);
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> store.delete(NAME, Precondition.none()))
        .withMessageContaining("it is not known whether");
    assertThat(store.read(NAME)).isPresent();
  }
}
