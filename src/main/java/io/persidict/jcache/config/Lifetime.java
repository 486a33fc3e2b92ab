package io.persidict.jcache.config;

import java.time.DateTimeException;
import java.time.Duration;
import javax.cache.CacheException;
import javax.cache.expiry.AccessedExpiryPolicy;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.EternalExpiryPolicy;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.expiry.ModifiedExpiryPolicy;
import javax.cache.expiry.TouchedExpiryPolicy;
import org.jspecify.annotations.Nullable;

/**
 * How long the entries of a cache live after they were written last, in the store: what JCache's
 * own expiry policies postpone, they write. So a listing tells what is over, except where somebody
 * opened the cache with a policy of his own, one process with an eternal one and another without,
 * or somebody gave an entry a time of its own.
 *
 * @param kind what is known
 * @param duration the longest that any entry has; zero unless the kind is {@code BOUNDED}
 */
public record Lifetime(Kind kind, Duration duration) {
  /** What is known of it. */
  public enum Kind {
    ETERNAL,
    BOUNDED,
    /** Only each entry's own record tells. */
    MIXED
  }

  /** For ever. */
  public static final Lifetime ETERNAL = new Lifetime(Kind.ETERNAL, Duration.ZERO);

  /** Only each entry tells. */
  public static final Lifetime MIXED = new Lifetime(Kind.MIXED, Duration.ZERO);

  private static final String ETERNAL_TEXT = "eternal";

  /**
   * That of entries under {@code policy}.
   *
   * @throws CacheException if that is one of JCache's own, made with null for a duration
   */
  public static Lifetime of(ExpiryPolicy policy) {
    Class<?> type = policy.getClass();
    if (type == EternalExpiryPolicy.class) {
      return ETERNAL;
    }
    if (type != CreatedExpiryPolicy.class
        && type != ModifiedExpiryPolicy.class
        && type != TouchedExpiryPolicy.class
        && type != AccessedExpiryPolicy.class) {
      return MIXED;
    }
    javax.cache.expiry.@Nullable Duration given = policy.getExpiryForCreation();
    if (given == null) {
      throw new CacheException(
          "a "
              + type.getSimpleName()
              + " was made with the duration null; it must have one, such as Duration.ONE_HOUR, or"
              + " Duration.ETERNAL");
    }
    if (given.isEternal()) {
      return ETERNAL;
    }
    try {
      Duration duration =
          Duration.of(given.getDurationAmount(), given.getTimeUnit().toChronoUnit());
      return duration.toMillis() > 0 ? new Lifetime(Kind.BOUNDED, duration) : MIXED;
    } catch (ArithmeticException e) {
      return ETERNAL;
    }
  }

  /** What {@link #toString} wrote; {@code MIXED} for anything else. */
  public static Lifetime parse(String text) {
    if (text.equals(ETERNAL_TEXT)) {
      return ETERNAL;
    }
    try {
      Duration duration = Duration.parse(text);
      return duration.toMillis() > 0 ? new Lifetime(Kind.BOUNDED, duration) : MIXED;
    } catch (DateTimeException | ArithmeticException e) {
      return MIXED;
    }
  }

  /** That of entries of both. */
  public Lifetime and(@Nullable Lifetime other) {
    if (other == null || includes(other)) {
      return this;
    }
    return kind == Kind.BOUNDED && other.kind == Kind.BOUNDED ? other : MIXED;
  }

  /** Whether it is also that of entries of both. */
  public boolean includes(Lifetime other) {
    return kind == Kind.MIXED || (kind == other.kind && duration.compareTo(other.duration) >= 0);
  }

  @Override
  public String toString() {
    return switch (kind) {
      case ETERNAL -> ETERNAL_TEXT;
      case BOUNDED -> duration.toString();
      case MIXED -> "mixed";
    };
  }
}
