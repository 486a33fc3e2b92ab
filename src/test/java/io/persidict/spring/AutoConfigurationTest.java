package io.persidict.spring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.persidict.jcache.PersiDictCacheManager;
import io.persidict.jcache.PersiDictCachingProvider;
import io.persidict.jcache.PersiDictConfiguration;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.cache.CacheManager;
import javax.cache.configuration.CompleteConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.cache.autoconfigure.CacheAutoConfiguration;
import org.springframework.boot.cache.autoconfigure.CacheManagerCustomizer;
import org.springframework.boot.cache.autoconfigure.JCacheManagerCustomizer;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.cache.concurrent.ConcurrentMapCacheManager;
import org.springframework.cache.jcache.JCacheCacheManager;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.util.ClassUtils;

/** What Boot 4 makes of {@code persidict.*} in the environment. */
final class AutoConfigurationTest {
  private static final String BOOT_3_HEALTH =
      "org.springframework.boot.actuate.health.HealthIndicator";
  private static final String BOOT_3_METRICS =
      "org.springframework.boot.actuate.metrics.cache.CacheMeterBinderProvider";

  private static final AtomicInteger CALLS = new AtomicInteger();

  @TempDir Path directory;

  @Configuration(proxyBeanMethods = false)
  @EnableCaching
  static class Application {
    @Bean
    Service service() {
      return new Service();
    }
  }

  static class Service {
    @Cacheable("answers")
    public String answer(String question) {
      return question + " " + CALLS.incrementAndGet();
    }
  }

  private static ApplicationContextRunner application() {
    return new ApplicationContextRunner()
        .withConfiguration(
            AutoConfigurations.of(PersiDictAutoConfiguration.class, CacheAutoConfiguration.class))
        .withUserConfiguration(Application.class);
  }

  private ApplicationContextRunner runner(String... settings) {
    return application().withPropertyValues("persidict.uri=" + uri()).withPropertyValues(settings);
  }

  private String uri() {
    return directory.toUri().toString();
  }

  @SuppressWarnings("unchecked") // as JCache has it
  private static CompleteConfiguration<?, ?> configuration(CacheManager manager, String cache) {
    return manager.getCache(cache).getConfiguration(CompleteConfiguration.class);
  }

  private static MapPropertySource environmentVariables(Map<String, Object> variables) {
    return new SystemEnvironmentPropertySource(
        StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, variables);
  }

  @Test
  void aCacheWithSettingsIsOpenAndKeepsItsEntriesOverARestart() {
    ApplicationContextRunner runner = runner("persidict.cache.answers.expiry=created PT1H");
    runner.run(
        context -> {
          CacheManager manager = context.getBean(CacheManager.class);
          assertThat(configuration(manager, "answers").getExpiryPolicyFactory())
              .isEqualTo(CreatedExpiryPolicy.factoryOf(new Duration(TimeUnit.HOURS, 1)));
          assertThat(context).hasSingleBean(JCacheCacheManager.class);
          CALLS.set(0);
          assertThat(context.getBean(Service.class).answer("why")).isEqualTo("why 1");
        });
    runner.run(
        context -> assertThat(context.getBean(Service.class).answer("why")).isEqualTo("why 1"));
  }

  @Test
  void cachesAreMadeOfSpringsCacheNames() {
    runner("spring.cache.cache-names=answers, other", "persidict.expiry=created PT2H")
        .run(
            context -> {
              CacheManager manager = context.getBean(CacheManager.class);
              assertThat(manager.getCacheNames()).containsExactly("answers", "other");
              assertThat(configuration(manager, "other").getExpiryPolicyFactory())
                  .isEqualTo(CreatedExpiryPolicy.factoryOf(new Duration(TimeUnit.HOURS, 2)));
              assertThat(manager.unwrap(PersiDictCacheManager.class)).isNotNull();
            });
  }

