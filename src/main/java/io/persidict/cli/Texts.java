package io.persidict.cli;

import java.time.DateTimeException;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes, durations and texts of others, as people read and write them. */
final class Texts {
  private static final Pattern PART = Pattern.compile("(\\d{1,9})(ms|s|m|h|d|w)");

  /** Together with any time of today, a number of milliseconds that there is. */
  private static final Duration LONGEST = Duration.ofDays(50_000_000_000L);

  /** What is wrong with a text that {@link #isInexact}, and what to do about it. */
  static final String INEXACT =
      "no characters in the locale's encoding, so that one could be taken for another; set LC_ALL"
          + " to the locale that they are of, such as C.UTF-8";

  private Texts() {}

  /**
   * Whether a text that the operating system gave has lost something: what the locale's encoding
   * does not have comes as one and the same character.
   */
  static boolean isInexact(String text) {
    return text.indexOf('\ufffd') >= 0;
  }

  /**
   * Reads {@code 90s}, {@code 1h30m}, {@code 7d} or ISO 8601's {@code PT1H30M}, in whole
   * milliseconds.
   *
   * @throws IllegalArgumentException if it is none of these, not positive, or longer than times go
   */
  static Duration duration(String text) {
    try {
      Duration sum = Duration.ZERO;
      Matcher parts = PART.matcher(text);
      int end = 0;
      while (parts.find() && parts.start() == end) {
        sum = sum.plus(unit(parts.group(2)).multipliedBy(Long.parseLong(parts.group(1))));
        end = parts.end();
      }
      Duration duration = end == text.length() ? sum : Duration.parse(text);
      if (duration.compareTo(LONGEST) > 0) {
        throw new IllegalArgumentException(
            "\"" + printable(text) + "\" is longer than " + LONGEST.toDays() + "d; write less");
      }
      if (!duration.isNegative() && !duration.isZero()) {
        return Duration.ofMillis(Math.max(1, duration.toMillis()));
      }
    } catch (DateTimeException | ArithmeticException e) {
      // told below
    }
    throw new IllegalArgumentException(
        "\"" + printable(text) + "\" is no positive duration; write 90s, 1h30m, 7d or PT1H30M");
  }

  private static Duration unit(String name) {
    return switch (name) {
      case "ms" -> Duration.ofMillis(1);
      case "s" -> Duration.ofSeconds(1);
      case "m" -> Duration.ofMinutes(1);
      case "h" -> Duration.ofHours(1);
      case "d" -> Duration.ofDays(1);
      default -> Duration.ofDays(7);
    };
  }

  /** A time that passed or is left, by its largest unit. */
  static String rough(Duration time) {
    long seconds = time.toSeconds();
    if (seconds < 120) {
      return seconds + " s";
    }
    if (seconds < 120 * 60) {
      return seconds / 60 + " min";
    }
    return seconds < 48 * 3600 ? seconds / 3600 + " h" : seconds / 86_400 + " d";
  }

  /** A number of bytes, by its largest unit. */
  static String size(long bytes) {
    if (bytes < 1000) {
      return bytes + " B";
    }
    double rest = bytes;
    int unit = -1;
    while (rest >= 999.95) {
      rest /= 1000;
      unit++;
    }
    return String.format(Locale.ROOT, "%.1f %cB", rest, "kMGTPE".charAt(unit));
  }

  /** A text that stays on its line and cannot command a terminal or reorder what is shown. */
  static String printable(String text) {
    StringBuilder shown = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              if (isPlain(c)) {
                shown.appendCodePoint(c);
              } else if (c > 0xffff) {
                shown.append(String.format("\\U%08x", c));
              } else {
                shown.append(String.format("\\u%04x", c));
              }
            });
    return shown.toString();
  }

  /** The same, but lines stay lines and tabs stay tabs. */
  static String printableLines(String text) {
    StringBuilder shown = new StringBuilder(text.length());
    for (String part : text.split("(?<=[\n\t])|(?=[\n\t])", -1)) {
      shown.append(part.equals("\n") || part.equals("\t") ? part : printable(part));
    }
    return shown.toString();
  }

  /** Whether a character shows as itself and does nothing else. */
  static boolean isPlain(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }
}
