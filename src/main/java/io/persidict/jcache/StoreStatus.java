package io.persidict.jcache;

import java.util.OptionalLong;

/**
 * How a manager's store was when {@link PersiDictCacheManager#checkStore} read and wrote it.
 *
 * @param place where the caches lie
 * @param totalBytes how large the file system is; empty for S3
 * @param usableBytes how much of that this process may still write; empty for S3
 */
public record StoreStatus(String place, OptionalLong totalBytes, OptionalLong usableBytes) {}