  @Test
  void theConfigurationThatIsABeanIsThatOfNewCaches() {
    runner("spring.cache.cache-names=answers")
        .withBean(
            PersiDictConfiguration.class,
            () -> {
              PersiDictConfiguration<Object, Object> bean = new PersiDictConfiguration<>();
              bean.setStatisticsEnabled(true);
              return bean;
            })
        .run(
            context ->
                assertThat(
                        configuration(context.getBean(CacheManager.class), "answers")
                            .isStatisticsEnabled())
                    .isTrue());
  }

  @Test
  void aCacheThatNobodyDeclaredIsCreatedIfThatIsAllowed() {
    runner("persidict.spring.create-caches=true", "persidict.cache.other.expiry=eternal")
        .run(
            context -> {
              CALLS.set(0);
              Service service = context.getBean(Service.class);
              assertThat(service.answer("why")).isEqualTo(service.answer("why"));
              assertThat(CALLS).hasValue(1);
              assertThat(context.getBean(CacheManager.class).getCacheNames())
                  .containsExactly("answers", "other");
            });
    runner("persidict.cache.other.expiry=eternal")
        .run(
            context ->
                assertThatThrownBy(() -> context.getBean(Service.class).answer("why"))
                    .hasMessageContaining("Cannot find cache named 'answers'"));
  }

  @Test
  void environmentVariablesMeanTheCacheThatIsSpeltOtherwiseElsewhere() {
    runner("persidict.cache.myAnswers.format=json", "spring.cache.cache-names=the-others")
        .withInitializer(
            context ->
                context
                    .getEnvironment()
                    .getPropertySources()
                    .replace(
                        StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                        environmentVariables(
                            Map.of(
                                "PERSIDICT_CACHE_MYANSWERS_EXPIRY", "created PT3H",
                                "PERSIDICT_CACHE_THEOTHERS_EXPIRY", "created PT3H",
                                "PERSIDICT_CACHE_THIRD_EXPIRY", "created PT3H",
                                "PERSIDICT_SERVICE_HOST", "10.0.0.1",
                                "PERSIDICT_SERIALFILTER", "com.example.*"))))
        .run(
            context -> {
              CacheManager manager = context.getBean(CacheManager.class);
              assertThat(manager.getCacheNames())
                  .containsExactly("myAnswers", "the-others", "third");
              for (String cache : manager.getCacheNames()) {
                assertThat(configuration(manager, cache).getExpiryPolicyFactory())
                    .isEqualTo(CreatedExpiryPolicy.factoryOf(new Duration(TimeUnit.HOURS, 3)));
              }
              assertThat(manager.getProperties())
                  .containsEntry("persidict.cache.myAnswers.format", "json")
                  .containsEntry("persidict.serial-filter", "com.example.*");
            });
  }

  @Test
  void namesAndValuesMayBeRelaxed() {
    runner(
            "persidict.Serial_Filter[0]=a.*",
            "persidict.Serial_Filter[1]=b.*",
            "persidict.memory.maxBytes=2MB",
            "persidict.memory.immutable-types=a.A,b.B",
            "persidict.cache[an.odd name].immutableItems=yes")
        .run(
            context -> {
              CacheManager manager = context.getBean(CacheManager.class);
              assertThat(manager.getCacheNames()).containsExactly("an.odd name");
              assertThat(manager.getProperties())
                  .containsEntry("persidict.serial-filter", "a.*;b.*")
                  .containsEntry("persidict.memory.max-bytes", "2097152")
                  .containsEntry("persidict.memory.immutable-types", "a.A,b.B")
                  .containsEntry("persidict.cache.an.odd name.immutable-items", "true");
            });
  }

  @Test
  void withoutSettingsNothingIsChanged() {
    application()
        .withPropertyValues("spring.cache.type=simple")
        .run(context -> assertThat(context).doesNotHaveBean(PersiDictAutoConfiguration.class));
    application()
        .withPropertyValues(
            "spring.cache.jcache.provider=" + PersiDictCachingProvider.class.getName())
        .withPropertyValues("spring.cache.jcache.config=" + configurationFile(""))
        .run(
            context ->
                assertThat(context)
                    .doesNotHaveBean(PersiDictAutoConfiguration.MANAGER)
                    .hasSingleBean(JCacheCacheManager.class));
  }

