package io.persidict.store.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import io.persidict.store.DeleteResult;
import io.persidict.store.ETag;
import io.persidict.store.Listed;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.StoreException;
import io.persidict.store.s3.Mischief.Fault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

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
    ETag first = overwrittenByAnotherProgramAfter(Fault.RESET_BEFORE);
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> mine.put(NAME, bytes("2"), Precondition.matches(first)))
        .withMessageContaining("it is not known whether that took effect");
    assertThat(text()).contains("foreign");
  }

  @Test
  void aReplacementThatTheServerHadNoTimeForIsLostAlsoWhereNothingTellsOfIt() {
    ETag first = overwrittenByAnotherProgramAfter(Fault.SLOW_DOWN);
    assertThat(mine.put(NAME, bytes("2"), Precondition.matches(first)))
        .isEqualTo(new PutResult.Lost(Optional.of(etag())));
    assertThat(text()).contains("foreign");
  }

  /** Of a proxy, whose server may have carried it out meanwhile. */
  @ParameterizedTest
  @ValueSource(ints = {408, 500, 504, 520})
  void aReplacementThatWasNotAnsweredInTimeIsUnknownWhereNothingTellsOfIt(int status) {
    insert("1");
    ETag first = mine.stat(NAME).orElseThrow().etag();
    Mischief mischief = s3.own().mischief();
    mischief.answerInstead(S3Answer.of(status));
    Runnable foreign = () -> s3.own().put(s3.bucket(), NAME, "foreign");
    mischief.beforeNext(() -> mischief.beforeNext(foreign));
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> mine.put(NAME, bytes("2"), Precondition.matches(first)))
        .withMessageContaining("it is not known whether that took effect");
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 403, 501, 505})
  void aWriteThatIsRefusedIsKnownNotToBeDone(int status) {
    s3.own().mischief().answerInstead(S3Answer.of(status));
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> mine.put(NAME, bytes("1"), Precondition.absent()))
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("not known"));
    assertThat(text()).isEmpty();
  }

  @Test
  void aWriteWithoutCredentialsIsKnownNotToBeDone() {
    String key = System.clearProperty("aws.accessKeyId");
    try {
      for (Precondition each : List.of(Precondition.absent(), Precondition.none())) {
        assertThatExceptionOfType(StoreException.class)
            .isThrownBy(() -> mine.put(NAME, bytes("1"), each))
            .withMessageContaining("credentials")
            .satisfies(e -> assertThat(e.getMessage()).doesNotContain("not known"));
      }
    } finally {
      System.setProperty("aws.accessKeyId", key);
    }
    assertThat(text()).isEmpty();
  }

  /** The request without an answer may still arrive. */
  @ParameterizedTest
  @CsvSource({"400, X", "403, ExpiredToken", "501, X", "503, SlowDown"})
  void aChangeThatIsRefusedAfterARequestWithoutAnAnswerIsUnknown(int status, String code) {
    insert("1");
    S3Answer[] refusals = new S3Answer[100];
    Arrays.fill(refusals, S3Answer.error(status, code, "no"));
    S3Server server = s3.server().atomicOverwrite(true).timeout(Duration.ofSeconds(3));
    try (S3Store store = server.open(s3.bucket(), "", false)) {
      ETag etag = store.stat(NAME).orElseThrow().etag();
      List<Runnable> changes =
          List.of(
              () -> store.put(NAME, bytes("2"), Precondition.matches(etag)),
              () -> store.put(NAME, bytes("2"), Precondition.none()),
              () -> store.delete(NAME, Precondition.matches(etag)),
              () -> store.delete(NAME, Precondition.none()),
              () -> store.deleteAll(Stream.of(NAME)),
              () -> store.deleteBelow("", name -> true));
      for (Runnable change : changes) {
        int before = changes.indexOf(change) < 3 ? 0 : 1; // a look or a listing
        s3.own().mischief().nth(before, Fault.RESET_BEFORE);
        beforeRequest(before + 1, () -> s3.own().mischief().answerInstead(refusals));
        assertThatExceptionOfType(StoreException.class)
            .as("change %d", changes.indexOf(change))
            .isThrownBy(change::run)
            .withMessageContaining("it is not known whether that took effect");
        s3.own().mischief().forgetOrders();
      }
    }
    assertThat(text()).contains("1");
  }

  /** Where a deletion may be lost although it was acknowledged. */
  @Test
  void aDeletionIsUnknownIfNobodyCanSeeWhatItHasLeft() {
    insert("1");
    beforeRequest(2, () -> s3.own().mischief().answerInstead(S3Answer.error(403, "X", "no")));
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> mine.deleteBelow("", name -> true))
        .withMessageContaining("cannot delete")
        .withMessageContaining("it is not known whether that took effect");
  }

  /** Has the next write go wrong, and another program write before the attempt that follows. */
  private ETag overwrittenByAnotherProgramAfter(Fault fault) {
    insert("1");
    ETag first = mine.stat(NAME).orElseThrow().etag();
    Mischief mischief = s3.own().mischief();
    mischief.next(fault);
    Runnable foreign = () -> s3.own().put(s3.bucket(), NAME, "foreign");
    mischief.beforeNext(() -> mischief.beforeNext(() -> mischief.beforeNext(foreign)));
    return first;
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

  @Test
  void aReplacementOrRemovalThatIsRefusedIsLostAlsoWhereNothingTellsOfIt() {
    s3.own().honourConditionalDeletes();
    try (S3Store whole = s3.server().conditionalDelete(true).open(s3.bucket(), "", false);
        S3Store view = whole.withoutTombstones()) {
      for (S3Store store : List.of(mine, view)) {
        insert("1");
        ETag first = store.stat(NAME).orElseThrow().etag();
        s3.own().put(s3.bucket(), NAME, "foreign");
        assertThat(store.put(NAME, bytes("2"), Precondition.matches(first)))
            .isEqualTo(new PutResult.Lost(Optional.of(etag())));
        ETag foreign = etag();
        s3.own().put(s3.bucket(), NAME, "more foreign");
        assertThat(store.delete(NAME, Precondition.matches(foreign)))
            .isEqualTo(new DeleteResult.Lost(etag()));
        deleteWithoutTombstone();
      }
    }
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

  @ParameterizedTest
  @ValueSource(strings = {"theirs", "1"})
  void whatABatchCouldNotDeleteIsDeletedAgainAndNothingElse(String again) {
    try (S3Store store = atomic()) {
      insert("1");
      written(theirs.put("other", bytes("2"), Precondition.absent()));
      s3.own().mischief().failToDelete("other");
      s3.own().mischief().afterNext(() -> s3.own().mischief().afterNext(() -> insert(again)));
      store.deleteBelow("", name -> true);
      assertThat(text()).contains(again);
      assertThat(theirs.read("other")).isEmpty();
    }
  }

  private S3Store atomic() {
    return s3.server().atomicOverwrite(true).open(s3.bucket(), "", false);
  }

  /** Has somebody else act when the request of that number comes in, counted from 0. */
  private void beforeRequest(int number, Runnable action) {
    Runnable next = number == 0 ? action : () -> beforeRequest(number - 1, action);
    s3.own().mischief().beforeNext(next);
  }

  private void deleteWithoutTombstone() {
    s3.own().buckets.get(s3.bucket()).delete(NAME, there -> true);
  }

  /** The requests are a listing, and then by turns a batch and a look. */
  @Test
  void aBatchThatIsRepeatedAlsoDeletesWhatHasReplacedWhatItSawLast() {
    insert("1");
    try (S3Store store = atomic()) {
      s3.own().mischief().next(Fault.NONE, Fault.RESET_BEFORE, Fault.NONE, Fault.RESET_BEFORE);
      beforeRequest(3, () -> replace("2"));
      store.deleteBelow("", name -> true);
    }
    assertThat(text()).isEmpty();
  }

  @Test
  void aBatchThatIsRepeatedAlsoDeletesWhatHasReplacedWhatThisStoreSawBefore() {
    insert("1");
    try (S3Store store = atomic()) {
      store.stat(NAME);
      s3.own().mischief().next(Fault.NONE, Fault.RESET_BEFORE);
      beforeRequest(1, () -> replace("2"));
      store.deleteBelow("", name -> true);
    }
    assertThat(text()).isEmpty();
  }

  @Test
  void whatBeganAnewBeforeABatchIsNotTakenForWhatBeganAfterIt() {
    insert("1");
    try (S3Store store = atomic()) {
      store.stat(NAME);
      deleteWithoutTombstone();
      insert("2");
      s3.own().mischief().next(Fault.NONE, Fault.RESET_BEFORE);
      store.deleteBelow("", name -> true);
    }
    assertThat(text()).isEmpty();
  }

  /** What is listed then has the ETag of what this store saw, but may not be that. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatBeganAnewWithAnEqualValueBeforeABatchIsNotTakenForWhatBeganAfterIt(boolean atomic) {
    insert("1");
    try (S3Store store = atomic ? atomic() : s3.open()) {
      store.stat(NAME);
      deleteWithoutTombstone();
      insert("1");
      s3.own().mischief().next(Fault.NONE, Fault.RESET_BEFORE);
      assertThatExceptionOfType(StoreException.class)
          .isThrownBy(() -> store.deleteBelow("", name -> true))
          .withMessageContaining("it is not known whether that took effect");
      store.deleteBelow("", name -> true);
    }
    assertThat(text()).isEmpty();
  }

  /** The requests are a listing, a batch, and a listing of what is left. */
  @Test
  void whatIsWrittenAnewWithAnEqualValueAfterABatchWasAnsweredIsLeft() {
    ETag first = written(mine.put(NAME, bytes("1"), Precondition.absent()));
    beforeRequest(
        2,
        () -> {
          insert("2");
          replace("1");
        });
    mine.deleteBelow("", name -> true);
    assertThat(text()).contains("1");
    assertThat(etag()).isEqualTo(first);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatBeganAnewAfterABatchWithoutAnAnswerIsLeft(boolean seenBefore) {
    insert("1");
    try (S3Store store = atomic()) {
      if (seenBefore) {
        store.stat(NAME);
      }
      s3.own().mischief().next(Fault.NONE, Fault.RESET_AFTER);
      beforeRequest(2, () -> insert("2"));
      store.deleteBelow("", name -> true);
    }
    assertThat(text()).contains("2");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatIsReplacedAfterABatchWithoutAnAnswerIsUnknownIfItWasOnlyListed(boolean tookEffect) {
    insert("1");
    try (S3Store store = atomic()) {
      s3.own().mischief().next(Fault.NONE, tookEffect ? Fault.RESET_AFTER : Fault.RESET_BEFORE);
      beforeRequest(
          2,
          () -> {
            if (tookEffect) {
              insert("2");
            }
            replace("3");
          });
      assertThatExceptionOfType(StoreException.class)
          .isThrownBy(() -> store.deleteBelow("", name -> true))
          .withMessageContaining("it is not known whether that took effect");
    }
    assertThat(text()).contains("3");
  }

  @Test
  void whatOthersRemoveMeanwhileIsAbsentToADeleteThatIsRepeated() {
    insert("1");
    try (S3Store store = atomic();
        S3Store fresh = atomic()) {
      s3.own().mischief().next(Fault.NONE, Fault.RESET_BEFORE);
      beforeRequest(2, this::remove);
      assertThat(store.delete(NAME, Precondition.none()))
          .isEqualTo(DeleteResult.WasAbsent.WAS_ABSENT);
      insert("2");
      s3.own().mischief().next(Fault.NONE, Fault.RESET_BEFORE);
      beforeRequest(2, this::remove);
      fresh.deleteBelow("", name -> true);
    }
    assertThat(text()).isEmpty();
  }

  @Test
  void whatABatchIsForbiddenIsTold() {
    insert("1");
    try (S3Store store = atomic()) {
      S3Answer whole = S3Answer.error(403, "AccessDenied", "no");
      s3.own().mischief().afterNext(() -> s3.own().mischief().answerInstead(whole));
      assertThatExceptionOfType(StoreException.class)
          .isThrownBy(() -> store.deleteBelow("", name -> true))
          .withMessageContaining("access is forbidden")
          .satisfies(e -> assertThat(e.getMessage()).doesNotContain("not known"));
      S3Answer one =
          S3Answer.xml(
              "<DeleteResult><Error><Key>"
                  + NAME
                  + "</Key><Code>AccessDenied</Code></Error></DeleteResult>");
      s3.own().mischief().afterNext(() -> s3.own().mischief().answerInstead(one));
      assertThatExceptionOfType(StoreException.class)
          .isThrownBy(() -> store.deleteBelow("", name -> true))
          .withMessageContaining("access is forbidden")
          .withMessageContaining("it is not known whether that took effect"); // of the others
    }
    assertThat(text()).contains("1");
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

  @Test
  void soItIsOnALaterPageOfTheListing() {
    s3.own().adopt(Quirk.LOSES_UNCONDITIONAL);
    IntStream.range(0, 1_000).forEach(i -> s3.own().put(s3.bucket(), "a" + i, "kept"));
    insert("1");
    beforeRequest(3, () -> replace("2"));
    mine.deleteBelow("", NAME::equals);
    assertThat(text()).isEmpty();
    assertThat(s3.own().keys(s3.bucket())).hasSize(1_000);
  }

  @Test
  void aWriteOrDeleteThatIsOvertakenAgainAndAgainIsGivenUp() {
    try (S3Store store = s3.server().timeout(Duration.ofSeconds(3)).open(s3.bucket(), "", false)) {
      overtakeEachRequest(() -> "theirs " + System.nanoTime());
      assertThatExceptionOfType(StoreException.class)
          .isThrownBy(() -> store.put(NAME, bytes("mine"), Precondition.none()))
          .withMessageContaining("the server answered 412");
      overtakeEachRequest(() -> "theirs");
      assertThatExceptionOfType(StoreException.class)
          .isThrownBy(() -> store.deleteBelow("", name -> true))
          .withMessageContaining("objects are there after their deletion");
      s3.own().mischief().forgetOrders();
    }
  }

  /** Has others write before and after each of the next requests, for long, but not for ever. */
  private void overtakeEachRequest(Supplier<String> text) {
    overtakeEachRequest(text, System.nanoTime() + Duration.ofSeconds(20).toNanos());
  }

  private void overtakeEachRequest(Supplier<String> text, long end) {
    Runnable write = () -> s3.own().put(s3.bucket(), NAME, text.get());
    write.run();
    if (System.nanoTime() - end < 0) {
      s3.own().mischief().afterNext(write);
      s3.own().mischief().beforeNext(() -> overtakeEachRequest(text, end));
    }
  }

  private S3Store impatient() {
    return s3.server().timeout(Duration.ofSeconds(3)).open(s3.bucket(), "", false);
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

  @Test
  void anETagThatIsNotToldIsNotTakenFromAVersionOfOthers() {
    s3.own().adopt(Quirk.PUT_WITHOUT_ETAG);
    beforeRequest(1, () -> replace("theirs"));
    ETag etag = written(mine.put(NAME, bytes("mine"), Precondition.absent()));
    assertThat(mine.put(NAME, bytes("x"), Precondition.matches(etag)))
        .isEqualTo(new PutResult.Lost(Optional.of(etag())));
    assertThat(text()).contains("theirs");
  }

  @Test
  void anETagThatIsNotToldIsThatOfAnEqualValueOnAServerWithoutMetadata() {
    s3.own().adopt(Quirk.PUT_WITHOUT_ETAG);
    s3.own().adopt(Quirk.NO_METADATA);
    assertThat(written(mine.put(NAME, bytes("mine"), Precondition.absent()))).isEqualTo(etag());
    beforeRequest(1, () -> s3.own().put(s3.bucket(), NAME, "theirs"));
    assertThat(written(mine.put(NAME, bytes("again"), Precondition.none()))).isNotEqualTo(etag());
  }

  @Test
  void whatIsSurelyNotThisWriteIsALossAlsoOnAServerWithoutMetadata() {
    s3.own().adopt(Quirk.NO_METADATA);
    s3.own().put(s3.bucket(), NAME, "equal");
    assertThat(mine.put(NAME, bytes("equal"), Precondition.absent()))
        .as("answered")
        .isEqualTo(new PutResult.Lost(Optional.of(etag())));
    deleteWithoutTombstone();
    mine.stat(NAME);
    s3.own().mischief().next(Fault.RESET_BEFORE);
    beforeRequest(1, () -> s3.own().put(s3.bucket(), NAME, "another"));
    assertThat(mine.put(NAME, bytes("mine"), Precondition.absent()))
        .as("of another value")
        .isEqualTo(new PutResult.Lost(Optional.of(etag())));
  }

  @Test
  void anEqualValueWithoutAHistoryIsALossOnAServerThatKeepsHistories() {
    written(theirs.put("other", bytes("1"), Precondition.absent()));
    mine.stat("other");
    s3.own().mischief().next(Fault.RESET_BEFORE);
    beforeRequest(1, () -> s3.own().put(s3.bucket(), NAME, "equal"));
    assertThat(mine.put(NAME, bytes("equal"), Precondition.absent()))
        .isEqualTo(new PutResult.Lost(Optional.of(etag())));
  }

  @Test
  void anUnconditionalWriteWithoutAnAnswerIsRepeatedWhateverIsThere() {
    try (S3Store store = atomic()) {
      s3.own().mischief().next(Fault.RESET_BEFORE, Fault.NONE, Fault.RESET_BEFORE);
      beforeRequest(
          1,
          () -> {
            s3.own().put(s3.bucket(), NAME, "foreign");
            beforeRequest(1, () -> s3.own().put(s3.bucket(), NAME, "more foreign"));
          });
      written(store.put(NAME, bytes("mine"), Precondition.none()));
    }
    assertThat(text()).contains("mine");
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
                  for (int i = 0; i < 10_000; i++) {
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
  void closingWaitsForTheRequestsOfAListing() throws Exception {
    theirs.put(NAME, new byte[Tombstone.SIZE], Precondition.none());
    for (int request = 0; request < 2; request++) {
      S3Store store = s3.open();
      Thread closing = new Thread(store::close);
      AtomicBoolean waited = new AtomicBoolean();
      beforeRequest(
          request,
          () -> {
            closing.start();
            waited.set(!endsWithin(closing, 300));
          });
      if (request == 1) {
        assertThat(store.list("")).as("looked into").hasSize(1);
      } else {
        assertThatIllegalStateException().isThrownBy(() -> store.list("").toList());
      }
      assertThat(waited).isTrue();
      closing.join();
    }
  }

  private static boolean endsWithin(Thread thread, long millis) {
    try {
      thread.join(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return !thread.isAlive();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void manyThatAreBeingDeletedAllAreAlsoIfTheStoreIsClosedMeanwhile(boolean named)
      throws Exception {
    List<String> names = IntStream.range(0, 200).mapToObj(i -> "n" + i).toList();
    names.forEach(name -> s3.own().put(s3.bucket(), name, "x"));
    S3Store store = s3.open();
    Thread closing = new Thread(store::close);
    Consumer<String> closeInTheMiddle =
        name -> {
          if (name.equals("n100")) {
            closing.start();
            await().until(() -> closing.getState() == Thread.State.WAITING);
          }
        };
    if (named) {
      store.deleteAll(names.stream().peek(closeInTheMiddle));
    } else {
      store.deleteBelow(
          "",
          name -> {
            closeInTheMiddle.accept(name);
            return true;
          });
    }
    closing.join();
    try (Stream<Listed> left = theirs.list("")) {
      assertThat(left).isEmpty();
    }
  }

  // ---- values that are sent in parts

  private static final byte[] LARGE = new byte[Upload.THRESHOLD + 1];

  /** More than begin in five seconds, with pauses that grow, after three times as long. */
  private static final int MANY_UPLOADS = 50;

  private S3Store sendingParts() {
    return s3.server().atomicOverwrite(true).open(s3.bucket(), "app/", false);
  }

  private Map<String, LoopbackBucket.Parts> uploads() {
    return s3.own().buckets.get(s3.bucket()).uploads;
  }

  @Test
  void anUploadWhoseEndGotNoAnswerIsBrokenOffAndBeginsAnew() {
    try (S3Store store = sendingParts()) {
      for (Fault ofTheBreak : List.of(Fault.NONE, Fault.RESET_BEFORE)) {
        s3.own()
            .mischief()
            .next(Fault.NONE, Fault.NONE, Fault.NONE, Fault.RESET_BEFORE, ofTheBreak);
        written(store.put(NAME, LARGE, Precondition.none()));
        assertThat(uploads()).hasSize(ofTheBreak == Fault.NONE ? 0 : 1);
        assertThat(s3.own().keys(s3.bucket())).containsExactly("app/" + NAME);
      }
    }
  }

  @Test
  void anUploadThatMayNotBeBrokenOffBeginsAnewToo() {
    try (S3Store store = sendingParts()) {
      S3Answer forbidden = S3Answer.error(403, "AccessDenied", "Access Denied");
      s3.own().mischief().nth(3, Fault.RESET_BEFORE);
      beforeRequest(3, () -> s3.own().mischief().answerInstead(forbidden));
      written(store.put(NAME, LARGE, Precondition.none()));
      assertThat(store.stat(NAME).orElseThrow().size()).isEqualTo(LARGE.length);
    }
  }

  @Test
  void anUploadThatOthersHaveReplacedIsNotRepeated() {
    try (S3Store store = sendingParts();
        S3Store other = s3.server().open(s3.bucket(), "app/", false)) {
      s3.own().mischief().next(Fault.NONE, Fault.NONE, Fault.NONE, Fault.RESET_AFTER);
      Mischief mischief = s3.own().mischief();
      Runnable replacement =
          () -> written(other.put(NAME, bytes("theirs"), Precondition.matches(etagOf(other))));
      mischief.afterNext(
          () ->
              mischief.afterNext(() -> mischief.afterNext(() -> mischief.afterNext(replacement))));
      written(store.put(NAME, LARGE, Precondition.none()));
      assertThat(other.read(NAME)).contains(bytes("theirs"));
    }
  }

  private static ETag etagOf(S3Store store) {
    return store.stat(NAME).orElseThrow().etag();
  }

  @Test
  void anUploadThatTheServerHasForgottenBeginsAnew() {
    try (S3Store store = sendingParts()) {
      Mischief mischief = s3.own().mischief();
      mischief.beforeNext(() -> mischief.beforeNext(() -> uploads().clear()));
      written(store.put(NAME, LARGE, Precondition.none()));
      assertThat(store.stat(NAME).orElseThrow().size()).isEqualTo(LARGE.length);
    }
  }

  /** It might go on for ever, since each part that is sent is given time of its own. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aServerThatForgetsEachUploadIsGivenUp(int parts) {
    try (S3Store store =
        s3.server()
            .atomicOverwrite(true)
            .timeout(Duration.ofSeconds(5))
            .open(s3.bucket(), "app/", false)) {
      forgetEachUploadOf(parts);
      assertThatExceptionOfType(StoreException.class)
          .isThrownBy(() -> store.put(NAME, LARGE, Precondition.none()));
      assertThat(begunUploads()).isLessThan(MANY_UPLOADS);
      s3.own().mischief().forgetOrders();
      assertThat(store.read(NAME)).isEmpty();
    }
  }

  /** Goes on for long, but not for ever. */
  private void forgetEachUploadOf(int parts) {
    s3.own()
        .mischief()
        .beforeNext(
            () -> {
              if (begunUploads() < MANY_UPLOADS) {
                uploads().values().removeIf(upload -> upload.parts().size() == parts);
                forgetEachUploadOf(parts);
              }
            });
  }

  private int begunUploads() {
    return s3.own().counts().getOrDefault("CreateMultipartUpload", 0);
  }

  @Test
  void aServerThatTellsNoETagOfAPartIsRefusedAtOnce() {
    try (S3Store store = sendingParts()) {
      Mischief mischief = s3.own().mischief();
      mischief.afterNext(
          () -> mischief.answerInstead(S3Answer.of(200).with("x-amz-request-id", "1")));
      assertThatExceptionOfType(StoreException.class)
          .isThrownBy(() -> store.put(NAME, LARGE, Precondition.none()))
          .withMessageContaining("tells no ETag of a part")
          .withMessageContaining(s3.endpoint().toString());
      assertThat(uploads()).isEmpty();
    }
  }

  /** It may take effect so late that its answer begins before it does. */
  @Test
  void anEndOfAnUploadThatFailsAfterItsAnswerHasBegunIsRepeated() {
    try (S3Store store = sendingParts()) {
      Mischief mischief = s3.own().mischief();
      S3Answer error = S3Answer.xml("<Error><Code>InternalError</Code></Error>");
      mischief.afterNext(
          () -> mischief.afterNext(() -> mischief.afterNext(() -> mischief.answerInstead(error))));
      written(store.put(NAME, LARGE, Precondition.none()));
      assertThat(store.stat(NAME).orElseThrow().size()).isEqualTo(LARGE.length);
    }
  }

  @Test
  void aServerThatNeverAnswersWellIsGivenUp() {
    try (S3Store store = s3.server().timeout(Duration.ofSeconds(3)).open(s3.bucket(), "", false)) {
      s3.own().mischief().befall(Fault.SLOW_DOWN, 1);
      assertThatExceptionOfType(StoreException.class)
          .isThrownBy(() -> store.put(NAME, bytes("x"), Precondition.none()))
          .withMessageContaining("cannot write " + NAME + " in s3://" + s3.bucket() + "/")
          .withMessageContaining("the server answered 503");
      s3.own().mischief().befall(Fault.SLOW_DOWN, 0);
    }
  }
}
