/**
 * One cache's entries, in the store and in memory. {@link
 * io.persidict.jcache.storage.StoredEntries} reads and writes {@link
 * io.persidict.jcache.storage.StoredEntry}s, by way of a near cache in memory where a cache has
 * one, and turns the faults of the store into JCache's. What of an entry lies where is up to its
 * {@link io.persidict.jcache.storage.EntryLayout}.
 *
 * <p>Internal: public only for the neighbour packages. May import {@code jcache.config}, {@code
 * io.persidict}, {@code key}, {@code format}, {@code tier}, {@code metrics} and {@code store}.
 */
@NullMarked
package io.persidict.jcache.storage;

import org.jspecify.annotations.NullMarked;