  @Test
  void backsOffWhereAnotherManagerOrProviderIsChosen() {
    for (String other : List.of("none", "simple")) {
      runner("spring.cache.type=" + other)
          .run(context -> assertThat(context).doesNotHaveBean(PersiDictAutoConfiguration.MANAGER));
    }
    runner("spring.cache.jcache.provider=com.example.Other")
        .run(
            context ->
                assertThat(context)
                    .as("Boot looks for it")
                    .getFailure()
                    .rootCause()
                    .hasMessageContaining("com.example.Other"));
    runner()
        .withBean(ConcurrentMapCacheManager.class)
        .run(context -> assertThat(context).doesNotHaveBean(PersiDictAutoConfiguration.MANAGER));
    try (PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
      CacheManager own = provider.getCacheManager(directory.toUri(), null);
      runner()
          .withBean("own", CacheManager.class, () -> own)
          .run(context -> assertThat(context.getBean(CacheManager.class)).isSameAs(own));
    }
  }

  @Test
  void customizersOfBothManagersAreCalled() {
    AtomicReference<Object> customized = new AtomicReference<>();
    runner()
        .withBean(
            JCacheManagerCustomizer.class,
            () -> manager -> manager.createCache("own", new MutableConfiguration<>()))
        .withBean(
            CacheManagerCustomizer.class,
            () -> (CacheManagerCustomizer<JCacheCacheManager>) customized::set)
        .run(
            context -> {
              assertThat(context.getBean(CacheManager.class).getCache("own")).isNotNull();
              assertThat(customized).hasValue(context.getBean(JCacheCacheManager.class));
            });
  }

  @Test
  void aCustomizersFailureIsTheApplications() {
    runner()
        .withBean(
            JCacheManagerCustomizer.class,
            () ->
                manager -> {
                  throw new IllegalStateException("not today");
                })
        .run(
            context ->
                assertThat(context).getFailure().rootCause().hasMessageContaining("not today"));
  }

  private String configurationFile(String lines) {
    try {
      Path file = Files.createTempFile(directory, "caches", ".properties");
      Files.writeString(file, "persidict.uri=" + uri() + "in-file/\n" + lines);
      return file.toUri().toString();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void settingsGoBeforeThoseOfAConfigurationFile() {
    String file =
        configurationFile(
            "persidict.cache.answers.expiry=eternal\npersidict.cache.other.statistics=true\n");
    application()
        .withPropertyValues(
            "spring.cache.jcache.config=" + file,
            "persidict.uri=" + uri() + "elsewhere/",
            "persidict.cache.answers.expiry=created PT1H")
        .run(
            context -> {
              CacheManager manager = context.getBean(CacheManager.class);
              assertThat(manager.getCacheNames()).containsExactly("answers", "other");
              assertThat(configuration(manager, "answers").getExpiryPolicyFactory())
                  .isEqualTo(CreatedExpiryPolicy.factoryOf(new Duration(TimeUnit.HOURS, 1)));
              assertThat(directory.resolve("elsewhere/answers")).isDirectory();
              assertThat(directory.resolve("in-file")).doesNotExist();
            });
  }

  @Test
  void badSettingsAreRefused() {
    assertRefused("persidict.memory.max-entires=5", "persidict.memory.max-entires");
    assertRefused("persidict.cache.answers.expri=5", "persidict.cache.answers.expri");
    assertRefused("persidict.memory.max-entries=many", "persidict.memory.max-entries");
    assertRefused("persidict.memory.max-entries=0", "setting memory.max-entries is \"0\"");
    assertRefused("persidict.cache.answers.expiry=soon", "setting expiry of cache \"answers\"");
    assertRefused("persidict.spring.create-caches=perhaps", "persidict.spring.create-caches");
    assertRefused("persidict.s3.region=eu-west-1", "persidict.s3.region is for caches in S3");
    assertRefused("spring.cache.jcache.config=classpath:none.properties", "none.properties");
    application()
        .withPropertyValues("persidict.uri=C:\\caches")
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .rootCause()
                    .hasMessageContaining("persidict.uri must be a URI"));
  }

  private void assertRefused(String setting, String message) {
    runner(setting)
        .run(
            context -> {
              assertThat(context).as(setting).hasFailed();
              assertThat(stack(context.getStartupFailure())).contains(message);
            });
  }

  private static String stack(Throwable failure) {
    StringBuilder messages = new StringBuilder();
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      messages.append(cause.getMessage()).append('\n');
    }
    return messages.toString();
  }

