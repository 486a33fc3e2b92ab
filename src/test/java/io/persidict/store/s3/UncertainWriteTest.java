package io.persidict.store.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.persidict.store.DeleteResult;
import io.persidict.store.ETag;
import io.persidict.store.Listed;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.StoreException;
import io.persidict.store.s3.Mischief.Fault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a write makes of answers that do not come, come late or say too little. */
@DisabledIfSystemProperty(
    named = "test.s3.endpoint",
    matches = ".*",
    disabledReason = "only our own server misbehaves on purpose")
final class UncertainWriteTest {
  private static final String NAME = "dir/name.bin";

  private final TestS3 s3 = new TestS3();
  private final S3Store mine = s3.open();
  private final S3Store theirs = s3.open();

  @AfterEach
  void close() {
    mine.close();
    theirs.close();
    s3.close();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static ETag written(PutResult result) {
    assertThat(result).isInstanceOf(PutResult.Written.class);
    return ((PutResult.Written) result).etag();
  }

  private ETag etag() {
    return theirs.stat(NAME).orElseThrow().etag();
  }

  private Optional<String> text() {
    return theirs.read(NAME).map(bytes -> new String(bytes, UTF_8));
  }

  private void replace(String text) {
    written(theirs.put(NAME, bytes(text), Precondition.matches(etag())));
  }

  private void remove() {
    assertThat(theirs.delete(NAME, Precondition.matches(etag())))
        .isEqualTo(DeleteResult.Deleted.DELETED);
  }

  private void insert(String text) {
    written(theirs.put(NAME, bytes(text), Precondition.absent()));
  }

  /** Has the effect of the next request followed by theirs, and the answer fail. */
  private void overtaken(Runnable action) {
    s3.own().mischief().next(Fault.RESET_AFTER);
    s3.own().mischief().afterNext(action);
  }

  @ParameterizedTest
  @EnumSource
  void aFaultThatPassesIsNoticedByNobody(Fault fault) {
    s3.own().mischief().next(fault);
    ETag first = written(mine.put(NAME, bytes("1"), Precondition.absent()));
    assertThat(etag()).isEqualTo(first);
    s3.own().mischief().next(fault);
    ETag second = written(mine.put(NAME, bytes("2"), Precondition.matches(first)));
    assertThat(etag()).isEqualTo(second);
    s3.own().mischief().next(fault);
    assertThat(mine.put(NAME, bytes("3"), Precondition.matches(first)))
        .isEqualTo(new PutResult.Lost(Optional.of(second)));
    s3.own().mischief().next(fault);
    assertThat(mine.read(NAME)).hasValueSatisfying(b -> assertThat(b).isEqualTo(bytes("2")));
    s3.own().mischief().next(fault);
    assertThat(mine.list("")).hasSize(1);
    s3.own().mischief().next(fault);
    assertThat(mine.delete(NAME, Precondition.matches(second)))
        .isEqualTo(DeleteResult.Deleted.DELETED);
    assertThat(text()).isEmpty();
    mine.put(NAME, bytes("4"), Precondition.none());
    s3.own().mischief().next(Fault.NONE, fault);
    assertThat(mine.delete(NAME, Precondition.none())).isEqualTo(DeleteResult.Deleted.DELETED);
    assertThat(text()).isEmpty();
  }

  @Test
  void anInsertThatOthersHaveReplacedIsNoLoss() {
    overtaken(() -> replace("theirs"));
    ETag etag = written(mine.put(NAME, bytes("mine"), Precondition.absent()));
    assertThat(text()).contains("theirs");
    assertThat(mine.put(NAME, bytes("x"), Precondition.matches(etag)))
        .isEqualTo(new PutResult.Lost(Optional.of(etag())));
  }

  @Test
  void anInsertThatOthersHaveRemovedAndInsertedAgainIsNoLoss() {
    overtaken(
        () -> {
          remove();
          insert("theirs");
          for (int i = 0; i < 100; i++) {
            replace("theirs " + i);
          }
        });
    written(mine.put(NAME, bytes("mine"), Precondition.absent()));
    assertThat(text()).contains("theirs 99");
  }

  @Test
  void anInsertThatOthersHaveRemovedIsNotRepeated() {
    overtaken(this::remove);
    written(mine.put(NAME, bytes("mine"), Precondition.absent()));
    assertThat(text()).isEmpty();
  }

  @Test
  void aReplacementThatOthersHaveReplacedIsNoLoss() {
    ETag first = written(mine.put(NAME, bytes("first"), Precondition.none()));
    overtaken(() -> replace("theirs"));
    written(mine.put(NAME, bytes("mine"), Precondition.matches(first)));
    assertThat(text()).contains("theirs");
  }

  @Test
  void aReplacementThatIsOvertakenBeforeItTookEffectIsLost() {
    ETag first = written(mine.put(NAME, bytes("first"), Precondition.none()));
    replace("theirs");
    s3.own().mischief().next(Fault.RESET_BEFORE);
    assertThat(mine.put(NAME, bytes("mine"), Precondition.matches(first)))
        .isEqualTo(new PutResult.Lost(Optional.of(etag())));
    assertThat(text()).contains("theirs");
  }

  /** The request without an answer may have been carried out late, and been written over. */
  @Test
  void aReplacementOfWhichARequestMayStillArriveIsUnknownWhereNothingTellsOfIt() {
    insert("1");
    ETag first = mine.stat(NAME).orElseThrow().etag();
    Mischief mischief = s3.own().mischief();
    mischief.next(Fault.RESET_BEFORE);
    Runnable foreign = () -> s3.own().put(s3.bucket(), NAME, "foreign");
    mischief.beforeNext(() -> mischief.beforeNext(() -> mischief.beforeNext(foreign)));
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> mine.put(NAME, bytes("2"), Precondition.matches(first)))
        .withMessageContaining("it is not known whether that took effect");
    assertThat(text()).contains("foreign");
  }

