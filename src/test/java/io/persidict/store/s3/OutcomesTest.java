package io.persidict.store.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.store.ETag;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.Stat;
import io.persidict.store.StoreException;
import io.persidict.store.s3.Mischief.Fault;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every way to change an object, with every fault of its requests, beside a neighbour who changes
 * it too: before the request takes effect, after it, or without it. What both were told and what is
 * stored in the end must fit one of the two orders.
 */
@DisabledIfSystemProperty(
    named = "test.s3.endpoint",
    matches = ".*",
    disabledReason = "only our own server misbehaves on purpose")
@ExtendWith(RepeatAtOnce.class)
final class OutcomesTest {
  /** Of the case; each has a name of its own, of which no store has seen anything yet. */
  private static int number;

  private static final Optional<String> NOTHING = Optional.empty();

  private final TestS3 s3 = new TestS3();
  private final S3Store theirs = s3.open();

  @AfterEach
  void close() {
    theirs.close();
    s3.close();
  }

  private static String directory() {
    return "dir" + number + "/";
  }

  private static String object() {
    return directory() + "name.bin";
  }

  /** What the one who changed something was told: whether it did. Batches tell nothing. */
  enum Told {
    YES,
    NO,
    NOTHING
  }

  /** The state that a change leaves, and what it tells. */
  record After(Optional<String> state, Told told) {}

  /** A way to change an object. */
  enum Change {
    INSERT(before -> before.isPresent() ? before : Optional.of("new")) {
      @Override
      Told make(S3Store store, Optional<ETag> seen) {
        return told(store.put(object(), NEW, Precondition.absent()));
      }
    },
    REPLACE(before -> before.equals(Optional.of("old")) ? Optional.of("new") : before) {
      @Override
      Told make(S3Store store, Optional<ETag> seen) {
        return told(store.put(object(), NEW, Precondition.matches(seen.orElse(new ETag("none")))));
      }
    },
    PUT(before -> Optional.of("new")) {
      @Override
      Told make(S3Store store, Optional<ETag> seen) {
        return told(store.put(object(), NEW, Precondition.none()));
      }
    },
    REMOVE(before -> before.equals(Optional.of("old")) ? NOTHING : before) {
      @Override
      Told make(S3Store store, Optional<ETag> seen) {
        return deleted(store, Precondition.matches(seen.orElse(new ETag("none"))));
      }
    },
    DELETE(before -> NOTHING) {
      @Override
      Told make(S3Store store, Optional<ETag> seen) {
        return deleted(store, Precondition.none());
      }
    },
    DELETE_ALL(before -> NOTHING) {
      @Override
      Told make(S3Store store, Optional<ETag> seen) {
        store.deleteAll(Stream.of(object()));
        return Told.NOTHING;
      }
    },
    DELETE_BELOW(before -> NOTHING) {
      @Override
      Told make(S3Store store, Optional<ETag> seen) {
        store.deleteBelow(directory(), name -> true);
        return Told.NOTHING;
      }
    };

    private static final byte[] NEW = "new".getBytes(UTF_8);
    private final UnaryOperator<Optional<String>> effect;

    Change(UnaryOperator<Optional<String>> effect) {
      this.effect = effect;
    }

    abstract Told make(S3Store store, Optional<ETag> seen);

    After after(Optional<String> before) {
      Optional<String> state = effect.apply(before);
      if (this == DELETE_ALL || this == DELETE_BELOW) {
        return new After(state, Told.NOTHING);
      }
      return new After(state, state.equals(before) && this != PUT ? Told.NO : Told.YES);
    }

    private static Told told(PutResult result) {
      return result instanceof PutResult.Written ? Told.YES : Told.NO;
    }

    private static Told deleted(S3Store store, Precondition precondition) {
      return store.delete(object(), precondition) == io.persidict.store.DeleteResult.Deleted.DELETED
          ? Told.YES
          : Told.NO;
    }
  }

