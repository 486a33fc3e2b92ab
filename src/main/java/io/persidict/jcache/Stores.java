package io.persidict.jcache;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.persidict.jcache.config.ManagerUri;
import io.persidict.jcache.config.Settings;
import io.persidict.jcache.config.Settings.Setting;
import io.persidict.jcache.engine.Factories;
import io.persidict.metrics.Counting;
import io.persidict.metrics.RequestCounts;
import io.persidict.store.Precondition;
import io.persidict.store.Store;
import io.persidict.store.StoreException;
import io.persidict.store.file.Durability;
import io.persidict.store.file.FileStore;
import io.persidict.store.s3.S3Server;
import io.persidict.store.s3.S3Store;
import io.persidict.tier.Copies;
import io.persidict.tier.LocalCopies;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The stores of a manager: of a directory one for each durability, of an S3 prefix one for all of
 * them, since what S3 has answered is durable.
 */
final class Stores implements AutoCloseable {
  /** Beside the directories of the caches. */
  private static final String CHECKED = ".__check__";

  private final Map<Durability, Store> byDurability = new EnumMap<>(Durability.class);
  private @Nullable S3Store s3;
  private @Nullable Copies copies;
  private RequestCounts requestCounts = new RequestCounts();
  private @Nullable Path directory;
  private String place = "";

  /**
   * @throws io.persidict.store.StoreException if the place cannot be opened
   * @throws IllegalArgumentException if the endpoint is none
   * @throws javax.cache.CacheException if a setting for S3 has a value that is not allowed
   */
  Stores(ManagerUri uri, Settings settings) {
    try {
      if (uri.isS3()) {
        openBucket(uri, settings);
      } else {
        directory = uri.directory();
        for (Durability durability : Durability.values()) {
          byDurability.put(durability, new FileStore(uri.directory(), durability));
        }
      }
    } catch (Throwable e) {
      close();
      throw e;
    }
  }

  private void openBucket(ManagerUri uri, Settings settings) {
    S3Server server = server(settings);
    place = server + " ";
    copies = copies(settings);
    S3Store store = server.open(uri.bucket(), uri.prefix(), false);
    for (Durability durability : Durability.values()) {
      byDurability.put(durability, store);
    }
    s3 = store;
    requestCounts = store.requestCounts();
  }

  /** The store for somebody who only looks: he makes nothing there and sweeps nothing. */
  static Store forReading(ManagerUri uri, Settings settings) {
    return uri.isS3()
        ? server(settings).conditionalDelete(false).open(uri.bucket(), uri.prefix(), false)
        : FileStore.readOnly(uri.directory());
  }

  private static S3Server server(Settings settings) {
    URI endpoint =
        settings.ofManager(Setting.S3_ENDPOINT, "a URL such as https://host:9000", URI::create);
    S3Server server = endpoint == null ? S3Server.aws() : S3Server.at(endpoint);
    String region = settings.ofManager(Setting.S3_REGION, "a region's name", text -> text);
    if (region != null) {
      server = server.region(region);
    }
    Boolean pathStyle = settings.ofManager(Setting.S3_PATH_STYLE);
    if (pathStyle != null) {
      server = server.pathStyle(pathStyle);
    }
    Boolean conditionalDelete = settings.ofManager(Setting.S3_CONDITIONAL_DELETE);
    if (conditionalDelete != null) {
      server = server.conditionalDelete(conditionalDelete);
    }
    Boolean atomicOverwrite = settings.ofManager(Setting.S3_ATOMIC_OVERWRITE);
    if (atomicOverwrite != null) {
      server = server.atomicOverwrite(atomicOverwrite);
    }
    Integer maxConnections =
        settings.ofManager(
            Setting.S3_MAX_CONNECTIONS, "a number of connections, 1 or more", Integer::valueOf);
    if (maxConnections != null) {
      server = server.maxConnections(maxConnections);
    }
    Duration timeout =
        settings.ofManager(Setting.S3_TIMEOUT, "a duration such as PT30S", Duration::parse);
    return timeout == null ? server : server.timeout(timeout);
  }

  private static @Nullable Copies copies(Settings settings) {
    Path directory = settings.ofManager(Setting.S3_LOCAL_DIR, "a directory", Path::of);
    Long maxBytes =
        settings.ofManager(
            Setting.S3_LOCAL_MAX_BYTES, "a number of bytes, 1 or more", Long::valueOf);
    return directory == null
        ? null
        : new Copies(
            new FileStore(directory, Durability.OS),
            maxBytes == null ? Copies.DEFAULT_MAX_BYTES : maxBytes);
  }

  /**
   * {@code store} of a cache, with copies of what is read from it if they are wanted.
   *
   * @param immutable whether its entries are; their copies are then bound to the cache as it was
   *     created, so that they are not taken for those of one that is created in its place
   * @param counting of the copies' answers
   */
  Store withCopies(CacheStore store, boolean immutable, Counting counting) {
    if (copies == null) {
      return store;
    }
    String created = immutable ? " " + store.id() + " " : "";
    LocalCopies copied = new LocalCopies(store, copies, place + store + created, immutable, false);
    copied.whenAnswered(counting::copyAnswered);
    return copied;
  }

  /** The requests to S3; none where this is a directory. */
  RequestCounts requestCounts() {
    return requestCounts;
  }

  /** Whether equal ETags tell of equal bytes, whoever wrote them: S3 makes them of the content. */
  boolean hasETagsOfContent() {
    return s3 != null;
  }

  /**
   * The store of what other programs read, whose writes are that durable.
   *
   * @throws io.persidict.store.StoreException if it would show them what is no value
   */
  Store ofBareValues(Durability durability) {
    return s3 == null ? of(durability) : s3.withoutTombstones();
  }

  /** The store whose writes are that durable. */
  Store of(Durability durability) {
    return Objects.requireNonNull(byDurability.get(durability));
  }

  /**
   * Writes and reads an object beside the caches, always the same one, so that no number of
   * processes that do so leaves more than that.
   *
   * @param bounded what to tell of the caches that have a bound
   * @throws StoreException if that fails
   */
  PersiDictCacheManager.StoreStatus check(Map<String, PersiDictCacheManager.Fill> bounded) {
    Store store = of(Durability.OS);
    store.put(
        CHECKED,
        "written and read to see whether that works\n".getBytes(US_ASCII),
        Precondition.none());
    if (store.read(CHECKED).isEmpty()) {
      throw new StoreException(store + CHECKED + " was written, and is not there");
    }
    if (directory == null) {
      return new PersiDictCacheManager.StoreStatus(
          store.toString(), OptionalLong.empty(), OptionalLong.empty(), bounded);
    }
    try {
      java.nio.file.FileStore volume = Files.getFileStore(directory);
      return new PersiDictCacheManager.StoreStatus(
          store.toString(),
          OptionalLong.of(volume.getTotalSpace()),
          OptionalLong.of(volume.getUsableSpace()),
          bounded);
    } catch (IOException e) {
      throw new StoreException("cannot tell how full the file system of " + directory + " is", e);
    }
  }

  @Override
  public void close() {
    byDurability.values().forEach(Factories::close);
    Factories.close(copies);
  }
}
