package io.persidict.jcache;

import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.ChildJvm;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.cache.Cache;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Caches in virtual machines that have nothing but what caches need. */
final class BareRuntimesIT {
  private static final String PROGRAM =
      """
      package app;

      import java.nio.file.Path;
      import java.time.LocalDate;
      import java.util.ArrayList;
      import java.util.List;
      import java.util.Properties;
      import javax.cache.Cache;
      import javax.cache.CacheException;
      import javax.cache.CacheManager;
      import javax.cache.Caching;
      import javax.cache.configuration.MutableConfiguration;

      public class Main {
        public static void main(String[] arguments) {
          CacheManager manager =
              Caching.getCachingProvider().getCacheManager(Path.of(arguments[0]).toUri(), null);
          Cache<Object, Object> cache =
              manager.createCache("c", new MutableConfiguration<Object, Object>());
          cache.put("day", LocalDate.EPOCH);
          cache.put(List.of(1, 2), new ArrayList<>(List.of("a")));
          System.out.println(cache.get("day") + " " + cache.get(List.of(1, 2)));
          if (arguments.length > 1) {
            try {
              manager.enableStatistics("c", true);
            } catch (CacheException e) {
              System.out.println(e.getMessage());
            }
          }
          manager.close();
          for (int i = 2; i < arguments.length; i++) {
            Properties properties = new Properties();
            properties.setProperty("persidict.format", arguments[i]);
            try {
              Caching.getCachingProvider()
                  .getCacheManager(Path.of(arguments[0] + i).toUri(), null, properties)
                  .createCache("c", new MutableConfiguration<Object, Object>());
            } catch (CacheException e) {
              System.out.println(e.getMessage());
            }
          }
        }
      }
      """;

  private static final String EXPECTED = "1970-01-01 [a]";
  private static final String LIBRARY = System.getProperty("library.jar");
  private static final String CACHE_API =
      Path.of(Cache.class.getProtectionDomain().getCodeSource().getLocation().getPath()).toString();

  @TempDir Path directory;
  private Path classes;
  private Path root;

  @BeforeEach
  void compile() throws Exception {
    classes = directory.resolve("classes");
    root = directory.resolve("root");
    Path source = Files.createDirectories(directory.resolve("app")).resolve("Main.java");
    Path module = directory.resolve("module-info.java");
    Files.writeString(source, PROGRAM);
    Files.writeString(module, "module app { requires cache.api; requires io.persidict; }");
    String modules = String.join(File.pathSeparator, LIBRARY, CACHE_API);
    assertThat(
            ToolProvider.getSystemJavaCompiler()
                .run(
                    null,
                    null,
                    null,
                    "-p",
                    modules,
                    "-d",
                    classes.toString(),
                    module.toString(),
                    source.toString()))
        .isZero();
  }

  private List<String> onClassPath(String... options) {
    List<String> arguments = new ArrayList<>(List.of(options));
    arguments.add("-cp");
    arguments.add(String.join(File.pathSeparator, classes.toString(), LIBRARY, CACHE_API));
    arguments.add("app.Main");
    arguments.add(root.toString());
    return arguments;
  }

  private static String output(List<String> arguments) throws Exception {
    try (ChildJvm jvm = ChildJvm.start(arguments)) {
      return jvm.join();
    }
  }

  @Test
  void theLibraryAndTheCacheApiAreEnough() throws Exception {
    String loaded = output(onClassPath("-Xlog:class+load"));
    assertThat(loaded)
        .contains(EXPECTED)
        .contains("io.persidict.jcache.engine.Engine ")
        .doesNotContain("tools.jackson", "javax.management.", "java.sql.");
  }

  @Test
  void theModuleJavaBaseIsEnough() throws Exception {
    List<String> arguments = onClassPath("--limit-modules", "java.base");
    arguments.add("with statistics");
    assertThat(output(arguments)).contains(EXPECTED).contains("--add-modules java.management");
  }

  @Test
  void aFormatWhoseArtifactIsMissingNamesIt() throws Exception {
    List<String> arguments = onClassPath();
    arguments.addAll(List.of("with statistics", "json", "cbor", "jser+zstd", "jser+lz4", "xml"));
    assertThat(output(arguments))
        .contains("format json needs tools.jackson.core:jackson-databind on the class path")
        .contains("format cbor needs tools.jackson.dataformat:jackson-dataformat-cbor on the class")
        .contains("format jser+zstd needs com.github.luben:zstd-jni on the class path")
        .doesNotContain("format jser+lz4")
        .contains("the formats here are cbor, jser, json, pkl, each also with +lz4, +zstd");
  }

  @Test
  void theModulePathNeedsNoOption() throws Exception {
    String modules = String.join(File.pathSeparator, classes.toString(), LIBRARY, CACHE_API);
    assertThat(output(List.of("-p", modules, "-m", "app/app.Main", root.toString())))
        .contains(EXPECTED);
  }
}
