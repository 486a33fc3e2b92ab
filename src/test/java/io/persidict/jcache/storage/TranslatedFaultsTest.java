package io.persidict.jcache.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.persidict.format.FormatException;
import io.persidict.store.StoreException;
import java.util.Iterator;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.cache.CacheException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class TranslatedFaultsTest {
  static Stream<RuntimeException> faults() {
    return Stream.of(new StoreException("on purpose"), new FormatException("on purpose"));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void aFaultInTheMiddleIsACacheException(RuntimeException fault) {
    AtomicInteger taken = new AtomicInteger();
    AtomicBoolean closed = new AtomicBoolean();
    Stream<Integer> failing =
        IntStream.range(0, 100)
            .boxed()
            .peek(
                i -> {
                  taken.incrementAndGet();
                  if (i == 2) {
                    throw fault;
                  }
                })
            .onClose(() -> closed.set(true));
    try (Stream<Integer> translated = TranslatedFaults.of(failing)) {
      Iterator<Integer> iterator = translated.iterator();
      assertThat(iterator.next()).isZero();
      assertThat(taken).hasValue(1);
      assertThat(iterator.next()).isEqualTo(1);
      assertThatExceptionOfType(CacheException.class)
          .isThrownBy(iterator::hasNext)
          .withMessage("on purpose")
          .withCause(fault);
    }
    assertThat(closed).isTrue();
  }
}
