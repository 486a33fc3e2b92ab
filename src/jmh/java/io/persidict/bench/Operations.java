package io.persidict.bench;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
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
import org.openjdk.jmh.infra.Blackhole;

/**
 * Each operation by each contender in turn, in one thread, with warm caches of the operating
 * system. What a call costs a file system depends on what it did before, such as how many files
 * were deleted lately; so the contenders take turns call by call.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 9, time = 1)
public class Operations {
  /** What the contenders took, in nanoseconds, and for how many calls. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Costs {
    public long calls;
    public long jdk;
    public long store;
    public long jcache;

    void add(long start, long afterJdk, long afterStore, long afterJCache) {
      calls++;
      jdk += afterJdk - start;
      store += afterStore - afterJdk;
      jcache += afterJCache - afterStore;
    }
  }

  @Benchmark
  public void get(Jdk jdk, StoreOfFiles files, JCache jcache, Costs costs, Blackhole hole)
      throws IOException {
    long start = System.nanoTime();
    byte[] first = jdk.read(jdk.names.existing());
    long afterJdk = System.nanoTime();
    Optional<byte[]> second = files.store.read(files.names.existing());
    long afterStore = System.nanoTime();
    byte[] third = jcache.cache.get(jcache.names.existing());
    costs.add(start, afterJdk, afterStore, System.nanoTime());
    hole.consume(first);
    hole.consume(second);
    hole.consume(third);
  }

  @Benchmark
  public void absent(Jdk jdk, StoreOfFiles files, JCache jcache, Costs costs, Blackhole hole) {
    long start = System.nanoTime();
    boolean first = jdk.exists(jdk.names.absent());
    long afterJdk = System.nanoTime();
    Optional<byte[]> second = files.store.read(files.names.absent());
    long afterStore = System.nanoTime();
    byte[] third = jcache.cache.get(jcache.names.absent());
    costs.add(start, afterJdk, afterStore, System.nanoTime());
    hole.consume(first);
    hole.consume(second);
    hole.consume(third);
  }

  @Benchmark
  public void insert(Jdk jdk, StoreOfFiles files, JCache jcache, Costs costs) throws IOException {
    long start = System.nanoTime();
    jdk.insert(jdk.names.fresh());
    long afterJdk = System.nanoTime();
    files.insert(files.names.fresh());
    long afterStore = System.nanoTime();
    jcache.cache.putIfAbsent(jcache.names.fresh(), Contender.VALUE);
    costs.add(start, afterJdk, afterStore, System.nanoTime());
  }

  @Benchmark
  public void overwrite(Jdk jdk, StoreOfFiles files, JCache jcache, Costs costs)
      throws IOException {
    long start = System.nanoTime();
    jdk.put(jdk.names.existing());
    long afterJdk = System.nanoTime();
    files.put(files.names.existing());
    long afterStore = System.nanoTime();
    jcache.put(jcache.names.existing());
    costs.add(start, afterJdk, afterStore, System.nanoTime());
  }

  @Benchmark
  public void fsync(Jdk jdk, StoreOfFiles.Synced files, JCache.Synced jcache, Costs costs)
      throws IOException {
    long start = System.nanoTime();
    jdk.putAndSync(jdk.names.existing());
    long afterJdk = System.nanoTime();
    files.put(files.names.existing());
    long afterStore = System.nanoTime();
    jcache.put(jcache.names.existing());
    costs.add(start, afterJdk, afterStore, System.nanoTime());
  }
}
