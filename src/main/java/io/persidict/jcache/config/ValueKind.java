package io.persidict.jcache.config;

import io.persidict.key.KeyLayout;
import java.io.ObjectInputFilter;
import java.net.URI;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;

/** The kinds of values that settings have: what is allowed, in words, and how it is read. */
enum ValueKind {
  ANY("anything", text -> text),
  BOOLEAN("true, false", oneOf("true", "false")),
  UNKNOWN_MEMBERS("ignore, refuse", oneOf("ignore", "refuse")),
  LAYOUT("entry, plain", oneOf("entry", "plain")),
  DURABILITY("os, fsync", oneOf("os", "fsync")),
  ON_REWRITE("reject, keep-first", oneOf("reject", "keep-first")),
  NULL_RESULTS("call-again, keep", oneOf("call-again", "keep")),
  DIGEST_LENGTH(
      "0 to " + KeyLayout.MAX_DIGEST_LENGTH,
      matching("[0-9]|1[0-9]|2[0-" + KeyLayout.MAX_DIGEST_LENGTH % 10 + "]")),
  POSITIVE("1 to 999999999999999999", matching("0*[1-9][0-9]{0,17}")),
  SHARE("0 to 1, such as 0.01", matching("0|1|0?\\.[0-9]{1,15}|[01]\\.0{1,15}")),
  COHERENCE(
      "checked, unchecked, or a positive duration such as PT5S",
      text -> List.of("checked", "unchecked").contains(text) ? text : positiveDuration(text)),
  INTERVAL(
      "never, or a positive duration such as PT1H",
      text -> text.equals("never") ? text : positiveDuration(text)),
  DURATION("a positive duration such as PT30S", ValueKind::positiveDuration),
  EXPIRY(DeclaredCache.EXPIRIES, DeclaredCache::expiry),
  CLASS(
      "the name of a class",
      matching("[\\p{L}_$][\\p{L}\\p{N}_$]*(\\.[\\p{L}_$][\\p{L}\\p{N}_$]*)*")),
  FILTER(
      "JEP 290 patterns with semicolons between them, such as com.example.model.*",
      ValueKind::filter),
  URL("a URL such as https://host:9000", URI::create),
  DIRECTORY("a directory", Path::of);

  private static final Pattern PATTERN =
      Pattern.compile(
          "|max(depth|refs|bytes|array)=[0-9]+|!?([\\p{L}\\p{N}_.]+/)?[\\p{L}\\p{N}_$.]*\\*{0,2}");

  private final String allowed;

  @SuppressWarnings("ImmutableEnumChecker") // the functions have no state
  private final Function<String, ?> reader;

  ValueKind(String allowed, Function<String, ?> reader) {
    this.allowed = allowed;
    this.reader = reader;
  }

  String allowed() {
    return allowed;
  }

  /** Whether {@code text} is a value of this kind. */
  boolean includes(String text) {
    try {
      return reader.apply(text) != null;
    } catch (IllegalArgumentException | DateTimeException | ArithmeticException e) {
      return false;
    }
  }

  private static Function<String, String> oneOf(String... values) {
    return text -> requireTrue(text, Arrays.asList(values).contains(text));
  }

  private static Function<String, String> matching(String pattern) {
    Pattern compiled = Pattern.compile(pattern);
    return text -> requireTrue(text, compiled.matcher(text).matches());
  }

  private static String requireTrue(String text, boolean isRight) {
    if (!isRight) {
      throw new IllegalArgumentException(text);
    }
    return text;
  }

  private static Duration positiveDuration(String text) {
    Duration duration = Duration.parse(text);
    requireTrue(text, duration.toNanos() > 0);
    return duration;
  }

  /** The JDK takes any text without a wildcard for the name of a class, so that is checked here. */
  private static String filter(String patterns) {
    for (String pattern : patterns.split(";", -1)) {
      requireTrue(pattern, PATTERN.matcher(pattern.strip()).matches());
    }
    ObjectInputFilter.Config.createFilter(patterns);
    return patterns;
  }
}
