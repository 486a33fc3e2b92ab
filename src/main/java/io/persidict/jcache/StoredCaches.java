package io.persidict.jcache;

import io.persidict.format.Formats;
import io.persidict.jcache.config.Lifetime;
import io.persidict.jcache.config.ManagerUri;
import io.persidict.jcache.config.Settings;
import io.persidict.jcache.config.Settings.Setting;
import io.persidict.jcache.engine.ActiveOperations;
import io.persidict.jcache.storage.StoredEntry;
import io.persidict.key.KeyCodec;
import io.persidict.key.KeyLayout;
import io.persidict.maintenance.StoreMaintenance;
import io.persidict.maintenance.StoreRound;
import io.persidict.store.PrefixStore;
import io.persidict.store.Store;
import io.persidict.store.StoreException;
import io.persidict.store.file.Durability;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import javax.cache.CacheException;
import javax.cache.expiry.Duration;
import javax.cache.expiry.ModifiedExpiryPolicy;

/**
 * The caches at a place as they were created, without the classes and settings of those who use
 * them: for the command-line tool, and internal. Opened for reading it changes nothing there, and
 * makes nothing.
 */
public final class StoredCaches implements AutoCloseable {
  private static final Pattern OF_STORE = Pattern.compile("persidict\\.(.*\\.)?(s3|store)\\..*");

  private final Store root;
  private final Supplier<Store> ofBareValues;
  private final String itself;
  private final AutoCloseable closed;
  private final Settings settings;
  private final ManagerUri place;
  private final Properties ofStore;

  /**
   * What a cache was created with.
   *
   * @param name its own
   * @param directory in which it lies, below the root; empty or with a closing slash
   * @param layout {@code entry} or {@code plain}
   * @param format of the values, by its name
   * @param digestLength characters of the digest in file names, 0 to 26
   * @param immutableItems whether its entries are written once
   * @param lifetime how long its entries live, as its record tells
   */
  public record Description(
      String name,
      String directory,
      String layout,
      String format,
      int digestLength,
      boolean immutableItems,
      String lifetime) {
    /** {@return whether its entries are bare values, of which only their files tell the time} */
    public boolean isPlain() {
      return layout.equals("plain");
    }

    /** {@return whether no entry ends} */
    public boolean isEternal() {
      return Lifetime.parse(lifetime).kind() == Lifetime.Kind.ETERNAL;
    }

    /** {@return how long all entries live since they were written; empty if not all end} */
    public Optional<java.time.Duration> bound() {
      Lifetime known = Lifetime.parse(lifetime);
      return Optional.of(known.duration()).filter(each -> known.kind() == Lifetime.Kind.BOUNDED);
    }
  }

  private StoredCaches(
      Store root,
      Supplier<Store> ofBareValues,
      String itself,
      AutoCloseable closed,
      Settings settings,
      ManagerUri place,
      Properties ofStore) {
    this.root = root;
    this.ofBareValues = ofBareValues;
    this.itself = itself;
    this.closed = closed;
    this.settings = settings;
    this.place = place;
    this.ofStore = ofStore;
  }

  private static ManagerUri place(URI uri) {
    return ManagerUri.of(
        uri,
        new Properties(),
        new PersiDictCachingProvider().getDefaultURI(),
        StoredCaches.class.getClassLoader());
  }

  /**
   * {@return the directory or S3 prefix that is meant, with a closing slash} Nothing is opened.
   *
   * @param uri of it, or of a configuration file
   * @throws CacheException if it is no such URI
   */
  public static URI placeOf(URI uri) {
    ManagerUri place = place(uri);
    return place.isS3() ? prefix(place) : place.directory().toUri();
  }

  /**
   * {@return the S3 endpoint that is set for a place; empty for a directory and for AWS's own}
   *
   * @param uri of a directory, an S3 prefix or a configuration file
   * @param properties settings for S3
   */
  public static Optional<String> serverOf(URI uri, Properties properties) {
    ManagerUri place = place(uri);
    return Optional.of(settings(place, properties))
        .filter(all -> place.isS3())
        .map(all -> all.ofManager(Setting.S3_ENDPOINT, "a URL", text -> text));
  }

  private static URI prefix(ManagerUri place) {
    return URI.create("s3://" + place.bucket() + "/" + place.prefix());
  }

  private static Settings settings(ManagerUri place, Properties properties) {
    return new Settings(
        System.getProperties(), List.of(place.properties(), properties), place.digestLength());
  }

