package io.persidict.jcache.storage;

import java.util.Spliterator;
import java.util.Spliterators.AbstractSpliterator;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** What another spliterator has, whose faults become JCache's, also in the middle. */
final class TranslatedFaults<T> extends AbstractSpliterator<T> {
  private final Spliterator<T> elements;
  private @Nullable T taken;

  private TranslatedFaults(Spliterator<T> elements) {
    super(Long.MAX_VALUE, 0);
    this.elements = elements;
  }

  /** The elements of {@code stream}, as lazily. Closing the result closes it. */
  static <T> Stream<T> of(Stream<T> stream) {
    return StreamSupport.stream(new TranslatedFaults<>(stream.spliterator()), false)
        .onClose(stream::close);
  }

  @Override
  public boolean tryAdvance(Consumer<? super T> action) {
    StoreFaults.translated(() -> elements.tryAdvance(element -> taken = element));
    T element = taken;
    taken = null;
    if (element != null) {
      action.accept(element);
    }
    return element != null;
  }
}
