package io.persidict.proof;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds out whether there is an order of calls in which each of them has the result that it
 * returned, and which puts no call before one that had returned when it began (linearizability, by
 * the search of Wing and Gong with the memory of Lowe). Keys are judged one by one, since a history
 * is linearizable if each key's is.
 *
 * <p>A call whose outcome is unknown may be put anywhere after its start, or be left out. Where
 * entries are evicted, a value may also be gone between any two calls, but does not come back.
 */
final class Linearizability {
  private static final int MAX_CONFIGURATIONS = 5_000_000;

  private Linearizability() {}

  /**
   * What is wrong with a history of keys that were absent at first: for one of the keys, few calls
   * that no order explains. Empty if there is such an order for each key.
   */
  static Optional<List<Invocation>> violation(List<Invocation> history) {
    return violation(history, false);
  }

  /** The same where entries may be evicted at any time. */
  static Optional<List<Invocation>> violation(List<Invocation> history, boolean evicted) {
    TreeMap<String, List<Invocation>> byKey =
        history.stream()
            .collect(Collectors.groupingBy(Invocation::key, TreeMap::new, Collectors.toList()));
    return byKey.values().stream()
        .filter(calls -> !isLinearizable(calls, Collections.singleton(null), evicted))
        .findFirst()
        .map(calls -> minimized(calls, evicted));
  }

  /** Whether the calls on one key are, from one of these values on. */
  private static boolean isLinearizable(
      List<Invocation> calls, Set<Long> initial, boolean evicted) {
    return initial.stream().anyMatch(value -> new Search(calls, evicted).succeedsFrom(value));
  }

  /**
   * Less of a history that is none, and still none: without what happened after the first fault,
   * without reads and before that without what led to a state from which all is explained. Only
   * what makes the rest easier to explain is left out.
   */
  private static List<Invocation> minimized(List<Invocation> calls, boolean evicted) {
    List<Invocation> wrong = shortestPrefix(calls, evicted);
    Set<Long> initial = Collections.singleton(null);
    Set<Long> anything = new HashSet<>();
    anything.add(null);
    calls.stream()
        .flatMap(call -> Stream.of(String.valueOf(call.argument()), String.valueOf(call.result())))
        .filter(text -> text.matches("-?\\d+"))
        .forEach(text -> anything.add(Long.valueOf(text)));
    for (int cut = wrong.size() - 2; cut > 0; cut--) {
      List<Invocation> rest = from(wrong, wrong.get(cut).start());
      if (rest.size() < wrong.size() && !isLinearizable(rest, anything, evicted)) {
        wrong = rest;
        initial = anything;
        break;
      }
    }
    for (Invocation call : List.copyOf(wrong)) {
      List<Invocation> without = new ArrayList<>(wrong);
      without.remove(call);
      if (call.changesNothing() && !isLinearizable(without, initial, evicted)) {
        wrong = without;
      }
    }
    return wrong;
  }

  private static List<Invocation> shortestPrefix(List<Invocation> calls, boolean evicted) {
    List<Long> ends =
        calls.stream()
            .map(Invocation::end)
            .filter(end -> end != Invocation.NEVER)
            .sorted()
            .toList();
    int right = 0; // the first ends up to here are explained
    int wrong = ends.size();
    while (wrong - right > 1) {
      int middle = (right + wrong) >>> 1;
      if (isLinearizable(
          until(calls, ends.get(middle - 1)), Collections.singleton(null), evicted)) {
        right = middle;
      } else {
        wrong = middle;
      }
    }
    return until(calls, ends.get(wrong - 1));
  }

  private static List<Invocation> until(List<Invocation> calls, long end) {
    return calls.stream()
        .filter(call -> call.start() <= end)
        .map(call -> call.end() <= end ? call : call.unknown())
        .filter(call -> !call.isUnknown() || call.operation().writes())
        .sorted(Comparator.comparingLong(Invocation::start))
        .toList();
  }

  private static List<Invocation> from(List<Invocation> calls, long start) {
    return calls.stream()
        .filter(call -> call.end() >= start)
        .map(call -> call.start() >= start ? call : call.unknown())
        .filter(call -> !call.isUnknown() || call.operation().writes())
        .toList();
  }

  /**
   * How far a search came.
   *
   * @param first all known calls before this one were put in order
   * @param more further known calls that were, counted from {@code first}
   * @param unknown calls of unknown outcome that were
   */
  private record Configuration(int first, BitSet more, BitSet unknown, Long value) {}

  private static final class Search {
    private final List<Invocation> known;
    private final List<Invocation> unknown;
    private final boolean evicted;
    private final Set<Configuration> seen = new HashSet<>();
    private final Deque<Configuration> next = new ArrayDeque<>();

    Search(List<Invocation> calls, boolean evicted) {
      this.evicted = evicted;
      Comparator<Invocation> byStart = Comparator.comparingLong(Invocation::start);
      known = calls.stream().filter(call -> !call.isUnknown()).sorted(byStart).toList();
      unknown =
          calls.stream()
              .filter(call -> call.isUnknown() && call.operation().writes())
              .sorted(byStart)
              .toList();
    }

    boolean succeedsFrom(Long value) {
      add(new Configuration(0, new BitSet(), new BitSet(), value));
      while (!next.isEmpty()) {
        if (expand(next.pop())) {
          return true;
        }
        if (seen.size() > MAX_CONFIGURATIONS) {
          throw new IllegalStateException("undecided after " + seen.size() + " configurations");
        }
      }
      return false;
    }

    private void add(Configuration configuration) {
      if (seen.add(configuration)) {
        next.push(configuration);
      }
    }

    /** Puts one more call in order in each possible way; tells whether there is none left. */
    private boolean expand(Configuration from) {
      List<Integer> candidates = new ArrayList<>();
      long earliestEnd = Invocation.NEVER;
      for (int i = from.first; i < known.size() && known.get(i).start() <= earliestEnd; i++) {
        if (!from.more.get(i - from.first)) {
          candidates.add(i);
          earliestEnd = Math.min(earliestEnd, known.get(i).end());
        }
      }
      if (candidates.isEmpty()) {
        return true;
      }
      // What agrees and changes nothing can come first, whatever comes after it.
      for (int candidate : candidates) {
        Invocation call = known.get(candidate);
        if (call.agreesWith(from.value) && Objects.equals(call.after(from.value), from.value)) {
          add(with(from, candidate, from.value));
          return false;
        }
      }
      if (evicted && from.value != null) {
        add(new Configuration(from.first, from.more, from.unknown, null));
      }
      for (int i = 0; i < unknown.size() && unknown.get(i).start() <= earliestEnd; i++) {
        Long after = unknown.get(i).after(from.value);
        if (!from.unknown.get(i) && !Objects.equals(after, from.value)) {
          BitSet more = (BitSet) from.unknown.clone();
          more.set(i);
          add(new Configuration(from.first, from.more, more, after));
        }
      }
      for (int candidate : candidates) {
        Invocation call = known.get(candidate);
        if (call.agreesWith(from.value)) {
          add(with(from, candidate, call.after(from.value)));
        }
      }
      return false;
    }

    private static Configuration with(Configuration from, int call, Long value) {
      BitSet more = (BitSet) from.more.clone();
      more.set(call - from.first);
      int passed = more.nextClearBit(0);
      return new Configuration(
          from.first + passed, more.get(passed, more.length() + passed), from.unknown, value);
    }
  }
}
