package io.persidict.store.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.persidict.PersiDict;
import io.persidict.S3Dict;
import io.persidict.key.DictKey;
import io.persidict.metrics.ManagerCounters.Request;
import io.persidict.metrics.RequestCounts;
import io.persidict.store.ETag;
import io.persidict.store.GetResult;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.Store;
import io.persidict.store.StoreException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.NoRouteToHostException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkClientException;

/** How many requests each operation costs. */
@DisabledIfSystemProperty(
    named = "test.s3.endpoint",
    matches = ".*",
    disabledReason = "only our own server counts requests")
final class RequestsTest {
  private static final String NAME = "dir/name.bin";

  private final TestS3 s3 = new TestS3();
  private final S3Server atomic = s3.server().atomicOverwrite(true);
  private final S3Store store = atomic.open(s3.bucket(), "", false);
  private final S3Store careful = s3.open();

  @BeforeEach
  void reset() {
    s3.own().resetCounts();
  }

  @AfterEach
  void close() {
    store.close();
    careful.close();
    s3.close();
  }

  /** Asserts what was counted since the last time. */
  private void assertCounts(Object... operationsAndCounts) {
    Map<String, Integer> expected = new TreeMap<>();
    for (int i = 0; i < operationsAndCounts.length; i += 2) {
      expected.put((String) operationsAndCounts[i], (Integer) operationsAndCounts[i + 1]);
    }
    assertThat(s3.own().counts()).isEqualTo(expected);
    s3.own().resetCounts();
  }

  /** So slowly that requests pile up if they are made at once. */
  private void answerSlowly() {
    s3.own().mischief().delay(20);
    s3.own().mischief().befall(Mischief.Fault.DELAY, 1);
  }

  @Test
  void oneNameIsOneRequest() {
    store.read(NAME);
    assertCounts("GetObject", 1);
    store.put(NAME, new byte[1], Precondition.absent());
    assertCounts("PutObject", 1);
    GetResult.Found found = (GetResult.Found) store.get(NAME, Optional.empty());
    assertCounts("GetObject", 1);
    PutResult second = store.put(NAME, new byte[2], Precondition.matches(found.stat().etag()));
    ETag etag = ((PutResult.Written) second).etag();
    store.put(NAME, new byte[3], Precondition.matches(etag));
    assertCounts("PutObject", 2);
    store.put(NAME, new byte[4], Precondition.none());
    assertCounts("PutObject", 1);
    store.stat(NAME);
    assertCounts("HeadObject", 1);
    store.delete(NAME, Precondition.matches(store.stat(NAME).orElseThrow().etag()));
    assertCounts("HeadObject", 1, "PutObject", 1);
    store.put(NAME, new byte[5], Precondition.absent());
    assertCounts("PutObject", 1);
    store.delete(NAME, Precondition.none());
    assertCounts("HeadObject", 1, "DeleteObject", 1);
  }

  @Test
  void aPeekIsOneThatTransfersTheBeginningAlone() {
    byte[] value = new byte[1_000_000];
    new Random(1).nextBytes(value);
    store.put(NAME, value, Precondition.none());
    reset();
    assertThat(store.housekeeping().peek(NAME, 40)).contains(Arrays.copyOf(value, 40));
    assertThat(s3.own().bytesRead()).isLessThan(1_000);
    assertCounts("GetObject", 1);
    store.put(NAME, new byte[0], Precondition.none());
    reset();
    assertThat(store.housekeeping().peek(NAME, 40)).contains(new byte[0]);
    assertThat(store.housekeeping().peek("none", 40)).isEmpty();
    assertCounts("GetObject", 2);
  }

  @Test
  void aLostConditionIsTwo() {
    ETag first = ((PutResult.Written) store.put(NAME, new byte[1], Precondition.none())).etag();
    store.put(NAME, new byte[2], Precondition.none());
    reset();
    store.put(NAME, new byte[3], Precondition.matches(first));
    assertCounts("HeadObject", 1);
    store.put(NAME, new byte[3], Precondition.absent());
    assertCounts("PutObject", 1, "HeadObject", 1);
  }

  @Test
  void withoutAtomicOverwriteAWriteIsOneIfTheNameIsNewOrTheVersionSeenLastAndElseThree() {
    careful.put(NAME, new byte[1], Precondition.none());
    careful.put(NAME, new byte[2], Precondition.none());
    assertCounts("PutObject", 2);
    store.put(NAME, new byte[3], Precondition.none());
    reset();
    careful.put(NAME, new byte[4], Precondition.none());
    assertCounts("PutObject", 2, "HeadObject", 1);
    assertThat(store.read(NAME).orElseThrow()).hasSize(4);
  }