  /**
   * Opens a place to look at it.
   *
   * @param uri of a directory, an S3 prefix or a configuration file
   * @param properties settings for S3; others are allowed and have no effect
   * @return holds the place open, until it is closed
   * @throws CacheException if it is no such URI, or a setting has a value that is not allowed
   * @throws StoreException if there is no such directory or bucket, or it cannot be read
   */
  public static StoredCaches forReading(URI uri, Properties properties) {
    ManagerUri place = place(uri);
    Settings settings = settings(place, properties);
    Store store = Stores.forReading(place, settings);
    return new StoredCaches(
        store, () -> store, "", store, settings, place, ofStore(place.properties(), properties));
  }

  /**
   * Opens a place to change a dictionary there, or the caches below; a directory is made if it is
   * missing.
   *
   * @param uri of a directory, an S3 prefix or a configuration file
   * @param properties settings for S3; others are allowed and have no effect
   * @param durability of what is written
   * @return holds the place open, until it is closed
   * @throws CacheException as {@link #forReading(URI, Properties)}
   * @throws StoreException if the place cannot be opened
   */
  public static StoredCaches forWriting(URI uri, Properties properties, Durability durability) {
    ManagerUri place = place(uri);
    return forWriting(
        place,
        "",
        durability,
        settings(place, properties),
        ofStore(place.properties(), properties));
  }

  private static StoredCaches forWriting(
      ManagerUri place,
      String directory,
      Durability durability,
      Settings settings,
      Properties ofStore) {
    Stores stores = new Stores(place, settings);
    return new StoredCaches(
        stores.of(durability),
        () -> stores.ofBareValues(durability),
        directory,
        stores,
        settings,
        place,
        ofStore);
  }

  /**
   * Opens the same place to change a dictionary there.
   *
   * @param durability of what is written
   * @return holds the place open, until it is closed
   * @throws StoreException if the place cannot be opened
   */
  public StoredCaches forWriting(Durability durability) {
    return forWriting(place, "", durability, settings, ofStore);
  }

  /**
   * Opens a cache that was found here to change it, of which {@link #itself()} then tells what it
   * is by now. One that the place itself is, is reached by way of the parent, whose locks the users
   * of the cache hold.
   *
   * @param cache one that lies here
   * @return holds the place open, until it is closed
   * @throws StoreException if it cannot be opened
   */
  public StoredCaches forWriting(Description cache) {
    if (!cache.directory().isEmpty()) {
      return forWriting(place, cache.directory(), Durability.OS, settings, ofStore);
    }
    URI own = directory(place);
    if (own.getPath().equals("/")) {
      throw new StoreException("cannot change " + root + ": a cache needs a directory of its own");
    }
    URI parent = own.resolve("..");
    return forWriting(
        new ManagerUri(parent, place.properties()),
        parent.relativize(own).getPath(),
        Durability.OS,
        settings,
        ofStore);
  }

  /** The place, with a closing slash and without links. */
  private static URI directory(ManagerUri place) {
    if (place.isS3()) {
      return prefix(place);
    }
    try {
      return place.directory().toRealPath().toUri();
    } catch (IOException e) {
      throw new StoreException("cannot open " + place.directory() + ": " + e, e);
    }
  }

  /** {@return all that lies at the place; closed with this object} */
  public Store root() {
    return root;
  }

  /** {@return whether it is a prefix of a bucket, and no directory} */
  public boolean isS3() {
    return place.isS3();
  }

  /** {@return the digest length of caches and dictionaries here for which none is set} */
  public int defaultDigestLength() {
    return place.digestLength();
  }

  /**
   * {@return the cache that the place itself is, or that was opened to be changed; empty if there
   * is none}
   *
   * @throws StoreException if what is stored about it is damaged, or cannot be read
   */
  public Optional<Description> itself() {
    return describe(itself);
  }

  /**
   * {@return the cache of that name; empty if there is none}
   *
   * @param name its own, not that of its directory
   * @throws StoreException if what is stored about it is damaged, or cannot be read
   */
  public Optional<Description> named(String name) {
    return describe(directoryOf(name));
  }

  private static String directoryOf(String cacheName) {
    return KeyCodec.segment(cacheName) + "/";
  }

  /**
   * {@return the cache that lies in a directory; empty if none does, or one that is being
   * destroyed}
   *
   * @param directory below the root; empty or with a closing slash
   * @throws StoreException if what is stored about it is damaged, or cannot be read
   */
  public Optional<Description> describe(String directory) {
    return root.read(directory + CacheMetadata.NAME)
        .filter(stored -> !Destruction.isMark(stored))
        .map(stored -> describe(directory, stored));
  }