  /** What the neighbour does, in as many requests as it takes. */
  enum Neighbour {
    REPLACES((store, there) -> there.isPresent() && put(store, Precondition.matches(there.get()))),
    INSERTS((store, there) -> put(store, Precondition.absent())),
    REMOVES(
        (store, there) ->
            there.isPresent()
                && Change.deleted(store, Precondition.matches(there.get())) == Told.YES),
    DELETES((store, there) -> Change.deleted(store, Precondition.none()) == Told.YES);

    private final BiFunction<S3Store, Optional<ETag>, Boolean> action;

    Neighbour(BiFunction<S3Store, Optional<ETag>, Boolean> action) {
      this.action = action;
    }

    private static boolean put(S3Store store, Precondition precondition) {
      return Change.told(store.put(object(), "theirs".getBytes(UTF_8), precondition)) == Told.YES;
    }

    Told act(S3Store store) {
      return action.apply(store, store.stat(object()).map(Stat::etag)) ? Told.YES : Told.NO;
    }

    After after(Optional<String> before) {
      boolean changes = before.isPresent() != (this == INSERTS);
      Optional<String> state =
          !changes ? before : this == REMOVES || this == DELETES ? NOTHING : Optional.of("theirs");
      return new After(state, changes ? Told.YES : Told.NO);
    }
  }

  static Stream<Arguments> changes() {
    return Stream.of(Change.values())
        .flatMap(
            change ->
                Stream.of(
                    Arguments.of(change, false, true),
                    Arguments.of(change, true, true),
                    Arguments.of(change, true, false)));
  }

