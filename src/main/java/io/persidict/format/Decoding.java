package io.persidict.format;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Decoding of bytes by code that may fail in any way: of formats, and of the values' classes. */
public final class Decoding {
  private Decoding() {}

  /**
   * {@return what {@code decoding} returns}
   *
   * @param <T> the values
   * @param decoding called once, by this thread
   * @throws FormatException if it throws anything or returns null: whatever it is, it is what these
   *     bytes made of it, and no reason to give up others
   */
  public static <T> T of(Supplier<? extends @Nullable T> decoding) {
    T decoded;
    try {
      decoded = decoding.get();
    } catch (FormatException e) {
      throw e;
    } catch (Throwable e) { // also checked exceptions, which other languages throw anywhere
      keepInterrupt(e);
      throw new FormatException(told(e), e);
    }
    if (decoded == null) {
      throw new FormatException("it is decoded as null");
    }
    return decoded;
  }

  /**
   * {@return what is thrown, in words; its class alone if it fails to say more}
   *
   * @param thrown by code of somebody else's
   */
  public static String told(Throwable thrown) {
    try {
      return String.valueOf(thrown);
    } catch (Throwable e) {
      return thrown.getClass().getName();
    }
  }

  /** Leaves this thread interrupted if that is what {@code thrown} says. */
  static void keepInterrupt(Throwable thrown) {
    if (thrown instanceof InterruptedException) {
      Thread.currentThread().interrupt();
    }
  }
}
