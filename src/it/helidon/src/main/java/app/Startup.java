package app;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.Initialized;
import jakarta.enterprise.event.Observes;
import javax.cache.annotation.CacheResult;

/** Looks something up twice when Helidon has started, in caches that outlive it. */
@ApplicationScoped
public class Startup {
  /** A bean whose results are stored. */
  @ApplicationScoped
  public static class Lookups {
    @CacheResult(cacheName = "lookups")
    public String find(String key) {
      System.out.println("looking up " + key);
      return "found " + key;
    }
  }

  void started(@Observes @Initialized(ApplicationScoped.class) Object event, Lookups lookups) {
    System.out.println(lookups.find("a"));
    System.out.println(lookups.find("a"));
  }
}
