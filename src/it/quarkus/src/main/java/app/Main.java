package app;

import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.runtime.annotations.QuarkusMain;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import javax.cache.annotation.CacheResult;

/** Looks something up twice, in caches that outlive it. */
@QuarkusMain
public class Main implements QuarkusApplication {
  /** A bean whose results are stored. */
  @ApplicationScoped
  public static class Lookups {
    @CacheResult(cacheName = "lookups")
    public String find(String key) {
      System.out.println("looking up " + key);
      return "found " + key;
    }
  }

  @Inject Lookups lookups;

  @Override
  public int run(String... arguments) {
    System.out.println(lookups.find("a"));
    System.out.println(lookups.find("a"));
    return 0;
  }
}
