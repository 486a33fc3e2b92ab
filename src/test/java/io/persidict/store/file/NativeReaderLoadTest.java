package io.persidict.store.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.store.ETag;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What cannot be loaded costs the native reader, and no store. */
final class NativeReaderLoadTest {
  /** As virtual machines without the calls of other languages have it. */
  static final class Unsupported extends Unread {
    static final int LINKER = fail(new Error("there is no registration of open"));
  }

  static final class Refused extends Unread {
    static final int LINKER = fail(new IllegalStateException("not today"));
  }

  private abstract static class Unread extends NativeReader {
    static <T extends Throwable> int fail(T fault) throws T {
      throw fault;
    }

    @Override
    @Nullable Version read(
        byte[] prefix, String name, boolean withStat, @Nullable ETag ifNoneMatch) {
      return null;
    }
  }

  @ParameterizedTest
  @ValueSource(classes = {Unsupported.class, Refused.class, Unread.class, String.class})
  void isDoneWithout(Class<?> type) {
    assertThat(NativeReader.load(type.getName())).isNull();
  }
}
