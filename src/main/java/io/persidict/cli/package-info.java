/**
 * Programs to be started from a command line: the tool {@code persidict}, and the quick start.
 *
 * <p>May import all of this library, and picocli. The quick start shows what any program can do
 * with the provider on its class path, so of all caching things it imports {@code javax.cache} and
 * {@code io.persidict.memo} alone.
 */
@NullMarked
package io.persidict.cli;

import org.jspecify.annotations.NullMarked;
