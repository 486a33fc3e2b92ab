package io.persidict.store.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.store.DeleteResult;
import io.persidict.store.ETag;
import io.persidict.store.GetResult;
import io.persidict.store.Listed;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.Store;
import io.persidict.store.StoreException;
import io.persidict.store.file.Durability;
import io.persidict.store.file.FileStore;
import io.persidict.store.s3.Mischief.Fault;
import io.persidict.tier.Copies;
import io.persidict.tier.LocalCopies;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each operation of a store in S3 with each fault at each of its requests, once and from then on,
 * on a server like AWS and on one with each bearable quirk, bare and with local copies. The
 * requests are those of a run without faults. After each case the outcome is the one that was told,
 * the neighbours are as they were, and all works again.
 */
@DisabledIfSystemProperty(
    named = "test.s3.endpoint",
    matches = ".*",
    disabledReason = "only our own server misbehaves on purpose")
@ExtendWith(RepeatAtOnce.class)
final class S3FaultMatrixTest {
  /** Whether all cases are tried: with {@code -Dtest.faults=all}, which takes minutes. */
  private static final boolean ALL = "all".equals(System.getProperty("test.faults"));

  /** How long a fault that lasts is endured. */
  private static final Duration TIMEOUT = Duration.ofMillis(600);

  private static final String NAME = "a/b/name.bin";
  private static final String NEW = "a/new/name.bin";
  private static final Map<String, String> BEFORE =
      Map.of(NAME, "old", "a/b/other.bin", "neighbour", "top", "x");

  @TempDir Path directory;

  private final TestS3 s3 = new TestS3();
  private final LoopbackS3 server = s3.own();
  private int number;
  private int generated;

  @AfterEach
  void close() {
    s3.close();
  }

  /** Something that a store does, and what is stored afterwards. */
  private record Operation(String title, Call call, Map<String, String> after) {
    @Override
    public String toString() {
      return title;
    }
  }

  private interface Call {
    Object on(Store store, ETag etag);
  }

