package io.persidict.store.s3;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.persidict.ChildJvm;
import io.persidict.store.DeleteResult;
import io.persidict.store.ETag;
import io.persidict.store.GetResult;
import io.persidict.store.Listed;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.Store;
import io.persidict.store.StoreException;
import io.persidict.store.UnreadableException;
import io.persidict.store.s3.LoopbackBucket.Thing;
import io.persidict.store.s3.Mischief.Fault;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Answers that are none of S3's: of a proxy on the way, of a server that is broken or means harm.
 * None of them is taken for absence or leads out of the place that was asked about.
 */
@DisabledIfSystemProperty(
    named = "test.s3.endpoint",
    matches = ".*",
    disabledReason = "only our own server answers as it is told")
final class HostileAnswersTest {
  private static final String NAME = "dir/name.bin";
  private static final String LIST = "<ListBucketResult><IsTruncated>false</IsTruncated>";
  private static final String DEEP = "<a>".repeat(100_000);
  private static final String EBCDIC = "<?xml version='1.0' encoding='IBM037'?>";
  private static final String CHUNK = "400\r\n" + "x".repeat(1024) + "\r\n";
  private static final String PAGE = "<html><body><h1>It works!</h1></body></html>";

  private final TestS3 s3 = new TestS3();
  private final S3Store store = s3.server().open(s3.bucket(), "app/", false);

  @AfterEach
  void close() {
    store.close();
    s3.close();
  }

  private void answer(S3Answer answer) {
    s3.own().mischief().answerInstead(answer);
  }

  private static S3Answer page(int status) {
    return S3Answer.of(
        status, Map.of("Content-Type", "text/html"), PAGE.getBytes(StandardCharsets.UTF_8));
  }

  private static void refused(ThrowingCallable call, String... said) {
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(call)
        .satisfies(e -> assertThat(e.getMessage()).contains(said));
  }

  private static String listed(String key) {
    return "<Contents><Key>"
        + key
        + "</Key><LastModified>2026-01-01T00:00:00Z</LastModified><ETag>\"e\"</ETag><Size>1</Size>"
        + "</Contents>";
  }

  @Test
  void aPageOfAProxyThatSaysNotFoundIsNoAbsence() {
    store.put(NAME, new byte[1], Precondition.none());
    answer(page(404));
    refused(() -> store.read(NAME), "404");
    answer(page(404));
    refused(() -> store.housekeeping().peek(NAME, 40), "404");
    answer(page(404));
    assertThat(store.stat(NAME)).as("asked again").isPresent();
    s3.own().mischief().answerInstead(page(404), page(404));
    refused(() -> store.stat(NAME), "404");
    ETag etag = store.stat(NAME).orElseThrow().etag();
    try (S3Store honouring = s3.server().conditionalDelete(true).open(s3.bucket(), "app/", false)) {
      answer(page(404));
      refused(() -> honouring.discard(NAME, etag), "404");
    }
  }

  static Stream<S3Answer> successesOfProxies() {
    return Stream.of(
        page(200), S3Answer.xml("<html/>"), S3Answer.of(200), page(200).with("ETag", "\"5f3e\""));
  }

  /** The request that is to change something is answered by somebody else and not carried out. */
  @ParameterizedTest
  @MethodSource("successesOfProxies")
  void aSuccessThatIsNotTheServersIsNone(S3Answer page) {
    s3.own().honourConditionalDeletes();
    S3Server like = s3.server().conditionalDelete(true).atomicOverwrite(true);
    try (S3Store whole = like.open(s3.bucket(), "app/", false);
        S3Store bare = whole.withoutTombstones()) {
      store.put(NAME, new byte[] {1}, Precondition.none());
      answer(page);
      store.put(NAME, new byte[] {2}, Precondition.none());
      assertThat(store.read(NAME)).contains(new byte[] {2});
      answer(page);
      whole.put(NAME, new byte[] {3}, Precondition.none());
      assertThat(store.read(NAME)).contains(new byte[] {3});
      List<Consumer<ETag>> deletions =
          List.of(
              etag -> store.delete(NAME, Precondition.matches(etag)),
              etag -> bare.delete(NAME, Precondition.matches(etag)),
              etag -> whole.delete(NAME, Precondition.none()),
              etag -> whole.deleteAll(Stream.of(NAME)),
              etag -> whole.deleteBelow("", name -> true));
      for (Consumer<ETag> deletion : deletions) {
        int i = deletions.indexOf(deletion);
        store.put(NAME, new byte[] {4}, Precondition.none());
        ETag etag = bare.stat(NAME).orElseThrow().etag();
        answerNth(i < 2 ? 0 : 1, page); // a look or a listing comes first
        deletion.accept(etag);
        assertThat(store.read(NAME)).as("deletion %d", i).isEmpty();
      }
    }
  }

