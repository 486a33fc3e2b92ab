package io.persidict.jcache;

import io.persidict.jcache.config.ManagerUri;
import io.persidict.jcache.config.Settings;
import java.io.File;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.function.Predicate;
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
 * open the same directory at once.
 */
public final class PersiDictCachingProvider implements CachingProvider {
  private final Map<ClassLoader, Map<URI, PersiDictCacheManager>> managers = new HashMap<>();

  @Override
  public synchronized CacheManager getCacheManager(
      @Nullable URI uri, @Nullable ClassLoader classLoader, @Nullable Properties properties) {
    URI place = uri == null ? getDefaultURI() : ManagerUri.escaped(uri);
    ClassLoader loader = classLoader == null ? getDefaultClassLoader() : classLoader;
    Properties settings = properties == null ? new Properties() : properties;
    return managers
        .computeIfAbsent(loader, same -> new HashMap<>())
        .computeIfAbsent(
            identity(place), same -> new PersiDictCacheManager(this, place, loader, settings));
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
    String configured = System.getProperty(Settings.URI);
    if (configured == null) {
      String directory = new File(".persidict").getAbsoluteFile().toURI().toString();
      return ManagerUri.escaped(URI.create(directory.endsWith("/") ? directory : directory + "/"));
    }
    return ManagerUri.escaped(ManagerUri.parse(configured));
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
    List<PersiDictCacheManager> closing = new ArrayList<>();
    synchronized (this) {
      managers.forEach(
          (loader, ofLoader) ->
              ofLoader.forEach(
                  (uri, manager) -> {
                    if (loaders.test(loader) && uris.test(uri)) {
                      closing.add(manager);
                    }
                  }));
    }
    closing.forEach(PersiDictCacheManager::close);
  }

  /** Forgets a manager that is closed. */
  synchronized void forget(PersiDictCacheManager manager) {
    managers.values().forEach(ofLoader -> ofLoader.values().remove(manager));
  }

  @Override
  public boolean isSupported(OptionalFeature optionalFeature) {
    return false;
  }
}
