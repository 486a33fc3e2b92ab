package io.persidict.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisabledOnOs(value = OS.WINDOWS, disabledReason = "links need a privilege, and it has no /dev")
final class CommandKeyTest {
  @TempDir Path directory;

  private static String key(Path input) {
    CommandKey key = new CommandKey(List.of("true"));
    key.input(input.toString());
    return key.toString().replace(input.toString(), "INPUT");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anInputMayBeALinkToAFileOrDirectory(boolean isDirectory) throws IOException {
    Path inner = Files.createDirectory(directory.resolve("inner"));
    Path file = Files.writeString(inner.resolve("file"), "a");
    Path target = isDirectory ? inner : file;
    Path link = Files.createSymbolicLink(directory.resolve("link"), target);
    String before = key(link);
    assertThat(before).isEqualTo(key(target));
    Files.writeString(file, "b");
    assertThat(key(link)).isEqualTo(key(target)).isNotEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatALinkInADirectoryLeadsToCounts(boolean isDirectory) throws IOException {
    Path outer = Files.createDirectory(directory.resolve("outer"));
    Path file = Files.writeString(outer.resolve("file"), "a");
    Files.createSymbolicLink(outer.resolve("round"), outer);
    Path input = Files.createDirectory(directory.resolve("input"));
    Files.createSymbolicLink(input.resolve("link"), isDirectory ? outer : file);
    Files.createSymbolicLink(input.resolve("nowhere"), Path.of("missing"));
    Files.createSymbolicLink(input.resolve("back"), input);
    String before = key(input);
    assertThat(key(input)).isEqualTo(before);
    Files.writeString(file, "b");
    assertThat(key(input)).isNotEqualTo(before);
  }

  @Test
  void aLinkThatLeadsBackIsNotOneThatLeadsNowhere() throws IOException {
    Path input = Files.createDirectory(directory.resolve("input"));
    Path bridge = Files.createSymbolicLink(directory.resolve("bridge"), input);
    Files.createSymbolicLink(input.resolve("link"), bridge);
    String before = key(input);
    Files.delete(bridge);
    assertThat(key(input)).isNotEqualTo(before);
  }

  @Test
  void anInputThatIsNeitherIsRefusedWithAWordOfStandardInput() {
    assertThatThrownBy(() -> key(Path.of("/dev/zero")))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("/dev/zero is neither a file nor a directory")
        .hasMessageEndingWith("--input -");
  }
}
