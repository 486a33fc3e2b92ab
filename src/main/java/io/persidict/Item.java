package io.persidict;

import io.persidict.key.DictKey;
import io.persidict.store.ETag;
import java.time.Instant;

/**
 * One version of an entry.
 *
 * @param key as it was asked for or listed
 * @param value decoded anew, so the caller may change it
 * @param etag names this version
 * @param timestamp when it was written, by the writer's or the server's clock
 * @param <V> the values of the dictionary
 */
public record Item<V>(DictKey key, V value, ETag etag, Instant timestamp) {}
