package io.persidict.bench;

import io.persidict.store.GetResult;
import io.persidict.store.PutResult;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Warmup;

/** Each operation by each contender, in one thread, with warm caches of the operating system. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 2, time = 1)
public class Operations {
  @Benchmark
  public byte[] getJdk(Jdk jdk) throws IOException {
    return jdk.read(jdk.names.existing());
  }

  @Benchmark
  public Optional<byte[]> getStore(StoreOfFiles files) {
    return files.store.read(files.names.existing());
  }

  @Benchmark
  public GetResult getWithETagStore(StoreOfFiles files) {
    return files.store.get(files.names.existing(), Optional.empty());
  }

  @Benchmark
  public byte[] getJCache(JCache jcache) {
    return jcache.cache.get(jcache.names.existing());
  }

  @Benchmark
  public boolean absentJdk(Jdk jdk) {
    return jdk.exists(jdk.names.absent());
  }

  @Benchmark
  public Optional<byte[]> absentStore(StoreOfFiles files) {
    return files.store.read(files.names.absent());
  }

  @Benchmark
  public byte[] absentJCache(JCache jcache) {
    return jcache.cache.get(jcache.names.absent());
  }

  @Benchmark
  public void insertJdk(Jdk jdk) throws IOException {
    jdk.insert(jdk.names.fresh());
  }

  @Benchmark
  public PutResult insertStore(StoreOfFiles files) {
    return files.insert(files.names.fresh());
  }

  @Benchmark
  public boolean insertJCache(JCache jcache) {
    return jcache.cache.putIfAbsent(jcache.names.fresh(), Contender.VALUE);
  }

  @Benchmark
  public void overwriteJdk(Jdk jdk) throws IOException {
    jdk.put(jdk.names.existing());
  }

  @Benchmark
  public void overwriteStore(StoreOfFiles files) {
    files.put(files.names.existing());
  }

  @Benchmark
  public void overwriteJCache(JCache jcache) {
    jcache.put(jcache.names.existing());
  }

  @Benchmark
  public void fsyncJdk(Jdk jdk) throws IOException {
    jdk.putAndSync(jdk.names.existing());
  }

  @Benchmark
  public void fsyncStore(StoreOfFiles.Synced files) {
    files.put(files.names.existing());
  }

  @Benchmark
  public void fsyncJCache(JCache.Synced jcache) {
    jcache.put(jcache.names.existing());
  }
}
