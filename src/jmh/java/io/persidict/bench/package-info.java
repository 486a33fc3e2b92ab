/**
 * What operations cost this library, its peers and the bare JDK: {@link
 * io.persidict.bench.Benchmarks} measures it, {@link io.persidict.bench.Report} makes tables and
 * plots of what was measured.
 *
 * <p>Run by {@code mvn -q -Pjmh test-compile exec:exec}; options of JMH go into {@code
 * -Djmh.args="..."}, the directory to work in into {@code -Dbench.dir=...}.
 */
package io.persidict.bench;
