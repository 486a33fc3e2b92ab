package io.persidict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.persidict.key.DictKey;
import io.persidict.store.Store;
import io.persidict.store.StoreException;
import io.persidict.store.file.Durability;
import io.persidict.store.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileDirDictTest extends PersiDictContract {
  @TempDir Path directory;

  @Override
  Store open() {
    return new FileStore(directory.resolve("contract"), Durability.OS);
  }

  @Test
  void layOutFilesAsThePythonOriginal() {
    Path base = directory.resolve("data");
    try (PersiDict<Object> opened = FileDirDict.at(base).open(Object.class)) {
      opened.put(DictKey.of("projects", "alpha", "run-1"), 0);
      opened.put(DictKey.of("theme"), "dark");
    }
    assertThat(base.resolve("projects_gwrimtbr/alpha_fqluhi4r/run-1_ln2gs2an.json"))
        .hasContent("0");
    assertThat(base.resolve("theme_6scfodl4.json")).hasContent("\"dark\"");
    try (PersiDict<String> text =
        FileDirDict.at(base).format("txt").digestLength(0).open(String.class)) {
      text.put(DictKey.of("theme"), "dark");
      assertThat(text.size()).isEqualTo(1);
    }
    assertThat(base.resolve("theme.txt")).hasContent("dark");
  }

  @Test
  void reopensWhatWasStored() {
    Path base = directory.resolve("data");
    for (int run = 1; run <= 3; run++) {
      try (PersiDict<LocalDate> dates =
          FileDirDict.at(base).format("jser").durability(Durability.OS).open(LocalDate.class)) {
        assertThat(dates.size()).isEqualTo(run - 1);
        dates.put(DictKey.of("run" + run), LocalDate.of(2026, 1, run));
        assertThat(dates.get(DictKey.of("run1"))).contains(LocalDate.of(2026, 1, 1));
      }
    }
  }

  @Test
  void refusesBadOptionsBeforeItMakesTheDirectory() throws Exception {
    Path base = directory.resolve("data");
    FileDirDict dict = FileDirDict.at(base);
    assertThatIllegalArgumentException().isThrownBy(() -> dict.digestLength(27).open(Object.class));
    dict.digestLength(8);
    assertThatIllegalArgumentException().isThrownBy(() -> dict.format("a/b").open(String.class));
    assertThatIllegalArgumentException().isThrownBy(() -> dict.format("txt").open(Object.class));
    assertThat(base).doesNotExist();
    Files.writeString(base, "a file");
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> dict.format("json").open(Object.class));
  }
}
