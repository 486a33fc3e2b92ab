package io.persidict.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.persidict.NoMoreThreads;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every store and every wrapper of one must do. A bug found in any of them gets a test here.
 */
public abstract class StoreContract {
  protected static final String NAME = "dir/name.bin";

  protected Store store;

  /** Opens an empty store. */
  protected abstract Store open() throws Exception;

  /** Whether a version that is put with a date has that one. */
  protected boolean keepsDates() {
    return true;
  }

  @BeforeEach
  void openStore() throws Exception {
    store = open();
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  protected static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  protected final ETag put(String name, String text) {
    return written(store.put(name, bytes(text), Precondition.none()));
  }

  protected static ETag written(PutResult result) {
    assertThat(result).isInstanceOf(PutResult.Written.class);
    return ((PutResult.Written) result).etag();
  }

  private ETag etag(String name) {
    return store.stat(name).orElseThrow().etag();
  }

  protected final String text(String name) {
    return new String(found(name).bytes(), UTF_8);
  }

  private GetResult.Found found(String name) {
    GetResult result = store.get(name, Optional.empty());
    assertThat(result).isInstanceOf(GetResult.Found.class);
    return (GetResult.Found) result;
  }

  protected final List<String> names(String prefix) {
    try (Stream<Listed> listed = store.list(prefix)) {
      return listed.map(Listed::name).sorted().toList();
    }
  }

  // ---- versions from elsewhere

  @Test
  void aVersionFromElsewhereIsAVersionLikeAnyOther() {
    Instant old = Instant.parse("2020-02-03T04:05:06Z");
    ETag first = written(store.put(NAME, bytes("1"), Precondition.absent(), old));
    assertThat(store.put(NAME, bytes("2"), Precondition.absent(), old))
        .isEqualTo(new PutResult.Lost(Optional.of(first)));
    ETag second = written(store.put(NAME, bytes("3"), Precondition.matches(first), old));
    assertThat(second).isNotEqualTo(first);
    assertThat(store.put(NAME, bytes("4"), Precondition.matches(first), old))
        .isEqualTo(new PutResult.Lost(Optional.of(second)));
    assertThat(text(NAME)).isEqualTo("3");
    assertThat(etag(NAME)).isEqualTo(second);
    if (keepsDates()) {
      Instant dated = store.stat(NAME).orElseThrow().lastModified();
      assertThat(dated).isBetween(old, old.plusNanos(10_000)); // so that versions differ
      assertThat(found(NAME).stat().lastModified()).isEqualTo(dated);
    }
  }

  @Test
  void aVersionFromElsewhereMayBeOfAnyYear() {
    for (String date : new String[] {"-1000-01-01T00:00:00Z", "+10000-01-01T00:00:00Z"}) {
      ETag first = written(store.put(NAME, bytes(date), Precondition.none(), Instant.parse(date)));
      assertThat(text(NAME)).isEqualTo(date);
      ETag second = put(NAME, "2");
      assertThat(second).isNotEqualTo(first);
      assertThat(etag(NAME)).isEqualTo(second);
    }
  }

  // ---- watching

  @Test
  void noWatchOutlivesAChange() {
    List<Runnable> changes =
        List.of(
            () -> written(store.put(NAME, bytes("1"), Precondition.absent())),
            () -> put(NAME, "2"),
            () -> written(store.put(NAME, bytes("3"), Precondition.matches(etag(NAME)))),
            () -> store.delete(NAME, Precondition.matches(etag(NAME))),
            () -> put(NAME, "4"),
            () -> store.delete(NAME, Precondition.none()),
            () -> put(NAME, "5"),
            () -> store.deleteAll(Stream.of(NAME)));
    for (Runnable change : changes) {
      ChangeWatch watch = store.watch(NAME);
      change.run();
      assertThat(watch.isUnchanged()).isFalse();
    }
  }

  @Test
  void whatIsReadUnderAWatchThatStillHoldsIsTheNewest() throws Exception {
    AtomicInteger returned = new AtomicInteger();
    AtomicBoolean done = new AtomicBoolean();
    put(NAME, "0");
    ExecutorService writer = Executors.newSingleThreadExecutor();
    try {
      Future<?> writing =
          writer.submit(
              () -> {
                for (int version = 1; version <= 300; version++) {
                  put(NAME, String.valueOf(version));
                  returned.set(version);
                }
                done.set(true);
              });
      while (!done.get()) {
        ChangeWatch watch = store.watch(NAME);
        int read = Integer.parseInt(text(NAME));
        for (int i = 0; i < 10; i++) {
          int newest = returned.get();
          if (watch.isUnchanged()) {
            assertThat(read).isGreaterThanOrEqualTo(newest);
          }
        }
      }
      writing.get();
    } finally {
      writer.shutdownNow();
    }
  }

  // ---- reading

  @Test
  void absentIsAResult() {
    assertThat(store.get(NAME, Optional.empty())).isEqualTo(GetResult.Absent.ABSENT);
    assertThat(store.get(NAME, Optional.of(new ETag("x")))).isEqualTo(GetResult.Absent.ABSENT);
    assertThat(store.read(NAME)).isEmpty();
    assertThat(store.stat(NAME)).isEmpty();
    assertThat(store.delete(NAME, Precondition.none()))
        .isEqualTo(DeleteResult.WasAbsent.WAS_ABSENT);
    assertThat(names("")).isEmpty();
    assertThat(names("dir/")).isEmpty();
  }

  @Test
  void readsWhatWasWritten() {
    Instant before = Instant.now();
    ETag etag = put(NAME, "value");
    assertThat(text(NAME)).isEqualTo("value");
    assertThat(store.read(NAME)).hasValueSatisfying(b -> assertThat(b).isEqualTo(bytes("value")));
    Stat stat = store.stat(NAME).orElseThrow();
    assertThat(stat.size()).isEqualTo(5);
    assertThat(stat.etag()).isEqualTo(etag);
    assertThat(stat.lastModified()).isBetween(before.minusSeconds(2), Instant.now().plusSeconds(2));
    assertThat(found(NAME).stat()).isEqualTo(stat);
    try (Stream<Listed> listed = store.list("")) {
      assertThat(listed).singleElement().returns(NAME, Listed::name).returns(stat, Listed::stat);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 1023, 131071, 131072, 131073, 5_000_000})
  void keepsBytesOfAnySize(int size) {
    byte[] value = new byte[size];
    new Random(size).nextBytes(value);
    store.put(NAME, value, Precondition.none());
    assertThat(found(NAME).bytes()).isEqualTo(value);
    assertThat(store.read(NAME).orElseThrow()).isEqualTo(value);
    assertThat(store.stat(NAME).orElseThrow().size()).isEqualTo(size);
  }

  @Test
  void sharesNoArrayWithTheCaller() {
    byte[] value = bytes("value");
    store.put(NAME, value, Precondition.none());
    value[0] = 'X';
    found(NAME).bytes()[0] = 'Y';
    store.read(NAME).orElseThrow()[0] = 'Z';
    assertThat(text(NAME)).isEqualTo("value");
  }

  @Test
  void readsAgainOnlyWhatChanged() {
    ETag first = put(NAME, "1");
    assertThat(store.get(NAME, Optional.of(first))).isEqualTo(GetResult.NotModified.NOT_MODIFIED);
    put(NAME, "2");
    assertThat(store.get(NAME, Optional.of(first)))
        .isInstanceOfSatisfying(
            GetResult.Found.class, found -> assertThat(found.bytes()).isEqualTo(bytes("2")));
  }

  // ---- conditions

  @Test
  void insertsOnlyWhereNothingIs() {
    ETag first = written(store.put(NAME, bytes("1"), Precondition.absent()));
    assertThat(store.put(NAME, bytes("2"), Precondition.absent()))
        .isEqualTo(new PutResult.Lost(Optional.of(first)));
    assertThat(text(NAME)).isEqualTo("1");
    store.delete(NAME, Precondition.none());
    written(store.put(NAME, bytes("3"), Precondition.absent()));
    assertThat(text(NAME)).isEqualTo("3");
  }

  @Test
  void replacesOnlyTheVersionThatIsNamed() {
    assertThat(store.put(NAME, bytes("0"), Precondition.matches(new ETag("none"))))
        .isEqualTo(new PutResult.Lost(Optional.empty()));
    ETag first = put(NAME, "1");
    ETag second = written(store.put(NAME, bytes("2"), Precondition.matches(first)));
    assertThat(store.put(NAME, bytes("3"), Precondition.matches(first)))
        .isEqualTo(new PutResult.Lost(Optional.of(second)));
    assertThat(text(NAME)).isEqualTo("2");
    assertThat(names("")).containsExactly(NAME);
  }

  @Test
  void discardsOnlyTheVersionThatIsNamed() {
    ETag old = put(NAME, "old");
    ETag current = put(NAME, "current");
    assertThat(store.discard(NAME, old)).isNotEqualTo(DeleteResult.Deleted.DELETED);
    assertThat(text(NAME)).isEqualTo("current");
    assertThat(store.discard(NAME, current)).isEqualTo(DeleteResult.Deleted.DELETED);
    assertThat(store.stat(NAME)).isEmpty();
    assertThat(store.discard(NAME, current)).isNotEqualTo(DeleteResult.Deleted.DELETED);
    assertThat(names("")).isEmpty();
  }

  @Test
  void housekeepingSeesWhatAListingSees() {
    put("dir/other.bin", "other");
    put(NAME, "value");
    Housekeeping keeping = store.housekeeping();
    try (Stream<Listed> listed = store.list("")) {
      assertThat(listed)
          .hasSize(2)
          .allSatisfy(each -> assertThat(keeping.look(each.name())).contains(each));
    }
    assertThat(keeping.look("dir/missing.bin")).isEmpty();
    assertThat(keeping.peek("dir/missing.bin", 3)).isEmpty();
    assertThat(keeping.peek(NAME, 3))
        .hasValueSatisfying(b -> assertThat(b).isEqualTo(bytes("val")));
    assertThat(keeping.peek(NAME, 9)).hasValueSatisfying(b -> assertThat(b).hasSize(5));
    assertThat(keeping.look(NAME).orElseThrow().isUsed()).isFalse();
    assertThat(keeping.allocated(5)).isEqualTo(keeping.look(NAME).orElseThrow().allocated());
    assertThat(keeping.allocated(1 << 20)).isBetween(1L << 20, (1L << 20) + (1 << 16));
    Instant before = Instant.now();
    Instant now = keeping.now();
    assertThat(now).isBetween(before.minusSeconds(5), Instant.now().plusSeconds(5));
  }

  @Test
  void aPeekTellsTheBeginningOfAValueOfAnySize() {
    for (int size : new int[] {0, 1, 39, 40, 41, 229, 230, 231, 100_000}) {
      byte[] value = new byte[size];
      Arrays.fill(value, (byte) size);
      store.put(NAME, value, Precondition.none());
      assertThat(store.housekeeping().peek(NAME, 40))
          .as("%d bytes", size)
          .hasValueSatisfying(
              b -> assertThat(b).isEqualTo(Arrays.copyOf(value, Math.min(size, 40))));
    }
  }

  @Test
  void aUseChangesNoVersion() {
    ETag etag = put(NAME, "value");
    Stat stat = store.stat(NAME).orElseThrow();
    store.housekeeping().use(NAME);
    store.housekeeping().use("dir/missing.bin");
    assertThat(store.housekeeping().remembering(last -> true).read(NAME)).isPresent();
    assertThat(found(NAME).stat()).isEqualTo(stat);
    assertThat(store.delete(NAME, Precondition.matches(etag)))
        .isEqualTo(DeleteResult.Deleted.DELETED);
  }

  @Test
  void deletesOnlyTheVersionThatIsNamed() {
    ETag first = put(NAME, "1");
    ETag second = put(NAME, "2");
    assertThat(store.delete(NAME, Precondition.matches(first)))
        .isEqualTo(new DeleteResult.Lost(second));
    assertThat(store.delete(NAME, Precondition.absent())).isEqualTo(new DeleteResult.Lost(second));
    assertThat(text(NAME)).isEqualTo("2");
    assertThat(store.delete(NAME, Precondition.matches(second)))
        .isEqualTo(DeleteResult.Deleted.DELETED);
    assertThat(store.delete(NAME, Precondition.matches(second)))
        .isEqualTo(DeleteResult.WasAbsent.WAS_ABSENT);
    assertThat(store.stat(NAME)).isEmpty();
  }

  /** Whether equal bytes have equal ETags, as S3's are hashes of the content. */
  protected boolean etagIsOfContent() {
    return false;
  }

  @Test
  void everyReplacementHasANewETag() {
    Map<ETag, String> seen = new HashMap<>();
    for (int i = 0; i < replacements(); i++) {
      String value = String.valueOf(1000 + (etagIsOfContent() ? i : i % 2));
      if (i % 3 == 0) {
        store.delete(NAME, Precondition.none());
      }
      assertThat(seen.put(put(NAME, value), value)).as("an ETag used twice").isNull();
    }
  }

  // ---- names

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "a/",
        "/a",
        "a//b",
        ".",
        "..",
        "../a",
        "a/../b",
        "a/./b",
        "a/..",
        "a b",
        "a\\b",
        "a:b",
        "caf\u00e9",
        "a\u0000b",
        "a\nb",
        "~/*"
      })
  void refusesBadNames(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> store.get(name, Optional.empty()))
        .withMessageContaining("A-Z a-z 0-9 ( ) _ - ~ . =");
    assertThatIllegalArgumentException().isThrownBy(() -> store.read(name));
    assertThatIllegalArgumentException().isThrownBy(() -> store.stat(name));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> store.put(name, bytes("x"), Precondition.none()));
    assertThatIllegalArgumentException().isThrownBy(() -> store.delete(name, Precondition.none()));
    assertThat(names("")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "a", "../", "a//", "a b/"})
  void refusesBadPrefixes(String prefix) {
    assertThatIllegalArgumentException().isThrownBy(() -> store.list(prefix).close());
  }

  @Test
  void takesSegmentsUpToTheLimit() {
    String longest = "L".repeat(Names.MAX_SEGMENT);
    put(longest + "/" + longest, "value");
    assertThat(names("")).containsExactly(longest + "/" + longest);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> put("L" + longest, "value"))
        .withMessageContaining("256 characters");
  }

  @Test
  void listsBelowAPrefix() {
    List<String> all =
        List.of("a", "a.b", "d/a", "d/e/a", "d/e/b", "d/ee/a", "(x=1)~y_z-w.json", ".hidden");
    all.forEach(name -> put(name, name));
    assertThat(names("")).containsExactlyInAnyOrderElementsOf(all);
    assertThat(names("d/")).containsExactly("d/a", "d/e/a", "d/e/b", "d/ee/a");
    assertThat(names("d/e/")).containsExactly("d/e/a", "d/e/b");
    assertThat(names("a/")).isEmpty();
    assertThat(names("none/")).isEmpty();
  }

  @Test
  void readsTheContentsBelowAPrefix() {
    List<String> all = List.of("a", "a.b", "d/a", "d/e/a", "d/e.b/c.b", ".hidden");
    all.forEach(name -> put(name, "in " + name));
    assertThat(contents("", name -> true)).containsExactlyInAnyOrderElementsOf(all);
    assertThat(contents("d/", name -> true)).containsExactlyInAnyOrder("d/a", "d/e/a", "d/e.b/c.b");
    assertThat(contents("", name -> name.endsWith(".b")))
        .containsExactlyInAnyOrder("a.b", "d/e.b/c.b");
    assertThat(contents("none/", name -> true)).isEmpty();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> store.contents("a", name -> true).close());
  }

  /** The names, each of which must hold what {@link Store#get} finds. */
  private List<String> contents(String prefix, Predicate<String> wanted) {
    try (Stream<Content> contents = store.contents(prefix, wanted)) {
      return contents
          .map(
              content -> {
                GetResult.Found found =
                    (GetResult.Found) store.get(content.name(), Optional.empty());
                assertThat(content.found().bytes())
                    .isEqualTo(found.bytes())
                    .isEqualTo(bytes("in " + content.name()));
                assertThat(content.found().stat()).isEqualTo(found.stat());
                return content.name();
              })
          .toList();
    }
  }

  @Test
  void readsContentsLazily() {
    IntStream.range(0, 100).forEach(i -> put("n" + i, "v"));
    try (Stream<Content> contents = store.contents("", name -> true)) {
      Iterator<Content> iterator = contents.iterator();
      iterator.next();
      IntStream.range(0, 100).forEach(i -> store.delete("n" + i, Precondition.none()));
      int rest = 0;
      while (iterator.hasNext()) {
        iterator.next();
        rest++;
      }
      assertThat(rest).as("what was read ahead").isLessThan(99);
    }
  }

  @Test
  void listsTheChildrenOfAPrefix() {
    List.of("a", "a.b", "d/a", "d/e/a", "d/e/b", "d/ee/a").forEach(name -> put(name, name));
    assertThat(children("")).containsExactly("a", "a.b", "d/");
    assertThat(children("d/")).containsExactly("a", "e/", "ee/");
    assertThat(children("a/")).isEmpty();
    assertThat(children("none/")).isEmpty();
    assertThatIllegalArgumentException().isThrownBy(() -> store.children("a").close());
  }

  private List<String> children(String prefix) {
    try (Stream<String> children = store.children(prefix)) {
      return children.sorted().toList();
    }
  }

  @Test
  void listsLazilyAndCloses() {
    IntStream.range(0, 100).forEach(i -> put("n" + i, "v"));
    try (Stream<Listed> listed = store.list("")) {
      assertThat(listed.limit(3)).hasSize(3);
    }
  }

  @Test
  void survivesDeletionWhileListing() {
    IntStream.range(0, 300).forEach(i -> put("d" + i % 10 + "/n" + i, "v"));
    AtomicInteger count = new AtomicInteger();
    try (Stream<Listed> listed = store.list("")) {
      listed.forEach(
          each -> {
            int step = count.getAndIncrement();
            if (step < 30) {
              IntStream.range(0, 5)
                  .map(i -> 2 * (5 * step + i))
                  .forEach(i -> store.delete("d" + i % 10 + "/n" + i, Precondition.none()));
            }
          });
    }
    assertThat(names("")).hasSize(150);
  }

  // ---- bulk

  @Test
  void deletesInBulk() {
    IntStream.range(0, 50).forEach(i -> put("d" + i % 3 + "/n" + i, "v" + i));
    store.deleteAll(Stream.of("d0/n0", "absent", "d1/n1"));
    assertThat(names("")).hasSize(48).doesNotContain("d0/n0", "d1/n1");
    store.deleteAll(names("").stream());
    assertThat(names("")).isEmpty();
    put("d0/n0", "again");
    assertThat(text("d0/n0")).isEqualTo("again");
  }

  @Test
  void deletesBelowAPrefixWhatIsMeant() {
    List.of("a", "d/a", "d/b", "d/e/a", "dd/a").forEach(name -> put(name, name));
    store.deleteBelow("d/", name -> name.endsWith("/a"));
    assertThat(names("")).containsExactly("a", "d/b", "dd/a");
    store.deleteBelow("", name -> true);
    assertThat(names("")).isEmpty();
  }

  // ---- fences

  /**
   * The store fenced by the present version of "d/fence"; skips the test if there are no fences.
   */
  private Store fenced() {
    Optional<Store> fenced = store.fencedBy("d/fence", fence());
    assumeTrue(fenced.isPresent(), "this store refuses fences");
    return fenced.get();
  }

  @Test
  void aFencedViewWorksAsLongAsItsFenceIsThere() {
    put("d/fence", "1");
    put("d/old", "old");
    Store fenced = fenced();
    assertThat(fenced.put("d/n", bytes("v"), Precondition.absent()))
        .isInstanceOf(PutResult.Written.class);
    assertThat(fenced.put("d/n", bytes("w"), Precondition.absent()))
        .isInstanceOf(PutResult.Lost.class);
    assertThat(fenced.put("d/n", bytes("w"), Precondition.none()))
        .isInstanceOf(PutResult.Written.class);
    assertThat(text("d/n")).isEqualTo("w");
    fenced.deleteBelow("d/", name -> name.equals("d/old"));
    fenced.close();
    assertThat(names("")).containsExactly("d/fence", "d/n");
  }

  @Test
  void aFencedViewChangesNothingOnceItsFenceWasReplacedOrRemoved() {
    for (boolean replaced : new boolean[] {true, false}) {
      put("d/fence", "1");
      ETag old = put("d/n", "old");
      Store fenced = fenced();
      if (replaced) {
        put("d/fence", "2");
      } else {
        store.delete("d/fence", Precondition.none());
      }
      for (Precondition precondition :
          List.of(Precondition.none(), Precondition.absent(), Precondition.matches(old))) {
        assertThatExceptionOfType(FencedException.class)
            .isThrownBy(() -> fenced.put("d/n", bytes("new"), precondition))
            .withMessageContaining("d/fence");
        assertThatExceptionOfType(FencedException.class)
            .isThrownBy(() -> fenced.put("other/n", bytes("new"), precondition));
      }
      assertThatExceptionOfType(FencedException.class)
          .isThrownBy(() -> fenced.delete("d/n", Precondition.none()));
      assertThatExceptionOfType(FencedException.class)
          .isThrownBy(() -> fenced.deleteBelow("d/", name -> name.equals("d/n")));
      assertThat(text("d/n")).isEqualTo("old");
      assertThat(names("")).doesNotContain("other/n");
      try (Stream<String> children = store.children("")) {
        assertThat(children).containsExactly("d/");
      }
    }
  }

  @Test
  void nothingHappensBehindAFenceOnceWritersUnderWayWereWaitedFor() throws Exception {
    put("d/fence", "0");
    assumeTrue(store.fencedBy("d/fence", fence()).isPresent(), "this store refuses fences");
    for (int round = 0; round < 20; round++) {
      Store fenced = store.fencedBy("d/fence", fence()).orElseThrow();
      ExecutorService writers = Executors.newFixedThreadPool(4);
      CountDownLatch started = new CountDownLatch(4);
      List<Future<?>> futures = new ArrayList<>();
      for (int writer = 0; writer < 4; writer++) {
        String name = "d/n" + writer % 2;
        futures.add(
            writers.submit(
                () -> {
                  for (int i = 0; ; i++) {
                    try {
                      fenced.put(name, bytes("v"), Precondition.absent());
                      fenced.put(name, bytes("v" + i), Precondition.none());
                      fenced.delete(name, Precondition.none());
                    } catch (FencedException e) {
                      return;
                    }
                    started.countDown();
                  }
                }));
      }
      started.await();
      put("d/fence", "round " + round);
      store.awaitMutations();
      Map<String, ETag> then = versions();
      for (Future<?> future : futures) {
        try {
          future.get(5, TimeUnit.MINUTES);
        } finally {
          writers.shutdown();
        }
      }
      assertThat(versions()).isEqualTo(then);
    }
  }

  private ETag fence() {
    return store.stat("d/fence").orElseThrow().etag();
  }

  private Map<String, ETag> versions() {
    try (Stream<Listed> listed = store.list("")) {
      return listed.collect(Collectors.toMap(Listed::name, each -> each.stat().etag()));
    }
  }

  @Test
  void manyAreWrittenAndDeletedAtOnce() {
    List<Integer> items = IntStream.range(0, 100).boxed().toList();
    try (Stream<ETag> etags =
        store.concurrentWrites(items.stream(), i -> put("d/n" + i, "v" + i))) {
      assertThat(etags.toList())
          .isEqualTo(items.stream().map(i -> store.stat("d/n" + i).orElseThrow().etag()).toList());
    }
    store.deleteAll(items.stream().filter(i -> i % 10 != 0).map(i -> "d/n" + i));
    assertThat(names("d/")).hasSize(10).contains("d/n0", "d/n90");
  }

  @Test
  void manyAreWrittenAndDeletedAlsoWhereNoThreadCanBeStarted() {
    List<Integer> items = IntStream.range(0, 40).boxed().toList();
    try (NoMoreThreads none = new NoMoreThreads();
        Stream<ETag> etags = store.concurrentWrites(items.stream(), i -> put("n" + i, "v"))) {
      assertThat(etags).hasSize(40);
      try (Stream<Integer> same = store.concurrently(items.stream(), i -> i)) {
        assertThat(same).isEqualTo(items);
      }
      store.deleteAll(items.stream().map(i -> "n" + i));
    }
    assertThat(names("")).isEmpty();
  }

  @Test
  void appliesAnOperationInTheOrderOfTheItems() {
    List<Integer> items = IntStream.range(0, 100).boxed().toList();
    try (Stream<ETag> etags = store.concurrently(items.stream(), i -> put("n" + i, "v" + i))) {
      assertThat(etags.toList())
          .isEqualTo(items.stream().map(i -> store.stat("n" + i).orElseThrow().etag()).toList());
    }
    AtomicBoolean closed = new AtomicBoolean();
    store.concurrently(items.stream().onClose(() -> closed.set(true)), i -> i).close();
    assertThat(closed).isTrue();
    Stream<Object> failing =
        store.concurrently(
            items.stream(),
            i -> {
              throw new StoreException("on purpose");
            });
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(failing::toList)
        .withMessage("on purpose");
  }

  /** Nothing goes on behind the back of whoever has the fault of an item, or has closed. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void nothingIsAppliedAfterAFaultOfTheItemsOrAClose(boolean fault) {
    AtomicInteger begun = new AtomicInteger();
    AtomicInteger ended = new AtomicInteger();
    AtomicInteger late = new AtomicInteger();
    AtomicBoolean over = new AtomicBoolean();
    Stream<Integer> items =
        IntStream.range(0, 20)
            .mapToObj(
                i -> {
                  if (fault && i == 10) {
                    throw new IllegalStateException("no more items");
                  }
                  return i;
                });
    Function<Integer, Integer> operation =
        i -> {
          begun.incrementAndGet();
          LockSupport.parkNanos(Duration.ofMillis(i == 0 ? 0 : 50).toNanos());
          if (over.get()) {
            late.incrementAndGet();
          }
          ended.incrementAndGet();
          return i;
        };
    try (Stream<Integer> results = store.concurrently(items, operation)) {
      Iterator<Integer> first = results.iterator();
      assertThat(first.next()).isZero();
    } catch (IllegalStateException e) {
      assertThat(e).hasMessage("no more items");
    }
    over.set(true);
    await().until(() -> begun.get() == ended.get());
    assertThat(late).hasValue(0);
  }

  @Test
  void operationsWithinOperationsComeToAnEnd() {
    List<Integer> items = IntStream.range(0, 40).boxed().toList();
    Function<Integer, Long> inner =
        i -> store.concurrently(items.stream(), j -> store.stat("n")).count();
    assertThat(store.concurrently(items.stream(), inner).toList()).hasSize(40).containsOnly(40L);
  }

  // ---- life

  @Test
  void refusesToWorkWhenClosed() {
    ETag etag = put(NAME, "value");
    store.close();
    store.close();
    assertThatIllegalStateException().isThrownBy(() -> store.get(NAME, Optional.empty()));
    assertThatIllegalStateException().isThrownBy(() -> store.read(NAME));
    assertThatIllegalStateException().isThrownBy(() -> store.stat(NAME));
    for (Precondition each :
        List.of(Precondition.none(), Precondition.absent(), Precondition.matches(etag))) {
      assertThatIllegalStateException().isThrownBy(() -> store.put(NAME, bytes("2"), each));
      assertThatIllegalStateException().isThrownBy(() -> store.delete(NAME, each));
    }
    assertThatIllegalStateException().isThrownBy(() -> store.discard(NAME, etag));
    assertThatIllegalStateException().isThrownBy(() -> store.list("").close());
    assertThatIllegalStateException().isThrownBy(() -> store.children("").close());
    assertThatIllegalStateException().isThrownBy(() -> store.deleteAll(Stream.of(NAME)));
    assertThatIllegalStateException().isThrownBy(() -> store.deleteBelow("", name -> true));
  }

  @Test
  void completesAnInterruptedThreadsWork() {
    Thread.currentThread().interrupt();
    put(NAME, "value");
    assertThat(text(NAME)).isEqualTo("value");
    assertThat(store.read(NAME)).isPresent();
    written(store.put("other", bytes("1"), Precondition.absent()));
    assertThat(store.delete(NAME, Precondition.none())).isEqualTo(DeleteResult.Deleted.DELETED);
    assertThat(names("")).containsExactly("other");
    assertThat(Thread.interrupted()).as("interrupt status kept").isTrue();
  }

  // ---- many at once

  /** How much the races do; slow stores lower it. */
  protected int rounds() {
    return 200;
  }

  /** Whether {@code e} says, as it may here, that nobody knows whether something was done. */
  protected boolean mayBeUnknown(StoreException e) {
    return false;
  }

  /** How often one name is replaced in a row. */
  protected int replacements() {
    return 2_000;
  }

  private static void together(int threads, Callable<?> task) throws Exception {
    together(IntStream.range(0, threads).<Callable<?>>mapToObj(i -> task).toList());
  }

  private static void together(List<Callable<?>> tasks) throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(tasks.size());
    try {
      List<Future<?>> futures = new ArrayList<>();
      for (Callable<?> task : tasks) {
        futures.add(executor.submit(task));
      }
      for (Future<?> future : futures) {
        future.get();
      }
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  protected void readersSeeWholeVersionsAndTheirETags() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    Map<String, String> byETag = new java.util.concurrent.ConcurrentHashMap<>();
    Callable<?> writer =
        () -> {
          for (int i = 0; i < 5 * rounds(); i++) {
            String value = String.valueOf(i).repeat(1 + i % 700);
            byETag.put(put(NAME, value).value(), value);
          }
          done.set(true);
          return null;
        };
    Callable<?> reader =
        () -> {
          while (!done.get()) {
            if (store.get(NAME, Optional.empty()) instanceof GetResult.Found found) {
              String value = new String(found.bytes(), UTF_8);
              assertThat(found.stat().size()).isEqualTo(found.bytes().length);
              String expected = byETag.get(found.stat().etag().value());
              if (expected != null) {
                assertThat(value).isEqualTo(expected);
              }
            }
            store
                .read(NAME)
                .ifPresent(b -> assertThat(new String(b, UTF_8)).matches("(\\d+?)\\1*"));
          }
          return null;
        };
    together(List.of(writer, reader, reader));
  }

  @Test
  void oneOfManyInsertersWins() throws Exception {
    for (int round = 0; round < rounds() / 4; round++) {
      String name = "race/n" + round;
      AtomicInteger winners = new AtomicInteger();
      Map<String, Boolean> winner = new java.util.concurrent.ConcurrentHashMap<>();
      together(
          8,
          () -> {
            String mine = Thread.currentThread().getName();
            if (store.put(name, bytes(mine), Precondition.absent()) instanceof PutResult.Written) {
              winners.incrementAndGet();
              winner.put(mine, true);
            }
            return null;
          });
      assertThat(winners).hasValue(1);
      assertThat(winner).containsOnlyKeys(text(name));
    }
  }

  @Test
  protected void insertsAndConditionalDeletesBalance() throws Exception {
    AtomicInteger inserted = new AtomicInteger();
    AtomicInteger deleted = new AtomicInteger();
    AtomicInteger maybeInserted = new AtomicInteger();
    AtomicInteger maybeDeleted = new AtomicInteger();
    together(
        6,
        () -> {
          for (int i = 0; i < rounds(); i++) {
            byte[] value = bytes("x" + i);
            count(
                () -> store.put(NAME, value, Precondition.absent()) instanceof PutResult.Written,
                inserted,
                maybeInserted);
            Optional<Stat> stat = store.stat(NAME);
            if (stat.isPresent()) {
              Precondition seen = Precondition.matches(stat.get().etag());
              count(
                  () -> store.delete(NAME, seen) == DeleteResult.Deleted.DELETED,
                  deleted,
                  maybeDeleted);
            }
          }
          return null;
        });
    assertThat(inserted.get() - deleted.get() - names("").size())
        .isBetween(-maybeInserted.get(), maybeDeleted.get());
    assertThat(inserted.get()).isPositive();
    assertThat(maybeInserted.get() + maybeDeleted.get()).isLessThanOrEqualTo(rounds() / 4);
  }

  private void count(Callable<Boolean> change, AtomicInteger done, AtomicInteger unknown)
      throws Exception {
    try {
      if (change.call()) {
        done.incrementAndGet();
      }
    } catch (StoreException e) {
      if (!mayBeUnknown(e)) {
        throw e;
      }
      unknown.incrementAndGet();
    }
  }

  @Test
  void emptiedDirectoriesDoNotDisturbWriters() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    Callable<?> writer =
        () -> {
          for (int i = 0; i < rounds(); i++) {
            written(store.put("a/b/n" + i, bytes("v"), Precondition.none()));
          }
          done.set(true);
          return null;
        };
    Callable<?> cleaner =
        () -> {
          while (!done.get()) {
            store.deleteAll(names("").stream());
          }
          return null;
        };
    together(List.of(writer, cleaner));
  }

  @Test
  protected void compareAndSetLosesNoUpdate() throws Exception {
    int threads = 4;
    put(NAME, "0");
    Instant deadline = Instant.now().plus(Duration.ofMinutes(10));
    together(
        threads,
        () -> {
          for (int i = 0; i < rounds(); ) {
            GetResult.Found found = found(NAME);
            int value = Integer.parseInt(new String(found.bytes(), UTF_8));
            PutResult result =
                store.put(
                    NAME,
                    bytes(String.valueOf(value + 1)),
                    Precondition.matches(found.stat().etag()));
            if (result instanceof PutResult.Written) {
              i++;
            }
            assertThat(Instant.now()).isBefore(deadline);
          }
          return null;
        });
    assertThat(text(NAME)).isEqualTo(String.valueOf(threads * rounds()));
  }
}
