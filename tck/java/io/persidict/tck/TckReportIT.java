package io.persidict.tck;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.w3c.dom.Element;

/** Reads the reports of the TCK run before it, because a run that finds no tests passes too. */
final class TckReportIT {
  /** The tests in {@code javax.cache:cache-tests:1.1.1}. */
  static final int TESTS = 493;

  static Stream<String> runs() {
    return Stream.of(System.getProperty("tck.runs").split(","));
  }

  @ParameterizedTest
  @MethodSource("runs")
  void allTestsOfTheTckRanAndPassed(String tckRun) throws Exception {
    int run = 0;
    int failed = 0;
    int skipped = 0;
    try (Stream<Path> files = Files.list(Path.of(System.getProperty("tck.reports"), tckRun))) {
      List<Path> reports =
          files.filter(file -> file.getFileName().toString().matches("TEST-.*\\.xml")).toList();
      for (Path report : reports) {
        Element suite =
            DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(report.toFile())
                .getDocumentElement();
        run += Integer.parseInt(suite.getAttribute("tests"));
        failed +=
            Integer.parseInt(suite.getAttribute("failures"))
                + Integer.parseInt(suite.getAttribute("errors"));
        skipped += Integer.parseInt(suite.getAttribute("skipped"));
      }
    }
    System.out.printf(
        "JSR-107 TCK 1.1.1, %s: %d of %d tests run, %d passed, %d failed, %d skipped%n",
        tckRun, run, TESTS, run - failed - skipped, failed, skipped);
    assertThat(run).isEqualTo(TESTS);
    assertThat(failed).isZero();
    assertThat(skipped).isZero();
  }
}
