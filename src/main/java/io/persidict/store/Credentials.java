package io.persidict.store;

import java.util.regex.Pattern;

/** Keeps what may be a user's name or secret out of messages. */
public final class Credentials {
  /** A user before a host, or a port that is no number, as in a URI that was cut short. */
  private static final Pattern PATTERN = Pattern.compile("(?i)@|%40|//[^/]*:[^/]*[^/0-9\\]]");

  private Credentials() {}

  /** Whether a text, that may be a URI or be meant as one, may hold a user's name or secret. */
  public static boolean mayBeIn(String text) {
    return PATTERN.matcher(text).find();
  }

  /** A text as a message may show it: who wrote a user into it may have written a secret too. */
  public static String hiddenIn(String text) {
    return mayBeIn(text) ? "the one given, which is not shown since it may hold credentials" : text;
  }
}
