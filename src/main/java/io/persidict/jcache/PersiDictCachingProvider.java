package io.persidict.jcache;

import io.persidict.jcache.config.ManagerUri;
import io.persidict.jcache.config.Settings;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.function.Predicate;
import java.util.function.Supplier;
import javax.cache.CacheManager;
import javax.cache.configuration.OptionalFeature;
import javax.cache.spi.CachingProvider;
import org.jspecify.annotations.Nullable;

/**
 * The provider of persidict's caches. A manager's URI is the directory below which its caches lie,
 * such as {@code file:///var/cache/app/}, or a configuration file that ends with {@code
 * .properties} ({@code file:} or {@code classpath:}). Unless the system property {@code
 * persidict.uri} names another, the default is the directory {@code .persidict/} in the working
 * directory.
 *
 * <p>There is one open manager for a URI and class loader in a process; any number of processes may
 * open the same directory at once. Nothing of a closed manager is kept, its class loader included.
 */
public final class PersiDictCachingProvider implements CachingProvider {
  private final Registry<Key, PersiDictCacheManager> managers =
      new Registry<>("the cache manager of");

  /** Where settings are taken from that nobody gives a manager. */
  private final Supplier<Properties> system;

  /** As JCache finds it. */
  public PersiDictCachingProvider() {
    this(System::getProperties);
  }

  private PersiDictCachingProvider(Supplier<Properties> system) {
    this.system = system;
  }

  /**
   * {@return a provider whose managers have the settings that they are given, and none from the
   * system properties; for those who read these themselves}
   */
  public static PersiDictCachingProvider withoutSystemProperties() {
    return new PersiDictCachingProvider(Properties::new);
  }

  /** Compares by code of its own: the first record that Java compares takes tens of ms. */
  private record Key(ClassLoader classLoader, URI uri) {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Key key && key.classLoader == classLoader && key.uri.equals(uri);
    }

    @Override
    public int hashCode() {
      return 31 * System.identityHashCode(classLoader) + uri.hashCode();
    }

    @Override
    public String toString() {
      return uri.toString();
    }
  }

  /**
   * Opens a manager, or finds the one that is open. If no URI is given, the property {@code
   * persidict.uri} may name one. Others may open and close managers meanwhile; who asks for the
   * very one that is being opened waits for it.
   *
   * @throws javax.cache.CacheException if a setting or the directory is not as it must be, if the
   *     manager is open and {@code properties} have a setting that is another one there, or if it
   *     is being opened by this thread, which called back from a factory or constructor
   */
  @Override
  public CacheManager getCacheManager(
      @Nullable URI uri, @Nullable ClassLoader classLoader, @Nullable Properties properties) {
    ClassLoader loader = classLoader == null ? getDefaultClassLoader() : classLoader;
    Properties settings = properties == null ? new Properties() : properties;
    URI place = uri == null ? defaultUri(settings) : ManagerUri.escaped(uri);
    PersiDictCacheManager manager =
        Objects.requireNonNull(
            managers.findOrOpen(
                new Key(loader, identity(place)),
                () -> new PersiDictCacheManager(this, place, loader, settings)));
    manager.requireAgreement(settings);
    return manager;
  }

  /** What holds for all managers that are not given anything else. */
  Properties systemProperties() {
    return system.get();
  }

  private URI defaultUri(Properties settings) {
    String configured = settings.getProperty(Settings.URI);
    return configured == null ? getDefaultURI() : ManagerUri.escaped(ManagerUri.parse(configured));
  }

  /**
   * The URI without what does not matter: a directory's gains a slash once the directory exists.
   */
  private static URI identity(URI uri) {
    URI normal = ManagerUri.escaped(uri).normalize();
    String text = normal.toString();
    return text.endsWith("/") ? URI.create(text.substring(0, text.length() - 1)) : normal;
  }

  @Override
  public CacheManager getCacheManager(@Nullable URI uri, @Nullable ClassLoader classLoader) {
    return getCacheManager(uri, classLoader, null);
  }

  @Override
  public CacheManager getCacheManager() {
    return getCacheManager(null, null, null);
  }

  @Override
  public ClassLoader getDefaultClassLoader() {
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    return context != null
        ? context
        : Objects.requireNonNull(PersiDictCachingProvider.class.getClassLoader());
  }

  @Override
  public URI getDefaultURI() {
    String configured = systemProperties().getProperty(Settings.URI);
    return configured == null
        ? ManagerUri.inWorkingDirectory()
        : ManagerUri.escaped(ManagerUri.parse(configured));
  }

  @Override
  public Properties getDefaultProperties() {
    return new Properties();
  }

  @Override
  public void close() {
    close(loader -> true, uri -> true);
  }

  @Override
  public void close(@Nullable ClassLoader classLoader) {
    ClassLoader closed = classLoader == null ? getDefaultClassLoader() : classLoader;
    close(loader -> loader.equals(closed), uri -> true);
  }

  @Override
  public void close(@Nullable URI uri, @Nullable ClassLoader classLoader) {
    ClassLoader closed = classLoader == null ? getDefaultClassLoader() : classLoader;
    close(loader -> loader.equals(closed), identity(uri == null ? getDefaultURI() : uri)::equals);
  }

  private void close(Predicate<ClassLoader> loaders, Predicate<URI> uris) {
    long end = PersiDictCache.closingEnd();
    List<Runnable> begun = new ArrayList<>();
    for (PersiDictCacheManager manager : managers.all()) {
      if (loaders.test(manager.getClassLoader()) && uris.test(identity(manager.getURI()))) {
        begun.add(manager.beginClose(end));
      }
    }
    begun.forEach(Runnable::run);
  }

  /** Forgets a manager that closes, so that nobody is given it any more. */
  void forget(PersiDictCacheManager manager) {
    managers.forget(new Key(manager.getClassLoader(), identity(manager.getURI())), manager);
  }

  @Override
  public boolean isSupported(OptionalFeature optionalFeature) {
    return false;
  }
}