  @Test
  void aReplacementThatIsOvertakenOftenIsLostAndTooOftenUnknown() {
    ETag first = written(theirs.put(NAME, bytes("first"), Precondition.none()));
    mine.stat(NAME);
    for (int i = 0; i < 47; i++) {
      replace("theirs " + i);
    }
    s3.own().mischief().next(Fault.RESET_BEFORE);
    assertThat(mine.put(NAME, bytes("mine"), Precondition.matches(first)))
        .isEqualTo(new PutResult.Lost(Optional.of(etag())));
    ETag last = etag();
    mine.stat(NAME);
    for (int i = 0; i < 48; i++) {
      replace("again " + i);
    }
    s3.own().mischief().next(Fault.RESET_BEFORE);
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> mine.put(NAME, bytes("mine"), Precondition.matches(last)))
        .withMessageContaining("it is not known whether that took effect");
  }

  /** Somebody takes it for an equal one that was there before, and names none of what followed. */
  @Test
  void anInsertThatThisStoreHasSeenIsNoLossAlthoughNobodyNamesIt() {
    insert("mine");
    try (S3Store sluggish = s3.open()) {
      ETag equal = sluggish.stat(NAME).orElseThrow().etag();
      remove();
      mine.stat(NAME);
      overtaken(
          () -> {
            mine.stat(NAME);
            written(sluggish.put(NAME, bytes("sluggish"), Precondition.matches(equal)));
          });
      written(mine.put(NAME, bytes("mine"), Precondition.absent()));
      assertThat(text()).contains("sluggish");
    }
  }

  @Test
  void anInsertThatThisStoreHasSeenIsNotRepeatedAlthoughNothingIsLeftOfIt() {
    overtaken(
        () -> {
          mine.stat(NAME);
          s3.own().buckets.get(s3.bucket()).delete(NAME, there -> true);
        });
    written(mine.put(NAME, bytes("mine"), Precondition.absent()));
    assertThat(text()).isEmpty();
  }

  @Test
  void whatAnotherProgramPutThereIsReplacedByAnEqualValue() {
    s3.own().put(s3.bucket(), NAME, "1");
    ETag etag = mine.stat(NAME).orElseThrow().etag();
    s3.own().mischief().next(Fault.RESET_BEFORE);
    written(mine.put(NAME, bytes("1"), Precondition.matches(etag)));
  }

  /** Of objects that the server encrypts or compresses, some servers tell another than they did. */
  @Test
  void theETagThatIsToldLaterCounts() {
    written(mine.put(NAME, bytes("1"), Precondition.none()));
    LoopbackBucket bucket = s3.own().buckets.get(s3.bucket());
    LoopbackBucket.Thing there = bucket.get(NAME).orElseThrow();
    bucket.put(
        NAME,
        new LoopbackBucket.Thing(there.bytes(), "other", there.lastModified(), there.metadata()),
        any -> true);
    ETag etag = mine.stat(NAME).orElseThrow().etag();
    s3.own().resetCounts();
    written(mine.put(NAME, bytes("2"), Precondition.matches(etag)));
    assertThat(s3.own().counts()).containsExactly(Map.entry("PutObject", 1));
  }

  @Test
  void whatIsSeenLateIsNotTakenForTheNewest() {
    insert("1");
    s3.own().mischief().afterNext(() -> written(mine.put(NAME, bytes("2"), Precondition.none())));
    mine.stat(NAME);
    s3.own().resetCounts();
    written(mine.put(NAME, bytes("3"), Precondition.none()));
    assertThat(s3.own().counts()).containsExactly(Map.entry("PutObject", 1));
  }

  @Test
  void aRemovalThatOthersHaveUndoneIsNoLossAndIsNotRepeated() {
    ETag first = written(mine.put(NAME, bytes("first"), Precondition.none()));
    overtaken(() -> insert("theirs"));
    assertThat(mine.delete(NAME, Precondition.matches(first)))
        .isEqualTo(DeleteResult.Deleted.DELETED);
    assertThat(text()).contains("theirs");
  }

  @Test
  void anUnconditionalWriteOrDeleteIsNotRepeatedOverOthers() {
    overtaken(() -> replace("theirs"));
    written(mine.put(NAME, bytes("mine"), Precondition.none()));
    assertThat(text()).contains("theirs");
    s3.own().mischief().next(Fault.NONE, Fault.RESET_AFTER);
    s3.own().mischief().afterNext(() -> s3.own().mischief().afterNext(() -> insert("again")));
    assertThat(mine.delete(NAME, Precondition.none())).isEqualTo(DeleteResult.Deleted.DELETED);
    assertThat(text()).contains("again");
  }

  @Test
  void aVersionOfWhichOnlyTheETagIsKnownIsLookedAtFirst() {
    insert("first");
    overtaken(() -> replace("theirs"));
    s3.own().mischief().next(Fault.NONE);
    ETag first = etag();
    try (S3Store fresh = s3.open()) {
      overtaken(() -> {});
      written(fresh.put(NAME, bytes("mine"), Precondition.matches(first)));
    }
    assertThat(text()).contains("mine");
  }

  @Test
  void interruptsNeitherStopAWriteNorLeaveItsOutcomeOpen() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    List<Object> thrown = new ArrayList<>();
    List<Integer> kept = new ArrayList<>();
    Thread writer =
        new Thread(
            () -> {
              for (int i = 0; i < 60; i++) {
                try {
                  written(mine.put("n" + i, bytes("x"), Precondition.absent()));
                } catch (Throwable e) {
                  thrown.add(e);
                }
                if (Thread.interrupted()) {
                  kept.add(i);
                }
              }
              done.set(true);
            });
    writer.start();
    while (!done.get()) {
      writer.interrupt();
      Thread.sleep(2);
    }
    writer.join();
    assertThat(thrown).isEmpty();
    assertThat(kept).as("interrupts that stayed pending").isNotEmpty();
    assertThat(theirs.list("")).hasSize(60);
  }

  @Test
  void whatABatchCouldNotDeleteIsDeletedAgainAndNothingElse() {
    S3Server atomic = s3.server().atomicOverwrite(true);
    try (S3Store store = atomic.open(s3.bucket(), "", false)) {
      insert("1");
      written(theirs.put("other", bytes("2"), Precondition.absent()));
      s3.own().mischief().failToDelete("other");
      s3.own().mischief().afterNext(() -> s3.own().mischief().afterNext(() -> insert("theirs")));
      store.deleteBelow("", name -> true);
      assertThat(text()).contains("theirs");
      assertThat(theirs.read("other")).isEmpty();
    }
  }

  @Test
  void aDeleteThatTheServerAcknowledgedAndLostIsNoticed() {
    s3.own().adopt(Quirk.LOSES_UNCONDITIONAL);
    insert("1");
    s3.own()
        .mischief()
        .beforeNext(
            () ->
                s3.own()
                    .mischief()
                    .beforeNext(() -> s3.own().mischief().beforeNext(() -> replace("2"))));
    mine.deleteBelow("", name -> true);
    assertThat(text()).isEmpty();
  }

  private S3Store impatient() {
    return s3.server().timeout(Duration.ofMillis(300)).open(s3.bucket(), "", false);
  }

  private void answerNothingFromNowOn() {
    s3.own().mischief().befall(Fault.SLOW_DOWN, 1);
  }

  @Test
  void aWriteThatTookEffectHasIfNobodyTellsItsETag() {
    s3.own().adopt(Quirk.PUT_WITHOUT_ETAG);
    try (S3Store store = impatient()) {
      s3.own().mischief().afterNext(this::answerNothingFromNowOn);
      ETag etag = written(store.put(NAME, bytes("mine"), Precondition.absent()));
      s3.own().mischief().befall(Fault.SLOW_DOWN, 0);
      assertThat(text()).contains("mine");
      assertThat(store.put(NAME, bytes("x"), Precondition.matches(etag)))
          .isEqualTo(new PutResult.Lost(Optional.of(etag())));
    }
  }

  /** A proxy that repeats requests tells of the second attempt, when the first had taken effect. */
  @Test
  void aLostConditionThatCannotBeLookedIntoIsNoKnownLoss() {
    try (S3Store store = impatient()) {
      s3.own().mischief().answerInstead(S3Answer.error(412, "PreconditionFailed", "no"));
      s3.own().mischief().beforeNext(this::answerNothingFromNowOn);
      s3.own().mischief().next(Fault.SLOW_DOWN);
      assertThatExceptionOfType(StoreException.class)
          .isThrownBy(() -> store.put(NAME, bytes("mine"), Precondition.absent()))
          .withMessageContaining("it is not known whether that took effect");
      s3.own().mischief().befall(Fault.SLOW_DOWN, 0);
    }
  }

  @Test
  void closingWaitsForWhatIsUnderWay() throws Exception {
    s3.own().mischief().delay(100);
    s3.own().mischief().befall(Fault.DELAY, 1);
    S3Store store = s3.open();
    List<String> told = Collections.synchronizedList(new ArrayList<>());
    List<Throwable> thrown = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch begun = new CountDownLatch(4);
    List<Thread> writers = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      String writer = "w" + t + "-";
      Thread thread =
          new Thread(
              () -> {
                try {
                  for (int i = 0; i < 100; i++) {
                    written(store.put(writer + i, bytes("x"), Precondition.none()));
                    told.add(writer + i);
                    begun.countDown();
                  }
                } catch (Throwable e) {
                  thrown.add(e);
                }
              });
      writers.add(thread);
      thread.start();
    }
    begun.await();
    store.close();
    for (Thread writer : writers) {
      writer.join();
    }
    s3.own().mischief().befall(Fault.DELAY, 0);
    assertThat(thrown).hasSize(4).hasOnlyElementsOfType(IllegalStateException.class);
    try (Stream<Listed> listed = theirs.list("")) {
      assertThat(listed.map(Listed::name)).containsExactlyInAnyOrderElementsOf(told);
    }
  }

  @Test
  void aServerThatNeverAnswersWellIsGivenUp() {
    try (S3Store store = s3.server().timeout(Duration.ofMillis(500)).open(s3.bucket(), "", false)) {
      s3.own().mischief().befall(Fault.SLOW_DOWN, 1);
      assertThatExceptionOfType(StoreException.class)
          .isThrownBy(() -> store.put(NAME, bytes("x"), Precondition.none()))
          .withMessageContaining("cannot write " + NAME + " in s3://" + s3.bucket() + "/")
          .withMessageContaining("the server answered 503");
      s3.own().mischief().befall(Fault.SLOW_DOWN, 0);
    }
  }
}