  @Test
  void withoutAtomicOverwriteADeleteIsOneOfAVersionThatWasSeenAndElseTwo() {
    careful.put(NAME, new byte[1], Precondition.none());
    reset();
    careful.delete(NAME, Precondition.none());
    assertCounts("PutObject", 1);
    careful.delete(NAME, Precondition.none());
    assertCounts("HeadObject", 1, "GetObject", 1);
    s3.own().put(s3.bucket(), NAME, "theirs");
    reset();
    careful.delete(NAME, Precondition.none());
    assertCounts("HeadObject", 1, "PutObject", 1);
    assertThat(store.read(NAME)).isEmpty();
  }

  @Test
  void withoutAtomicOverwriteManyAreDeletedWithOneRequestEach() {
    List<String> names = IntStream.range(0, 1_500).mapToObj(i -> "n" + i).toList();
    names.forEach(name -> s3.own().put(s3.bucket(), name, "theirs"));
    names.forEach(careful::read);
    reset();
    careful.deleteAll(names.stream().limit(500));
    assertCounts("PutObject", 500);
    careful.deleteBelow("", name -> true);
    assertCounts("ListObjectsV2", 4, "DeleteObjects", 2);
    assertThat(s3.own().keys(s3.bucket())).isEmpty();
    names.forEach(name -> s3.own().put(s3.bucket(), "unseen/" + name, "theirs"));
    reset();
    careful.deleteBelow("", name -> true);
    assertCounts("ListObjectsV2", 4, "HeadObject", 1_500, "DeleteObjects", 2);
    assertThat(s3.own().keys(s3.bucket())).isEmpty();
  }

  @Test
  void withoutAtomicOverwriteLargeValuesAreLookedForAndSentInOnePiece() {
    careful.put(NAME, new byte[17 << 20], Precondition.none());
    assertCounts("HeadObject", 1, "GetObject", 1, "PutObject", 1);
  }

  @Test
  void withAtomicOverwriteNamesAreLookedAtAndDeletedInBatches() {
    List<String> names = IntStream.range(0, 1_500).mapToObj(i -> "n" + i).toList();
    names.forEach(name -> s3.own().put(s3.bucket(), name, "theirs"));
    store.deleteAll(names.stream());
    assertCounts("HeadObject", 1_500, "DeleteObjects", 2);
    assertThat(s3.own().keys(s3.bucket())).isEmpty();
  }

  /**
   * 50 ms for each request, 32 at once: 1,000 requests take 1.6 s, and no more than 1.3 of that.
   */
  @Test
  @EnabledIfSystemProperty(
      named = "test.timing",
      matches = "true",
      disabledReason = "measures, and so wants a machine that does nothing else")
  void manyTakeTheTimeOfTheirRequestsDividedByThoseAtOnce() {
    List<String> names = IntStream.range(0, 1_000).mapToObj(i -> "n" + i).toList();
    Runnable write =
        () -> each(names, name -> careful.put(name, new byte[10], Precondition.none()));
    careful.read("warm");
    s3.own().mischief().delay(50);
    s3.own().mischief().befall(Mischief.Fault.DELAY, 1);
    List<Runnable> operations =
        List.of(
            write,
            () -> each(names, careful::read),
            write,
            () -> careful.deleteAll(names.stream()),
            write,
            () -> careful.deleteBelow("", name -> true));
    for (Runnable operation : operations) {
      long begun = System.nanoTime();
      operation.run();
      assertThat((System.nanoTime() - begun) / 1_000_000).isLessThan(1_300 * 50 / 32);
    }
  }

  private void each(List<String> names, Function<String, Object> operation) {
    try (Stream<Object> results = careful.concurrently(names.stream(), operation)) {
      assertThat(results).hasSize(names.size());
    }
  }

  @Test
  void operationsWithinOperationsOfOtherThreadsNeedNoConnectionOfTheirs() throws Exception {
    List<Integer> items = IntStream.range(0, 20).boxed().toList();
    ExecutorService others = Executors.newCachedThreadPool();
    try (S3Store narrow = s3.server().maxConnections(2).open(s3.bucket(), "", false)) {
      Function<Integer, Long> inner =
          i -> narrow.concurrently(items.stream(), j -> narrow.stat("n" + j)).count();
      Future<List<Long>> all =
          others.submit(
              () ->
                  narrow
                      .concurrently(
                          items.stream(),
                          i -> CompletableFuture.supplyAsync(() -> inner.apply(i), others).join())
                      .toList());
      assertThat(all.get(5, TimeUnit.MINUTES)).hasSize(20).containsOnly(20L);
    } finally {
      others.shutdownNow();
    }
  }

