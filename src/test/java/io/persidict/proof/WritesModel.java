package io.persidict.proof;

import io.persidict.proof.Explorer.Step;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * How writers of one S3 object find out what became of a write whose answer did not come: one that
 * inserts, one that replaces and one that removes what it saw, all by conditional PUTs, on a
 * network that loses requests and answers, or delivers a request after its sender gave it up. A
 * removal leaves a tombstone, which a sweep deletes once it is older than all writes and requests
 * that are under way. Somebody may have put the very value there that is inserted, so that a
 * condition cannot tell the two apart.
 *
 * <p><b>Property.</b> A write that is told as done took effect exactly once; one that is told as
 * lost never does. Excused are those that no trace is left of: who replace a value that is put
 * there again and is then taken for the one before; who put a value where nothing is, if it is
 * taken for one that was there before; and all, once a request of somebody excused takes effect
 * again.
 */
final class WritesModel {
  /** Ways to do it wrong. */
  enum Mutant {
    NONE,
    /** An object names only the write that made it, and none before. */
    NO_HISTORY,
    /** A condition that fails after a repetition is taken for a loss, without a look. */
    NO_LOOK,
    /** A write that the object does not name is taken for one that was never there. */
    TRUSTS_EQUAL_ETAGS,
    /** A sweep deletes tombstones that somebody may still ask about. */
    SWEEPS_YOUNG
  }

  /** The writers: what each demands of the object. */
  private enum Writer {
    INSERTS,
    REPLACES,
    REMOVES;

    boolean demands(Thing there) {
      return (this == INSERTS) == !there.isLive();
    }
  }

  private static final int MAX_TRIES = 2;

  /** Whoever puts a value there first. */
  private static final int MAKER = Writer.values().length;

  private static final int VALUE = 1;
  private static final int OTHER_VALUE = 2;

  /**
   * What is stored under the name.
   *
   * @param version never used twice; 0 for nothing
   * @param value 0 for a tombstone
   * @param newest who wrote it
   * @param writes those that the object names
   */
  record Thing(int version, int value, int newest, Set<Integer> writes) {
    static final Thing NOTHING = new Thing(0, 0, -1, Set.of());

    boolean isLive() {
      return value > 0;
    }

    /** That of a value is the same whoever wrote it. */
    int etag() {
      return isLive() ? value : -version;
    }
  }

  /** A request under way, with the ETag that it demands. */
  record Request(int writer, int demanded, Set<Integer> writes) {}

  /**
   * What a writer knows.
   *
   * @param tries how often it sent
   * @param unanswered whether it got no answer to that, once at least
   * @param seen the version that it saw last
   */
  record Progress(int tries, Phase phase, boolean unanswered, Thing seen) {
    Progress is(Phase next) {
      return new Progress(tries, next, unanswered, seen);
    }
  }

  /** Where a writer is. */
  enum Phase {
    LOOKS,
    SENDS,
    WAITS,
    IS_TOLD_DONE,
    IS_TOLD_LOST,
    IS_TOLD_THAT_NOBODY_KNOWS
  }

  /**
   * All that there is.
   *
   * @param effects how many each writer's write had
   * @param excused writers of which no trace may be left
   */
  record State(
      Thing thing,
      int versions,
      List<Request> underWay,
      List<Progress> writers,
      List<Integer> effects,
      Set<Integer> excused) {}

  private final Mutant mutant;

  WritesModel(Mutant mutant) {
    this.mutant = mutant;
  }

  static State initial() {
    Progress begins = new Progress(0, Phase.LOOKS, false, Thing.NOTHING);
    return new State(
        Thing.NOTHING, 0, List.of(), List.of(begins, begins, begins), List.of(0, 0, 0), Set.of());
  }

  static boolean isWrong(State state) {
    for (int writer = 0; writer < state.writers.size(); writer++) {
      int effects = state.effects.get(writer);
      Phase phase = state.writers.get(writer).phase;
      boolean isWrong =
          effects > 1
              || (phase == Phase.IS_TOLD_DONE && effects != 1)
              || (phase == Phase.IS_TOLD_LOST && effects != 0);
      if (isWrong && !state.excused.contains(writer)) {
        return true;
      }
    }
    return false;
  }

  Collection<Step<State>> steps(State state) {
    List<Step<State>> steps = new ArrayList<>();
    for (int writer = 0; writer < state.writers.size(); writer++) {
      act(state, writer, steps);
    }
    for (Request request : state.underWay) {
      arrive(state, request, steps);
    }
    boolean old =
        state.underWay.isEmpty()
            && state.writers.stream().noneMatch(writer -> writer.tries > 0 && isBusy(writer));
    boolean isTombstone = state.thing.version > 0 && !state.thing.isLive();
    if (isTombstone && (old || mutant == Mutant.SWEEPS_YOUNG)) {
      steps.add(new Step<>("sweep", with(state, Thing.NOTHING, state.underWay)));
    }
    if (state.versions == 0) {
      State made = written(state, MAKER, VALUE, Set.of(MAKER), state.underWay);
      steps.add(new Step<>("somebody puts a value there", made));
    }
    return steps;
  }

