package io.persidict.proof;

import io.persidict.proof.Explorer.Step;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * How three contenders take turns at a lease by conditional writes, while any of them may stand
 * still at any moment for any time. Their clocks run alike and show different times.
 *
 * <p><b>Property.</b> A lease is taken from a holder only if it was not renewed for its length, and
 * nobody who lost it can renew it.
 */
final class LeaseModel {
  /** Ways to do it wrong. */
  enum Mutant {
    NONE,
    /** Takes over whatever version there is by now. */
    NO_CONDITION,
    /** Counts from when it asked, instead of from when it was answered. */
    COUNTS_FROM_ASKING,
    /** Goes by the time that the holder wrote, though its clock differs. */
    TRUSTS_CLOCKS
  }

  private static final int LENGTH = 2;
  private static final int TIME = 7;
  private static final int MAX_VERSIONS = 4;
  private static final int CONTENDERS = 3;
  private static final int NOBODY = -1;

  /** How far the clock of each contender is ahead. */
  private static final int[] AHEAD = {0, 2, 0};

  /**
   * @param version of the stored lease; 0 for none
   * @param holder who wrote it
   * @param renewed when
   */
  record Stored(int version, int holder, int renewed) {}

  /**
   * What a contender knows.
   *
   * @param held the version that it wrote last, if it believes to hold the lease
   * @param seen the version that it saw
   * @param since when
   * @param asked when it began to look, while it looks
   */
  record Contender(int held, int seen, int since, int asked, boolean looks) {}

  record State(int time, Stored stored, List<Contender> contenders, boolean wrong) {}

  private final Mutant mutant;

  LeaseModel(Mutant mutant) {
    this.mutant = mutant;
  }

  static State initial() {
    Contender idle = new Contender(NOBODY, NOBODY, 0, 0, false);
    return new State(0, new Stored(0, NOBODY, 0), List.of(idle, idle, idle), false);
  }

  static boolean isWrong(State state) {
    return state.wrong;
  }

  Collection<Step<State>> steps(State state) {
    List<Step<State>> steps = new ArrayList<>();
    if (state.time < TIME) {
      steps.add(
          new Step<>(
              "time goes by",
              new State(state.time + 1, state.stored, state.contenders, state.wrong)));
    }
    for (int who = 0; who < CONTENDERS; who++) {
      act(state, who, steps);
    }
    return steps;
  }

  private void act(State state, int who, List<Step<State>> steps) {
    Contender self = state.contenders.get(who);
    String name = "contender " + who + " ";
    Stored stored = state.stored;
    if (self.held != NOBODY) {
      boolean mine = stored.version == self.held;
      steps.add(
          mine && stored.version < MAX_VERSIONS
              ? new Step<>(name + "renews", written(state, who, false))
              : new Step<>(
                  name + "learns whether it lost the lease",
                  known(state, who, mine ? self : nothing(self))));
      return;
    }
    if (!self.looks) {
      steps.add(
          new Step<>(
              name + "asks",
              known(state, who, new Contender(NOBODY, self.seen, self.since, state.time, true))));
      return;
    }
    if (stored.version == 0) {
      steps.add(new Step<>(name + "takes a new lease", written(state, who, false)));
      return;
    }
    int since = mutant == Mutant.COUNTS_FROM_ASKING ? self.asked : state.time;
    if (stored.version != self.seen) {
      steps.add(
          new Step<>(
              name + "sees version " + stored.version,
              known(state, who, new Contender(NOBODY, stored.version, since, 0, false))));
    }
    boolean over =
        mutant == Mutant.TRUSTS_CLOCKS
            ? state.time + AHEAD[who] - (stored.renewed + AHEAD[stored.holder]) >= LENGTH
            : self.asked - self.since >= LENGTH && self.seen != NOBODY;
    if (over
        && stored.version < MAX_VERSIONS
        && (stored.version == self.seen || mutant == Mutant.NO_CONDITION)) {
      steps.add(new Step<>(name + "takes over", written(state, who, true)));
    } else if (stored.version == self.seen) {
      steps.add(
          new Step<>(
              name + "waits on",
              known(state, who, new Contender(NOBODY, self.seen, self.since, 0, false))));
    }
  }

  private static Contender nothing(Contender before) {
    return new Contender(NOBODY, before.seen, before.since, 0, false);
  }

  private static State known(State state, int who, Contender contender) {
    List<Contender> contenders = new ArrayList<>(state.contenders);
    contenders.set(who, contender);
    return new State(state.time, state.stored, List.copyOf(contenders), state.wrong);
  }

  private static State written(State state, int who, boolean takenOver) {
    boolean early = takenOver && state.time - state.stored.renewed < LENGTH;
    Stored stored = new Stored(state.stored.version + 1, who, state.time);
    State known = known(state, who, new Contender(stored.version, NOBODY, 0, 0, false));
    return new State(state.time, stored, known.contenders, state.wrong || early);
  }
}
