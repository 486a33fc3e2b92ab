package io.persidict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.persidict.format.FormatException;
import io.persidict.format.JsonFormat;
import io.persidict.key.DictKey;
import io.persidict.key.KeyLayout;
import io.persidict.store.Store;
import io.persidict.store.StoreException;
import io.persidict.store.file.Durability;
import io.persidict.store.file.FileStore;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
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
  void aFileThatIsNoneOfTheStoresIsNoDefault() throws Exception {
    Path base = directory.resolve("data");
    try (PersiDict<Object> dict = FileDirDict.at(base).digestLength(0).open(Object.class)) {
      Files.createSymbolicLink(base.resolve("k.json"), Path.of("elsewhere"));
      for (ThrowingCallable read :
          List.<ThrowingCallable>of(
              () -> dict.get(DictKey.of("k")),
              () -> dict.item(DictKey.of("k")),
              () -> dict.setDefault(DictKey.of("k"), 1))) {
        assertThatExceptionOfType(FormatException.class)
            .isThrownBy(read)
            .withMessageContaining("k.json");
      }
    }
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
    assertThatNullPointerException().isThrownBy(() -> dict.durability(null));
    assertThat(base).doesNotExist();
    Files.writeString(base, "a file");
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> dict.format("json").open(Object.class));
  }

  @Test
  void reopensFromItsParameters() {
    Path base = directory.resolve("data dir");
    Parameters<Object> whole;
    Parameters<Object> part;
    try (PersiDict<Object> dict =
        FileDirDict.at(base)
            .format("pkl")
            .digestLength(4)
            .immutableItems(true)
            .open(Object.class)) {
      dict.put(DictKey.of("a", "b"), 1);
      whole = dict.parameters();
      part = dict.subdict(DictKey.of("a")).parameters();
      assertThat(dict.baseDir()).contains(base.toAbsolutePath());
      assertThat(dict.baseUrl()).startsWith("file:").endsWith("data%20dir/");
      assertThat(dict.subdict(DictKey.of("a")).baseDir().orElseThrow().getParent())
          .isEqualTo(base.toAbsolutePath());
    }
    try (PersiDict<Object> dict = FileDirDict.reopen(whole, Durability.OS);
        PersiDict<Object> below = FileDirDict.reopen(part, Durability.OS)) {
      assertThat(dict.parameters()).isEqualTo(whole);
      assertThat(dict.get(DictKey.of("a", "b"))).contains(1L);
      assertThat(below).isEqualTo(dict.subdict(DictKey.of("a")));
      assertThat(below.get(DictKey.of("b"))).contains(1L);
      below.close();
      assertThatIllegalStateException().isThrownBy(() -> below.get(DictKey.of("b")));
    }
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                FileDirDict.reopen(
                    new Parameters<>("s3://b/", Optional.empty(), "json", 0, false, Object.class),
                    Durability.OS))
        .withMessageContaining("s3://b/");
  }

  @Test
  void severalFormatsOverlapInOnePlace() {
    Path base = directory.resolve("data");
    try (OverlappingMultiDict dicts =
        FileDirDict.at(base)
            .openAll(
                Map.of(
                    "json",
                    Object.class,
                    "pkl",
                    Object.class,
                    "txt",
                    String.class,
                    "jser",
                    LocalDate.class))) {
      assertThat(dicts.formats()).containsExactly("jser", "json", "pkl", "txt");
      DictKey key = DictKey.of("a", "b");
      dicts.dict("json", Object.class).put(key, List.of(1L));
      dicts.dict("pkl", Object.class).put(key, Set.of(2L));
      dicts.dict("txt", String.class).put(key, "three");
      dicts.dict("jser", LocalDate.class).put(key, LocalDate.EPOCH);
      assertThat(dicts.dict("pkl", Object.class).get(key)).contains(Set.of(2L));
      dicts.dict("json", Object.class).clear();
      assertThat(dicts.dict("json", Object.class).isEmpty()).isTrue();
      assertThat(dicts.dict("txt", String.class).get(key)).contains("three");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> dicts.dict("csv", String.class))
          .withMessageContaining("[jser, json, pkl, txt]");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> dicts.dict("txt", Object.class))
          .withMessageContaining("java.lang.String");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FileDirDict.at(base).openAll(Map.of("txt", Object.class)));
    assertThatIllegalArgumentException().isThrownBy(() -> FileDirDict.at(base).openAll(Map.of()));
    try (PersiDict<Object> here = FileDirDict.at(base).open(Object.class);
        PersiDict<Object> there = FileDirDict.at(directory).format("pkl").open(Object.class)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> OverlappingMultiDict.of(List.of(here, there)));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> OverlappingMultiDict.of(List.of(here, here)))
          .withMessageContaining("format json");
    }
  }

  @Test
  void allOfSeveralFormatsAreClosedThoughOneFails() {
    List<String> closed = new ArrayList<>();
    OverlappingMultiDict dicts =
        OverlappingMultiDict.of(
            Stream.of("json", "pkl", "txt").map(format -> failingToClose(format, closed)).toList());
    assertThatIllegalStateException().isThrownBy(dicts::close).withMessage("json");
    assertThat(closed).containsExactly("json", "pkl", "txt");
  }

  private static PersiDict<Object> failingToClose(String format, List<String> closed) {
    Store store =
        (Store)
            Proxy.newProxyInstance(
                Store.class.getClassLoader(),
                new Class<?>[] {Store.class},
                (self, method, arguments) -> {
                  if (method.getName().equals("close")) {
                    closed.add(format);
                    throw new IllegalStateException(format);
                  }
                  return "memory:/"; // toString is all else that is called
                });
    return PersiDict.over(
        store, new KeyLayout(8, format), new JsonFormat<>(Object.class), Object.class);
  }

  @Test
  void whatIsNoEntryIsIgnoredAndSurvives() throws Exception {
    Path base = directory.resolve("data");
    try (PersiDict<Object> dict =
        FileDirDict.at(base).durability(Durability.OS).open(Object.class)) {
      dict.put(DictKey.of("a", "b"), 1);
      dict.put(DictKey.of("c"), 2);
      Path a = base.resolve(new KeyLayout(8, "json").prefix(DictKey.of("a")));
      Files.createDirectories(base.resolve("empty/inner"));
      List<Path> foreign =
          List.of(
              base.resolve(".__tmp__abc123"),
              a.resolve(".__tmp__abc123"),
              base.resolve("c_jjzrqkf4.txt"),
              base.resolve("c.json"),
              base.resolve("README"),
              base.resolve("a b.json"),
              base.resolve("empty.json.bak"));
      for (Path file : foreign) {
        Files.writeString(file, "1");
      }
      Files.createDirectory(base.resolve("directory.json"));
      assertThat(dict.size()).isEqualTo(2);
      try (Stream<DictKey> keys = dict.keys()) {
        assertThat(keys).containsExactlyInAnyOrder(DictKey.of("a", "b"), DictKey.of("c"));
      }
      dict.clear();
      assertThat(dict.isEmpty()).isTrue();
      assertThat(foreign).allSatisfy(file -> assertThat(file).hasContent("1"));
      assertThat(base.resolve("empty/inner")).isDirectory();
      assertThat(base.resolve("directory.json")).isDirectory();
      dict.put(DictKey.of("a", "b"), 3);
      assertThat(dict.size()).isEqualTo(1);
    }
  }

  @Test
  void aBombIsNamedWithItsFile() throws Exception {
    Path base = directory.resolve("data");
    try (PersiDict<Object> dict =
        FileDirDict.at(base).format("pkl").digestLength(0).open(Object.class)) {
      byte[] bomb = new byte[10_000_000];
      Arrays.fill(bomb, (byte) ']');
      bomb[0] = (byte) 0x80;
      bomb[1] = 4;
      Files.write(base.resolve("bomb.pkl"), bomb);
      Files.write(
          base.resolve("gadget.pkl"),
          "\u0080\u0002cos\nsystem\nX\u0004\0\0\0true\u0085R."
              .getBytes(StandardCharsets.ISO_8859_1));
      assertThatExceptionOfType(FormatException.class)
          .isThrownBy(() -> dict.get(DictKey.of("bomb")))
          .withMessageContaining("bomb.pkl")
          .withMessageContaining("deeper than 500");
      assertThatExceptionOfType(FormatException.class)
          .isThrownBy(() -> dict.get(DictKey.of("gadget")))
          .withMessageContaining("gadget.pkl")
          .withMessageContaining("os.system");
    }
  }
}
