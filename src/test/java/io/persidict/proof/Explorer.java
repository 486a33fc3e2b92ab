package io.persidict.proof;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Visits every state that a model can reach, each once, and finds a shortest way to one that must
 * not be.
 *
 * @param <S> the states: values that are equal if all that follows is
 */
final class Explorer<S> {
  /** What somebody does, and the state that follows. */
  record Step<S>(String what, S next) {}

  private record Origin<S>(S state, String what) {}

  private final Map<S, Optional<Origin<S>>> origins = new HashMap<>();

  /** How many states were visited. */
  int visited() {
    return origins.size();
  }

  /**
   * Explores all that follows {@code initial}.
   *
   * @param steps all that can happen next
   * @param isWrong what must not be
   * @return the steps to a wrong state; empty if there is none
   */
  List<String> wayToWrong(S initial, Function<S, Collection<Step<S>>> steps, Predicate<S> isWrong) {
    Deque<S> open = new ArrayDeque<>(List.of(initial));
    origins.put(initial, Optional.empty());
    while (!open.isEmpty()) {
      S state = open.remove();
      if (isWrong.test(state)) {
        return wayTo(state);
      }
      for (Step<S> step : steps.apply(state)) {
        if (origins.putIfAbsent(step.next, Optional.of(new Origin<>(state, step.what))) == null) {
          open.add(step.next);
        }
      }
    }
    return List.of();
  }

  private List<String> wayTo(S state) {
    List<String> way = new ArrayList<>();
    Optional<Origin<S>> origin = origins.get(state);
    while (origin.isPresent()) {
      way.add(origin.get().what);
      origin = origins.get(origin.get().state);
    }
    Collections.reverse(way);
    return way;
  }
}
