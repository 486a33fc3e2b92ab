package io.persidict.spring.sample;

import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.ChildJvm;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The sample, configured by {@code application.yml} alone, with each version of Boot. */
final class SampleApplicationIT {
  private static final String RESULTS =
      "Definition[word=durable, meanings=[a meaning of durable]]\n2\n";

  @TempDir Path directory;
  private Path classes;

  /** The sample alone, out of the sight of all other classes of the tests. */
  @BeforeEach
  void copySample() throws Exception {
    Path tests =
        Path.of(
            SampleApplication.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    classes = directory.resolve("classes");
    Path sample = Path.of("io", "persidict", "spring", "sample");
    Files.createDirectories(classes.resolve(sample));
    Files.copy(tests.resolve("application.yml"), classes.resolve("application.yml"));
    try (Stream<Path> files = Files.list(tests.resolve(sample))) {
      for (Path file : files.toList()) {
        Files.copy(file, classes.resolve(sample).resolve(file.getFileName()));
      }
    }
  }

  private String run(String boot, String main, String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add("-Dspring.devtools.restart.enabled=" + main.equals("RestartProbe"));
    command.add("-cp");
    command.add(
        Stream.concat(
                Stream.of(classes.toString(), System.getProperty("library.jar")),
                Stream.of(Path.of(System.getProperty("class.paths"), boot, "lib") + "/*"))
            .collect(Collectors.joining(File.pathSeparator)));
    command.add("io.persidict.spring.sample." + main);
    command.addAll(List.of(arguments));
    try (ChildJvm child = ChildJvm.start(command)) {
      return child.join();
    }
  }

  private String caches() throws IOException {
    return Files.createDirectories(directory.resolve("caches")).toUri().toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {"spring-boot-3", "spring-boot-4"})
  void theSecondRunComputesNothing(String boot) throws Exception {
    String[] arguments = {"--spring.main.web-application-type=none", "--persidict.uri=" + caches()};
    assertThat(run(boot, "SampleApplication", arguments))
        .contains("looking up durable\n", "comparing durable and cache\n", "\n2\n");
    assertThat(run(boot, "SampleApplication", arguments))
        .contains(RESULTS)
        .doesNotContain("looking up", "comparing");
  }

  @ParameterizedTest
  @ValueSource(strings = {"spring-boot-3", "spring-boot-4"})
  void aRestartByDevtoolsFindsTheEntriesWithNewClasses(String boot) throws Exception {
    String printed =
        run(
            boot,
            "RestartProbe",
            "--spring.main.web-application-type=none",
            "--persidict.uri=" + caches());
    assertThat(printed.split("ran in RestartClassLoader", -1)).as(printed).hasSize(3);
    assertThat(printed).as("the second run").contains(RESULTS);
    assertThat(printed.split("looking up durable\n", -1)).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"spring-boot-3", "spring-boot-4"})
  void theActuatorTellsOfTheStore(String boot) throws Exception {
    caches();
    String printed = run(boot, "ActuatorProbe", directory.resolve("caches").toString());
    assertThat(printed.lines().filter(line -> line.startsWith("{")).toList())
        .as(printed)
        .satisfiesExactly(
            health ->
                assertThat(health)
                    .contains("\"status\":\"UP\"")
                    .containsPattern("\"place\":\"file:[^\"]*/caches/\"")
                    .containsPattern("\"total\":[1-9][0-9]*,\"usable\":[0-9]+"),
            health -> assertThat(health).contains("\"status\":\"DOWN\""));
    String tags = "{cache=\"definitions\",cache_manager=\"cacheManager\",name=\"definitions\"";
    assertThat(printed.lines())
        .contains(
            "cache_puts_total" + tags + "} 1.0",
            "cache_gets_total" + tags + ",result=\"miss\"} 1.0",
            "cache_gets_total" + tags + ",result=\"hit\"} 1.0",
            "persidict_cache_hits_total" + tags + ",tier=\"store\"} 1.0");
    assertThat(printed.lines().filter(line -> line.startsWith("cache_puts_total"))).hasSize(2);
  }
}
