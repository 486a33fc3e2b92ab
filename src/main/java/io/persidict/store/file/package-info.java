/**
 * One file an entry below a directory, shared by any number of processes.
 *
 * <pre>
 * root/
 *   .__lock__              whose bytes the processes lock; holds nothing, must stay while one of them writes
 *   .__changes__           tells of changes, once somebody watches; may be deleted, see SharedChangeCounts
 *   .__times__             the latest times of versions, where the file system's times are coarse
 *   a/b/name.json          the entry "a/b/name.json"
 *   a/b/.__tmp__x1y2z3     a write that is under way, or that a killed writer left behind
 * </pre>
 *
 * <p>May import {@code store} alone.
 */
@NullMarked
package io.persidict.store.file;

import org.jspecify.annotations.NullMarked;
