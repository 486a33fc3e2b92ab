package io.persidict.jcache;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Path;
import java.util.Properties;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * What a manager's URI stands for: a directory, or a configuration file that ends with {@code
 * .properties} and lies on disk ({@code file:}), on the class path ({@code classpath:}) or in an
 * archive ({@code jar:}).
 *
 * @param directory below which the caches lie
 * @param properties of the configuration file; empty where there is none
 */
record ManagerUri(Path directory, Properties properties) {
  private static final String FORMS =
      "a manager's URI is a directory, such as file:///var/cache/app/, or a configuration file, such"
          + " as file:///etc/app/caches.properties or classpath:caches.properties; it cannot be ";

  /**
   * @param defaultDirectory where the caches of a configuration file lie that does not say
   * @throws CacheException if it is neither, or the file cannot be read
   */
  static ManagerUri of(URI uri, URI defaultDirectory, ClassLoader classLoader) {
    if (!uri.getSchemeSpecificPart().endsWith(".properties")) {
      return new ManagerUri(directory(uri), new Properties());
    }
    Properties properties = new Properties();
    try (InputStream in = url(uri, classLoader).openStream();
        Reader reader = new InputStreamReader(in, StandardCharsets.UTF_8)) {
      properties.load(reader);
    } catch (IOException | IllegalArgumentException e) {
      throw new CacheException("cannot read the configuration file " + uri + ": " + e, e);
    }
    String directory = properties.getProperty(Settings.URI);
    return new ManagerUri(
        directory(directory == null ? defaultDirectory : parse(directory)), properties);
  }

  /**
   * The same URI with escapes for the characters that have a meaning in JMX object names, since
   * programs that look for a cache's MXBeans build their names of the manager's URI as it is.
   */
  static URI escaped(URI uri) {
    return URI.create(uri.toString().replace(",", "%2C").replace("=", "%3D").replace("*", "%2A"));
  }

  private static URL url(URI uri, ClassLoader classLoader) throws MalformedURLException {
    String scheme = String.valueOf(uri.getScheme());
    if (scheme.equals("classpath")) {
      String name = uri.getSchemeSpecificPart().replaceFirst("^/+", "");
      URL found = classLoader.getResource(name);
      if (found == null) {
        throw new CacheException("there is no configuration file " + name + " on the class path");
      }
      return found;
    }
    if (scheme.equals("file") || scheme.equals("jar")) {
      return uri.toURL();
    }
    throw new CacheException(FORMS + uri);
  }

  /**
   * Reads a URI that somebody wrote into a property.
   *
   * @throws CacheException if it is none
   */
  static URI parse(@Nullable String text) {
    try {
      return URI.create(String.valueOf(text));
    } catch (IllegalArgumentException e) {
      throw new CacheException(
          Settings.URI + " must be a URI such as file:///var/cache/app/, not " + text, e);
    }
  }

  private static Path directory(URI uri) {
    if (!"file".equals(uri.getScheme())) {
      throw new CacheException(FORMS + uri);
    }
    try {
      return Path.of(uri).normalize();
    } catch (IllegalArgumentException | FileSystemNotFoundException e) {
      throw new CacheException(FORMS + uri + ": " + e.getMessage(), e);
    }
  }
}