  @Test
  void twoContextsShareAPlaceAndEachClosesItsOwnManager() {
    ApplicationContextRunner runner = runner("persidict.cache.answers.statistics=true");
    runner.run(
        outer -> {
          CALLS.set(0);
          runner.run(
              inner -> assertThat(inner.getBean(Service.class).answer("why")).isEqualTo("why 1"));
          assertThat(outer.getBean(Service.class).answer("why")).isEqualTo("why 1");
          assertThat(outer.getBean(Service.class).answer("how")).isEqualTo("how 2");
        });
  }

  @Test
  void theContextClosesItsManager() {
    CacheManager[] manager = new CacheManager[1];
    runner().run(context -> manager[0] = context.getBean(CacheManager.class));
    assertThat(manager[0].isClosed()).isTrue();
  }

  private static void withSystemProperties(Map<String, String> properties, Runnable test) {
    properties.forEach(System::setProperty);
    try {
      test.run();
    } finally {
      properties.keySet().forEach(System::clearProperty);
    }
  }

  @Test
  void systemPropertiesAreReadAsSpringReadsThem() {
    withSystemProperties(
        Map.of(
            "persidict.memory.maxBytes", "64MB",
            "persidict.cache.answers.store.max-bytes", "1GB",
            "persidict.cache.answers.immutableItems", "yes",
            "persidict.serial-filter", "com.example.a.*,com.example.b.*"),
        () ->
            runner()
                .run(
                    context -> {
                      assertThat(context).hasNotFailed();
                      assertThat(context.getBean(CacheManager.class).getProperties())
                          .containsEntry("persidict.memory.max-bytes", "67108864")
                          .containsEntry("persidict.cache.answers.store.max-bytes", "1073741824")
                          .containsEntry("persidict.cache.answers.immutable-items", "true")
                          .containsEntry(
                              "persidict.serial-filter", "com.example.a.*;com.example.b.*");
                    }));
  }

  @Test
  void aSystemPropertyThatIsNoSettingStopsTheApplication() {
    withSystemProperties(
        Map.of("persidict.memory.max-entires", "5"),
        () ->
            runner()
                .run(
                    context -> {
                      assertThat(context).hasFailed();
                      assertThat(stack(context.getStartupFailure()))
                          .contains("persidict.memory.max-entires");
                    }));
  }

