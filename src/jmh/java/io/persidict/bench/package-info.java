/**
 * What an operation costs, beside the same done with the bare JDK: {@link
 * io.persidict.bench.Benchmarks} measures it and compares it with its budget.
 *
 * <p>Run by {@code mvn -q -Pjmh test-compile exec:exec}; options of JMH go into {@code
 * -Djmh.args="..."}, the directory to work in into {@code -Dbench.dir=...}.
 */
package io.persidict.bench;
