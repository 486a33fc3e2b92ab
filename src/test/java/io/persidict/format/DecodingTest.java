package io.persidict.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;

/** What formats of others, and the classes of values, throw. */
final class DecodingTest {
  /** Throws {@code thrown} whatever it is asked. */
  private static Format<String> failing(Throwable thrown) {
    return new Format<>() {
      @Override
      public String extension() {
        return "own";
      }

      @Override
      public byte[] encode(String value) {
        throw DecodingTest.<RuntimeException>sneak(thrown);
      }

      @Override
      public String decode(byte[] bytes) {
        throw DecodingTest.<RuntimeException>sneak(thrown);
      }
    };
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <T extends Throwable> RuntimeException sneak(Throwable thrown) throws T {
    throw (T) thrown;
  }

  private static void assertRefused(Throwable thrown) {
    Format<String> format = new CheckedFormat<>(failing(thrown), String.class, true);
    for (Runnable call :
        new Runnable[] {() -> format.encode("value"), () -> format.decode(new byte[1])}) {
      assertThatExceptionOfType(FormatException.class)
          .isThrownBy(call::run)
          .withMessageContaining(thrown.getClass().getName());
      assertThat(Thread.interrupted()).isEqualTo(thrown instanceof InterruptedException);
    }
  }

  @Test
  void isRefused() {
    assertRefused(new IllegalStateException("broken"));
    assertRefused(new AssertionError("broken"));
  }

  @Test
  void anInterruptStaysPending() {
    assertRefused(new InterruptedException("on purpose"));
  }

  @Test
  void whatCannotTellWhatItIsIsRefusedToo() {
    assertRefused(
        new RuntimeException() {
          private static final long serialVersionUID = 1L;

          @Override
          public String getMessage() {
            throw new IllegalStateException("nobody knows");
          }
        });
  }
}
