package io.persidict;

import io.persidict.store.ETag;
import java.util.Optional;

/**
 * What became of a conditional operation.
 *
 * @param satisfied whether the condition held, and the operation took effect; otherwise nothing was
 *     changed
 * @param etag the version that is stored as the operation ends: the one it wrote, or the one that
 *     stood in its way; empty if there is no entry
 */
public record WriteResult(boolean satisfied, Optional<ETag> etag) {}
