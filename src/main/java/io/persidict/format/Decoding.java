package io.persidict.format;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Decoding of bytes by code that may fail in any way: of formats, and of the values' classes. */
public final class Decoding {
  private static final int MAX_CAUSES = 100;

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
   * {@return whether decoding failed because the heap or this thread's stack had no room: the same
   * bytes may be decoded at another time}
   *
   * @param failure of {@link #of}
   */
  public static boolean lackedMemory(FormatException failure) {
    Throwable thrown = failure;
    for (int depth = 0; thrown != null && depth < MAX_CAUSES; depth++) {
      if (thrown instanceof StackOverflowError || isHeapFull(thrown)) {
        return true;
      }
      try {
        thrown = thrown.getCause();
      } catch (Throwable e) { // it is of somebody else's class
        return false;
      }
    }
    return false;
  }

  /** Not so for an array that is longer than any, which hostile bytes may ask for. */
  private static boolean isHeapFull(Throwable thrown) {
    return thrown instanceof OutOfMemoryError
        && !"Requested array size exceeds VM limit".equals(thrown.getMessage());
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