  @Test
  void aPageForAStepOfAnUploadInPartsIsNoneOfIt() {
    byte[] large = new byte[Upload.THRESHOLD + 1];
    try (S3Store parts = s3.server().atomicOverwrite(true).open(s3.bucket(), "app/", false)) {
      for (int step = 0; step < 4; step++) {
        answerNth(step, page(200));
        parts.put(NAME, large, Precondition.none());
        assertThat(parts.stat(NAME).orElseThrow().size()).as("%d", step).isEqualTo(large.length);
        parts.deleteBelow("", name -> true);
      }
    }
  }

  private void answerNth(int request, S3Answer answer) {
    if (request == 0) {
      answer(answer);
    } else {
      s3.own().mischief().afterNext(() -> answerNth(request - 1, answer));
    }
  }

  @Test
  void whereAllAnswersAreOfAProxyNobodyKnowsWhatWasDoneAndNothingIsRead() {
    try (S3Store impatient =
        s3.server()
            .atomicOverwrite(true)
            .timeout(Duration.ofSeconds(3))
            .open(s3.bucket(), "app/", false)) {
      ETag etag = new ETag("e");
      impatient.put(NAME, new byte[1], Precondition.none());
      List<ThrowingCallable> changes =
          List.of(
              () -> impatient.put(NAME, new byte[2], Precondition.none()),
              () -> impatient.put(NAME, new byte[2], Precondition.absent()),
              () -> impatient.deleteBelow("", name -> true));
      List<ThrowingCallable> reads =
          List.of(
              () -> impatient.read(NAME),
              () -> impatient.stat(NAME),
              () -> impatient.get(NAME, Optional.of(etag)),
              () -> impatient.housekeeping().peek(NAME, 40),
              () -> impatient.list("").toList());
      Runnable pages =
          () ->
              s3.own()
                  .mischief()
                  .answerInstead(Collections.nCopies(200, page(200)).toArray(S3Answer[]::new));
      for (ThrowingCallable change : changes) {
        if (changes.indexOf(change) == 2) {
          s3.own().mischief().afterNext(pages);
        } else {
          pages.run();
        }
        refused(change, "a proxy's page (200, text/html)", "not known whether that took effect");
        s3.own().mischief().forgetOrders();
      }
      for (ThrowingCallable read : reads) {
        pages.run();
        refused(read, "a proxy's page (200, text/html)", s3.endpoint().toString());
        s3.own().mischief().forgetOrders();
      }
      assertThat(impatient.read(NAME)).contains(new byte[1]);
    }
  }

  @Test
  void aPartThatWasNotAskedForIsNotTakenForTheWhole() {
    store.put(NAME, new byte[2], Precondition.none());
    answer(part("bytes 0-0/2"));
    refused(() -> store.read(NAME), "206");
    assertThat(store.read(NAME)).contains(new byte[2]);
  }

  @Test
  void anotherPartThanWasAskedForIsNotTakenForTheBeginning() {
    store.put(NAME, new byte[] {1, 2}, Precondition.none());
    answer(part("bytes 1-1/2"));
    refused(() -> store.housekeeping().peek(NAME, 1), "another part of an object");
    answer(part("bytes 0-0/2"));
    assertThat(store.housekeeping().peek(NAME, 1)).contains(new byte[1]);
    assertThat(store.housekeeping().peek(NAME, 1)).contains(new byte[] {1});
  }

  @ParameterizedTest
  @ValueSource(strings = {"BYTES 0-0/2", "bytes=0-0/2", "bytes  0-0/*"})
  void theBeginningIsTakenHoweverTheServerSpellsIt(String range) {
    answer(part(range));
    assertThat(store.housekeeping().peek(NAME, 1)).contains(new byte[1]);
  }

  @Test
  void theSizeOfAPartIsNotTakenForThatOfTheWhole() {
    store.put(NAME, new byte[3], Precondition.none());
    answer(part("bytes 0-0/3"));
    assertThat(store.stat(NAME).orElseThrow().size()).isEqualTo(3);
  }

  private static S3Answer part(String range) {
    return S3Answer.of(
        206,
        Map.of(
            "ETag", "\"e\"",
            "Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT",
            "Content-Range", range),
        new byte[1]);
  }

