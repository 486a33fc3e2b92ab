package io.persidict.tck;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.w3c.dom.Element;

/** Reads the reports of the TCK run before it, because a run that finds no tests passes too. */
final class TckReportIT {
  /** The tests in {@code javax.cache:cache-tests:1.1.1}. */
  static final int TESTS = 493;

  /** Those of them about annotations. */
  private static final int ANNOTATION_TESTS = 12;

  private static final String ANNOTATIONS = "org.jsr107.tck.annotation.";

  private record Counts(int run, int failed, int skipped) {
    Counts plus(Counts other) {
      return new Counts(run + other.run, failed + other.failed, skipped + other.skipped);
    }

    void requireAllOf(int tests, String what) {
      System.out.printf(
          "JSR-107 TCK 1.1.1, %s: %d of %d tests run, %d passed, %d failed, %d skipped%n",
          what, run, tests, run - failed - skipped, failed, skipped);
      assertThat(this).isEqualTo(new Counts(tests, 0, 0));
    }
  }

  static Stream<String> runs() {
    return Stream.of(System.getProperty("tck.runs").split(","));
  }

  @ParameterizedTest
  @MethodSource("runs")
  void allTestsOfTheTckRanAndPassed(String run) throws Exception {
    counts(run, "").requireAllOf(TESTS, run);
    counts(run, ANNOTATIONS).requireAllOf(ANNOTATION_TESTS, run + ", annotations by Weld");
    requireIntercepted(run, "weld");
  }

  @Test
  void theAnnotationTestsRanOnBeansThatSpringIntercepts() throws Exception {
    counts("spring", "").requireAllOf(ANNOTATION_TESTS, "disk, annotations by Spring");
    requireIntercepted("spring", "spring");
  }

  /** The tests of all classes whose names begin so. */
  private static Counts counts(String run, String prefix) throws Exception {
    Counts counts = new Counts(0, 0, 0);
    for (Path report : files(run, "TEST-" + prefix, ".xml")) {
      Element suite =
          DocumentBuilderFactory.newInstance()
              .newDocumentBuilder()
              .parse(report.toFile())
              .getDocumentElement();
      counts =
          counts.plus(
              new Counts(
                  number(suite, "tests"),
                  number(suite, "failures") + number(suite, "errors"),
                  number(suite, "skipped")));
    }
    return counts;
  }

  private static int number(Element suite, String attribute) {
    return Integer.parseInt(suite.getAttribute(attribute));
  }

  private static void requireIntercepted(String run, String container) throws Exception {
    StringBuilder printed = new StringBuilder();
    for (Path output : files(run, ANNOTATIONS, "-output.txt")) {
      printed.append(Files.readString(output));
    }
    assertThat(printed.toString().lines())
        .containsOnlyOnceElementsOf(
            InterceptedBeans.BEANS.stream()
                .map(type -> InterceptedBeans.line(type, container))
                .toList());
  }

  private static Iterable<Path> files(String run, String prefix, String suffix) throws Exception {
    try (Stream<Path> files = Files.list(Path.of(System.getProperty("tck.reports"), run))) {
      return files
          .filter(
              file -> {
                String name = file.getFileName().toString();
                return name.startsWith(prefix) && name.endsWith(suffix);
              })
          .toList();
    }
  }
}
