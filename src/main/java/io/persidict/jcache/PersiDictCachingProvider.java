package io.persidict.jcache;

import java.io.File;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.function.Predicate;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.OptionalFeature;
import javax.cache.spi.CachingProvider;
import org.jspecify.annotations.Nullable;

/**
 * The provider of persidict's caches. A manager's URI is the directory below which its caches lie,
 * such as {@code file:///var/cache/app/}; unless the system property {@code persidict.uri} names
 * another, the default is {@code .persidict/} in the working directory.
 *
 * <p>There is one open manager for a directory and class loader in a process; any number of
 * processes may open the same directory at once.
 */
public final class PersiDictCachingProvider implements CachingProvider {
  private final Map<ClassLoader, Map<Path, PersiDictCacheManager>> managers = new HashMap<>();

  @Override
  public synchronized CacheManager getCacheManager(
      @Nullable URI uri, @Nullable ClassLoader classLoader, @Nullable Properties properties) {
    URI place = uri == null ? getDefaultURI() : uri;
    ClassLoader loader = classLoader == null ? getDefaultClassLoader() : classLoader;
    Properties settings = properties == null ? new Properties() : properties;
    Path directory = directory(place);
    return managers
        .computeIfAbsent(loader, same -> new HashMap<>())
        .computeIfAbsent(
            directory, same -> new PersiDictCacheManager(this, place, directory, loader, settings));
  }

  @Override
  public CacheManager getCacheManager(@Nullable URI uri, @Nullable ClassLoader classLoader) {
    return getCacheManager(uri, classLoader, null);
  }

  @Override
  public CacheManager getCacheManager() {
    return getCacheManager(null, null, null);
  }

  private static Path directory(URI uri) {
    if (!"file".equals(uri.getScheme())) {
      throw new CacheException(
          "a manager's URI is a directory, such as file:///var/cache/app/; its scheme cannot be that"
              + " of "
              + uri);
    }
    try {
      return Path.of(uri).normalize();
    } catch (IllegalArgumentException e) {
      throw new CacheException(
          "a manager's URI is a directory, such as file:///var/cache/app/; "
              + uri
              + " is no file URI: "
              + e.getMessage(),
          e);
    }
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
      return URI.create(directory.endsWith("/") ? directory : directory + "/");
    }
    try {
      return new URI(configured);
    } catch (URISyntaxException e) {
      throw new CacheException(
          "the system property "
              + Settings.URI
              + " must be a URI such as file:///var/cache/app/: "
              + e.getMessage(),
          e);
    }
  }

  @Override
  public Properties getDefaultProperties() {
    return new Properties();
  }

  @Override
  public void close() {
    close(loader -> true, directory -> true);
  }

  @Override
  public void close(@Nullable ClassLoader classLoader) {
    ClassLoader closed = classLoader == null ? getDefaultClassLoader() : classLoader;
    close(loader -> loader.equals(closed), directory -> true);
  }

  @Override
  public void close(@Nullable URI uri, @Nullable ClassLoader classLoader) {
    ClassLoader closed = classLoader == null ? getDefaultClassLoader() : classLoader;
    close(loader -> loader.equals(closed), directory(uri == null ? getDefaultURI() : uri)::equals);
  }

  private void close(Predicate<ClassLoader> loaders, Predicate<Path> directories) {
    List<PersiDictCacheManager> closing = new ArrayList<>();
    synchronized (this) {
      managers.forEach(
          (loader, ofLoader) ->
              ofLoader.forEach(
                  (directory, manager) -> {
                    if (loaders.test(loader) && directories.test(directory)) {
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
