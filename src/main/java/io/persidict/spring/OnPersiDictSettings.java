package io.persidict.spring;

import io.persidict.jcache.PersiDictCachingProvider;
import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.ConfigurationPropertyState;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.env.Environment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.core.type.AnnotatedTypeMetadata;

/** There are {@code persidict.*} settings, and no other cache provider is chosen. */
final class OnPersiDictSettings extends SpringBootCondition {
  private static final ConfigurationPropertyName PREFIX = ConfigurationPropertyName.of("persidict");

  @Override
  public ConditionOutcome getMatchOutcome(
      ConditionContext context, AnnotatedTypeMetadata metadata) {
    Environment environment = context.getEnvironment();
    ConditionMessage.Builder message = ConditionMessage.forCondition("persidict.* settings");
    Binder binder = Binder.get(environment);
    String type = binder.bind("spring.cache.type", Bindable.of(String.class)).orElse("jcache");
    if (!type.equalsIgnoreCase("jcache")) {
      return ConditionOutcome.noMatch(message.because("spring.cache.type is " + type));
    }
    String provider =
        binder
            .bind("spring.cache.jcache.provider", Bindable.of(String.class))
            .orElse(PersiDictCachingProvider.class.getName());
    if (!provider.equals(PersiDictCachingProvider.class.getName())) {
      return ConditionOutcome.noMatch(
          message.because("spring.cache.jcache.provider is " + provider));
    }
    return binder.bind(PREFIX, Bindable.of(PersiDictProperties.class)).isBound()
            || isWritten(environment)
        ? ConditionOutcome.match(message.because("there are some"))
        : ConditionOutcome.noMatch(message.because("there are none"));
  }

  /** Whether there is any, be it none that is known; but environment variables may be others'. */
  private static boolean isWritten(Environment environment) {
    for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
      if (!(source.getUnderlyingSource() instanceof SystemEnvironmentPropertySource)
          && source.containsDescendantOf(PREFIX) == ConfigurationPropertyState.PRESENT) {
        return true;
      }
    }
    return false;
  }
}