  @Test
  void aBucketThatIsGoneIsNoAbsence() {
    s3.own().buckets.remove(s3.bucket());
    refused(() -> store.read(NAME), "there is no bucket");
    refused(() -> store.stat(NAME), "there is no bucket");
    refused(() -> store.delete(NAME, Precondition.none()), "there is no bucket");
    refused(() -> store.deleteAll(Stream.of(NAME)), "there is no bucket");
    s3.own().createBucket(s3.bucket());
    assertThat(store.stat(NAME)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        PAGE,
        "{}",
        "<ListBucketResult/>",
        "<ListBucketResult><Name>b</Name><IsTruncated>false</IsTruncated>",
        "<Error><Code>InternalError</Code></Error>",
        "<Error><Code>AccessDenied</Code></Error>"
      })
  void whatIsNoListingIsNoEmptyOne(String body) {
    try (S3Store impatient =
        s3.server().timeout(Duration.ofSeconds(3)).open(s3.bucket(), "app/", false)) {
      for (int i = 0; i < 50; i++) {
        answer(S3Answer.xml(body));
      }
      refused(() -> impatient.list("").toList(), s3.endpoint().toString());
    }
  }

  private static S3Answer page(String contents, String next) {
    return S3Answer.xml(
        "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>"
            + next
            + "</NextContinuationToken>"
            + contents
            + "</ListBucketResult>");
  }

  @Test
  void emptyPagesAreNoEndAsLongAsTheyGetOn() {
    store.put(NAME, new byte[1], Precondition.none());
    s3.own().mischief().answerInstead(page("", "eA=="), page("", "eQ=="), page("", ""));
    assertThat(store.list("").toList()).hasSize(1);
    for (int i = 0; i < 9; i++) {
      answer(page("", "eA=="));
    }
    refused(() -> store.list("").toList(), "ContinuationToken");
  }

  @Test
  void aListingThatGoesRoundInCirclesIsRefused() {
    for (int i = 0; i < 9; i++) {
      s3.own()
          .mischief()
          .answerInstead(
              page(listed("app/a"), "eA=="),
              page(listed("app/b"), "eQ=="),
              page(listed("app/c"), "eg=="));
    }
    refused(() -> store.list("").toList(), "ContinuationToken");
  }