  private static Map<String, String> with(String name, @Nullable String text) {
    Map<String, String> after = new TreeMap<>(BEFORE);
    if (text == null) {
      after.remove(name);
    } else {
      after.put(name, text);
    }
    return after;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static List<String> names(Stream<String> names) {
    try (names) {
      return names.sorted().toList();
    }
  }

  static List<Operation> operations() {
    ETag stale = new ETag("00000000000000000000000000000000");
    Precondition none = Precondition.none();
    Precondition absent = Precondition.absent();
    Map<String, String> replaced = with(NAME, "new");
    Map<String, String> inserted = with(NEW, "new");
    Map<String, String> deleted = with(NAME, null);
    return List.of(
        new Operation("read", (store, etag) -> new String(store.read(NAME).orElseThrow()), BEFORE),
        new Operation("read an absent one", (store, etag) -> store.read(NEW), BEFORE),
        new Operation(
            "get",
            (store, etag) ->
                new String(((GetResult.Found) store.get(NAME, Optional.empty())).bytes()),
            BEFORE),
        new Operation(
            "peek",
            (store, etag) -> new String(store.housekeeping().peek(NAME, 2).orElseThrow()),
            BEFORE),
        new Operation(
            "get if changed", (store, etag) -> store.get(NAME, Optional.of(etag)), BEFORE),
        new Operation("stat", (store, etag) -> store.stat(NAME).orElseThrow().etag(), BEFORE),
        new Operation("stat an absent one", (store, etag) -> store.stat(NEW), BEFORE),
        new Operation("list", (store, etag) -> names(store.list("").map(Listed::name)), BEFORE),
        new Operation("children", (store, etag) -> names(store.children("a/")), BEFORE),
        new Operation("put", (store, etag) -> store.put(NAME, bytes("new"), none), replaced),
        new Operation(
            "put a new one", (store, etag) -> store.put(NEW, bytes("new"), none), inserted),
        new Operation("insert", (store, etag) -> store.put(NEW, bytes("new"), absent), inserted),
        new Operation(
            "insert in vain", (store, etag) -> store.put(NAME, bytes("new"), absent), BEFORE),
        new Operation(
            "replace",
            (store, etag) -> store.put(NAME, bytes("new"), Precondition.matches(etag)),
            replaced),
        new Operation(
            "replace in vain",
            (store, etag) -> store.put(NAME, bytes("new"), Precondition.matches(stale)),
            BEFORE),
        new Operation("delete", (store, etag) -> store.delete(NAME, none), deleted),
        new Operation("delete an absent one", (store, etag) -> store.delete(NEW, none), BEFORE),
        new Operation(
            "delete a version",
            (store, etag) -> store.delete(NAME, Precondition.matches(etag)),
            deleted),
        new Operation(
            "delete in vain",
            (store, etag) -> store.delete(NAME, Precondition.matches(stale)),
            BEFORE),
        new Operation(
            "delete all",
            (store, etag) -> {
              store.deleteAll(Stream.of(NEW, NAME));
              return "done";
            },
            deleted),
        new Operation(
            "delete below",
            (store, etag) -> {
              store.deleteBelow("a/", name -> name.endsWith(NAME));
              return "done";
            },
            deleted));
  }

  private enum Kind {
    BARE,
    CONDITIONAL_DELETES,
    COPIES
  }

  /** A prefix of its own with what is there before. */
  private final class Stage implements AutoCloseable {
    final Store store;
    final Store witness;
    final ETag etag;

    Stage(Kind kind, boolean lasting) {
      S3Server patient = s3.server().conditionalDelete(kind == Kind.CONDITIONAL_DELETES);
      S3Server configured = lasting ? patient.timeout(TIMEOUT) : patient;
      String prefix = "case" + number++ + "/";
      Store remote = configured.open(s3.bucket(), prefix, false);
      store =
          kind == Kind.COPIES
              ? new LocalCopies(
                  remote,
                  new Copies(
                      new FileStore(directory.resolve("copies" + number), Durability.OS), 1 << 20),
                  "place/",
                  false,
                  true)
              : remote;
      witness = patient.open(s3.bucket(), prefix, false);
      BEFORE.forEach((name, text) -> witness.put(name, bytes(text), Precondition.none()));
      etag = witness.stat(NAME).orElseThrow().etag();
      if (kind == Kind.COPIES) {
        store.read(NAME);
      }
    }

    Map<String, String> stored() {
      Map<String, String> stored = new TreeMap<>();
      for (String name : names(witness.list("").map(Listed::name))) {
        witness.read(name).ifPresent(bytes -> stored.put(name, new String(bytes, UTF_8)));
      }
      return stored;
    }

    int requests() {
      return server.counts().values().stream().mapToInt(Integer::intValue).sum();
    }

    @Override
    public void close() {
      store.close();
      witness.close();
    }
  }

  @ParameterizedTest
  @MethodSource("operations")
  void eachFaultAtEachRequest(Operation operation) {
    List<String> failures = new ArrayList<>();
    int cases = 0;
    List<Optional<Quirk>> quirks = new ArrayList<>(List.of(Optional.empty()));
    EnumSet.allOf(Quirk.class).stream()
        .filter(quirk -> quirk.isBearable() && quirk != Quirk.CAPITALIZED_HEADERS) // by a proxy
        .forEach(quirk -> quirks.add(Optional.of(quirk)));
    for (Kind kind : Kind.values()) {
      if (kind == Kind.CONDITIONAL_DELETES) {
        server.honourConditionalDeletes();
      }
      for (Optional<Quirk> quirk : quirks) {
        server.adoptNone();
        quirk.ifPresent(server::adopt);
        Object expected;
        int requests;
        try (Stage stage = new Stage(kind, false)) {
          int before = stage.requests();
          expected = shape(operation.call.on(stage.store, stage.etag), stage.etag);
          requests = stage.requests() - before;
          assertThat(stage.stored()).isEqualTo(operation.after);
        }
        for (int request = 0; request < requests; request++) {
          for (Fault fault : Fault.values()) {
            for (boolean lasting : List.of(false, true)) {
              if (!ALL
                  && Math.floorMod(generated++, 97)
                      != Math.floorMod(operation.title.hashCode(), 97)) {
                continue;
              }
              cases++;
              String told = "";
              try (Stage stage = new Stage(kind, lasting)) {
                told = attempt(stage, operation, expected, request, fault, lasting);
              } catch (Throwable e) {
                failures.add(
                    "%s, %s, request %d, %s, lasting %s: %s %s"
                        .formatted(kind, quirk, request, fault, lasting, told, e));
              } finally {
                server.mischief().forgetOrders();
                server.mischief().befall(fault, 0);
              }
            }
          }
        }
      }
    }
    assertThat(cases).isPositive();
    System.out.printf("%d cases of %s%n", cases, operation);
    assertThat(failures).as("%d cases of %s", cases, operation).isEmpty();
  }

  private static Object shape(Object result, ETag etag) {
    return result instanceof PutResult.Written
        ? "written"
        : result.toString().replace(etag.value(), "the version");
  }

  private String attempt(
      Stage stage,
      Operation operation,
      Object expected,
      int request,
      Fault fault,
      boolean lasting) {
    server.mischief().next(Collections.nCopies(request, Fault.NONE).toArray(Fault[]::new));
    server.mischief().next(fault);
    if (lasting) {
      server.mischief().befall(fault, 1);
    }
    StoreException thrown = null;
    Object result = null;
    try {
      result = operation.call.on(stage.store, stage.etag);
    } catch (StoreException e) {
      thrown = e;
    }
    server.mischief().forgetOrders();
    server.mischief().befall(fault, 0);
    Map<String, String> stored = stage.stored();
    String told = thrown == null ? "returned " + result : "threw " + thrown.getMessage();
    if (thrown == null) {
      assertThat(stored).as(told).isEqualTo(operation.after);
      assertThat(shape(result, stage.etag)).as(told).isEqualTo(expected);
    } else if (thrown.getMessage().contains("not known whether")
        || operation.title.startsWith("delete all")
        || operation.title.startsWith("delete below")) {
      assertThat(stored).as(told).isIn(BEFORE, operation.after);
    } else {
      assertThat(stored).as(told).isEqualTo(BEFORE);
    }
    assertThat(lasting || thrown == null).as("one fault is endured: %s", told).isTrue();
    serve(lasting ? stage.witness : stage.store, stage, told);
    return told;
  }

  private static void serve(Store store, Stage stage, String told) {
    store.put(NAME, bytes("again"), Precondition.none());
    assertThat(stage.witness.read(NAME)).as(told).contains(bytes("again"));
    assertThat(store.read(NAME)).as(told).contains(bytes("again"));
    ETag etag = stage.witness.stat(NAME).orElseThrow().etag();
    assertThat(store.put(NAME, bytes("last"), Precondition.matches(etag)))
        .as(told)
        .isInstanceOf(PutResult.Written.class);
    assertThat(store.delete(NAME, Precondition.none()))
        .as(told)
        .isEqualTo(DeleteResult.Deleted.DELETED);
    assertThat(store.put(NAME, bytes("anew"), Precondition.absent()))
        .as(told)
        .isInstanceOf(PutResult.Written.class);
    assertThat(stage.stored()).as(told).containsEntry(NAME, "anew").containsEntry("top", "x");
  }
}
