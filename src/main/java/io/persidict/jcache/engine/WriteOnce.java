package io.persidict.jcache.engine;

import static io.persidict.jcache.config.Settings.Setting.CONSISTENCY_CHECKS;
import static io.persidict.jcache.config.Settings.Setting.IMMUTABLE_ITEMS;
import static io.persidict.jcache.config.Settings.Setting.ON_REWRITE;

import io.persidict.ConsistencyChecks;
import io.persidict.jcache.config.Settings;
import io.persidict.jcache.engine.Operation.Action;
import io.persidict.jcache.engine.Operation.Decision;
import io.persidict.jcache.storage.EntrySnapshot;
import java.util.Arrays;
import java.util.Objects;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a cache with immutable items: what becomes of operations that would change or
 * remove one. An expired entry is none.
 */
public final class WriteOnce {
  /** What a write to an entry comes to. */
  private enum OnRewrite {
    /** It is refused. */
    REJECT,
    /** It is ignored, after a comparison if one is due. */
    KEEP_FIRST
  }

  /** One entry stays as it is; the others of the same call have fates of their own. */
  static final class Refusal extends CacheException {
    private static final long serialVersionUID = 1L;

    private Refusal(String message) {
      super(message);
    }
  }

  private final OnRewrite onRewrite;
  private final ConsistencyChecks checks;

  private WriteOnce(OnRewrite onRewrite, ConsistencyChecks checks) {
    this.onRewrite = onRewrite;
    this.checks = checks;
  }

  /**
   * How the entries of a cache are written once; null where they may be changed.
   *
   * @throws CacheException if a setting of the cache is not as it must be
   */
  public static @Nullable WriteOnce of(Settings.ForCache settings) {
    boolean immutable = settings.isTrue(IMMUTABLE_ITEMS);
    if (!immutable) {
      settings.refuseUseless(
          ON_REWRITE,
          "nothing, unless immutable-items is true",
          settings.isAnywhere(IMMUTABLE_ITEMS, "true"::equals));
    }
    OnRewrite onRewrite =
        switch (settings.value(ON_REWRITE, "reject")) {
          case "reject" -> OnRewrite.REJECT;
          case "keep-first" -> OnRewrite.KEEP_FIRST;
          default -> throw settings.refused(ON_REWRITE, "reject, keep-first");
        };
    String share = settings.value(CONSISTENCY_CHECKS, "0");
    if (!share.matches("0|1|0?\\.[0-9]{1,15}|[01]\\.0{1,15}")) {
      throw settings.refused(CONSISTENCY_CHECKS, "0 to 1, such as 0.01");
    }
    double probability = Double.parseDouble(share);
    boolean compares = immutable && onRewrite == OnRewrite.KEEP_FIRST;
    if (probability > 0 && !compares) {
      settings.refuseUseless(
          CONSISTENCY_CHECKS,
          "0, unless immutable-items is true and on-rewrite is keep-first",
          settings.isAnywhere(ON_REWRITE, "keep-first"::equals));
    }
    return immutable
        ? new WriteOnce(onRewrite, new ConsistencyChecks(compares ? probability : 0))
        : null;
  }

  public ConsistencyChecks checks() {
    return checks;
  }

  boolean ignoresRewrites() {
    return onRewrite == OnRewrite.KEEP_FIRST;
  }

  /**
   * What is done instead of {@code decision} about the entry that was found, if only to be there.
   *
   * @param bytes of the value that would be written, in the cache's format
   * @throws CacheException if it is refused
   */
  <V, R extends @Nullable Object> Decision<V, R> applyPolicy(
      Object key, EntrySnapshot<V> found, Decision<V, R> decision, byte @Nullable [] bytes) {
    if (decision.action() == Action.REMOVE) {
      throw refused("remove", "of key " + key, found.isUnseen());
    }
    if (onRewrite == OnRewrite.REJECT) {
      throw refused("change", "of key " + key, found.isUnseen());
    }
    if (!found.isUnseen() && checks.isDue()) {
      if (!Arrays.equals(bytes, found.whole().value())
          && !Objects.deepEquals(decision.value(), found.value())) {
        throw new Refusal(
            "a value for key "
                + key
                + " differs from the first one, which stays (policy on-rewrite=keep-first)");
      }
      checks.pass();
    }
    return decision.ignored();
  }

  /**
   * What a refused call throws.
   *
   * @param entry which one, as "of key ..."
   */
  static CacheException refused(String verb, String entry, boolean isUnseen) {
    return new Refusal(
        "cannot "
            + verb
            + " the entry "
            + entry
            + ": it is there already"
            + (isUnseen ? ", although this process cannot decode it, as the log says" : "")
            + ", and entries of this cache are written once (policy immutable-items)");
  }
}
