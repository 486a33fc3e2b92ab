package io.persidict.proof;

import io.persidict.proof.Explorer.Step;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * How processes tell each other of changes by the table of changes, for one stripe of it and one
 * name: two writers, which may be killed at any moment, one reader with memory, who makes the
 * table, and one without. Somebody deletes the table once. That readers trust a table for a moment
 * after it was deleted is left out.
 *
 * <p><b>Property.</b> A read that begins after a write has returned, or after another read has
 * returned what was written, returns that or something later, also from memory.
 */
final class CoherenceModel {
  /** Ways to do it wrong. */
  enum Mutant {
    NONE,
    /** Writes without the lock of the stripe. */
    NO_LOCK,
    /** Tells that a change begins after it was made. */
    BEGINS_LATE,
    /** Tells that a change ended before it was made. */
    ENDS_EARLY,
    /** Watches while a change is under way. */
    WATCHES_CHANGES,
    /** Reads the value, and then begins to watch. */
    READS_FIRST,
    /** Returns what is in memory without a look at the table. */
    NO_CHECK,
    /** Watches by a new table, of which a writer who is under way may not know. */
    WATCHES_NEW_TABLE,
    /** Gives a new stripe its first number without the lock of the stripe. */
    NUMBERS_WITHOUT_LOCK,
    /** Tells of a change by a table without a look whether it is still in place. */
    TELLS_DELETED_TABLE
  }

  private static final int WRITES = 4;
  private static final int NOTHING = -1;

  /** What began and ended last where there is no table, and in a new one. */
  private static final int NO_TABLE = -2;

  private static final int NEW = 0;

  /** The number that a reader gives a new stripe, in the first table. */
  private static final int FIRST = 99;

  /** How often the table is deleted. */
  private static final int DELETIONS = 1;

  private final Mutant mutant;

  CoherenceModel(Mutant mutant) {
    this.mutant = mutant;
  }

  /**
   * @param table the number of tables that were deleted
   * @param begun the change that began last, as the table has it
   * @param ended the change that ended last
   * @param stored the value; a write adds one, and its change has the number of its value
   * @param next the number that the next write takes
   * @param known what every read must return at least
   * @param lock the writer that holds it
   * @param first where the writers are
   * @param reader where the reader is
   */
  record State(
      int table,
      int begun,
      int ended,
      int stored,
      int next,
      int known,
      int lock,
      Writer first,
      Writer second,
      Reader reader) {
    Writer writer(int which) {
      return which == 0 ? first : second;
    }

    State with(int which, Writer writer) {
      return new State(
          table,
          begun,
          ended,
          stored,
          next,
          known,
          lock,
          which == 0 ? writer : first,
          which == 0 ? second : writer,
          reader);
    }

    State with(Reader newReader) {
      return new State(table, begun, ended, stored, next, known, lock, first, second, newReader);
    }

    State withTable(int newBegun, int newEnded) {
      return new State(table, newBegun, newEnded, stored, next, known, lock, first, second, reader);
    }

    /** Somebody has deleted the table, which its reader notices. */
    State withoutTable() {
      Reader blind =
          new Reader(
              reader.steps,
              NOTHING,
              reader.memory,
              NOTHING,
              reader.read,
              reader.atLeast,
              reader.wrong);
      return new State(
          table + 1, NO_TABLE, NO_TABLE, stored, next, known, lock, first, second, blind);
    }

    boolean hasTable() {
      return begun != NO_TABLE;
    }

    State withStored(int value) {
      return new State(table, begun, ended, value, next, known, lock, first, second, reader);
    }

    State withKnown(int value) {
      return new State(
          table, begun, ended, stored, next, Math.max(known, value), lock, first, second, reader);
    }

    State withLock(int holder) {
      return new State(table, begun, ended, stored, next, known, holder, first, second, reader);
    }

    State withNext() {
      return new State(table, begun, ended, stored, next + 1, known, lock, first, second, reader);
    }
  }

  /**
   * A writer that writes {@code value}, and has done so many steps of that.
   *
   * @param told the table that it tells of its change, or none
   */
  record Writer(int steps, int value, int told, boolean dead) {
    static final Writer IDLE = new Writer(0, 0, NOTHING, false);

    Writer further() {
      return new Writer(steps + 1, value, told, dead);
    }

    Writer telling(int table) {
      return new Writer(steps, value, table, dead);
    }

    Writer killed() {
      return new Writer(steps, value, told, true);
    }
  }

  /**
   * @param watch the change by which the value in memory is known to be current
   * @param memory the value in memory
   * @param begun what was read of the table so far
   * @param read what was read of the store so far
   * @param atLeast what is known as the read begins
   */
  record Reader(
      int steps, int watch, int memory, int begun, int read, int atLeast, boolean wrong) {}

  static State initial() {
    return new State(
        0,
        NO_TABLE,
        NO_TABLE,
        0,
        1,
        0,
        NOTHING,
        Writer.IDLE,
        Writer.IDLE,
        new Reader(0, NOTHING, NOTHING, NOTHING, NOTHING, 0, false));
  }

  static boolean isWrong(State state) {
    return state.reader.wrong;
  }

  Collection<Step<State>> steps(State state) {
    List<Step<State>> steps = new ArrayList<>();
    for (int which = 0; which < 2; which++) {
      write(state, which, steps);
    }
    read(state, steps);
    steps.add(
        new Step<>("a reader without memory reads " + state.stored, state.withKnown(state.stored)));
    if (state.hasTable() && state.table < DELETIONS) {
      steps.add(new Step<>("somebody deletes the table", state.withoutTable()));
    }
    return steps;
  }

