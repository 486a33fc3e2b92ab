package io.persidict.store;

import java.time.Instant;

/**
 * What a store knows of a version without reading it.
 *
 * @param size in bytes
 * @param lastModified when this version was written, by the writer's or the server's clock
 * @param etag of this version
 */
public record Stat(long size, Instant lastModified, ETag etag) {}
