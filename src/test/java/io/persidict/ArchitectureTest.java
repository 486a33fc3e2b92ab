package io.persidict;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds the layers: what each package may import, and that nothing else creeps in. */
final class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.persidict");

  /** Each package, and what it may use besides itself, java.* and JSpecify. */
  private static final Map<String, List<String>> MAY_USE =
      Map.ofEntries(
          entry("io.persidict.metrics", List.of("jdk.jfr")),
          entry("io.persidict.extra", List.of("javax.cache..")),
          entry("io.persidict.lease", List.of("io.persidict.metrics")),
          entry("io.persidict.store", List.of()),
          entry("io.persidict.store.file", List.of("io.persidict.store")),
          entry(
              "io.persidict.store.s3",
              List.of(
                  "io.persidict.store",
                  "io.persidict.metrics",
                  "software.amazon.awssdk..",
                  "javax.net.ssl",
                  "javax.xml.stream")),
          entry("io.persidict.maintenance", List.of("io.persidict.store", "io.persidict.metrics")),
          entry("io.persidict.key", List.of("io.persidict.store", "io.persidict.format")),
          entry("io.persidict.format", List.of("tools.jackson..", "com.github.luben.zstd..")),
          entry(
              "io.persidict.tier", List.of("io.persidict.store", "com.github.benmanes.caffeine..")),
          entry("io.persidict.cdi", List.of("io.persidict.lease", "javax.cache..", "jakarta..")),
          entry(
              "io.persidict",
              List.of(
                  "io.persidict.store",
                  "io.persidict.store.file",
                  "io.persidict.store.s3",
                  "io.persidict.tier",
                  "io.persidict.maintenance",
                  "io.persidict.key",
                  "io.persidict.format")),
          entry(
              "io.persidict.jcache.config",
              List.of(
                  "io.persidict.key",
                  "io.persidict.store",
                  "io.persidict.store.file",
                  "javax.cache..")),
          entry(
              "io.persidict.jcache.storage",
              List.of(
                  "io.persidict.jcache.config",
                  "io.persidict",
                  "io.persidict.store",
                  "io.persidict.key",
                  "io.persidict.format",
                  "io.persidict.tier",
                  "io.persidict.metrics",
                  "javax.cache..")),
          entry(
              "io.persidict.jcache.engine",
              List.of(
                  "io.persidict.jcache.config",
                  "io.persidict.jcache.storage",
                  "io.persidict",
                  "io.persidict.key",
                  "io.persidict.lease",
                  "io.persidict.store",
                  "io.persidict.metrics",
                  "io.persidict.extra",
                  "javax.cache..")),
          entry(
              "io.persidict.jcache",
              List.of(
                  "io.persidict.jcache.config",
                  "io.persidict.jcache.engine",
                  "io.persidict.jcache.storage",
                  "io.persidict",
                  "io.persidict.store",
                  "io.persidict.store.file",
                  "io.persidict.store.s3",
                  "io.persidict.key",
                  "io.persidict.format",
                  "io.persidict.tier",
                  "io.persidict.maintenance",
                  "io.persidict.lease",
                  "io.persidict.metrics",
                  "io.persidict.extra",
                  "javax.cache..",
                  "javax.management..")),
          entry(
              "io.persidict.micrometer",
              List.of("io.persidict.metrics", "javax.cache..", "io.micrometer.core..")),
          entry(
              "io.persidict.spring",
              List.of(
                  "io.persidict.jcache",
                  "io.persidict.micrometer",
                  "javax.cache..",
                  // What the interface speaks of by which Boot asks for the metrics of a cache.
                  "io.micrometer.core.instrument",
                  "io.micrometer.core.instrument.binder",
                  "org.springframework..")),
          entry("io.persidict.memo", List.of("io.persidict.lease", "javax.cache..")),
          entry(
              "io.persidict.cli",
              List.of(
                  "io.persidict.jcache",
                  "io.persidict.jcache.storage",
                  "io.persidict.store",
                  "io.persidict.store.file",
                  "io.persidict.key",
                  "io.persidict.format",
                  "io.persidict.lease",
                  "io.persidict.maintenance",
                  "io.persidict.memo",
                  "javax.cache..",
                  "picocli..")));

  static Stream<String> packages() {
    return MAY_USE.keySet().stream();
  }

  @Test
  void everyPackageHasItsPlace() {
    assertThat(CLASSES.stream().map(type -> type.getPackageName()).distinct())
        .containsExactlyInAnyOrderElementsOf(MAY_USE.keySet());
  }

  @ParameterizedTest
  @MethodSource("packages")
  void aPackageUsesWhatItMay(String name) {
    List<String> allowed = new ArrayList<>(MAY_USE.get(name));
    allowed.addAll(List.of(name, "java..", "org.jspecify.annotations"));
    classes()
        .that()
        .resideInAPackage(name)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(allowed.toArray(String[]::new))
        .check(CLASSES);
  }

  @Test
  void packagesHaveNoCycles() {
    SlicesRuleDefinition.slices()
        .matching("io.persidict.(**)")
        .should()
        .beFreeOfCycles()
        .check(CLASSES);
  }

  /** Public for their neighbours alone; the Javadoc leaves them out. */
  @Test
  void internalPackagesAreUsedByJcacheAndTheToolAlone() {
    noClasses()
        .that()
        .resideOutsideOfPackages("io.persidict.jcache..", "io.persidict.cli..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.persidict.jcache.config..",
            "io.persidict.jcache.engine..",
            "io.persidict.jcache.storage..")
        .check(CLASSES);
  }

  /** It shows what any program can do with the provider on its class path. */
  @Test
  void theQuickStartUsesJCacheAndMemoAlone() {
    classes()
        .that()
        .haveNameMatching("io.persidict.cli.(QuickStart|FileStatistics)(\\$.*)?")
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                    "java..", "javax.cache..", "io.persidict.memo", "org.jspecify.annotations")
                .or(nameMatching("io.persidict.cli.(QuickStart|FileStatistics|Progress)(\\$.*)?")))
        .check(CLASSES);
  }

  @Test
  void noPackageOfJcacheHasMoreThanFifteenFiles() {
    Map<String, Long> files =
        CLASSES.stream()
            .filter(type -> type.getPackageName().startsWith("io.persidict.jcache"))
            .filter(type -> type.isTopLevelClass() && !type.getSimpleName().equals("package-info"))
            .collect(Collectors.groupingBy(type -> type.getPackageName(), Collectors.counting()));
    assertThat(files).hasSize(4).allSatisfy((name, n) -> assertThat(n).isBetween(1L, 15L));
  }

  @Test
  void theFileStoreIsChosenInOnePlaceOfEachLayer() {
    noClasses()
        .that()
        .doNotHaveSimpleName("FileDirDict")
        .and()
        .doNotHaveSimpleName("S3Dict")
        .and()
        .doNotHaveSimpleName("Stores")
        .and()
        .resideOutsideOfPackage("io.persidict.store.file")
        .should()
        .dependOnClassesThat()
        .haveSimpleName("FileStore")
        .check(CLASSES);
  }
}
