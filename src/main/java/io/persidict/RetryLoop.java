package io.persidict;

import io.persidict.key.DictKey;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/** Reads an entry, has it edited, and starts over if it was changed meanwhile. */
record RetryLoop<V>(PersiDict<V> dict, DictKey key) {
  /** See {@link PersiDict#transform}; {@link Integer#MAX_VALUE} retries stand for any number. */
  Optional<V> run(Function<Optional<V>, Edit<V>> function, int maxRetries) {
    if (maxRetries < 0) {
      throw new IllegalArgumentException(maxRetries + " retries; 0 or more are possible");
    }
    for (long retry = 0; ; retry++) {
      Optional<Item<V>> item = dict.item(key);
      Optional<V> value = item.map(Item::value);
      Edit<V> edit = Objects.requireNonNull(function.apply(value), "the function's edit");
      if (edit instanceof Edit.KeepCurrent) {
        return value;
      }
      Condition unchanged =
          item.map(seen -> Condition.matches(seen.etag())).orElse(Condition.absent());
      if (dict.apply(key, edit, unchanged).satisfied()) {
        return edit instanceof Edit.Set<V> set ? Optional.of(set.value()) : Optional.empty();
      }
      if (retry >= maxRetries && maxRetries < Integer.MAX_VALUE) {
        throw new ConflictException(
            "key " + key + " was changed by others during each of " + (retry + 1) + " tries");
      }
    }
  }
}