  @Test
  void whatIsNamedAsTheNextPageOfAListingThatEndsIsNotAskedFor() {
    String end =
        LIST + "<NextContinuationToken>YXBwL2E=</NextContinuationToken></ListBucketResult>";
    s3.own().put(s3.bucket(), "app/x", "x");
    answer(S3Answer.xml(end));
    assertThat(store.list("").toList()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<Key>app/other/x</Key>",
        "<Key>app/d</Key>",
        "<Key>elsewhere</Key>",
        "<Key></Key>",
        "<Size>-1</Size>",
        "<Size></Size>",
        "<Size>many</Size>",
        "<ETag></ETag>",
        "<ETag>\"\"</ETag>",
        "<LastModified></LastModified>",
        "<LastModified>yesterday</LastModified>"
      })
  void aListedObjectThatIsElsewhereOrHalfDescribedIsRefused(String wrong) {
    s3.own().put(s3.bucket(), "app/other/x", "x");
    String tag = wrong.substring(1, wrong.indexOf('>'));
    String object = listed("app/dir/x").replaceFirst("<" + tag + ">.*</" + tag + ">", wrong);
    for (int i = 0; i < 2; i++) {
      answer(S3Answer.xml(LIST + object + "</ListBucketResult>"));
      refused(
          i == 0
              ? () -> store.list("dir/").toList()
              : () -> store.deleteBelow("dir/", name -> true),
          s3.endpoint().toString());
    }
    assertThat(s3.own().keys(s3.bucket())).containsExactly("app/other/x");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "app/", "app/dir/", "a", "app/other/", "app/dir/x", "elsewhere/"})
  void aListedPrefixThatIsElsewhereIsRefused(String prefix) {
    answer(
        S3Answer.xml(
            LIST
                + "<CommonPrefixes><Prefix>"
                + prefix
                + "</Prefix></CommonPrefixes></ListBucketResult>"));
    refused(() -> store.children("dir/").toList(), s3.endpoint().toString());
  }

  @Test
  void anErrorOfABatchThatNamesNoObjectIsNoSuccess() {
    S3Server atomic = s3.server().atomicOverwrite(true);
    try (S3Store batches = atomic.open(s3.bucket(), "app/", false)) {
      for (String key : new String[] {"", "<Key>other</Key>"}) {
        batches.put(NAME, new byte[1], Precondition.none());
        s3.own()
            .mischief()
            .afterNext(
                () ->
                    answer(
                        S3Answer.xml(
                            "<DeleteResult><Error>"
                                + key
                                + "<Code>InternalError</Code></Error></DeleteResult>")));
        batches.deleteAll(Stream.of(NAME));
        assertThat(s3.own().keys(s3.bucket())).as(key).isEmpty();
      }
    }
  }

  @Test
  void aBatchThatFindsAnObjectAbsentIsASuccess() {
    try (S3Store batches = s3.server().atomicOverwrite(true).open(s3.bucket(), "app/", false)) {
      batches.put(NAME, new byte[1], Precondition.none());
      String absent = "<Error><Key>app/" + NAME + "</Key><Code>NoSuchKey</Code></Error>";
      S3Answer answer = S3Answer.xml("<DeleteResult>" + absent + "</DeleteResult>");
      s3.own().mischief().afterNext(() -> answer(answer));
      s3.own().resetCounts();
      batches.deleteAll(Stream.of(NAME));
      assertThat(s3.own().counts())
          .containsExactly(Map.entry("DeleteObjects", 1), Map.entry("HeadObject", 1));
    }
  }

  @Test
  void anAnswerToAQuestionThatWasNotAskedIsNoAbsence() {
    store.put(NAME, new byte[1], Precondition.none());
    answer(S3Answer.of(304));
    refused(() -> store.get(NAME, Optional.empty()), "304");
    assertThat(store.get(NAME, Optional.empty())).isInstanceOf(GetResult.Found.class);
  }

  @ParameterizedTest
  @CsvSource({
    "AccessDenied, 'no identity-based policy allows s3:PutObject', access is forbidden",
    "AccessDenied, 'with an explicit deny in a resource-based policy', access is forbidden",
    "AccessDenied, 'Object is WORM protected', access is forbidden",
    "RequestTimeTooSkewed, 'too large', clock is off",
    "SignatureDoesNotMatch, 'no match', does not accept the credentials",
    "InvalidAccessKeyId, 'no such key', does not accept the credentials",
    "InvalidObjectState, 'in an archive', the server answered 403 InvalidObjectState"
  })
  void aRefusalIsToldAsTheServerTellsIt(String code, String message, String told) {
    String text = code.startsWith("Access") || code.startsWith("InvalidO") ? message : "";
    S3Answer refusal = S3Answer.error(403, code, message);
    answer(refusal);
    refused(() -> store.put(NAME, new byte[1], Precondition.absent()), told, text);
    answer(refusal);
    refused(() -> store.read(NAME), told, text);
    s3.own().mischief().answerInstead(S3Answer.of(403), refusal);
    refused(() -> store.stat(NAME), told, text);
  }

  @Test
  void noMoreThanTheBeginningOfARefusalIsTold() {
    answer(S3Answer.error(418, "Odd".repeat(10_000), "or so".repeat(10_000)));
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> store.read(NAME))
        .satisfies(e -> assertThat(e.getMessage()).contains("418 OddOdd").hasSizeLessThan(3_000));
  }

  @Test
  void aRefusalOfTooManyBytesIsBrokenOff() {
    try (S3Store impatient =
        s3.server().timeout(Duration.ofSeconds(5)).open(s3.bucket(), "app/", false)) {
      S3Answer[] answers = new S3Answer[50];
      Arrays.fill(answers, S3Answer.error(418, "Odd".repeat(1 << 19), ""));
      s3.own().mischief().answerInstead(answers);
      assertThatExceptionOfType(StoreException.class)
          .isThrownBy(() -> impatient.read(NAME))
          .satisfies(e -> assertThat(e.getMessage()).contains("418").doesNotContain("Odd"));
      s3.own().mischief().forgetOrders();
      assertThat(impatient.read(NAME)).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {408, 429, 520, 522, 524})
  void whatAProxySaysOfItsServerPasses(int status) {
    answer(page(status));
    store.put(NAME, new byte[1], Precondition.absent());
    answer(page(status));
    assertThat(store.read(NAME)).isPresent();
  }

  @Test
  void aRefusalThatIsCutOffIsNoAnswer() {
    s3.own().mischief().next(Fault.TRUNCATED);
    assertThat(store.read(NAME)).isEmpty();
    s3.own().mischief().next(Fault.NONE, Fault.TRUNCATED);
    assertThat(store.stat(NAME)).isEmpty();
  }

  @Test
  void aServerWithAnEndpointNeedsNoRegion() {
    assumeThat(System.getenv("AWS_REGION")).isNull();
    S3Server.at(s3.endpoint()).open(s3.bucket(), "", false).close();
  }

  @ParameterizedTest
  @CsvSource({
    "409, ConditionalRequestConflict",
    "409, OperationAborted",
    "400, RequestTimeout",
    "400, Throttling"
  })
  void whatIsRefusedForAMomentPasses(int status, String code) {
    answer(S3Answer.error(status, code, "Please try again."));
    store.put(NAME, new byte[1], Precondition.absent());
    answer(S3Answer.error(status, code, "Please try again."));
    assertThat(store.read(NAME)).isPresent();
  }

  @ParameterizedTest
  @ValueSource(strings = {"InternalError", "ServiceUnavailable", "SlowDown", "Throttling"})
  void whatIsRefusedForAMomentOfABatchPasses(String code) {
    try (S3Store batches = s3.server().atomicOverwrite(true).open(s3.bucket(), "app/", false)) {
      batches.put(NAME, new byte[1], Precondition.none());
      String error = "<Error><Key>app/" + NAME + "</Key><Code>" + code + "</Code></Error>";
      S3Answer answer = S3Answer.xml("<DeleteResult>" + error + "</DeleteResult>");
      s3.own().mischief().afterNext(() -> answer(answer));
      batches.deleteAll(Stream.of(NAME));
      assertThat(s3.own().keys(s3.bucket())).isEmpty();
    }
  }

  @Test
  void aBucketIsCreatedInSpiteOfPassingFaults() {
    s3.own().mischief().next(Mischief.Fault.NONE, Mischief.Fault.RESET_AFTER);
    s3.server().open("persidict-new", "", true).close();
    s3.own().mischief().next(Mischief.Fault.NONE, Mischief.Fault.SLOW_DOWN);
    s3.server().open("persidict-newer", "", true).close();
  }

  @Test
  void aBucketIsCreatedOnlyIfItIsMissing() {
    s3.own().resetCounts();
    s3.own().mischief().next(Mischief.Fault.SLOW_DOWN);
    s3.server().open(s3.bucket(), "", true).close();
    assertThat(s3.own().counts()).doesNotContainKey("CreateBucket");
  }

  @Test
  void aBucketThatIsCreatedByAnotherMeanwhileIsNoFault() {
    s3.own()
        .mischief()
        .afterNext(
            () -> {
              s3.own().createBucket("persidict-new");
              answer(S3Answer.error(409, "BucketAlreadyOwnedByYou", "It is yours."));
            });
    s3.server().open("persidict-new", "", true).close();
  }

  static Stream<String> histories() {
    String id = "AAAAAAAA.123456789012345678";
    return Stream.of(
        "",
        "v2;" + id,
        "=",
        "=,=,=" + id + "," + id,
        "\u00e9 \u00fc.1,x y.2," + id,
        "a".repeat(2_000) + ".1",
        "=" + "a".repeat(2_000) + ".1",
        "a".repeat(7_000) + ".1",
        (id + ",").repeat(250),
        IntStream.range(0, 500).mapToObj(i -> "writer" + i + ".1").collect(joining(",")),
        IntStream.range(100, 200)
            .mapToObj(i -> "AAAAA" + i + ".123456789012345678")
            .collect(joining(",", "=AAAAAAAA.123456789012345678,", "")));
  }

  @ParameterizedTest
  @MethodSource("histories")
  void whatAnObjectSaysOfItsWritesHindersNoneAndIsBounded(String history) {
    put(history, "e".repeat(32));
    ETag first = store.stat(NAME).orElseThrow().etag();
    assertThat(store.put(NAME, new byte[2], Precondition.matches(first)))
        .isInstanceOf(PutResult.Written.class);
    assertThat(store.delete(NAME, Precondition.none())).isEqualTo(DeleteResult.Deleted.DELETED);
    put(history, "e".repeat(1_000));
    s3.own().mischief().next(Fault.NONE, Fault.RESET_AFTER);
    assertThat(store.put(NAME, new byte[2], Precondition.none()))
        .isInstanceOf(PutResult.Written.class);
    assertThat(WriteHistory.parse(history).toString()).hasSizeLessThan(2_048);
  }

  private void put(String history, String etag) {
    Map<String, String> metadata = Map.of(WriteHistory.KEY, history);
    s3.own()
        .buckets
        .get(s3.bucket())
        .put("app/" + NAME, new Thing(new byte[1], etag, Instant.EPOCH, metadata), any -> true);
  }

  @Test
  void whatLiesElsewhereUnderTheSameNameIsNotDeleted() {
    s3.own().honourConditionalDeletes();
    s3.own().put(s3.bucket(), NAME, "elsewhere");
    S3Server like = s3.server().conditionalDelete(true).atomicOverwrite(true);
    try (S3Store whole = like.open(s3.bucket(), "app/", false);
        S3Store bare = whole.withoutTombstones()) {
      List<Consumer<ETag>> deletions =
          List.of(
              etag -> whole.delete(NAME, Precondition.none()),
              etag -> bare.delete(NAME, Precondition.matches(etag)),
              etag -> whole.discard(NAME, etag),
              etag -> whole.deleteAll(Stream.of(NAME)),
              etag -> whole.deleteBelow("", name -> true));
      for (Consumer<ETag> deletion : deletions) {
        whole.put(NAME, "elsewhere".getBytes(StandardCharsets.UTF_8), Precondition.none());
        deletion.accept(whole.stat(NAME).orElseThrow().etag());
        assertThat(s3.own().keys(s3.bucket())).containsExactly(NAME);
      }
    }
  }

  @Test
  void namesThatAreNoneAreIgnored() {
    String[] none = {
      "app/",
      "app//x",
      "app/../x",
      "app/a b",
      "app/a+b",
      "app/a%62",
      "app/\u00e4",
      "app/\u0003",
      "app/\u0003/x",
      "app/\r\n",
      "app/\uffff",
      "app/<&#3;>"
    };
    for (String key : none) {
      s3.own().put(s3.bucket(), key, "x");
    }
    s3.own().put(s3.bucket(), "app/ok", "x");
    try (Stream<Listed> listed = store.list("")) {
      assertThat(listed.map(Listed::name)).containsExactly("ok");
    }
    try (Stream<String> children = store.children("")) {
      assertThat(children).containsExactly("ok");
    }
    store.deleteBelow("", name -> true);
    assertThat(s3.own().keys(s3.bucket())).containsExactlyInAnyOrder(none);
  }

  @Test
  void aBucketWhoseFirstObjectHasNoNameCanBeOpened() {
    s3.own().put(s3.bucket(), "\u0003", "x");
    try (S3Store whole = s3.open()) {
      assertThat(whole.list("")).isEmpty();
    }
  }

  @Test
  void whatAListingLeavesOutIsAskedForAndMayBeGone() {
    store.put(NAME, new byte[1], Precondition.none());
    String withoutTag = listed("app/" + NAME) + listed("app/gone.bin");
    answer(
        S3Answer.of(
            200,
            Map.of("Content-Type", "application/xml"),
            (LIST + withoutTag.replace("<ETag>\"e\"</ETag>", "") + "</ListBucketResult>")
                .getBytes(StandardCharsets.UTF_8)));
    try (Stream<Listed> listed = store.list("")) {
      assertThat(listed.toList()).containsExactly(new Listed(NAME, store.stat(NAME).orElseThrow()));
    }
  }

  static Stream<Arguments> hugeAnswers() {
    String deep = "is nested more than";
    String ends = "</></>".repeat(100_000);
    return Stream.of(
        Arguments.of(Named.of("deep", DEEP), deep),
        Arguments.of(Named.of("a deep listing", LIST + "<Contents>".repeat(100_000)), deep),
        Arguments.of(Named.of("ends in text", "<a>/>".repeat(100_000)), deep),
        Arguments.of(Named.of("ends in attributes", "<a b='/>'>".repeat(100_000)), deep),
        Arguments.of(Named.of("ends in a comment", "<!--" + ends + "-->" + DEEP), deep),
        Arguments.of(Named.of("ends in an instruction", "<?a '" + ends + "?>" + DEEP), deep),
        Arguments.of(Named.of("<_> in EBCDIC", EBCDIC + "Lmn".repeat(100_000)), deep),
        Arguments.of(
            Named.of("long", LIST + "<a/>".repeat(BoundedAnswers.MAX_LENGTH / 4) + "</L>"),
            "has more than"),
        Arguments.of(Named.of("entities", entities()), ""));
  }

  private static String entities() {
    return "<!DOCTYPE l [<!ENTITY a0 '"
        + "x".repeat(1_000)
        + "'>"
        + IntStream.range(1, 30)
            .mapToObj(i -> "<!ENTITY a" + i + " '" + ("&a" + (i - 1) + ";").repeat(10) + "'>")
            .collect(joining())
        + "]>"
        + LIST
        + "<Name>&a29;</Name></ListBucketResult>";
  }

  @ParameterizedTest
  @MethodSource("hugeAnswers")
  void anAnswerOfTooManyOrTooDeepElementsIsBrokenOff(String xml, String said) {
    S3Server server = s3.server().timeout(Duration.ofSeconds(5)).maxConnections(1);
    try (S3Store impatient = server.open(s3.bucket(), "app/", false)) {
      S3Answer[] answers = new S3Answer[50];
      Arrays.fill(answers, S3Answer.xml(xml));
      s3.own().mischief().answerInstead(answers);
      assertThatExceptionOfType(StoreException.class)
          .isThrownBy(() -> impatient.list("").toList())
          .withMessageContaining("cannot list")
          .withStackTraceContaining(said);
      s3.own().mischief().forgetOrders();
      assertThat(impatient.list("")).isEmpty();
    }
  }

  /** A byte now and then, so that no read waits for long. */
  @ParameterizedTest
  @ValueSource(strings = {"head", "object", "list", "chunk", "trailer"})
  void anAnswerThatTricklesIsBrokenOff(String what) throws Exception {
    AtomicBoolean trickles = new AtomicBoolean();
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Thread answers = new Thread(() -> trickle(server, what, trickles));
      answers.setDaemon(true);
      answers.start();
      URI endpoint = URI.create("http://127.0.0.1:" + server.getLocalPort());
      S3Server impatient = S3Server.at(endpoint).region("us-east-1").timeout(Duration.ofSeconds(3));
      try (Store slow = impatient.open("bucket", "", false)) {
        trickles.set(true);
        long begun = System.nanoTime();
        refused(
            () -> (what.equals("list") ? slow.list("").toList() : slow.read(NAME)).hashCode(),
            "cannot");
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(40));
      }
    }
  }

  private static void trickle(ServerSocket server, String what, AtomicBoolean trickles) {
    String list = LIST + "</ListBucketResult>";
    while (!server.isClosed()) {
      try (Socket socket = server.accept()) {
        socket.getInputStream().read(new byte[1 << 14]);
        OutputStream out = socket.getOutputStream();
        String head =
            "HTTP/1.1 200 OK\r\nConnection: close\r\nETag: \"e\"\r\n"
                + "Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n";
        if (!trickles.get()) {
          out.write(
              (head + "Content-Length: " + list.length() + "\r\n\r\n" + list).getBytes(US_ASCII));
          continue;
        }
        String chunks = "Transfer-Encoding: chunked\r\n\r\n";
        String begun =
            switch (what) {
              case "head" -> head + "X: ";
              case "chunk" -> head + chunks + "1;x=";
              case "trailer" -> head + chunks + "1\r\nx\r\n0\r\nX: ";
              default -> head + "Content-Length: 1000\r\n\r\n" + LIST;
            };
        out.write(begun.getBytes(US_ASCII));
        for (int i = 0; i < 1_000; i++) {
          out.write(' ');
          Thread.sleep(50);
        }
      } catch (IOException | InterruptedException e) {
        // broken off
      }
    }
  }

  @Test
  void anObjectLargerThanAnyValueIsNotDownloaded() throws Exception {
    try (ServerSocket server = serve("Content-Length: " + (3L << 30), "");
        Store huge = open(server)) {
      assertThatExceptionOfType(UnreadableException.class)
          .isThrownBy(() -> huge.read(NAME))
          .withMessageContaining("3221225472 bytes")
          .satisfies(e -> assertThat(e.stat().orElseThrow().size()).isEqualTo(3L << 30));
    }
  }

  /** Reads an object that would fit into the heap if that were empty; prints what comes of it. */
  static final class FullHeap {
    private FullHeap() {}

    public static void main(String... arguments) {
      System.setProperty("aws.accessKeyId", "test");
      System.setProperty("aws.secretAccessKey", "test-secret");
      try (Store store =
          S3Server.at(URI.create(arguments[0]))
              .region(LoopbackS3.REGION)
              .open("bucket", "", false)) {
        byte[][] full = new byte[40][1 << 20];
        for (int i = 0; i < 2; i++) {
          try {
            System.out.println("read " + store.read(NAME));
          } catch (UnreadableException e) {
            System.out.println("unreadable: " + e.reason() + ", " + e.lacksMemory());
          }
        }
        System.out.println(full.length);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anObjectForWhichTheHeapHasNoRoomNowIsUnreadable(boolean hasLength) throws Exception {
    int size = 48 << 20;
    String bytes = "x".repeat(size);
    String header = hasLength ? "Content-Length: " + size : "Transfer-Encoding: chunked";
    String body = hasLength ? bytes : "%x\r\n%s\r\n0\r\n\r\n".formatted(size, bytes);
    String said =
        hasLength
            ? size + " bytes, for which the heap has no room now"
            : "more bytes than the heap has room for now";
    try (ServerSocket server = serve(header, body);
        ChildJvm child =
            ChildJvm.start(
                List.of("-Xmx96m"),
                List.of(),
                FullHeap.class,
                "http://127.0.0.1:" + server.getLocalPort())) {
      assertThat(child.join()).containsPattern("(unreadable: has " + said + ", true\\s+){2}40");
    }
  }

  @Test
  void noMoreThanTheBeginningIsReadWhereAServerSendsTheWholeObject() throws Exception {
    try (ServerSocket server = serve("Content-Length: " + (3L << 30), "x".repeat(300));
        Store huge = open(server)) {
      assertThat(huge.housekeeping().peek(NAME, 5)).contains("xxxxx".getBytes(US_ASCII));
    }
  }

  @Test
  void whatComesAfterTheBeginningThatWasAskedForMayMakeNoSense() throws Exception {
    try (ServerSocket server = serve("Transfer-Encoding: chunked", CHUNK + "GARBAGE\r\n");
        Store odd = open(server)) {
      assertThat(odd.housekeeping().peek(NAME, 5)).contains("xxxxx".getBytes(US_ASCII));
    }
  }

  @Test
  void anObjectWhoseEndNothingMarksIsNotTakenForWhole() throws Exception {
    try (ServerSocket server = serve("Accept-Ranges: none", "the first half");
        Store endless = open(server)) {
      refused(() -> endless.read(NAME), "Content-Length");
      refused(() -> endless.housekeeping().peek(NAME, 40), "Content-Length");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {-5, 0, 2})
  void anObjectOfMoreBytesThanItsLengthIsNotCutOff(int length) throws Exception {
    String said = length < 0 ? "without its length" : "more bytes of an object than it says";
    String header = "Content-Length: " + length + "\r\nTransfer-Encoding: chunked";
    try (ServerSocket server = serve(header, "3\r\nabc\r\n0\r\n\r\n");
        Store lying = open(server)) {
      refused(() -> lying.read(NAME), said);
      refused(() -> lying.housekeeping().peek(NAME, 2), said);
      if (length < 0) {
        refused(() -> lying.stat(NAME), said);
      }
    }
  }

  /** Nor is its end looked for. */
  @ParameterizedTest
  @CsvSource({
    "Content-Length: -5, true, without its length",
    "Content-Length: 2, true, more bytes of an object than it says",
    "Accept-Ranges: none, false, without its length",
    "Content-Length: many, true, Unable to unmarshall",
    "x-amz-missing-meta: many, true, Unable to unmarshall"
  })
  @Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = ThreadMode.SEPARATE_THREAD)
  void anObjectThatIsRefusedMayHaveNoEnd(String header, boolean hasChunks, String said)
      throws Exception {
    String chunks = hasChunks ? "\r\nTransfer-Encoding: chunked" : "";
    String part = hasChunks ? CHUNK : "x".repeat(1024);
    try (ServerSocket server = serve(header + chunks, part, "GET");
        Store lying = open(server)) {
      refused(() -> lying.read(NAME), said);
      refused(() -> lying.housekeeping().peek(NAME, 4), said);
    }
  }

  @Test
  @Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = ThreadMode.SEPARATE_THREAD)
  void anAnswerThatNobodyReadsMayHaveNoEnd() throws Exception {
    try (ServerSocket server = serve("Transfer-Encoding: chunked", CHUNK, "PUT");
        Store lying = server(server).timeout(Duration.ofSeconds(3)).open("bucket", "", false)) {
      refused(
          () -> lying.put(NAME, new byte[1], Precondition.absent()),
          "cannot write " + NAME,
          "not known whether that took effect");
    }
  }

  private static Store open(ServerSocket server) {
    return server(server).open("bucket", "", false);
  }

  private static S3Server server(ServerSocket server) {
    URI endpoint = URI.create("http://127.0.0.1:" + server.getLocalPort());
    return S3Server.at(endpoint).region("us-east-1");
  }

  /** A server of one object, and what it sends of it. */
  private static ServerSocket serve(String header, String body) throws IOException {
    return serve(header, body, "");
  }

  /**
   * @param endless the method of requests to which the body is sent again and again, if any; others
   *     get no answer then
   */
  private static ServerSocket serve(String header, String body, String endless) throws IOException {
    ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread answers = new Thread(() -> answer(server, header, body, endless));
    answers.setDaemon(true);
    answers.start();
    return server;
  }

  private static void answer(ServerSocket server, String header, String body, String endless) {
    String list = LIST + "</ListBucketResult>";
    while (!server.isClosed()) {
      try (Socket socket = server.accept()) {
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
        String request = in.readLine();
        boolean isOfObject = request.contains(NAME);
        while (!in.readLine().isEmpty()) {
          // a header
        }
        if (isOfObject && !request.startsWith(endless)) {
          continue;
        }
        socket
            .getOutputStream()
            .write(
                ("HTTP/1.1 200 OK\r\nConnection: close\r\nETag: \"e\"\r\n"
                        + "Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
                        + (isOfObject ? header : "Content-Length: " + list.length())
                        + "\r\n\r\n"
                        + (isOfObject ? body : list))
                    .getBytes(StandardCharsets.ISO_8859_1));
        while (isOfObject && !endless.isEmpty()) {
          socket.getOutputStream().write(body.getBytes(StandardCharsets.ISO_8859_1));
        }
      } catch (IOException | NullPointerException e) {
        // closed
      }
    }
  }
}
