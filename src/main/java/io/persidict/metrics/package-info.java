/**
 * What caches and stores count, and what they tell the JDK's flight recorder. {@link
 * io.persidict.metrics.CacheCounters} and {@link io.persidict.metrics.ManagerCounters} are for
 * users, by {@code unwrap}; the other classes are for the packages of this library.
 *
 * <p>Knows nothing but the JDK. The module {@code jdk.jfr} may be missing.
 */
@NullMarked
package io.persidict.metrics;

import org.jspecify.annotations.NullMarked;