  private ApplicationContextRunner yaml(String... lines) {
    return application()
        .withInitializer(
            context -> {
              try {
                new YamlPropertySourceLoader()
                    .load(
                        "application.yml",
                        new ByteArrayResource(String.join("\n", lines).getBytes(UTF_8)))
                    .forEach(context.getEnvironment().getPropertySources()::addLast);
              } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
  }

  @Test
  void environmentVariablesMeanTheCacheWhoseNameIsInBracketsToo() {
    yaml(
            "persidict:",
            "  uri: " + uri(),
            "  cache:",
            "    \"[com.example.Book.of(int)]\":",
            "      expiry: created PT1H",
            "      format: json",
            "      serial-filter: [a.*, b.*]",
            "    \"[myCache]\":",
            "      expiry: created PT1H",
            "      statistics: true")
        .withPropertyValues("persidict.cache[myCache].expiry=created PT9H")
        .withInitializer(
            context ->
                context
                    .getEnvironment()
                    .getPropertySources()
                    .replace(
                        StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                        environmentVariables(
                            Map.of(
                                "PERSIDICT_CACHE_COMEXAMPLEBOOKOFINT_EXPIRY", "created PT3H",
                                "PERSIDICT_CACHE_COMEXAMPLEBOOKOFINT_SERIALFILTER", "c.*",
                                "PERSIDICT_CACHE_COMEXAMPLEBOOKOFINT_MEMORY_MAXENTRIES", "5",
                                "PERSIDICT_CACHE_MYCACHE_EXPIRY", "created PT3H",
                                "PERSIDICT_CACHE_MYCACHE_STATISTICS", "false"))))
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              CacheManager manager = context.getBean(CacheManager.class);
              assertThat(manager.getCacheNames())
                  .containsExactly("com.example.Book.of(int)", "myCache");
              assertThat(manager.getProperties())
                  .containsEntry("persidict.cache.com.example.Book.of(int).expiry", "created PT3H")
                  .containsEntry("persidict.cache.com.example.Book.of(int).format", "json")
                  .containsEntry("persidict.cache.com.example.Book.of(int).serial-filter", "c.*")
                  .containsEntry("persidict.cache.com.example.Book.of(int).memory.max-entries", "5")
                  .as("given before environment variables are")
                  .containsEntry("persidict.cache.myCache.expiry", "created PT9H")
                  .containsEntry("persidict.cache.myCache.statistics", "false");
            });
  }

