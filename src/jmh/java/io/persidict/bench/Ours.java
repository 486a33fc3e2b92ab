package io.persidict.bench;

import io.persidict.jcache.PersiDictCachingProvider;
import io.persidict.store.GetResult;
import io.persidict.store.Precondition;
import io.persidict.store.Store;
import io.persidict.store.file.Durability;
import io.persidict.store.file.FileStore;
import io.persidict.store.s3.TestS3;
import java.net.URI;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.MutableConfiguration;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;

/** This library at two heights, and the bare SDK below it. */
final class Ours {
  private Ours() {}

  /** The S3 server that all contenders of this process use. */
  private static final class S3 {
    static final TestS3 SERVER = new TestS3();
  }

  /** A store, without keys and formats. */
  static final class InStore implements Contender {
    private final Place place;
    private Store store;

    InStore(Place place) {
      this.place = place;
    }

    @Override
    public void open(Path directory) {
      store =
          switch (place) {
            case OS -> new FileStore(directory, Durability.OS);
            case FSYNC -> new FileStore(directory, Durability.FSYNC);
            case S3 -> S3.SERVER.open();
          };
    }

    @Override
    public byte[] get(String name) {
      return store.get(name, Optional.empty()) instanceof GetResult.Found found
          ? found.bytes()
          : null;
    }

    @Override
    public void put(String name, byte[] value) {
      store.put(name, value, Precondition.none());
    }

    @Override
    public void insert(String name, byte[] value) {
      store.put(name, value, Precondition.absent());
    }

    @Override
    public long readAll() {
      try (Stream<io.persidict.store.Content> listed = store.contents("", name -> true)) {
        return listed.mapToLong(each -> each.found().bytes().length).sum();
      }
    }

    @Override
    public void delete(String name) {
      store.delete(name, Precondition.none());
    }

    @Override
    public void close() {
      store.close();
    }
  }

  /** A cache as any program opens it. */
  static final class InJCache implements Contender {
    private final Place place;
    private CacheManager manager;
    private Cache<String, byte[]> cache;

    InJCache(Place place) {
      this.place = place;
    }

    @Override
    public void open(Path directory) {
      Properties settings = new Properties();
      URI uri = directory.toUri();
      if (place == Place.S3) {
        uri = URI.create("s3://" + S3.SERVER.bucket() + "/caches/");
        settings.setProperty("persidict.s3.endpoint", S3.SERVER.endpoint().toString());
        settings.setProperty("persidict.s3.region", S3.SERVER.region());
        settings.setProperty("persidict.s3.path-style", "true");
      } else {
        settings.setProperty("persidict.durability", place == Place.FSYNC ? "fsync" : "os");
      }
      manager =
          Caching.getCachingProvider(PersiDictCachingProvider.class.getName())
              .getCacheManager(uri, getClass().getClassLoader(), settings);
      cache =
          manager.createCache(
              "benchmark",
              new MutableConfiguration<String, byte[]>().setTypes(String.class, byte[].class));
    }

    @Override
    public byte[] get(String name) {
      return cache.get(name);
    }

    @Override
    public void put(String name, byte[] value) {
      cache.put(name, value);
    }

    @Override
    public void insert(String name, byte[] value) {
      cache.putIfAbsent(name, value);
    }

    @Override
    public void putAll(Map<String, byte[]> entries) {
      cache.putAll(entries);
    }

    @Override
    public long readAll() {
      long bytes = 0;
      for (Iterator<Cache.Entry<String, byte[]>> all = cache.iterator(); all.hasNext(); ) {
        bytes += all.next().getValue().length;
      }
      return bytes;
    }

    @Override
    public void delete(String name) {
      cache.remove(name);
    }

    @Override
    public void close() {
      manager.close();
    }
  }

  /** The AWS SDK, told to send what the server accepts. */
  static final class Sdk implements Contender {
    private S3Client client;

    @Override
    public void open(Path directory) {
      client =
          S3Client.builder()
              .endpointOverride(S3.SERVER.endpoint())
              .region(Region.of(S3.SERVER.region()))
              .forcePathStyle(true)
              .serviceConfiguration(S3Configuration.builder().chunkedEncodingEnabled(false).build())
              .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
              .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
              .build();
    }

    @Override
    public byte[] get(String name) {
      try {
        return client
            .getObjectAsBytes(object -> object.bucket(S3.SERVER.bucket()).key("sdk/" + name))
            .asByteArray();
      } catch (NoSuchKeyException e) {
        return null;
      }
    }

    @Override
    public void put(String name, byte[] value) {
      client.putObject(
          object -> object.bucket(S3.SERVER.bucket()).key("sdk/" + name),
          RequestBody.fromBytes(value));
    }

    @Override
    public long readAll() {
      return client
          .listObjectsV2Paginator(all -> all.bucket(S3.SERVER.bucket()).prefix("sdk/"))
          .contents()
          .stream()
          .mapToLong(object -> get(object.key().substring("sdk/".length())).length)
          .sum();
    }

    @Override
    public void delete(String name) {
      client.deleteObject(object -> object.bucket(S3.SERVER.bucket()).key("sdk/" + name));
    }

    @Override
    public void close() {
      client.close();
    }
  }
}