  @Test
  void oneConnectionServesManyThreads() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(64);
    try (S3Store narrow = s3.server().maxConnections(1).open(s3.bucket(), "", false)) {
      List<Future<Long>> all = new ArrayList<>();
      for (int t = 0; t < 64; t++) {
        List<String> names = List.of("t" + t + "-0", "t" + t + "-1");
        all.add(
            threads.submit(
                () -> {
                  names.forEach(name -> narrow.put(name, new byte[1], Precondition.none()));
                  long read = narrow.concurrently(names.stream(), narrow::read).count();
                  narrow.deleteAll(names.stream());
                  return read;
                }));
      }
      for (Future<Long> each : all) {
        assertThat(each.get(5, TimeUnit.MINUTES)).isEqualTo(2);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "400, refused",
    "403, refused",
    "404, absent",
    "409, lost",
    "412, lost",
    "429, throttled",
    "500, fault",
    "502, fault",
    "503, throttled"
  })
  void aRequestIsCountedAsWhatItsAnswerSays(int status, String outcome) {
    s3.own().mischief().answerInstead(S3Answer.error(status, "Code", "on purpose"));
    try {
      store.put(NAME, new byte[1], Precondition.absent());
    } catch (StoreException e) {
      // as most of these answers are to be told; what matters here is how they are counted
    }
    assertThat(store.requestCounts().requests())
        .containsEntry(new Request("PutObject", outcome), 1L);
  }

  @Test
  void aRequestWithoutAnAnswerIsCountedAsThat() {
    s3.own().mischief().next(Mischief.Fault.RESET_BEFORE);
    store.stat(NAME);
    assertThat(store.requestCounts().requests())
        .containsEntry(new Request("HeadObject", "unanswered"), 1L);
  }

  @Test
  void aRequestThatGotNoConnectionHasNoEffect() {
    SdkClientException noConnection =
        SdkClientException.create(
            "Unable to execute HTTP request: Timeout waiting for connection from the pool",
            new IOException("3 seconds"));
    assertThat(S3Errors.mayHaveTakenEffect(noConnection)).isFalse();
    assertThat(S3Errors.isRetryable(noConnection)).isTrue();
    assertThat(
            new S3Errors(atomic, "b", "p/", new RequestCounts())
                .explain("write x", Duration.ZERO, noConnection))
        .hasMessageContaining("raise s3.max-connections");
  }

  @Test
  void aRequestThatReachesNoServerHasNoEffectAndIsRepeated() {
    for (IOException each :
        List.of(
            new UnknownHostException("host"),
            new ConnectException("refused"),
            new NoRouteToHostException("no route"))) {
      SdkClientException unreachable = SdkClientException.create("the request failed", each);
      assertThat(S3Errors.mayHaveTakenEffect(unreachable)).as("%s", each).isFalse();
      assertThat(S3Errors.isRetryable(unreachable)).as("%s", each).isTrue();
    }
  }

