package io.persidict.jcache.storage;

import io.persidict.store.ChangeCounts;
import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The changes that this process makes, counted for each root of caches, so that all caches of the
 * process that lie below one see them, whichever manager opened them.
 */
public final class OwnChanges {
  private static final Map<String, WeakReference<ChangeCounts>> COUNTS = new HashMap<>();

  private OwnChanges() {}

  /**
   * The counts of all who hold those of {@code root} at the same time.
   *
   * @param root the place of the caches, written in one way
   */
  public static ChangeCounts below(String root) {
    synchronized (COUNTS) {
      COUNTS.values().removeIf(counts -> counts.refersTo(null));
      WeakReference<ChangeCounts> reference = COUNTS.get(root);
      @Nullable ChangeCounts known = reference == null ? null : reference.get();
      if (known == null) {
        known = ChangeCounts.ofThisProcess();
        COUNTS.put(root, new WeakReference<>(known));
      }
      return known;
    }
  }
}
