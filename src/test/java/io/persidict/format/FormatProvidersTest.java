package io.persidict.format;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.persidict.FileDirDict;
import io.persidict.PersiDict;
import io.persidict.key.DictKey;
import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How formats are found, also those of others. */
final class FormatProvidersTest {
  @TempDir Path directory;

  private static <V> Format<V> format(String id, Class<V> type, ClassLoader loader) {
    return Formats.of(id, type, new AllowList(List.of(type), ""), loader);
  }

  private static <V> Format<V> format(String id, Class<V> type) {
    return format(id, type, FormatProvidersTest.class.getClassLoader());
  }

  @Test
  void aFormatOfSomebodyElseIsFoundByItsName() {
    Properties value = new Properties();
    value.setProperty("a", "na\u00efve");
    for (String id : List.of("properties", "properties+lz4", "properties+zstd")) {
      Format<Properties> format = format(id, Properties.class);
      assertThat(format.decode(format.encode(value))).isEqualTo(value);
    }
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(
            () -> format("properties", Properties.class).decode("a=\\u00xx".getBytes(UTF_8)))
        .withMessageContaining("it holds no properties");
  }

  @Test
  void takesOnlyWhatItSays() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> format("properties", String.class))
        .withMessage("format properties takes no values of java.lang.String; choose another one");
  }

  @Test
  void anUnknownNameTellsTheFormatsThereAre() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> format("protobuf", Object.class))
        .withMessage(
            "format protobuf is text and holds java.lang.String, not java.lang.Object; or its"
                + " artifact is not on the class path: the formats here are cbor, jser, json, pkl,"
                + " properties, each also with +lz4, +zstd");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> format("json+gzip", Object.class))
        .withMessage("format json+gzip: there are only the compressions +lz4, +zstd");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> format("json+lz4+zstd", Object.class))
        .withMessageContaining("only the compressions");
  }

  // ---- those that only the manager's class loader finds

  private static final String PLUGIN =
      """
      package plugin;
      import io.persidict.format.*;
      public class NAME implements FormatProvider {
        static byte[] buffer = new byte[1];
        @SuppressWarnings("unchecked")
        static <T extends Throwable> RuntimeException sneak() throws T {
          throw (T) new java.io.IOException("own");
        }
        public String id() { return "ID"; }
        public String extension() { return "EXTENSION"; }
        public <V> Format<V> open(FormatContext<V> context) {
          OPENING
          return new Format<V>() {
            public String extension() { return "EXTENSION"; }
            public byte[] encode(V value) { ENCODING }
            public V decode(byte[] bytes) { DECODING }
          };
        }
      }
      """;

  private static String plugin(String name, String id) {
    return PLUGIN
        .replace("NAME", name)
        .replace("ID", id)
        .replace("EXTENSION", id)
        .replace("OPENING", "")
        .replace("ENCODING", "return value.toString().getBytes();")
        .replace("DECODING", "return context.type().cast(new StringBuilder(new String(bytes)));");
  }

  private URLClassLoader loader(String services, String... sources) throws Exception {
    Path classes = Files.createDirectories(directory.resolve("classes"));
    List<String> options = new ArrayList<>(List.of("-d", classes.toString(), "-cp"));
    options.add(System.getProperty("java.class.path"));
    for (int i = 0; i < sources.length; i++) {
      String name = sources[i].replaceFirst("(?s).*class (\\w+) .*", "$1");
      Path source = Files.writeString(directory.resolve(name + ".java"), sources[i]);
      options.add(source.toString());
    }
    assertThat(
            ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, options.toArray(String[]::new)))
        .isZero();
    Path file =
        classes
            .resolve("META-INF" + File.separator + "services")
            .resolve(FormatProvider.class.getName());
    Files.createDirectories(file.getParent());
    Files.writeString(file, services);
    return new URLClassLoader(
        new URL[] {classes.toUri().toURL()}, FormatProvidersTest.class.getClassLoader());
  }

  @Test
  void theManagersClassLoaderFindsThemToo() throws Exception {
    try (URLClassLoader loader = loader("plugin.Own", plugin("Own", "own"))) {
      Format<StringBuilder> format = format("own", StringBuilder.class, loader);
      assertThat(format.decode(format.encode(new StringBuilder("x")))).hasToString("x");
      assertThat(format("json", Object.class, loader).extension()).isEqualTo("json");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> format("own", StringBuilder.class))
          .withMessageContaining("is text");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> format("own", Object.class, loader))
          .withMessageContaining("does not keep the types of values")
          .withMessageContaining("java.lang.Object");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> format("own", CharSequence.class, loader))
          .withMessageContaining("declare the class");
    }
  }

  @Test
  void aLoaderThatDoesNotKnowTheLibraryFindsItsFormats() {
    assertThat(format("jser", Object.class, ClassLoader.getPlatformClassLoader()).extension())
        .isEqualTo("jser");
  }

  @Test
  void aBrokenOneCostsItselfAlone() throws Exception {
    try (URLClassLoader loader =
        loader("plugin.Missing\njava.lang.String\nplugin.Own", plugin("Own", "own"))) {
      assertThat(format("own", StringBuilder.class, loader).extension()).isEqualTo("own");
      assertThat(format("jser", Object.class, loader).extension()).isEqualTo("jser");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> format("missing", Object.class, loader))
          .withMessageContaining("not loaded: ")
          .withMessageContaining("plugin.Missing");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "if (true) throw new IllegalStateException(\"own\"); return",
        "if (true) throw new NoSuchMethodError(\"own\"); return",
        "String id = null; if (true) return id; return"
      })
  void oneThatCannotTellItsNameCostsItselfAlone(String failure) throws Exception {
    String source = plugin("Own", "own").replaceFirst("return", failure);
    try (URLClassLoader loader = loader("plugin.Own", source)) {
      assertThat(format("jser", Object.class, loader).extension()).isEqualTo("jser");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> format("own", StringBuilder.class, loader))
          .withMessageContaining("is text");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"throw new IllegalStateException(\"no\");", "return null;"})
  void oneThatCannotBeOpenedIsRefusedInWords(String failure) throws Exception {
    String source =
        plugin("Own", "own")
            .replace("return new Format", "if (true) " + failure + " return new Format");
    try (URLClassLoader loader = loader("plugin.Own", source)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> format("own", StringBuilder.class, loader))
          .withMessageStartingWith("format own cannot be used: ");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"boolean takes(Class<?> type)", "boolean keepsTypes()"})
  void oneThatCannotTellWhatItTakesIsRefusedInWords(String method) throws Exception {
    String source =
        plugin("Own", "own")
            .replaceFirst(
                "public String id",
                "public "
                    + method
                    + " { throw new IllegalStateException(\"no\"); } public String id");
    try (URLClassLoader loader = loader("plugin.Own", source)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> format("own", Object.class, loader))
          .withMessageStartingWith("format own cannot be used: ");
    }
  }

  @Test
  void oneWhoseFormatTellsNoExtensionIsRefusedInWords() throws Exception {
    String source =
        plugin("Own", "own")
            .replaceFirst("(?s)(return new Format.*?extension\\(\\) \\{ return )\"own\"", "$1null");
    try (URLClassLoader loader = loader("plugin.Own", source)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> format("own", StringBuilder.class, loader))
          .withMessage("format own has the extension null, but its provider says own");
    }
  }

  @Test
  void anothersExtensionIsNotItsName() throws Exception {
    String source =
        plugin("Own", "own")
            .replace("extension() { return \"own\"", "extension() { return \"json\"");
    try (URLClassLoader loader = loader("plugin.Own", source)) {
      assertThat(format("own", StringBuilder.class, loader).extension()).isEqualTo("json");
      assertThat(format("json", Object.class, loader).decode("[1]".getBytes(UTF_8)))
          .isEqualTo(List.of(1L));
    }
  }

  /** What is held in memory, or being written, is not what it was given or gave. */
  @Test
  void oneThatChangesBytesChangesItsOwn() throws Exception {
    String source =
        plugin("Own", "own")
            .replace("return value", "buffer[0] = (byte) value.toString().charAt(0); return value")
            .replace("return value.toString().getBytes()", "return buffer")
            .replace("return context", "bytes[0]++; return context");
    try (URLClassLoader loader = loader("plugin.Own", source)) {
      Format<StringBuilder> format = format("own", StringBuilder.class, loader);
      byte[] bytes = {'a'};
      assertThat(format.decode(bytes)).hasToString("b");
      assertThat(format.decode(bytes)).hasToString("b");
      byte[] first = format.encode(new StringBuilder("x"));
      format.encode(new StringBuilder("y"));
      assertThat(first).isEqualTo(new byte[] {'x'});
    }
  }

  @Test
  void twoOfOneNameAreRefused() throws Exception {
    try (URLClassLoader loader =
        loader("plugin.One\nplugin.Other", plugin("One", "own"), plugin("Other", "own"))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> format("own", StringBuilder.class, loader))
          .withMessage(
              "format own is both plugin.One's and plugin.Other's; leave one of them on the class"
                  + " path");
      assertThat(format("jser", Object.class, loader).extension()).isEqualTo("jser");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "throw new IllegalStateException(\"own\");",
        "throw new StackOverflowError(\"own\");",
        "throw new NoClassDefFoundError(\"own\");",
        "throw new AssertionError(\"own\");",
        "throw Own.<RuntimeException>sneak(); // own",
        "return null; // own"
      })
  void whateverItsCodeDoesIsOneFault(String failure) throws Exception {
    String source =
        PLUGIN
            .replace("NAME", "Own")
            .replace("ID", "own")
            .replace("EXTENSION", "own")
            .replace("OPENING", "")
            .replace("ENCODING", failure + "\n")
            .replace("DECODING", failure + "\n");
    try (URLClassLoader loader = loader("plugin.Own", source)) {
      Format<StringBuilder> format = format("own", StringBuilder.class, loader);
      assertThatExceptionOfType(FormatException.class)
          .isThrownBy(() -> format.encode(new StringBuilder("x")));
      assertThatExceptionOfType(FormatException.class).isThrownBy(() -> format.decode(new byte[1]));
    }
  }

  @Test
  @SuppressWarnings("unchecked")
  void aValueOfAnotherClassIsOneFault() throws Exception {
    String source = plugin("Own", "own").replace("context.type().cast(", "(V) (Object) (");
    try (URLClassLoader loader = loader("plugin.Own", source)) {
      Format<Integer> format = format("own", Integer.class, loader);
      assertThatExceptionOfType(FormatException.class)
          .isThrownBy(() -> format.decode(new byte[1]))
          .withMessage("it holds a java.lang.StringBuilder, not a java.lang.Integer");
    }
  }

  @Test
  void whatItLacksIsNamed() throws Exception {
    String source =
        plugin("Own", "own")
            .replace(
                "return new Format",
                "if (true) throw new NoClassDefFoundError(\"a/b/C\"); return new" + " Format");
    try (URLClassLoader loader = loader("plugin.Own", source)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> format("own", StringBuilder.class, loader))
          .withMessageContaining("format own cannot be used")
          .withMessageContaining("a/b/C");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                Formats.requiring(
                    "group:artifact",
                    "own",
                    () -> {
                      throw new NoClassDefFoundError("a/b/C");
                    }))
        .withMessage(
            "format own needs group:artifact on the class path:"
                + " java.lang.NoClassDefFoundError: a/b/C");
  }

  // ---- extensions

  @Test
  void aDictionaryOfACompressedFormatIsReopened() throws Exception {
    for (String id : List.of("json+lz4", "jser+zstd", "txt+zstd", "cbor", "pkl+lz4")) {
      Path place = directory.resolve(id);
      try (PersiDict<String> dict =
          FileDirDict.at(place).format(id).digestLength(0).open(String.class)) {
        dict.put(DictKey.of("key"), "value");
        String extension = id.replace("+lz4", ".lz4").replace("+zstd", ".zst");
        assertThat(place.resolve("key." + extension)).exists();
        try (PersiDict<String> again =
            FileDirDict.reopen(dict.parameters(), io.persidict.store.file.Durability.OS)) {
          assertThat(again.get(DictKey.of("key"))).contains("value");
          assertThat(again.keys()).containsExactly(DictKey.of("key"));
        }
      }
    }
  }
}
