package io.persidict.proof;

import static io.persidict.proof.CacheOperation.CONTAINS;
import static io.persidict.proof.CacheOperation.GET;
import static io.persidict.proof.CacheOperation.GET_AND_PUT;
import static io.persidict.proof.CacheOperation.GET_AND_REMOVE;
import static io.persidict.proof.CacheOperation.INVOKE_INCREMENT;
import static io.persidict.proof.CacheOperation.PUT;
import static io.persidict.proof.CacheOperation.PUT_IF_ABSENT;
import static io.persidict.proof.CacheOperation.REMOVE;
import static io.persidict.proof.CacheOperation.REMOVE_IF;
import static io.persidict.proof.CacheOperation.REPLACE_IF;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class LinearizabilityTest {
  private static Invocation call(
      int start, long end, CacheOperation operation, Integer argument, Object result) {
    Long value = argument == null ? null : (Long) (long) argument;
    return new Invocation("c", "k", operation, value, null, String.valueOf(result), start, end);
  }

  private static Invocation compared(
      int start, long end, CacheOperation operation, long expected, Long argument, boolean result) {
    return new Invocation(
        "c", "k", operation, argument, expected, String.valueOf(result), start, end);
  }

  private static Invocation put(int start, long end, int value) {
    return call(start, end, PUT, value, CacheOperation.DONE);
  }

  private static void assertRight(Invocation... history) {
    assertThat(Linearizability.violation(List.of(history))).isEmpty();
  }

  private static void assertWrong(Invocation... history) {
    assertThat(Linearizability.violation(List.of(history))).isPresent();
  }

  @Test
  void whatHappensInTurnIsRightIfItAddsUp() {
    assertRight();
    assertRight(put(1, 2, 7), call(3, 4, GET, null, 7), call(5, 6, REMOVE, null, true));
    assertRight(
        call(1, 2, PUT_IF_ABSENT, 7, true),
        call(3, 4, PUT_IF_ABSENT, 8, false),
        compared(5, 6, REPLACE_IF, 7, 9L, true),
        compared(7, 8, REMOVE_IF, 7, null, false),
        call(9, 10, INVOKE_INCREMENT, 1, 10),
        call(11, 12, GET_AND_REMOVE, null, 10),
        call(13, 14, INVOKE_INCREMENT, 1, 1),
        call(15, 16, CONTAINS, null, true));
  }

  @Test
  void aReadOfAnOldValueAfterTheWriteReturnedIsWrong() {
    assertWrong(put(1, 2, 7), put(3, 4, 8), call(5, 6, GET, null, 7));
    assertRight(put(1, 2, 7), put(3, 9, 8), call(5, 6, GET, null, 7));
  }

  @Test
  void aReadOfAnOldValueAfterSomebodyReadTheNewOneIsWrong() {
    Invocation slow = put(3, 90, 8);
    assertWrong(put(1, 2, 7), slow, call(5, 6, GET, null, 8), call(7, 8, GET, null, 7));
    assertRight(put(1, 2, 7), slow, call(5, 6, GET, null, 7), call(7, 8, GET, null, 8));
  }

  @Test
  void aLostIncrementIsWrong() {
    assertWrong(call(1, 9, INVOKE_INCREMENT, 1, 1), call(2, 8, INVOKE_INCREMENT, 1, 1));
    assertRight(call(1, 9, INVOKE_INCREMENT, 1, 2), call(2, 8, INVOKE_INCREMENT, 1, 1));
  }

  @Test
  void twoWinnersOfOneConditionAreWrong() {
    assertWrong(call(1, 9, PUT_IF_ABSENT, 7, true), call(2, 8, PUT_IF_ABSENT, 8, true));
    assertWrong(
        put(1, 2, 7),
        compared(3, 9, REPLACE_IF, 7, 8L, true),
        compared(4, 8, REPLACE_IF, 7, 9L, true));
    assertWrong(put(1, 2, 7), call(3, 9, REMOVE, null, true), call(4, 8, REMOVE, null, true));
  }

  @Test
  void aPutThatNobodyEverSawIsWrong() {
    assertWrong(put(1, 2, 7), put(3, 6, 8), call(7, 8, GET_AND_PUT, 9, 7));
    assertWrong(put(1, 2, 7), call(3, 4, GET, null, null));
  }

  @Test
  void aCallOfUnknownOutcomeMayHaveHappenedLaterOrNever() {
    Invocation unknown = put(3, 4, 8).unknown();
    assertRight(put(1, 2, 7), unknown, call(5, 6, GET, null, 7));
    assertRight(put(1, 2, 7), unknown, call(5, 6, GET, null, 7), call(7, 8, GET, null, 8));
    assertWrong(put(1, 2, 7), unknown, call(5, 6, GET, null, 8), call(7, 8, GET, null, 7));
    assertWrong(put(1, 2, 7), call(2, 3, GET, null, 8), put(5, 6, 8).unknown());
  }

  @Test
  void keysAreJudgedApart() {
    Invocation other = new Invocation("c", "other", GET, null, null, "null", 3, 4);
    assertRight(put(1, 2, 7), other);
  }

  @Test
  void aViolationIsShownWithoutWhatDoesNotMatter() {
    List<Invocation> history = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      history.add(put(10 * i, 10 * i + 8, i));
      history.add(call(10 * i + 1, 10 * i + 9, GET, null, i));
    }
    history.add(call(5001, 5002, GET, null, 498));
    history.add(put(5003, 5004, 1));
    List<Invocation> core = Linearizability.violation(history).orElseThrow();
    assertThat(core).hasSizeLessThan(5);
    assertThat(core.get(core.size() - 1).result()).isEqualTo("498");
  }

  @Test
  void whatARegisterReallyDidIsRightHoweverCallsOverlap() {
    for (int seed = 0; seed < 50; seed++) {
      assertThat(Linearizability.violation(played(new Random(seed), 6, 2_000))).isEmpty();
    }
  }

  @Test
  void oneWrongAnswerInALongHistoryIsFound() {
    for (int seed = 0; seed < 50; seed++) {
      List<Invocation> history = new ArrayList<>(played(new Random(seed), 4, 500));
      int at = new Random(seed).nextInt(history.size());
      Invocation call = history.get(at);
      history.set(at, new Invocation("c", "k", GET, null, null, "-1", call.start(), call.end()));
      assertThat(Linearizability.violation(history)).isPresent();
    }
  }

  /** Calls of {@code clients} on a register, each taking effect at a moment while it lasts. */
  private static List<Invocation> played(Random random, int clients, int calls) {
    List<Invocation> played = new ArrayList<>();
    CacheOperation[] all = CacheOperation.values();
    long[] free = new long[clients];
    Long value = null;
    for (int i = 0; i < calls; i++) {
      long moment = 10L * i;
      int client = random.nextInt(clients);
      CacheOperation operation = all[random.nextInt(all.length)];
      Long argument = 1_000L * i;
      Long expected = value != null && random.nextBoolean() ? value : (Long) 5L;
      if (free[client] > moment) {
        continue;
      }
      long start = Math.max(free[client], moment - random.nextInt(60));
      long end = moment + random.nextInt(60);
      free[client] = end + 1;
      Invocation call =
          new Invocation(
              "c" + client,
              "k",
              operation,
              argument,
              expected,
              operation.result(value, argument, expected),
              start,
              end);
      boolean lost = random.nextInt(200) == 0;
      if (lost && random.nextBoolean()) {
        played.add(call.unknown());
        continue;
      }
      value = call.after(value);
      played.add(lost ? call.unknown() : call);
    }
    return played;
  }

  @Test
  void whatIsEvictedIsGoneAndStaysSo() {
    List<Invocation> gone = List.of(put(1, 2, 7), call(3, 4, GET, null, null));
    assertThat(Linearizability.violation(gone)).isPresent();
    assertThat(Linearizability.violation(gone, true)).isEmpty();
    List<Invocation> back = new ArrayList<>(gone);
    back.add(call(5, 6, GET, null, 7));
    assertThat(Linearizability.violation(back, true)).isPresent();
  }
}
