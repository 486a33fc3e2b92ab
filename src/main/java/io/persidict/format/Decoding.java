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
      throw new FormatException(String.valueOf(e), e);
    }
    if (decoded == null) {
      throw new FormatException("it is decoded as null");
    }
    return decoded;
  }
}
