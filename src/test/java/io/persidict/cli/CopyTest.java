package io.persidict.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.persidict.cli.Copy.Outcome;
import io.persidict.cli.Copy.Result;
import io.persidict.key.DictKey;
import io.persidict.key.KeyLayout;
import io.persidict.store.FaultyStore;
import io.persidict.store.FaultyStore.Fault;
import io.persidict.store.MemoryStore;
import io.persidict.store.Precondition;
import io.persidict.store.Store;
import io.persidict.store.StoreException;
import java.net.URI;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Copies while others write, and while the storage fails. */
final class CopyTest {
  private static final KeyLayout LAYOUT = new KeyLayout(0, "txt");

  private final Store from = new MemoryStore();
  private final MemoryStore target = new MemoryStore();
  private final FaultyStore to = new FaultyStore(target);

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static void put(Store store, String key, String value) {
    store.put(LAYOUT.name(DictKey.of(key)), bytes(value), Precondition.none());
  }

  private static String get(Store store, String key) {
    return store.read(LAYOUT.name(DictKey.of(key))).map(b -> new String(b, UTF_8)).orElse("none");
  }

  private List<Result> copy() {
    try (Stream<Result> results =
        new Copy(
                Place.dictionary(from, 0, "txt"),
                Place.dictionary(to, 0, "txt"),
                new NameLimits(URI.create("s3://bucket/")),
                false,
                false)
            .run()) {
      return results.toList();
    }
  }

  private List<Outcome> outcomes() {
    return copy().stream().map(Result::outcome).toList();
  }

  @Test
  void whatOthersWriteMeanwhileIsTheirs() {
    put(from, "key", "ours");
    to.overtakeNextMutation(() -> put(target, "key", "theirs"));
    List<Result> results = copy();
    assertThat(results).extracting(Result::outcome).containsExactly(Outcome.SKIPPED);
    assertThat(results.get(0).reason()).contains("key.txt", "was changed at the target meanwhile");
    assertThat(get(target, "key")).isEqualTo("theirs");

    to.overtakeNextMutation(
        () -> target.delete(LAYOUT.name(DictKey.of("key")), Precondition.none()));
    assertThat(outcomes()).containsExactly(Outcome.SKIPPED);
    assertThat(get(target, "key")).isEqualTo("none");
    assertThat(outcomes()).containsExactly(Outcome.COPIED);
  }

  @Test
  void namesThatAreTooLongForTheTargetAreSkipped() {
    NameLimits limits = new NameLimits(URI.create("s3://bucket/prefix/"));
    assertThat(limits.refusal("x".repeat(1017))).isNull();
    assertThat(limits.refusal("x".repeat(1018))).contains("1025 bytes", "1024");
    String segment = "a".repeat(250);
    DictKey key = DictKey.of(segment, segment, segment, segment, segment);
    from.put(LAYOUT.name(key), bytes("long"), Precondition.none());
    put(from, "short", "value");
    assertThat(copy())
        .extracting(Result::outcome)
        .containsExactlyInAnyOrder(Outcome.SKIPPED, Outcome.COPIED);
  }

  @Test
  void twoCopiesAtOnceAgree() {
    put(from, "key", "value");
    to.overtakeNextMutation(() -> put(target, "key", "value"));
    assertThat(outcomes()).containsExactly(Outcome.SAME);
  }

  @Test
  void aFaultEndsItAndTheNextRunGoesOn() {
    for (int i = 0; i < 5; i++) {
      put(from, "key" + i, "value" + i);
    }
    to.onMutations(Fault.NONE, Fault.NONE, Fault.BEFORE);
    assertThatExceptionOfType(StoreException.class).isThrownBy(this::copy);
    assertThat(outcomes())
        .containsExactlyInAnyOrder(
            Outcome.SAME, Outcome.SAME, Outcome.COPIED, Outcome.COPIED, Outcome.COPIED);
    to.onMutations(Fault.AFTER);
    put(from, "key0", "changed");
    assertThatExceptionOfType(StoreException.class).isThrownBy(this::copy);
    assertThat(outcomes()).containsOnly(Outcome.SAME);
    assertThat(get(target, "key0")).isEqualTo("changed");
  }
}
