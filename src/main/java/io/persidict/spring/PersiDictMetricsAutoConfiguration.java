package io.persidict.spring;

import io.persidict.micrometer.PersiDictMetrics;
import javax.cache.CacheManager;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;

/**
 * Metrics of the caches of the manager that {@link PersiDictAutoConfiguration} made, where there is
 * Micrometer; Boot's Actuator binds them to its registries. They take the place of those that Boot
 * would ask JMX for.
 */
@AutoConfiguration(after = PersiDictAutoConfiguration.class)
@ConditionalOnClass(name = "io.micrometer.core.instrument.binder.MeterBinder")
@ConditionalOnBean(name = PersiDictAutoConfiguration.MANAGER)
public class PersiDictMetricsAutoConfiguration {
  /** As Boot calls the manager that it makes, which is a tag of its metrics. */
  private static final String SPRINGS_MANAGER = "cacheManager";

  private static final int BEFORE_BOOTS = 0;

  /** For Spring, which makes one. */
  public PersiDictMetricsAutoConfiguration() {}

  /** The metrics of all caches. */
  @Bean
  @ConditionalOnMissingBean
  PersiDictMetrics persidictMetrics(
      @Qualifier(PersiDictAutoConfiguration.MANAGER) CacheManager manager) {
    return PersiDictMetrics.asInSpringBoot(manager, SPRINGS_MANAGER);
  }

  /** For Boot 3. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(
      name = "org.springframework.boot.actuate.metrics.cache.CacheMeterBinderProvider")
  @ConditionalOnMissingClass("org.springframework.boot.cache.metrics.CacheMeterBinderProvider")
  static class OfBoot3 {
    @Bean
    @Order(BEFORE_BOOTS)
    Boot3CacheMetrics persidictCacheMeterBinderProvider() {
      return new Boot3CacheMetrics();
    }
  }

  /** For Boot 4. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(name = "org.springframework.boot.cache.metrics.CacheMeterBinderProvider")
  static class OfBoot4 {
    @Bean
    @Order(BEFORE_BOOTS)
    Boot4CacheMetrics persidictCacheMeterBinderProvider() {
      return new Boot4CacheMetrics();
    }
  }
}