  @Test
  void aCacheThatYamlOnlyNamesIsOpen() {
    yaml(
            "persidict:",
            "  uri: " + uri(),
            "  cache:",
            "    answers:",
            "    \"[an.odd name]\":",
            "    other:",
            "      expiry: created PT1H")
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              assertThat(context.getBean(CacheManager.class).getCacheNames())
                  .containsExactly("an.odd name", "answers", "other");
            });
  }

  @Test
  void aCacheThatAnEmptyPropertyNamesIsOpen() {
    runner("persidict.cache.answers=", "persidict.cache.other.expiry=created PT1H")
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              assertThat(context.getBean(CacheManager.class).getCacheNames())
                  .containsExactly("answers", "other");
            });
  }

  @Test
  void aValueInPlaceOfACachesSettingsIsRefused() {
    runner("persidict.cache.answers=created PT1H")
        .run(
            context -> {
              assertThat(context).hasFailed();
              assertThat(stack(context.getStartupFailure()))
                  .contains("persidict.cache.answers")
                  .contains("instead of \"created PT1H\"");
            });
  }

  @Test
  void yamlListsAndNumbersAreUnderstood() {
    yaml(
            "persidict:",
            "  uri: " + uri(),
            "  serial-filter:",
            "    - com.example.a.*",
            "    - com.example.b.*",
            "  memory:",
            "    max-entries: 1_000",
            "  cache:",
            "    answers:",
            "      consistency-checks: 0.25",
            "      immutable-items: on",
            "      on-rewrite: keep-first",
            "      store:",
            "        max-bytes: 10GB",
            "        purge-interval: never")
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              assertThat(context.getBean(CacheManager.class).getProperties())
                  .containsEntry("persidict.serial-filter", "com.example.a.*;com.example.b.*")
                  .containsEntry("persidict.memory.max-entries", "1000")
                  .containsEntry("persidict.cache.answers.consistency-checks", "0.25")
                  .containsEntry("persidict.cache.answers.immutable-items", "true")
                  .containsEntry("persidict.cache.answers.store.max-bytes", "10737418240");
            });
  }

  @Test
  void nonsenseIsRefusedWithItsName() {
    for (String setting :
        List.of(
            "persidict.refresh-ahead=-1",
            "persidict.refresh-ahead=NaN",
            "persidict.refresh-ahead=1.5",
            "persidict.null-results=perhaps",
            "persidict.expiry=",
            "persidict.expiry=created",
            "persidict.expiry=created PT0S",
            "persidict.expiry=created -PT1S",
            "persidict.expiry=created PT1S later",
            "persidict.digest-length=27",
            "persidict.digest-length=-1",
            "persidict.memory.max-bytes=-5MB",
            "persidict.memory.max-bytes=5 parsecs",
            "persidict.store.max-entries=-1",
            "persidict.store.purge-interval=PT0S",
            "persidict.serial-filter=com.example.model.*,java.**.*x",
            "persidict.loader=java.lang.String",
            "persidict.loader=no.such.Loader",
            "persidict.key-type=no.such.Key",
            "persidict.format=",
            "persidict.layout=",
            "persidict.layout=plane",
            "persidict.cache.answers=eternal",
            "persidict.cache=answers",
            "persidict.memory=5")) {
      runner(setting, "spring.cache.cache-names=answers")
          .run(
              context -> {
                assertThat(context).as(setting).hasFailed();
                String name = setting.substring("persidict.".length(), setting.indexOf('='));
                assertThat(stack(context.getStartupFailure())).as(setting).contains(name);
              });
    }
    for (String place :
        List.of("", "no uri", "s3:bucket", "s3:///p/", "http://host/", "relative/")) {
      application()
          .withPropertyValues("persidict.uri=" + place)
          .run(context -> assertThat(context).as("<" + place + ">").hasFailed());
    }
  }

  @Test
  void whereBothVersionsOfTheActuatorAreOnTheClassPathThatOfBoot4Goes() {
    assertThat(ClassUtils.isPresent(BOOT_3_HEALTH, null)).isTrue();
    assertThat(ClassUtils.isPresent(BOOT_3_METRICS, null)).isTrue();
    withActuator()
        .run(
            context ->
                assertThat(context)
                    .hasSingleBean(Boot4Health.class)
                    .hasSingleBean(Boot4CacheMetrics.class)
                    .doesNotHaveBean(Boot3Health.class)
                    .doesNotHaveBean(Boot3CacheMetrics.class));
  }

  @Test
  void withBoot3sActuatorAloneThatGoes() {
    withActuator()
        .withClassLoader(
            new FilteredClassLoader(
                "org.springframework.boot.health", "org.springframework.boot.cache.metrics"))
        .run(
            context ->
                assertThat(context)
                    .hasSingleBean(Boot3Health.class)
                    .hasSingleBean(Boot3CacheMetrics.class)
                    .doesNotHaveBean(Boot4Health.class)
                    .doesNotHaveBean(Boot4CacheMetrics.class));
  }

  @Test
  void withoutAnActuatorThereIsNeither() {
    withActuator()
        .withClassLoader(
            new FilteredClassLoader(
                "org.springframework.boot.health",
                "org.springframework.boot.cache.metrics",
                "org.springframework.boot.actuate"))
        .run(
            context ->
                assertThat(context)
                    .hasNotFailed()
                    .doesNotHaveBean(Boot3Health.class)
                    .doesNotHaveBean(Boot4Health.class)
                    .doesNotHaveBean(Boot3CacheMetrics.class)
                    .doesNotHaveBean(Boot4CacheMetrics.class));
  }

  @Test
  void healthIsTurnedOffAsBootsOwnIs() {
    for (String off :
        List.of(
            "management.health.persidict.enabled=false",
            "management.health.defaults.enabled=false")) {
      withActuator()
          .withPropertyValues(off)
          .run(context -> assertThat(context).doesNotHaveBean(Boot4Health.class));
    }
  }

  private ApplicationContextRunner withActuator() {
    return new ApplicationContextRunner()
        .withPropertyValues("persidict.uri=" + uri())
        .withConfiguration(
            AutoConfigurations.of(
                PersiDictAutoConfiguration.class,
                CacheAutoConfiguration.class,
                PersiDictHealthAutoConfiguration.class,
                PersiDictMetricsAutoConfiguration.class));
  }
}
