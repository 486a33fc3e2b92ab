/**
 * Carries out JCache's operations. A method of {@code Cache} is an {@link
 * io.persidict.jcache.engine.Operation}: a decision over one entry as it is. The {@link
 * io.persidict.jcache.engine.Engine} alone commits, expires, counts, notifies and calls loaders and
 * writers.
 *
 * <p>Internal: public only for the neighbour packages. May import {@code jcache.config}, {@code
 * jcache.storage}, {@code io.persidict}, {@code key}, {@code store} and {@code lease}.
 */
@NullMarked
package io.persidict.jcache.engine;

import org.jspecify.annotations.NullMarked;
