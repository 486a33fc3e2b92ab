/**
 * Programs to be started from a command line: the quick start.
 *
 * <p>Of all caching things it may import {@code javax.cache} and {@code io.persidict.memo}, so that
 * it shows what any program can do with the provider on its class path.
 */
@NullMarked
package io.persidict.cli;

import org.jspecify.annotations.NullMarked;
