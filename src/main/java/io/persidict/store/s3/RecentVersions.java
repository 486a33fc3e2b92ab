package io.persidict.store.s3;

import io.persidict.store.ETag;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The versions that this store saw last, so that what is read and then written needs no further
 * question. Never an answer to a reader. Safe for use by several threads.
 */
final class RecentVersions {
  private static final int MAX = 10_000;

  private final Map<String, Version> versions =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Version> eldest) {
          return size() > MAX;
        }
      };

  synchronized void saw(String name, Optional<Version> version) {
    version.ifPresentOrElse(there -> versions.put(name, there), () -> versions.remove(name));
  }

  /** The version that was seen last; empty if none was. */
  synchronized Optional<Version> find(String name) {
    return Optional.ofNullable(versions.get(name));
  }

  /** The version of that ETag, if it was the last one seen. */
  Optional<Version> find(String name, ETag etag) {
    return find(name).filter(last -> last.etag().equals(etag));
  }
}
