package io.persidict.spring.sample;

import java.io.Serializable;
import java.util.List;
import javax.cache.annotation.CacheResult;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.context.annotation.Bean;
import org.springframework.stereotype.Service;

/**
 * A Spring Boot application whose second run computes nothing. {@code application.yml} names the
 * caches.
 */
@SpringBootApplication
@EnableCaching
public class SampleApplication {
  public static void main(String[] arguments) {
    SpringApplication.run(SampleApplication.class, arguments);
  }

  /** What is stored; its package is named by {@code persidict.serial-filter}. */
  public record Definition(String word, List<String> meanings) implements Serializable {}

  @Service
  public static class Lexicon {
    @Cacheable("definitions")
    public Definition define(String word) {
      System.out.println("looking up " + word);
      return new Definition(word, List.of("a meaning of " + word));
    }

    @CacheResult(cacheName = "distances")
    public int distance(String from, String to) {
      System.out.println("comparing " + from + " and " + to);
      return Math.abs(from.length() - to.length());
    }
  }

  @Bean
  ApplicationRunner runner(Lexicon lexicon) {
    return arguments -> {
      System.out.println(lexicon.define("durable"));
      System.out.println(lexicon.distance("durable", "cache"));
    };
  }
}
