/**
 * Keeps stores in order and within bounds. One process of all that share a store works at a time;
 * it lists the entries lazily, removes those whose time is over and what writers left behind, and
 * then those that were used least recently, until the store is within its bound.
 *
 * <p>Beside the entries lie two small ones:
 *
 * <pre>
 * .__total__         how many entries and bytes there may be, and when the last round began
 * .__maintaining__   there while somebody works; see RoundLease
 * </pre>
 *
 * <p>Of dictionaries, whose entries of several formats may lie in one place, these names end with
 * the format.
 *
 * <p>May import {@code store} and {@code metrics}.
 */
@NullMarked
package io.persidict.maintenance;

import org.jspecify.annotations.NullMarked;
