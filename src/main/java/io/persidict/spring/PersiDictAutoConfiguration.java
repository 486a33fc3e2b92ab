package io.persidict.spring;

import io.persidict.jcache.PersiDictCachingProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.cache.CacheManager;
import javax.cache.configuration.Configuration;
import javax.cache.configuration.MutableConfiguration;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.PropertySourcesPlaceholdersResolver;
import org.springframework.boot.context.properties.bind.handler.NoUnboundElementsBindHandler;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.cache.jcache.JCacheCacheManager;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.io.Resource;

/**
 * Makes a {@link CacheManager} from {@code persidict.*} in the {@code Environment}, which Boot then
 * makes Spring's cache manager of. Each application context has a manager of its own, which is
 * closed with it; any number of them may have the same place.
 *
 * <p>The caches that {@code persidict.cache.<name>} or {@code spring.cache.cache-names} names are
 * open from the start, with the {@link Configuration} that is a bean if there is one. Others are
 * created when an annotation names them, if {@code persidict.spring.create-caches} is true.
 *
 * <p>Does nothing where there are no such settings, where there is a {@code CacheManager} of JCache
 * or Spring, and where {@code spring.cache.type} or {@code spring.cache.jcache.provider} chooses
 * another.
 */
@AutoConfiguration(
    beforeName = {
      "org.springframework.boot.autoconfigure.cache.CacheAutoConfiguration", // Boot 3
      "org.springframework.boot.cache.autoconfigure.CacheAutoConfiguration"
    })
@ConditionalOnClass({CacheManager.class, JCacheCacheManager.class})
@ConditionalOnMissingBean({
  CacheManager.class,
  org.springframework.cache.CacheManager.class,
})
@Conditional(OnPersiDictSettings.class)
@EnableConfigurationProperties(PersiDictProperties.class)
public class PersiDictAutoConfiguration {
  /** The name of the manager's bean. */
  static final String MANAGER = "persidictCacheManager";

  /** For Spring, which makes one. */
  public PersiDictAutoConfiguration() {}

  /**
   * The caches of this application.
   *
   * @throws javax.cache.CacheException if a setting or the place is not as it must be
   */
  @Bean(name = MANAGER, destroyMethod = "close")
  CacheManager persidictCacheManager(
      PersiDictProperties properties,
      ObjectProvider<Configuration<?, ?>> configuration,
      ApplicationContext context) {
    refuseUnknownSystemProperties(context.getEnvironment());
    Binder binder = Binder.get(context.getEnvironment());
    List<String> names =
        binder.bind("spring.cache.cache-names", Bindable.listOf(String.class)).orElse(List.of());
    Map<String, CacheSettings> settings =
        properties.caches(names, () -> cachesBySource(context.getEnvironment()));
    CacheManager manager =
        PersiDictCachingProvider.withoutSystemProperties()
            .getCacheManager(
                configurationFile(binder),
                context.getClassLoader(),
                properties.forManager(settings));
    try {
      CachesOnDemand onDemand =
          new CachesOnDemand(
              manager, () -> configuration.getIfAvailable(MutableConfiguration::new));
      Customizers.apply(context, manager);
      names.forEach(onDemand::getCache);
      settings.keySet().forEach(onDemand::getCache);
      return properties.getSpring().isCreateCaches() ? onDemand : manager;
    } catch (Throwable e) {
      manager.close();
      throw e;
    }
  }

  /** Does for system properties what Boot does for files: there it ignores names of no setting. */
  private static void refuseUnknownSystemProperties(Environment environment) {
    if (environment instanceof ConfigurableEnvironment configurable) {
      PropertySource<?> system =
          configurable
              .getPropertySources()
              .get(StandardEnvironment.SYSTEM_PROPERTIES_PROPERTY_SOURCE_NAME);
      if (system != null) {
        new Binder(
                ConfigurationPropertySources.from(system),
                new PropertySourcesPlaceholdersResolver(environment))
            .bind(
                "persidict",
                Bindable.of(PersiDictProperties.class),
                new NoUnboundElementsBindHandler(BindHandler.DEFAULT));
      }
    }
  }

  /** What each source by itself sets for single caches; the first one counts most. */
  private static List<Map<String, CacheSettings>> cachesBySource(Environment environment) {
    List<Map<String, CacheSettings>> all = new ArrayList<>();
    for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
      new Binder(List.of(source), new PropertySourcesPlaceholdersResolver(environment))
          .bind("persidict.cache", Bindable.mapOf(String.class, CacheSettings.class))
          .ifBound(all::add);
    }
    return all;
  }

  /** The manager's configuration file, which its settings go before; null if there is none. */
  private static @Nullable URI configurationFile(Binder binder) {
    Resource file =
        binder.bind("spring.cache.jcache.config", Bindable.of(Resource.class)).orElse(null);
    try {
      return file == null ? null : file.getURI();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot find spring.cache.jcache.config, " + file, e);
    }
  }
}