  private void write(State state, int which, List<Step<State>> steps) {
    Writer writer = state.writer(which);
    if (writer.dead) {
      return;
    }
    String name = "writer " + which + " ";
    if (writer.steps == 0) {
      if (state.next <= WRITES && (state.lock == NOTHING || mutant == Mutant.NO_LOCK)) {
        steps.add(
            new Step<>(
                name + "begins to write " + state.next,
                state
                    .withLock(which)
                    .with(which, new Writer(1, state.next, NOTHING, false))
                    .withNext()));
      }
      return;
    }
    State dead = state.with(which, writer.killed());
    steps.add(new Step<>(name + "is killed", state.lock == which ? dead.withLock(NOTHING) : dead));
    State further = state.with(which, writer.further());
    int value = writer.value;
    State looks = further.with(which, writer.telling(tableToTell(state)).further());
    boolean tellsTable = state.hasTable() && writer.told == state.table;
    State tellsBegin = tellsTable ? further.withTable(value, state.ended) : further;
    State stores = further.withStored(Math.max(value, state.stored));
    State tellsEnd = tellsTable ? further.withTable(value, value) : further;
    if (state.hasTable() && !tellsTable) { // it was made meanwhile
      tellsEnd = state.withTable(value, state.ended).with(which, writer.telling(state.table));
    }
    List<State> order =
        switch (mutant) {
          case BEGINS_LATE -> List.of(looks, stores, tellsBegin, tellsEnd);
          case ENDS_EARLY -> List.of(looks, tellsBegin, tellsEnd, stores);
          default -> List.of(looks, tellsBegin, stores, tellsEnd);
        };
    switch (writer.steps) {
      case 1, 2, 3, 4 ->
          steps.add(new Step<>(name + "does step " + writer.steps, order.get(writer.steps - 1)));
      case 5 -> steps.add(new Step<>(name + "unlocks", further.withLock(NOTHING)));
      default ->
          steps.add(new Step<>(name + "returns", state.with(which, Writer.IDLE).withKnown(value)));
    }
  }

  private int tableToTell(State state) {
    if (mutant == Mutant.TELLS_DELETED_TABLE && state.table > 0) {
      return 0;
    }
    return state.hasTable() ? state.table : NOTHING;
  }

  private void read(State state, List<Step<State>> steps) {
    Reader r = state.reader;
    switch (r.steps) {
      case 0 ->
          steps.add(
              new Step<>(
                  "reader begins",
                  state.with(
                      new Reader(
                          r.memory == NOTHING ? 2 : 1,
                          r.watch,
                          r.memory,
                          NOTHING,
                          NOTHING,
                          state.known,
                          false))));
      case 1 -> {
        boolean current = state.begun == r.watch || mutant == Mutant.NO_CHECK;
        steps.add(
            current
                ? new Step<>(
                    "reader returns " + r.memory + " from memory",
                    returned(state, r, r.watch, r.memory, r.memory))
                : new Step<>(
                    "reader looks no further in memory",
                    state.with(
                        new Reader(2, NOTHING, NOTHING, NOTHING, NOTHING, r.atLeast, false))));
      }
      case 2 -> {
        if (!state.hasTable()) {
          steps.add(new Step<>("reader makes the table", state.withTable(NEW, NEW)));
          return;
        }
        if (state.begun == NEW && mutant != Mutant.WATCHES_NEW_TABLE) {
          boolean isFree = state.lock == NOTHING || mutant == Mutant.NUMBERS_WITHOUT_LOCK;
          steps.add(
              isFree
                  ? new Step<>(
                      "reader numbers the stripe",
                      state.withTable(FIRST + state.table, FIRST + state.table))
                  : new Step<>(
                      "reader cannot watch",
                      state.with(
                          new Reader(4, NOTHING, NOTHING, NOTHING, NOTHING, r.atLeast, false))));
          return;
        }
        int read = mutant == Mutant.READS_FIRST ? state.stored : NOTHING;
        steps.add(
            new Step<>(
                "reader reads what began",
                state.with(
                    new Reader(
                        mutant == Mutant.READS_FIRST ? 5 : 3,
                        NOTHING,
                        NOTHING,
                        mutant == Mutant.READS_FIRST ? NOTHING : state.begun,
                        read,
                        r.atLeast,
                        false))));
      }
      case 3 -> {
        boolean still = r.begun == state.ended || mutant == Mutant.WATCHES_CHANGES;
        steps.add(
            new Step<>(
                "reader reads what ended",
                state.with(
                    new Reader(
                        4,
                        still ? r.begun : NOTHING,
                        NOTHING,
                        r.begun,
                        r.read,
                        r.atLeast,
                        false))));
      }
      case 5 ->
          steps.add(
              new Step<>(
                  "reader reads what began, late",
                  state.with(
                      new Reader(3, NOTHING, NOTHING, state.begun, r.read, r.atLeast, false))));
      default -> {
        int value = r.read == NOTHING ? state.stored : r.read;
        steps.add(
            new Step<>(
                "reader returns " + value,
                returned(state, r, r.watch, r.watch == NOTHING ? NOTHING : value, value)));
      }
    }
  }

  private static State returned(State state, Reader reader, int watch, int memory, int value) {
    return state
        .with(new Reader(0, watch, memory, NOTHING, NOTHING, 0, value < reader.atLeast))
        .withKnown(value);
  }
}
