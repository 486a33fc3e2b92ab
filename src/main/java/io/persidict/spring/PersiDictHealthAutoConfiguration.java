package io.persidict.spring;

import javax.cache.CacheManager;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingClass;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * The health {@code persidict}, where there is an Actuator: whether the store of the manager that
 * {@link PersiDictAutoConfiguration} made can be read and written, and how much room it has. Turned
 * off by {@code management.health.persidict.enabled=false}.
 */
@AutoConfiguration(after = PersiDictAutoConfiguration.class)
@ConditionalOnBean(name = PersiDictAutoConfiguration.MANAGER)
@Conditional(PersiDictHealthAutoConfiguration.OnEnabled.class)
public class PersiDictHealthAutoConfiguration {
  private static final String BEAN = "persidictHealthIndicator";

  /** For Spring, which makes one. */
  public PersiDictHealthAutoConfiguration() {}

  /** As Boot's own health indicators are turned on and off. */
  static final class OnEnabled extends SpringBootCondition {
    @Override
    public ConditionOutcome getMatchOutcome(
        ConditionContext context, AnnotatedTypeMetadata metadata) {
      Environment environment = context.getEnvironment();
      boolean byDefault =
          environment.getProperty("management.health.defaults.enabled", Boolean.class, true);
      boolean enabled =
          environment.getProperty("management.health.persidict.enabled", Boolean.class, byDefault);
      return new ConditionOutcome(
          enabled, ConditionMessage.of("management.health.persidict.enabled is " + enabled));
    }
  }

  /** For Boot 3. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(name = "org.springframework.boot.actuate.health.HealthIndicator")
  @ConditionalOnMissingClass("org.springframework.boot.health.contributor.HealthIndicator")
  static class OfBoot3 {
    @Bean(BEAN)
    Boot3Health persidictHealthIndicator(
        @Qualifier(PersiDictAutoConfiguration.MANAGER) CacheManager manager) {
      return new Boot3Health(new StoreHealth(manager));
    }
  }

  /** For Boot 4. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(name = "org.springframework.boot.health.contributor.HealthIndicator")
  static class OfBoot4 {
    @Bean(BEAN)
    Boot4Health persidictHealthIndicator(
        @Qualifier(PersiDictAutoConfiguration.MANAGER) CacheManager manager) {
      return new Boot4Health(new StoreHealth(manager));
    }
  }
}
