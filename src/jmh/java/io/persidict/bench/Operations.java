package io.persidict.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Each operation by each contender in turn, with warm caches of the operating system. What a call
 * costs a file system depends on what it did before, such as how many files were deleted lately; so
 * the contenders take turns call by call, each time in another order.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 4, time = 1)
public class Operations {
  /** What the contenders took, in nanoseconds or bytes, and for how many operations. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Costs {
    public long operations;
    public long jdk;
    public long sdk;
    public long store;
    public long jcache;
    public long ehcache;
    public long infinispan;
    public long h2;
    public long rocksdb;

    void add(String contender, long amount) {
      switch (contender) {
        case "jdk" -> jdk += amount;
        case "sdk" -> sdk += amount;
        case "store" -> store += amount;
        case "jcache" -> jcache += amount;
        case "ehcache" -> ehcache += amount;
        case "infinispan" -> infinispan += amount;
        case "h2" -> h2 += amount;
        case "rocksdb" -> rocksdb += amount;
        default -> throw new IllegalArgumentException(contender);
      }
    }
  }

  /** How often a thread had its turn. */
  @State(Scope.Thread)
  public static class Turns {
    private int turns = (int) Thread.currentThread().getId() * 1_237;

    int next() {
      return turns++;
    }
  }

  private interface Call<T> {
    T by(Contender contender) throws Exception;
  }

  /** Has each contender do the same, and looks at what it returned when its time is taken. */
  private static <T> void all(
      Contest contest, Costs costs, int operations, Call<T> call, Predicate<T> isRight)
      throws Exception {
    List<Map.Entry<String, Contender>> order = new ArrayList<>(contest.open.entrySet());
    Collections.shuffle(order, ThreadLocalRandom.current());
    for (Map.Entry<String, Contender> each : order) {
      long start = System.nanoTime();
      T result = call.by(each.getValue());
      costs.add(each.getKey(), System.nanoTime() - start);
      require(isRight.test(result), each.getKey());
    }
    costs.operations += operations;
  }

  private static void require(boolean right, String contender) {
    if (!right) {
      throw new AssertionError(contender + " returned something else than was stored");
    }
  }

  private interface Write {
    void by(Contender contender) throws Exception;
  }

  private static void write(Contest contest, Costs costs, int operations, Write write)
      throws Exception {
    Call<Boolean> call =
        contender -> {
          write.by(contender);
          return true;
        };
    all(contest, costs, operations, call, done -> done);
  }

  @Benchmark
  public void get(Contest contest, Turns turns, Costs costs) throws Exception {
    int i = contest.sampled(turns.next());
    String name = contest.name(i);
    all(contest, costs, 1, each -> each.get(name), value -> contest.isStored(i, value));
  }

  @Benchmark
  public void absent(Contest contest, Turns turns, Costs costs) throws Exception {
    String name = "absent" + contest.sampled(turns.next());
    all(contest, costs, 1, each -> each.isAbsent(name), absent -> absent);
  }

  @Benchmark
  public void iterate(Contest contest, Costs costs) throws Exception {
    long bytes = (long) contest.entries * contest.bytes;
    all(contest, costs, contest.entries, Contender::readAll, read -> read == bytes);
  }

  @Benchmark
  public void insert(Contest contest, Costs costs) throws Exception {
    String name = contest.fresh();
    byte[] value = contest.stored(contest.sampled(0));
    write(contest, costs, 1, each -> each.insert(name, value));
  }

  @Benchmark
  public void overwrite(Contest contest, Turns turns, Costs costs) throws Exception {
    int i = contest.sampled(turns.next());
    write(contest, costs, 1, each -> each.put(contest.name(i), contest.stored(i)));
  }

  @Benchmark
  public void overwriteAll(Contest contest, Costs costs) throws Exception {
    write(contest, costs, contest.bulk.size(), each -> each.putAll(contest.bulk));
  }

  /** Opens what was closed, and reads one entry. */
  @Benchmark
  @Warmup(iterations = 1)
  @Measurement(iterations = 3)
  public void reopen(Contest contest, Turns turns, Costs costs) throws Exception {
    int i = contest.sampled(turns.next());
    for (Map.Entry<String, Contender> each : contest.open.entrySet()) {
      each.getValue().close();
      long start = System.nanoTime();
      each.getValue().open(contest.directory(each.getKey()));
      byte[] value = each.getValue().get(contest.name(i));
      costs.add(each.getKey(), System.nanoTime() - start);
      require(contest.isStored(i, value), each.getKey());
    }
    costs.operations++;
  }

  /** What each holds of the heap after it was opened and has read 1,000 entries. */
  @Benchmark
  @Warmup(iterations = 1)
  @Measurement(iterations = 3)
  public void heap(Contest contest, Turns turns, Costs costs) throws Exception {
    for (Map.Entry<String, Contender> each : contest.open.entrySet()) {
      each.getValue().close();
      long before = usedHeap();
      each.getValue().open(contest.directory(each.getKey()));
      for (int reads = 0; reads < 1_000; reads++) {
        int i = contest.sampled(turns.next());
        require(contest.isStored(i, each.getValue().get(contest.name(i))), each.getKey());
      }
      costs.add(each.getKey(), Math.max(0, usedHeap() - before));
    }
    costs.operations++;
  }

  private static long usedHeap() {
    System.gc();
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }
}