  @ParameterizedTest
  @MethodSource("changes")
  void whatIsToldAndWhatIsStoredFitAnOrder(Change change, boolean atomic, boolean entombs) {
    List<String> wrong = new ArrayList<>();
    int cases = 0;
    s3.own().honourConditionalDeletes();
    S3Server server = s3.server().atomicOverwrite(atomic).conditionalDelete(!entombs);
    try (S3Store mineWhole = server.open(s3.bucket(), "", false);
        S3Store otherWhole = server.open(s3.bucket(), "", false);
        S3Store mine = entombs ? mineWhole : mineWhole.withoutTombstones();
        S3Store other = entombs ? otherWhole : otherWhole.withoutTombstones()) {
      for (Neighbour neighbour : Neighbour.values()) {
        for (Fault fault :
            List.of(Fault.RESET_AFTER, Fault.RESET_BEFORE, Fault.SLOW_DOWN, Fault.NONE)) {
          for (int request = 0; request < 3; request++) {
            for (boolean first : new boolean[] {true, false}) {
              for (boolean there : new boolean[] {true, false}) {
                for (boolean known : new boolean[] {true, false}) {
                  if (!isBeyondKnowing(change, neighbour, atomic, entombs)) {
                    cases++;
                    number++;
                    String outcome =
                        run(
                            mine, other, change, atomic, entombs, neighbour, fault, request, first,
                            there, known);
                    if (!outcome.isEmpty()) {
                      wrong.add(outcome);
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
    assertThat(wrong).as("of %s cases", cases).isEmpty();
  }

  /** Where an unconditional delete leaves nothing by which anybody could tell who did what. */
  private static boolean isBeyondKnowing(
      Change change, Neighbour neighbour, boolean atomic, boolean entombs) {
    boolean isBatch = change == Change.DELETE_ALL || change == Change.DELETE_BELOW;
    if (!entombs) {
      return !isBatch
          && change != Change.REMOVE
          && (neighbour == Neighbour.DELETES || neighbour == Neighbour.REMOVES);
    }
    return atomic
        && !isBatch
        && (neighbour == Neighbour.DELETES
            || (neighbour == Neighbour.REMOVES && change == Change.DELETE));
  }

  private String run(
      S3Store mine,
      S3Store other,
      Change change,
      boolean atomic,
      boolean entombs,
      Neighbour neighbour,
      Fault fault,
      int request,
      boolean first,
      boolean there,
      boolean known) {
    Optional<String> before = there ? Optional.of("old") : NOTHING;
    Optional<ETag> etag = NOTHING.map(ETag::new);
    if (there) {
      other.put(object(), "old".getBytes(UTF_8), Precondition.absent());
      etag = (known ? mine : other).stat(object()).map(Stat::etag);
    }
    Told[] toldThem = new Told[1];
    Runnable action = () -> toldThem[0] = neighbour.act(other);
    s3.own().mischief().nth(request, fault);
    arrange(action, request, first);
    Told toldMe;
    try {
      toldMe = change.make(mine, etag);
    } catch (StoreException e) {
      s3.own().mischief().forgetOrders();
      boolean isHonest =
          ((atomic && change == Change.DELETE_BELOW) || (!entombs && change == Change.REMOVE))
              && e.getMessage().contains("it is not known whether");
      return isHonest ? "" : e.toString();
    }
    s3.own().mischief().forgetOrders();
    if (toldThem[0] == null) {
      action.run();
    }
    Optional<String> now = theirs.read(object()).map(bytes -> new String(bytes, UTF_8));
    After mineFirst = change.after(before);
    After thenTheirs = neighbour.after(mineFirst.state());
    After theirsFirst = neighbour.after(before);
    After thenMine = change.after(theirsFirst.state());
    boolean fits =
        (toldMe == mineFirst.told()
                && toldThem[0] == thenTheirs.told()
                && now.equals(thenTheirs.state()))
            || (toldMe == thenMine.told()
                && toldThem[0] == theirsFirst.told()
                && now.equals(thenMine.state()));
    return fits
        ? ""
        : "%s (told %s), neighbour %s (told %s) %s request %d with %s: from %s to %s, %s"
            .formatted(
                change,
                toldMe,
                neighbour,
                toldThem[0],
                first ? "before" : "after",
                request,
                fault,
                before,
                now,
                known);
  }

  /** Has the neighbour act around one of the next requests. */
  private void arrange(Runnable action, int request, boolean first) {
    Runnable next = request == 0 ? action : () -> arrange(action, request - 1, first);
    if (first) {
      s3.own().mischief().beforeNext(next);
    } else {
      s3.own().mischief().afterNext(next);
    }
  }

  @Test
  void aServerThatFailsOftenIsNotTakenForOneThatRefusesConditions() {
    theirs.put(object(), "old".getBytes(UTF_8), Precondition.none());
    try (S3Store mine = s3.open()) {
      ETag old = mine.stat(object()).orElseThrow().etag();
      for (int i = 0; i < 20; i++) {
        s3.own().mischief().next(Fault.RESET_BEFORE, Fault.NONE);
      }
      assertThat(mine.put(object(), "new".getBytes(UTF_8), Precondition.matches(old)))
          .isInstanceOf(PutResult.Written.class);
    }
  }

  @Test
  void aServerWhereOthersAreFasterIsNotTakenForOneThatRefusesConditions() {
    try (S3Store mine = s3.open()) {
      overtake(20);
      assertThat(mine.put(object(), "new".getBytes(UTF_8), Precondition.none()))
          .isInstanceOf(PutResult.Written.class);
    }
    assertThat(theirs.read(object())).contains("new".getBytes(UTF_8));
  }

  /** Has somebody write before each of the next writes, which a look follows. */
  private void overtake(int times) {
    s3.own()
        .mischief()
        .beforeNext(
            () -> {
              s3.own().put(s3.bucket(), object(), "theirs " + times);
              if (times > 1) {
                s3.own().mischief().beforeNext(() -> overtake(times - 1));
              }
            });
  }

  /** What a sluggish neighbour does by the ETag of a value that it saw long ago. */
  enum Sluggish {
    REPLACES("sluggish") {
      @Override
      Told act(S3Store store, ETag seen) {
        return Change.told(
            store.put(object(), "sluggish".getBytes(UTF_8), Precondition.matches(seen)));
      }
    },
    REMOVES(null) {
      @Override
      Told act(S3Store store, ETag seen) {
        return Change.deleted(store, Precondition.matches(seen));
      }
    };

    private final Optional<String> state;

    Sluggish(String state) {
      this.state = Optional.ofNullable(state);
    }

    abstract Told act(S3Store store, ETag seen);

    After after(Optional<String> before) {
      return before.equals(Optional.of("new"))
          ? new After(state, Told.YES)
          : new After(before, Told.NO);
    }
  }

  /** What an unconditional PUT replaces is not known: it is repeated even if it took effect. */
  static Stream<Arguments> changesOfWhatIsKnown() {
    return changes().filter(each -> !(each.get()[0] == Change.PUT && each.get()[1].equals(true)));
  }

  @ParameterizedTest
  @MethodSource("changesOfWhatIsKnown")
  void soItIsWhereANeighbourTakesAnEqualValueForAnEarlierOne(
      Change change, boolean atomic, boolean entombs) {
    List<String> wrong = new ArrayList<>();
    s3.own().honourConditionalDeletes();
    S3Server server = s3.server().atomicOverwrite(atomic).conditionalDelete(!entombs);
    try (S3Store mineWhole = server.open(s3.bucket(), "", false);
        S3Store mine = entombs ? mineWhole : mineWhole.withoutTombstones();
        S3Store other = s3.open()) {
      for (Sluggish sluggish : Sluggish.values()) {
        for (boolean insertedAgain : new boolean[] {true, false}) {
          for (Fault fault : List.of(Fault.RESET_AFTER, Fault.RESET_BEFORE)) {
            for (int request = 0; request < 2; request++) {
              for (boolean first : new boolean[] {true, false}) {
                for (boolean there : new boolean[] {true, false}) {
                  number++;
                  String outcome =
                      run(
                          mine,
                          other,
                          change,
                          sluggish,
                          insertedAgain,
                          fault,
                          request,
                          first,
                          there);
                  if (!outcome.isEmpty()) {
                    wrong.add(outcome);
                  }
                }
              }
            }
          }
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  private String run(
      S3Store mine,
      S3Store other,
      Change change,
      Sluggish sluggish,
      boolean insertedAgain,
      Fault fault,
      int request,
      boolean first,
      boolean there) {
    other.put(object(), Change.NEW, Precondition.absent());
    ETag seen = other.stat(object()).orElseThrow().etag();
    theirs.stat(object());
    Optional<String> before = there ? Optional.of("old") : NOTHING;
    if (there) {
      theirs.put(object(), "old".getBytes(UTF_8), Precondition.matches(seen));
    } else {
      theirs.delete(object(), Precondition.matches(seen));
    }
    Optional<ETag> etag = mine.stat(object()).map(Stat::etag);
    List<Told> told = new ArrayList<>();
    Runnable action =
        () -> {
          if (insertedAgain) {
            told.add(Change.INSERT.make(theirs, Optional.empty()));
          }
          told.add(sluggish.act(other, seen));
        };
    s3.own().mischief().nth(request, fault);
    arrange(action, request, first);
    Told toldMe;
    try {
      toldMe = change.make(mine, etag);
    } catch (StoreException e) {
      return e.getMessage().contains("it is not known whether") ? "" : e.toString();
    } finally {
      s3.own().mischief().forgetOrders();
    }
    if (told.isEmpty()) {
      action.run();
    }
    List<UnaryOperator<After>> neighbours = new ArrayList<>();
    if (insertedAgain) {
      neighbours.add(after -> Change.INSERT.after(after.state()));
    }
    neighbours.add(after -> sluggish.after(after.state()));
    Optional<String> now = theirs.read(object()).map(bytes -> new String(bytes, UTF_8));
    for (int place = 0; place <= neighbours.size(); place++) {
      After after = new After(before, Told.NOTHING);
      boolean fits = true;
      for (int i = 0; i <= neighbours.size(); i++) {
        if (i == place) {
          after = change.after(after.state());
          fits &= after.told() == toldMe;
        }
        if (i < neighbours.size()) {
          after = neighbours.get(i).apply(after);
          fits &= after.told() == told.get(i);
        }
      }
      if (fits && after.state().equals(now)) {
        return "";
      }
    }
    return "%s (told %s), %s %s (told %s) %s request %d with %s: from %s to %s"
        .formatted(
            change,
            toldMe,
            insertedAgain ? "inserted again and" : "",
            sluggish,
            told,
            first ? "before" : "after",
            request,
            fault,
            before,
            now);
  }
}
