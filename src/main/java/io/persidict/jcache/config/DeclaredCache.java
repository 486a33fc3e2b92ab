package io.persidict.jcache.config;

import static java.lang.System.Logger.Level.WARNING;

import io.persidict.jcache.config.Settings.Setting;
import java.lang.reflect.InvocationTargetException;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
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

/**
 * The JCache configuration of a cache as its settings describe it. They fill in what code leaves as
 * JCache's default; where code says otherwise, code wins and a warning names both.
 */
public final class DeclaredCache {
  static final String EXPIRIES =
      "eternal, or one of created, modified, accessed, touched and an ISO-8601 duration, such as"
          + " \"created PT1H\"";

  private static final System.Logger LOGGER = System.getLogger(DeclaredCache.class.getName());

  private final Settings.ForCache settings;
  private final ClassLoader classLoader;

  private DeclaredCache(Settings.ForCache settings, ClassLoader classLoader) {
    this.settings = settings;
    this.classLoader = classLoader;
  }

  /**
   * Completes {@code code} by what {@code settings} describe.
   *
   * @param classLoader finds the classes that they name
   * @throws CacheException if a class is missing or does not implement what it must
   */
  public static void complete(
      MutableConfiguration<?, ?> code, Settings.ForCache settings, ClassLoader classLoader) {
    new DeclaredCache(settings, classLoader).complete(code);
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // the types are known by name only
  private void complete(MutableConfiguration code) {
    code.setTypes(
        type(Setting.KEY_TYPE, code.getKeyType()), type(Setting.VALUE_TYPE, code.getValueType()));
    String expiry = settings.value(Setting.EXPIRY);
    fill(
        Setting.EXPIRY,
        expiry == null ? null : expiry(expiry),
        EternalExpiryPolicy.factoryOf().equals(code.getExpiryPolicyFactory())
            ? null
            : code.getExpiryPolicyFactory(),
        code::setExpiryPolicyFactory);
    flag(Setting.STATISTICS, code.isStatisticsEnabled(), code::setStatisticsEnabled);
    flag(Setting.MANAGEMENT, code.isManagementEnabled(), code::setManagementEnabled);
    fill(
        Setting.LOADER,
        factory(Setting.LOADER, CacheLoader.class),
        code.getCacheLoaderFactory(),
        loader -> code.setCacheLoaderFactory(loader).setReadThrough(true));
    fill(
        Setting.WRITER,
        factory(Setting.WRITER, CacheWriter.class),
        code.getCacheWriterFactory(),
        writer -> code.setCacheWriterFactory(writer).setWriteThrough(true));
  }

  private Class<?> type(Setting setting, Class<?> inCode) {
    String name = settings.value(setting);
    if (name == null) {
      return inCode;
    }
    Class<?> declared = load(setting, name);
    if (inCode == Object.class) {
      return declared;
    }
    warnUnless(declared == inCode, setting, inCode.getName());
    return inCode;
  }

  /**
   * @param declared what the settings say; null for nothing
   * @param inCode what code says; null where it leaves the default
   */
  private <T> void fill(
      Setting setting, @Nullable T declared, @Nullable T inCode, Consumer<T> setter) {
    if (declared == null) {
      return;
    }
    if (inCode == null) {
      setter.accept(declared);
    } else {
      warnUnless(declared.equals(inCode), setting, inCode.getClass().getName());
    }
  }

  private void flag(Setting setting, boolean inCode, Consumer<Boolean> setter) {
    if (settings.value(setting) != null) {
      if (inCode) {
        warnUnless(settings.isTrue(setting), setting, "true");
      } else {
        setter.accept(settings.isTrue(setting));
      }
    }
  }

  private void warnUnless(boolean agrees, Setting setting, String inCode) {
    if (!agrees) {
      LOGGER.log(
          WARNING,
          "cache \"{0}\": the setting {1} = {2} is not applied, because the configuration in code"
              + " says {3}",
          settings.name(),
          settings.property(setting),
          settings.value(setting),
          inCode);
    }
  }

  private Class<?> load(Setting setting, String name) {
    try {
      return Class.forName(name, false, classLoader);
    } catch (ClassNotFoundException | LinkageError e) {
      throw settings.refused(setting, "a class that the manager's class loader finds");
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
      } catch (InvocationTargetException e) {
        Throwable failure = e.getTargetException();
        throw unmade(
            setting,
            "the constructor of " + name + " failed with " + failure.getClass().getName(),
            failure);
      } catch (ReflectiveOperationException e) {
        throw unmade(setting, name + " needs a public constructor without parameters", e);
      }
    };
  }

  private CacheException unmade(Setting setting, String why, Throwable cause) {
    return new CacheException(
        "cannot make the " + setting.key + " of cache " + settings.name() + "; " + why, cause);
  }

  /**
   * The expiry policy that {@code text} describes.
   *
   * @throws IllegalArgumentException or DateTimeException if it describes none
   */
  static Factory<? extends ExpiryPolicy> expiry(String text) {
    String[] words = text.split("\\s+", -1);
    if (words.length == 1 && words[0].equals("eternal")) {
      return EternalExpiryPolicy.factoryOf();
    }
    long millis = words.length == 2 ? java.time.Duration.parse(words[1]).toMillis() : 0;
    if (millis <= 0) {
      throw new IllegalArgumentException(text);
    }
    Duration duration = new Duration(TimeUnit.MILLISECONDS, millis);
    return switch (words[0].toLowerCase(Locale.ROOT)) {
      case "created" -> CreatedExpiryPolicy.factoryOf(duration);
      case "modified" -> ModifiedExpiryPolicy.factoryOf(duration);
      case "accessed" -> AccessedExpiryPolicy.factoryOf(duration);
      case "touched" -> TouchedExpiryPolicy.factoryOf(duration);
      default -> throw new IllegalArgumentException(text);
    };
  }
}