  private Description describe(String directory, byte[] stored) {
    try {
      Map<String, String> members = CacheMetadata.decode(stored);
      String name = required(members, "name");
      if (!directory.isEmpty() && !directory.equals(directoryOf(name))) {
        throw new IllegalArgumentException("it is that of another cache, " + name);
      }
      String layout = required(members, "layout");
      String format = required(members, "format");
      KeyLayout names =
          new KeyLayout(
              Integer.parseInt(required(members, "digest-length")),
              layout.equals("plain") ? format : StoredEntry.EXTENSION);
      return new Description(
          name,
          directory,
          layout,
          format,
          names.digestLength(),
          required(members, "immutable-items").equals("true"),
          CacheMetadata.lifetime(stored).toString());
    } catch (IllegalArgumentException e) {
      throw new StoreException(
          root + directory + CacheMetadata.NAME + " is damaged: " + e.getMessage(), e);
    }
  }

  private static String required(Map<String, String> members, String name) {
    String value = members.get(name);
    if (value == null) {
      throw new IllegalArgumentException("it has no " + name);
    }
    return value;
  }

  /**
   * {@return where the entries and leases of a cache lie, to look at them; closed with this object}
   *
   * @param cache one that lies here
   */
  public Store reading(Description cache) {
    return cache.directory().isEmpty() ? root : new PrefixStore(root, cache.directory());
  }

  /**
   * Opens a cache to change its entries, as everybody who uses it does: a change fails with {@link
   * IllegalStateException} if the cache was destroyed meanwhile. Makes the cache if there is none.
   *
   * @param cache as it is, or is to be
   * @param lifetime of the entries that are going to be written, as a {@link Description} tells it,
   *     or empty if they live as long as they like
   * @return where its entries lie; closed with this object
   * @throws CacheException if there is one that was created with something else
   */
  public Store writing(Description cache, String lifetime) {
    Settings.ForCache chosen =
        settings.forCache(
            cache.name(),
            Map.of(
                Setting.LAYOUT, cache.layout(),
                Setting.FORMAT, cache.format(),
                Setting.DIGEST_LENGTH, String.valueOf(cache.digestLength()),
                Setting.IMMUTABLE_ITEMS, String.valueOf(cache.immutableItems())));
    String directory = cache.directory().isEmpty() ? directoryOf(cache.name()) : cache.directory();
    CacheStore store =
        new CacheStore(
            chosen.isPlain() ? ofBareValues.get() : root,
            directory,
            chosen,
            Formats.foreignProvider(chosen.format(), StoredCaches.class.getClassLoader()),
            new ActiveOperations(cache.name()),
            !chosen.isPlain());
    store.open(Lifetime.parse(lifetime), () -> {});
    return store;
  }

  /**
   * Has a round of maintenance run on a cache now: what has expired goes, and what is beyond the
   * bound that the settings name.
   *
   * @param cache one that lies here
   * @return what the round saw and did
   * @throws CacheException if the cache was created with something else
   * @throws StoreException if the storage fails
   */
  public StoreRound purge(Description cache) {
    PersiDictConfiguration<Object, Object> configuration =
        new PersiDictConfiguration<Object, Object>()
            .setLayout(cache.layout())
            .setFormat(cache.format())
            .setDigestLength(cache.digestLength())
            .setImmutableItems(cache.immutableItems());
    cache
        .bound() // or else the record would tell something else
        .map(bound -> new Duration(TimeUnit.MILLISECONDS, bound.toMillis()))
        .map(ModifiedExpiryPolicy::factoryOf)
        .ifPresent(configuration::setExpiryPolicyFactory);
    try (PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
      return provider
          .getCacheManager(place.place(), StoredCaches.class.getClassLoader(), ofStore)
          .createCache(cache.name(), configuration)
          .unwrap(StoreMaintenance.class)
          .run();
    }
  }

  /** Those of the settings that are of the store, and not of the classes of its users. */
  private static Properties ofStore(Properties... sources) {
    Properties all = new Properties();
    for (Properties source : sources) {
      for (String name : source.stringPropertyNames()) {
        if (OF_STORE.matcher(name).matches()) {
          all.setProperty(name, source.getProperty(name));
        }
      }
    }
    return all;
  }

  /**
   * {@return whether that is the name of a lease, which lies among the entries of a cache}
   *
   * @param name as a listing tells it
   */
  public static boolean isLease(String name) {
    return name.endsWith("." + StoreLeases.EXTENSION);
  }

  /**
   * {@return whether a listing shows the cache's own record under that name}
   *
   * @param name below the cache's directory
   */
  public static boolean isRecord(String name) {
    return name.equals(CacheMetadata.NAME);
  }

  @Override
  public void close() {
    try {
      closed.close();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new StoreException("cannot close " + root, e);
    }
  }

  @Override
  public String toString() {
    return root.toString();
  }
}
