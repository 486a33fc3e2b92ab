package io.persidict.jcache.config;

import io.persidict.store.Credentials;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Path;
import java.util.Properties;
import java.util.regex.Pattern;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * What a manager's URI stands for: a directory, a prefix of an S3 bucket, or a configuration file
 * that ends with {@code .properties} and lies on disk ({@code file:}), on the class path ({@code
 * classpath:}) or in an archive ({@code jar:}).
 *
 * @param place below which the caches lie
 * @param properties of the configuration file; empty where there is none
 */
public record ManagerUri(URI place, Properties properties) {
  private static final String S3 = "s3";
  private static final Pattern BUCKET = Pattern.compile("[A-Za-z0-9._-]{3,255}");

  private static final Pattern USER = Pattern.compile("//[^/]*@");

  private static final String FORMS =
      "a manager's URI is a directory, such as file:///var/cache/app/, an S3 prefix, such as"
          + " s3://bucket/prefix/, or a configuration file, such as"
          + " file:///etc/app/caches.properties or classpath:caches.properties; it cannot be ";

  /**
   * @throws CacheException if {@code place} is neither a directory nor a prefix of a bucket
   */
  public ManagerUri {
    if (S3.equals(place.getScheme())) {
      String bucket = place.getRawAuthority();
      if (bucket == null
          || !BUCKET.matcher(bucket).matches()
          || place.getQuery() != null
          || place.getFragment() != null) {
        throw new CacheException(
            "an S3 prefix is s3://bucket/prefix/, with two slashes and a bucket's name; it cannot"
                + " be "
                + shown(place));
      }
    } else if (!"file".equals(place.getScheme())) {
      throw new CacheException(FORMS + shown(place) + pathHint(place));
    }
  }

  /** What to write instead, where somebody wrote a path. */
  private static String pathHint(URI uri) {
    return uri.getScheme() == null || uri.getScheme().length() == 1
        ? "; write a path as Path.of(\"...\").toUri() gives it, with forward slashes"
        : "";
  }

  private static String shown(@Nullable Object uri) {
    return Credentials.hiddenIn(String.valueOf(uri));
  }

  /** Where caches lie if nobody says: in {@code .persidict/} in the working directory. */
  public static URI inWorkingDirectory() {
    String directory = new File(".persidict").getAbsoluteFile().toURI().toString();
    return escaped(URI.create(directory.endsWith("/") ? directory : directory + "/"));
  }

  /**
   * What {@code uri} stands for. Where a configuration file's caches lie is not said by what names
   * the file itself.
   *
   * @param given properties that go before those of a configuration file
   * @param defaultPlace where the caches of a configuration file lie that does not say
   * @throws CacheException if it is none of these, or the file cannot be read
   */
  public static ManagerUri of(
      URI uri, Properties given, URI defaultPlace, ClassLoader classLoader) {
    if (!uri.getSchemeSpecificPart().endsWith(".properties")) {
      return new ManagerUri(uri, new Properties());
    }
    if (USER.matcher(uri.toString()).find()) {
      throw new CacheException(FORMS + shown(uri));
    }
    Properties properties = new Properties();
    try (InputStream in = url(uri, classLoader).openStream()) {
      properties.load(new StringReader(text(in.readAllBytes())));
    } catch (IOException | IllegalArgumentException e) {
      if (Credentials.mayBeIn(uri.toString())) {
        throw new CacheException(FORMS + shown(uri)); // no cause, whose message would show it
      }
      throw new CacheException("cannot read the configuration file " + uri + ": " + e, e);
    }
    URI place = named(given);
    if (place == null || isSame(place, uri)) {
      place = named(properties);
    }
    if (place == null) {
      place = isSame(defaultPlace, uri) ? inWorkingDirectory() : defaultPlace;
    }
    return new ManagerUri(place, properties);
  }

  private static @Nullable URI named(Properties properties) {
    String text = properties.getProperty(Settings.URI);
    return text == null ? null : parse(text);
  }

  private static boolean isSame(URI one, URI other) {
    return escaped(one).normalize().equals(escaped(other).normalize());
  }

  /**
   * A file's text: UTF-8, or UTF-16 with a byte order mark, as editors on Windows write it.
   *
   * @throws CharacterCodingException if it is neither
   */
  private static String text(byte[] bytes) throws CharacterCodingException {
    int mark = bytes.length < 2 ? 0 : ((bytes[0] & 0xff) << 8) | (bytes[1] & 0xff);
    Charset charset =
        mark == 0xfeff || mark == 0xfffe ? StandardCharsets.UTF_16 : StandardCharsets.UTF_8;
    String text = charset.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    if (text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("it is neither UTF-8 nor UTF-16 with a byte order mark");
    }
    return text.startsWith("\uFEFF") ? text.substring(1) : text;
  }

  /**
   * The same URI with escapes for the characters that have a meaning in JMX object names, since
   * programs that look for a cache's MXBeans build their names of the manager's URI as it is.
   */
  public static URI escaped(URI uri) {
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
    throw new CacheException(FORMS + shown(uri));
  }

  /**
   * Reads a URI that somebody wrote into a property.
   *
   * @throws CacheException if it is none
   */
  public static URI parse(@Nullable String text) {
    try {
      return URI.create(String.valueOf(text));
    } catch (IllegalArgumentException e) {
      throw new CacheException( // without its cause, whose message shows the whole text
          Settings.URI
              + " must be a URI such as file:///var/cache/app/, not "
              + shown(text)
              + "; write a path as Path.of(\"...\").toUri() gives it, with forward slashes");
    }
  }

  /** Whether it is a prefix of a bucket, and no directory. */
  public boolean isS3() {
    return S3.equals(place.getScheme());
  }

  /** The directory. */
  public Path directory() {
    try {
      return Path.of(place).normalize();
    } catch (IllegalArgumentException | FileSystemNotFoundException e) {
      throw Credentials.mayBeIn(place.toString())
          ? new CacheException(FORMS + shown(place))
          : new CacheException(FORMS + place + ": " + e.getMessage(), e);
    }
  }

  /** The bucket. */
  public String bucket() {
    return place.getAuthority();
  }

  /**
   * The digest length of caches here for which none is set: names in S3 differ as their keys do.
   */
  public int digestLength() {
    return isS3() ? 0 : 8;
  }

  /** The prefix below which the caches lie: empty, or ending with a slash. */
  public String prefix() {
    String path = place.getPath().replaceFirst("^/", "");
    return path.isEmpty() || path.endsWith("/") ? path : path + "/";
  }
}
