package io.persidict;

import io.persidict.store.ETag;
import java.util.Optional;

/**
 * What a conditional read found.
 *
 * @param satisfied whether the condition held of the entry, or of its absence
 * @param etag the version that is stored; empty if there is no entry
 * @param value of that version; empty if there is no entry or the operation does not return it
 * @param <V> the values of the dictionary
 */
public record ReadResult<V>(boolean satisfied, Optional<ETag> etag, Optional<V> value) {}
