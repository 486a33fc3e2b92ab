package io.persidict.jcache.config;

import io.persidict.jcache.config.Settings.Setting;
import java.time.DateTimeException;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import javax.cache.CacheException;
import javax.cache.configuration.Factory;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.AccessedExpiryPolicy;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.expiry.EternalExpiryPolicy;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.expiry.ModifiedExpiryPolicy;
import javax.cache.expiry.TouchedExpiryPolicy;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheWriter;
import org.jspecify.annotations.Nullable;

/** The JCache configuration of a cache that is described by settings alone. */
public final class DeclaredCache {
  private static final String EXPIRIES =
      "eternal, or one of created, modified, accessed, touched and an ISO-8601 duration, such as"
          + " \"created PT1H\"";

  private final Settings.ForCache settings;
  private final ClassLoader classLoader;

  private DeclaredCache(Settings.ForCache settings, ClassLoader classLoader) {
    this.settings = settings;
    this.classLoader = classLoader;
  }

  /**
   * The configuration that {@code settings} describe.
   *
   * @param classLoader finds the classes that they name
   * @throws CacheException if a value is not allowed or a class is missing
   */
  public static MutableConfiguration<?, ?> configuration(
      Settings.ForCache settings, ClassLoader classLoader) {
    return new DeclaredCache(settings, classLoader).configuration();
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // the types are known by name only
  private MutableConfiguration<?, ?> configuration() {
    MutableConfiguration configuration =
        new MutableConfiguration()
            .setTypes(type(Setting.KEY_TYPE), type(Setting.VALUE_TYPE))
            .setExpiryPolicyFactory(expiry())
            .setStatisticsEnabled(settings.isTrue(Setting.STATISTICS))
            .setManagementEnabled(settings.isTrue(Setting.MANAGEMENT));
    Factory<CacheLoader> loader = factory(Setting.LOADER, CacheLoader.class);
    if (loader != null) {
      configuration.setCacheLoaderFactory(loader).setReadThrough(true);
    }
    Factory<CacheWriter> writer = factory(Setting.WRITER, CacheWriter.class);
    if (writer != null) {
      configuration.setCacheWriterFactory(writer).setWriteThrough(true);
    }
    return configuration;
  }

  private Class<?> type(Setting setting) {
    String name = settings.value(setting);
    return name == null ? Object.class : load(setting, name);
  }

  private Class<?> load(Setting setting, String name) {
    try {
      return Class.forName(name, false, classLoader);
    } catch (ClassNotFoundException e) {
      throw settings.refused(setting, "a class that is on the class path");
    }
  }

  /** Makes one object of the class that {@code setting} names; null if it names none. */
  private <T> @Nullable Factory<T> factory(Setting setting, Class<T> type) {
    String name = settings.value(setting);
    if (name == null) {
      return null;
    }
    Class<?> made = load(setting, name);
    if (!type.isAssignableFrom(made)) {
      throw settings.refused(setting, "a class that implements " + type.getName());
    }
    return () -> {
      try {
        return type.cast(made.getDeclaredConstructor().newInstance());
      } catch (ReflectiveOperationException e) {
        throw new CacheException(
            "cannot make the "
                + setting.key
                + " of cache "
                + settings.name()
                + "; "
                + name
                + " needs a public constructor without parameters",
            e);
      }
    };
  }

  private Factory<? extends ExpiryPolicy> expiry() {
    String value = settings.value(Setting.EXPIRY);
    String[] words = value == null ? new String[] {"eternal"} : value.split("\\s+");
    if (words.length == 1 && words[0].equals("eternal")) {
      return EternalExpiryPolicy.factoryOf();
    }
    if (words.length != 2) {
      throw settings.refused(Setting.EXPIRY, EXPIRIES);
    }
    Duration duration = duration(words[1]);
    return switch (words[0].toLowerCase(Locale.ROOT)) {
      case "created" -> CreatedExpiryPolicy.factoryOf(duration);
      case "modified" -> ModifiedExpiryPolicy.factoryOf(duration);
      case "accessed" -> AccessedExpiryPolicy.factoryOf(duration);
      case "touched" -> TouchedExpiryPolicy.factoryOf(duration);
      default -> throw settings.refused(Setting.EXPIRY, EXPIRIES);
    };
  }

  private Duration duration(String text) {
    try {
      long millis = java.time.Duration.parse(text).toMillis();
      if (millis > 0) {
        return new Duration(TimeUnit.MILLISECONDS, millis);
      }
    } catch (DateTimeException | ArithmeticException e) {
      throw settings.refused(Setting.EXPIRY, EXPIRIES);
    }
    throw settings.refused(Setting.EXPIRY, EXPIRIES);
  }
}
