package io.persidict;

import io.persidict.format.FormatException;
import io.persidict.key.DictKey;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** An entry that was read, or that could not be, or is gone. */
record ReadAttempt<V>(DictKey key, Optional<Item<V>> item, @Nullable FormatException fault) {
  static <V> ReadAttempt<V> of(DictKey key, Supplier<Optional<Item<V>>> read) {
    try {
      return new ReadAttempt<>(key, read.get(), null);
    } catch (FormatException e) {
      return new ReadAttempt<>(key, Optional.empty(), e);
    }
  }

  /** The entry; empty after a report if it could not be read. */
  Optional<Item<V>> orReport(BiConsumer<? super DictKey, ? super FormatException> unreadable) {
    if (fault != null) {
      unreadable.accept(key, fault);
    }
    return item;
  }
}
