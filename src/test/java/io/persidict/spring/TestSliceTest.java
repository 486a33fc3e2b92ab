package io.persidict.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import javax.cache.CacheManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.cache.CacheType;
import org.springframework.boot.cache.test.autoconfigure.AutoConfigureCache;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.context.annotation.Configuration;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.junit.jupiter.SpringJUnitConfig;

/** A slice of an application with its caches, as Boot's tests have it. */
@SpringJUnitConfig(TestSliceTest.Application.class)
@AutoConfigureCache(cacheProvider = CacheType.JCACHE)
final class TestSliceTest {
  @TempDir static Path directory;

  @Configuration
  @EnableCaching
  static class Application {}

  @DynamicPropertySource
  static void settings(DynamicPropertyRegistry registry) {
    registry.add("persidict.uri", () -> directory.toUri().toString());
    registry.add("persidict.cache.answers.expiry", () -> "created PT1H");
  }

  @Autowired CacheManager manager;
  @Autowired org.springframework.cache.CacheManager springs;

  @Test
  void aSliceHasTheCaches() {
    assertThat(manager.getCacheNames()).containsExactly("answers");
    springs.getCache("answers").put("why", "because");
    assertThat(springs.getCache("answers").get("why", String.class)).isEqualTo("because");
    assertThat(directory.resolve("answers")).isDirectory();
  }
}
