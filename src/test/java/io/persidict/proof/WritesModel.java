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
 * that are under way.
 *
 * <p><b>Property.</b> A write that is told as done took effect exactly once; one that is told as
 * lost never does.
 */
final class WritesModel {
  /** Ways to do it wrong. */
  enum Mutant {
    NONE,
    /** An object names only the write that made it, and none before. */
    NO_HISTORY,
    /** A condition that fails after a repetition is taken for a loss, without a look. */
    NO_LOOK,
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

  /**
   * What is stored under the name.
   *
   * @param version never used twice; 0 for nothing
   * @param writes those that the object names
   */
  record Thing(int version, boolean tombstone, Set<Integer> writes) {
    boolean isLive() {
      return version > 0 && !tombstone;
    }
  }

  /** A request under way, with the version that it demands. */
  record Request(int writer, int demanded, Set<Integer> writes) {}

  /** What a writer knows: how often it sent, the version it saw, what it was told. */
  record Progress(int tries, Phase phase, Thing seen) {}

  /** Where a writer is. */
  enum Phase {
    LOOKS,
    SENDS,
    WAITS,
    IS_TOLD_DONE,
    IS_TOLD_LOST
  }

  record State(
      Thing thing,
      int versions,
      List<Request> underWay,
      List<Progress> writers,
      List<Integer> effects) {}

  private final Mutant mutant;

  WritesModel(Mutant mutant) {
    this.mutant = mutant;
  }

  static State initial() {
    Thing nothing = new Thing(0, false, Set.of());
    Progress begins = new Progress(0, Phase.LOOKS, nothing);
    return new State(nothing, 0, List.of(), List.of(begins, begins, begins), List.of(0, 0, 0));
  }

  static boolean isWrong(State state) {
    for (int writer = 0; writer < state.writers.size(); writer++) {
      int effects = state.effects.get(writer);
      Phase phase = state.writers.get(writer).phase;
      if (effects > 1
          || (phase == Phase.IS_TOLD_DONE && effects != 1)
          || (phase == Phase.IS_TOLD_LOST && effects != 0)) {
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
    if (state.thing.tombstone && (old || mutant == Mutant.SWEEPS_YOUNG)) {
      steps.add(new Step<>("sweep", with(state, new Thing(0, false, Set.of()), state.underWay)));
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
        underWay.add(new Request(writer, progress.seen.version, writes));
        steps.add(
            new Step<>(
                name + "sends",
                told(
                    with(state, state.thing, underWay),
                    writer,
                    new Progress(progress.tries + 1, Phase.WAITS, progress.seen))));
      }
      case WAITS ->
          steps.add(
              new Step<>(
                  name + "gives the answer up",
                  told(state, writer, new Progress(progress.tries, Phase.LOOKS, progress.seen))));
      default -> {}
    }
  }

  private State look(State state, int writer) {
    Progress progress = state.writers.get(writer);
    Phase next;
    if (progress.tries > 0 && state.thing.writes.contains(writer)) {
      next = Phase.IS_TOLD_DONE;
    } else if (!Writer.values()[writer].demands(state.thing)) {
      next = Phase.IS_TOLD_LOST;
    } else if (progress.tries == MAX_TRIES) {
      return state; // it says that nobody knows
    } else {
      next = Phase.SENDS;
    }
    return told(state, writer, new Progress(progress.tries, next, state.thing));
  }

  private void arrive(State state, Request request, List<Step<State>> steps) {
    List<Request> others = new ArrayList<>(state.underWay);
    others.remove(request);
    String name = Writer.values()[request.writer] + "'s request ";
    steps.add(new Step<>(name + "is dropped", with(state, state.thing, others)));
    Progress progress = state.writers.get(request.writer);
    boolean isAwaited = progress.phase == Phase.WAITS;
    if (request.demanded == state.thing.version) {
      List<Integer> effects = new ArrayList<>(state.effects);
      effects.set(request.writer, effects.get(request.writer) + 1);
      boolean tombstone = Writer.values()[request.writer] == Writer.REMOVES;
      Thing made = new Thing(state.versions + 1, tombstone, request.writes);
      State done = new State(made, state.versions + 1, others, state.writers, List.copyOf(effects));
      steps.add(new Step<>(name + "takes effect, without an answer", done));
      if (isAwaited) {
        Progress told = new Progress(progress.tries, Phase.IS_TOLD_DONE, progress.seen);
        steps.add(new Step<>(name + "takes effect", told(done, request.writer, told)));
      }
    } else if (isAwaited) {
      boolean lost = mutant == Mutant.NO_LOOK;
      Progress told =
          new Progress(progress.tries, lost ? Phase.IS_TOLD_LOST : Phase.LOOKS, progress.seen);
      steps.add(
          new Step<>(
              name + "finds another version",
              told(with(state, state.thing, others), request.writer, told)));
    }
  }

  private static State with(State state, Thing thing, List<Request> underWay) {
    return new State(thing, state.versions, List.copyOf(underWay), state.writers, state.effects);
  }

  private static State told(State state, int writer, Progress progress) {
    List<Progress> writers = new ArrayList<>(state.writers);
    writers.set(writer, progress);
    return new State(
        state.thing, state.versions, state.underWay, List.copyOf(writers), state.effects);
  }
}
