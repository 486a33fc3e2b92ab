package io.persidict.store.s3;

import io.persidict.store.ETag;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The versions that this store saw last, so that what is read and then written needs no further
 * question; and which of the writes under way it saw to have taken effect. Never an answer to a
 * reader. Safe for use by several threads.
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

  private final Map<WriteId, Boolean> underWay = new HashMap<>();

  /** Notes from now on whether {@code write} is seen to have taken effect. */
  synchronized void begins(WriteId write) {
    underWay.put(write, false);
  }

  synchronized boolean hasSeen(WriteId write) {
    return underWay.getOrDefault(write, false);
  }

  synchronized void ends(WriteId write) {
    underWay.remove(write);
  }

  /** Takes note of what is there, unless it is told late and has been replaced since. */
  synchronized void saw(String name, Optional<Version> version) {
    if (version.isEmpty()) {
      versions.remove(name);
      return;
    }
    version.get().writes().newestFirst().forEach(write -> underWay.replace(write, true));
    versions.merge(
        name, version.get(), (last, next) -> last.names(next) && !next.names(last) ? last : next);
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
