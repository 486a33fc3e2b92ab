package io.persidict;

import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.jcache.config.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds that what the README and the manual name is there: files, tests, settings. */
final class DocumentationTest {
  private static final Path MANUAL = Path.of("src/site/markdown");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:\\s]+)(#[^)\\s]*)?\\)");
  private static final Pattern TEST =
      Pattern.compile("\\b([A-Z]\\w*[a-z](?:Test|IT|Contract))\\b|(?<=[\\w` ])#(\\w+)");
  private static final Pattern OWN_NAME = Pattern.compile("\"(\\.__[a-z]+__)\"");
  private static final Pattern SETTING_ROW = Pattern.compile("(?m)^\\| (`[^|]+`) \\|");

  private static List<Path> documents() throws IOException {
    try (Stream<Path> pages = Files.list(MANUAL)) {
      return Stream.concat(Stream.of(Path.of("README.md")), pages.sorted()).toList();
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<MatchResult> matches(Pattern pattern, Path document) {
    return pattern.matcher(text(document)).results().toList();
  }

  @Test
  void linksLeadToFiles() throws IOException {
    List<String> broken = new ArrayList<>();
    int links = 0;
    for (Path document : documents()) {
      for (MatchResult link : matches(LINK, document)) {
        links++;
        Path base = document.toAbsolutePath().getParent();
        if (!Files.exists(base.resolve(link.group(1)))) {
          broken.add(document + " -> " + link.group(1));
        }
      }
    }
    assertThat(broken).isEmpty();
    assertThat(links).isGreaterThan(20);
  }

  @Test
  void everyPageOfTheManualIsLinkedFromTheReadme() throws IOException {
    String readme = text(Path.of("README.md"));
    for (Path page : documents().subList(1, documents().size())) {
      assertThat(readme).contains("(" + page.toString().replace('\\', '/') + ")");
    }
    assertThat(readme.lines().count()).isLessThanOrEqualTo(200);
  }

  @Test
  void thePageOfFilesHasTheNamesOfAllThatAreNoEntries() throws IOException {
    String page = text(MANUAL.resolve("files.md"));
    Set<String> names = new TreeSet<>();
    try (Stream<Path> sources = Files.walk(Path.of("src/main/java"))) {
      for (Path source : sources.filter(file -> file.toString().endsWith(".java")).toList()) {
        matches(OWN_NAME, source).forEach(name -> names.add(name.group(1)));
      }
    }
    assertThat(names).hasSizeGreaterThan(10).allSatisfy(name -> assertThat(page).contains(name));
  }

  @Test
  void theTestsThatAreNamedExist() throws IOException {
    List<Path> sources;
    try (Stream<Path> files =
        Stream.concat(Files.walk(Path.of("src/test/java")), Files.walk(Path.of("tck/java")))) {
      sources = files.filter(file -> file.toString().endsWith(".java")).toList();
    }
    Set<String> classes =
        sources.stream()
            .map(file -> file.getFileName().toString().replace(".java", ""))
            .collect(Collectors.toCollection(TreeSet::new));
    List<String> missing = new ArrayList<>();
    for (Path document : documents()) {
      String test = "";
      for (MatchResult named : matches(TEST, document)) {
        if (named.group(1) != null) {
          test = named.group(1);
        } else if (isMissing(sources, test, named.group(2))) {
          missing.add(document + ": " + test + "#" + named.group(2));
        }
        if (!classes.contains(test)) {
          missing.add(document + ": " + test);
        }
      }
    }
    assertThat(missing).isEmpty();
  }

  private static boolean isMissing(List<Path> sources, String test, String method) {
    return sources.stream()
        .filter(file -> file.endsWith(test + ".java"))
        .noneMatch(file -> text(file).contains(" " + method + "("));
  }

  @Test
  void theVersionThatIsNamedIsThatOfThePom() throws IOException {
    Pattern snapshot = Pattern.compile("\\d+\\.\\d+\\.\\d+-SNAPSHOT");
    Matcher own = snapshot.matcher(text(Path.of("pom.xml")));
    assertThat(own.find()).isTrue();
    for (Path document : documents()) {
      if (!document.endsWith("changelog.md")) {
        assertThat(matches(snapshot, document))
            .as(document.toString())
            .allSatisfy(named -> assertThat(named.group()).isEqualTo(own.group()));
      }
    }
  }

  @Test
  void theTablesListAllSettingsAndNoOthers() {
    Set<String> listed = new TreeSet<>();
    for (String page : List.of("settings.md", "s3.md")) {
      for (MatchResult row : matches(SETTING_ROW, MANUAL.resolve(page))) {
        for (String name : row.group(1).split(",\\s*")) {
          listed.add(name.replace("`", ""));
        }
      }
    }
    assertThat(listed).containsExactlyInAnyOrderElementsOf(Settings.keys());
  }
}
