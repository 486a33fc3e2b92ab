package io.persidict.bench;

import java.nio.file.Path;
import java.util.Map;

/** One way to keep bytes by name. Reading is for any number of threads, writing for one. */
public interface Contender extends AutoCloseable {
  /** What a write has survived when it returns, or where it goes. */
  enum Place {
    OS,
    FSYNC,
    S3
  }

  /** The contender of that name, which is not open yet. */
  static Contender of(String name, Place place) {
    return switch (name) {
      case "jdk" -> new JdkFiles(place == Place.FSYNC);
      case "sdk" -> new Ours.Sdk();
      case "store" -> new Ours.InStore(place);
      case "jcache" -> new Ours.InJCache(place);
      case "ehcache" -> new Peers.EhcacheDisk();
      case "infinispan" -> new Peers.Infinispan(place == Place.FSYNC);
      case "h2" -> new Peers.H2(place == Place.FSYNC);
      case "rocksdb" -> new Peers.Rocks(place == Place.FSYNC);
      default -> throw new IllegalArgumentException(name);
    };
  }

  /**
   * Opens what is kept in {@code directory}, perhaps nothing yet; once more after it was closed.
   */
  void open(Path directory) throws Exception;

  /** The value, or null. */
  byte[] get(String name) throws Exception;

  /** Whether there is none; as {@link #get} unless there is a cheaper way. */
  default boolean isAbsent(String name) throws Exception {
    return get(name) == null;
  }

  void put(String name, byte[] value) throws Exception;

  /** Puts what is absent. */
  default void insert(String name, byte[] value) throws Exception {
    put(name, value);
  }

  /** Puts all, which need not be atomic. */
  default void putAll(Map<String, byte[]> entries) throws Exception {
    for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
      put(entry.getKey(), entry.getValue());
    }
  }

  /** Reads all entries, and returns how many bytes their values have. */
  long readAll() throws Exception;

  void delete(String name) throws Exception;

  @Override
  void close() throws Exception;
}