  private static boolean isBusy(Progress writer) {
    return writer.phase.compareTo(Phase.IS_TOLD_DONE) < 0;
  }

  private void act(State state, int writer, List<Step<State>> steps) {
    Progress progress = state.writers.get(writer);
    String name = Writer.values()[writer] + " ";
    switch (progress.phase) {
      case LOOKS -> steps.add(new Step<>(name + "looks", look(state, writer)));
      case SENDS -> {
        Set<Integer> writes = new TreeSet<>(Set.of(writer));
        if (mutant != Mutant.NO_HISTORY) {
          writes.addAll(progress.seen.writes);
        }
        List<Request> underWay = new ArrayList<>(state.underWay);
        underWay.add(new Request(writer, progress.seen.etag(), writes));
        steps.add(
            new Step<>(
                name + "sends",
                told(
                    with(state, state.thing, underWay),
                    writer,
                    new Progress(
                        progress.tries + 1, Phase.WAITS, progress.unanswered, progress.seen))));
      }
      case WAITS ->
          steps.add(
              new Step<>(
                  name + "gives the answer up",
                  told(
                      state,
                      writer,
                      new Progress(progress.tries, Phase.LOOKS, true, progress.seen))));
      default -> {}
    }
  }

  private State look(State state, int writer) {
    Progress progress = state.writers.get(writer);
    Thing now = state.thing;
    Phase next;
    if (progress.tries > 0 && now.writes.contains(writer)) {
      next = Phase.IS_TOLD_DONE;
    } else if (mayBeUnnamed(progress, now) && mutant != Mutant.TRUSTS_EQUAL_ETAGS) {
      next = Phase.IS_TOLD_THAT_NOBODY_KNOWS;
    } else if (!Writer.values()[writer].demands(now)) {
      next = Phase.IS_TOLD_LOST;
    } else if (progress.tries == MAX_TRIES) {
      next = Phase.IS_TOLD_THAT_NOBODY_KNOWS;
    } else {
      next = Phase.SENDS;
    }
    return told(state, writer, new Progress(progress.tries, next, progress.unanswered, now));
  }

  /** Whether a write that the object does not name may have been there. */
  private static boolean mayBeUnnamed(Progress progress, Thing now) {
    Thing asked = progress.seen;
    return progress.unanswered && asked.version > 0 && !now.writes.contains(asked.newest);
  }

  private void arrive(State state, Request request, List<Step<State>> steps) {
    List<Request> others = new ArrayList<>(state.underWay);
    others.remove(request);
    String name = Writer.values()[request.writer] + "'s request ";
    steps.add(new Step<>(name + "is dropped", with(state, state.thing, others)));
    Progress progress = state.writers.get(request.writer);
    boolean isAwaited = progress.phase == Phase.WAITS;
    if (request.demanded == state.thing.etag()) {
      State done = written(state, request.writer, value(request.writer), request.writes, others);
      steps.add(new Step<>(name + "takes effect, without an answer", done));
      if (isAwaited) {
        steps.add(
            new Step<>(
                name + "takes effect",
                told(done, request.writer, progress.is(Phase.IS_TOLD_DONE))));
      }
    } else if (isAwaited) {
      Phase next = mutant == Mutant.NO_LOOK ? Phase.IS_TOLD_LOST : Phase.LOOKS;
      steps.add(
          new Step<>(
              name + "finds another version",
              told(with(state, state.thing, others), request.writer, progress.is(next))));
    }
  }

  private static int value(int writer) {
    return switch (Writer.values()[writer]) {
      case INSERTS -> VALUE;
      case REPLACES -> OTHER_VALUE;
      case REMOVES -> 0;
    };
  }

  private static State written(
      State state, int by, int value, Set<Integer> writes, List<Request> underWay) {
    Thing made = new Thing(state.versions + 1, value, by, writes);
    List<Integer> effects = new ArrayList<>(state.effects);
    if (by != MAKER) {
      effects.set(by, effects.get(by) + 1);
    }
    Set<Integer> excused = new TreeSet<>(state.excused);
    for (int writer = 0; made.isLive() && writer < MAKER; writer++) {
      if (writer != by && remembers(state.writers.get(writer), writer, underWay, value)) {
        excused.add(state.thing.version == 0 ? by : writer);
      }
    }
    if (by != MAKER && effects.get(by) > 1 && excused.contains(by)) {
      excused = Set.of(0, 1, 2);
    }
    return new State(
        made, made.version, List.copyOf(underWay), state.writers, List.copyOf(effects), excused);
  }

  private static boolean remembers(
      Progress progress, int writer, List<Request> underWay, int value) {
    return progress.seen.value == value
        || underWay.stream().anyMatch(late -> late.writer == writer && late.demanded == value);
  }

  private static State with(State state, Thing thing, List<Request> underWay) {
    return new State(
        thing, state.versions, List.copyOf(underWay), state.writers, state.effects, state.excused);
  }

  private static State told(State state, int writer, Progress progress) {
    List<Progress> writers = new ArrayList<>(state.writers);
    writers.set(writer, progress);
    return new State(
        state.thing,
        state.versions,
        state.underWay,
        List.copyOf(writers),
        state.effects,
        state.excused);
  }
}
