package io.persidict.store;

import java.util.regex.Pattern;

/** Keeps what may be a user's name or secret out of messages. */
public final class Credentials {
  /** A user before a host, or a port that is no number, as in a URI that was cut short. */
  private static final Pattern PATTERN = Pattern.compile("(?i)@|%40|//[^/]*:[^/]*[^/0-9\\]]");

  private Credentials() {}

  /**
   * {@return whether a text may hold a user's name or secret}
   *
   * @param text a URI, or meant as one
   */
  public static boolean mayBeIn(String text) {
    return PATTERN.matcher(text).find();
  }

  /**
   * {@return a text as a message may show it: who wrote a user into it may have written a secret
   * too}
   *
   * @param text a URI, or meant as one
   */
  public static String hiddenIn(String text) {
    return mayBeIn(text) ? "the one given, which is not shown since it may hold credentials" : text;
  }
}