  /** As in two applications of a server that has the SDK for both. */
  @Test
  void classesThatAreLoadedTwiceBesideOneSdkMakeRequests() throws Exception {
    URL classes = S3Server.class.getProtectionDomain().getCodeSource().getLocation();
    ClassLoader parent = getClass().getClassLoader();
    try (URLClassLoader second =
        new URLClassLoader(new URL[] {classes}, parent) {
          @Override
          protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            return name.startsWith("io.persidict.store.s3.") && findLoadedClass(name) == null
                ? findClass(name)
                : super.loadClass(name, resolve);
          }
        }) {
      Class<?> server = second.loadClass(S3Server.class.getName());
      assertThat(server).isNotEqualTo(S3Server.class);
      Object there =
          server
              .getMethod("region", String.class)
              .invoke(server.getMethod("at", URI.class).invoke(null, s3.endpoint()), s3.region());
      Object store =
          server
              .getMethod("open", String.class, String.class, boolean.class)
              .invoke(there, s3.bucket(), "", false);
      ((Store) store).close();
    }
  }

  /** Whose connections are not taken, and which takes no more. */
  @Test
  void aServerThatTakesNoConnectionIsToldSoonAsOneThatIsNotThere() throws Exception {
    try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      List<Socket> waiting = new ArrayList<>();
      try {
        for (int i = 0; i < 2; i++) {
          waiting.add(new Socket(full.getInetAddress(), full.getLocalPort()));
        }
        S3Server server =
            S3Server.at(URI.create("http://127.0.0.1:" + full.getLocalPort()))
                .timeout(Duration.ofSeconds(9));
        long begun = System.nanoTime();
        assertThatExceptionOfType(StoreException.class)
            .isThrownBy(() -> server.open("bucket", "", false))
            .withMessageContaining("no connection can be made");
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(server.timeout());
      } finally {
        for (Socket each : waiting) {
          each.close();
        }
      }
    }
  }

  @Test
  void anInterruptDuringAnAttemptIsHandedOnAtTheEnd() {
    S3Errors faults = new S3Errors(atomic, "b", "p/", new RequestCounts());
    for (boolean told : new boolean[] {true, false}) {
      try (Retry attempts = new Retry(faults, "write x")) {
        if (told) {
          Thread.currentThread().interrupt();
        }
        attempts.failed(AbortedException.create("interrupted"));
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
      }
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  /** As the parts of a large value take longer together than one may. */
  @Test
  void eachPartOfAnOperationHasTheWholeTimeout() throws Exception {
    S3Server impatient = atomic.timeout(Duration.ofSeconds(1));
    S3Errors faults = new S3Errors(impatient, "b", "p/", new RequestCounts());
    for (IOException each : List.of(new ConnectException("refused"), new IOException("reset"))) {
      SdkClientException passing = SdkClientException.create("the request failed", each);
      try (Retry attempts = new Retry(faults, "write x")) {
        Thread.sleep(1_100);
        attempts.succeeded();
        attempts.failed(passing);
      }
    }
  }

  @Test
  void manyAreReadAtOnceWithOneRequestEach() {
    List<String> names = IntStream.range(0, 1_000).mapToObj(i -> "n" + i).toList();
    answerSlowly();
    try (Stream<PutResult> put =
        store.concurrently(
            names.stream(), name -> store.put(name, new byte[10], Precondition.none()))) {
      assertThat(put).hasSize(1_000);
    }
    assertThat(s3.own().mostInFlight()).isGreaterThanOrEqualTo(16);
    assertCounts("PutObject", 1_000);
    try (Stream<Optional<byte[]>> read = store.concurrently(names.stream(), store::read)) {
      assertThat(read.flatMap(Optional::stream)).hasSize(1_000);
    }
    assertThat(s3.own().mostInFlight()).isGreaterThanOrEqualTo(16);
    assertCounts("GetObject", 1_000);
  }

  @Test
  void aDictionaryIsClearedInBatchesAndListsItsPartsByTheirNames() {
    try (PersiDict<Object> dict = S3Dict.at(atomic, s3.bucket(), "data/").open(Object.class)) {
      IntStream.range(0, 10_000)
          .forEach(i -> s3.own().put(s3.bucket(), "data/part" + i % 10 + "/k" + i + ".json", "1"));
      reset();
      assertThat(dict.subdicts()).hasSize(10);
      assertCounts("ListObjectsV2", 1);
      answerSlowly();
      List<Object> values = new ArrayList<>();
      try (Stream<Object> stream = dict.subdict(DictKey.of("part3")).values()) {
        stream.forEach(values::add);
      }
      assertThat(values).hasSize(1_000).containsOnly(1L);
      assertThat(s3.own().mostInFlight()).isGreaterThanOrEqualTo(16);
      assertCounts("ListObjectsV2", 1, "GetObject", 1_000);
      dict.clear();
      assertCounts("ListObjectsV2", 10, "DeleteObjects", 10);
      assertThat(dict.isEmpty()).isTrue();
    }
  }

  @Test
  void largeValuesGoInPartsUnlessOnCondition() {
    byte[] value = new byte[17 << 20];
    new Random(1).nextBytes(value);
    store.put(NAME, value, Precondition.none());
    assertCounts(
        "CreateMultipartUpload", 1, "UploadPart", 2, "CompleteMultipartUpload", 1, "HeadObject", 1);
    assertThat(store.read(NAME).orElseThrow()).isEqualTo(value);
    ETag etag = store.stat(NAME).orElseThrow().etag();
    s3.own().resetCounts();
    store.put(NAME, value, Precondition.matches(etag));
    assertCounts("PutObject", 1);
    s3.own().mischief().next(Mischief.Fault.NONE, Mischief.Fault.RESET_BEFORE);
    store.put(NAME, value, Precondition.none());
    assertCounts(
        "CreateMultipartUpload", 1, "UploadPart", 3, "CompleteMultipartUpload", 1, "HeadObject", 1);
    s3.own()
        .mischief()
        .next(
            Mischief.Fault.NONE,
            Mischief.Fault.NONE,
            Mischief.Fault.NONE,
            Mischief.Fault.RESET_AFTER);
    store.put(NAME, value, Precondition.none());
    assertCounts(
        "CreateMultipartUpload",
        1,
        "UploadPart",
        2,
        "CompleteMultipartUpload",
        1,
        "AbortMultipartUpload",
        1,
        "HeadObject",
        1);
  }
}
