package io.persidict.format;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which bytes are malformed, as against whole ones that are not decoded here. */
final class FormatExceptionTest {
  private static Format<Object> format(String id) {
    return Formats.of(
        id, Object.class, new AllowList(List.of(), ""), FormatExceptionTest.class.getClassLoader());
  }

  private static FormatException fault(Format<?> format, byte[] bytes) {
    FormatException fault = catchThrowableOfType(FormatException.class, () -> format.decode(bytes));
    assertThat(fault).as("of %s", Arrays.toString(bytes)).isNotNull();
    return fault;
  }

  private static void assertMalformed(String id, byte[] bytes) {
    assertThat(fault(format(id), bytes))
        .as("of %s", new String(bytes, ISO_8859_1))
        .matches(FormatException::isMalformed);
  }

  private static void assertWhole(Format<?> format, byte[] bytes) {
    assertThat(fault(format, bytes)).matches(fault -> !fault.isMalformed());
  }

  @ParameterizedTest
  @ValueSource(strings = {"pkl", "json", "cbor", "jser", "json+lz4", "json+zstd", "pkl+zstd"})
  void tornBytesAreMalformed(String id) {
    Map<String, Object> value =
        new TreeMap<>(
            Map.of("one", 1L, "text", "na\u00efve ".repeat(40), "list", List.of(true, 0.5)));
    byte[] whole = format(id).encode(value);
    for (int length = 0; length < whole.length; length++) {
      assertMalformed(id, Arrays.copyOf(whole, length));
    }
    assertMalformed(id, new byte[whole.length]);
  }

  @Test
  void whatHasAWrongChecksumIsMalformed() {
    byte[] zstd = format("json+zstd").encode("text");
    zstd[zstd.length - 1] ^= 1;
    assertMalformed("json+zstd", zstd);
    byte[] lz4 = format("pkl").encode("text");
    lz4[6] ^= 1;
    assertMalformed("pkl", lz4);
  }

  @Test
  void whatIsNoSuchSyntaxIsMalformed() {
    for (String text : List.of("", "no JSON", "{\"a\": 1", "[1 2]", "1 2", "\"\u00ff\"")) {
      assertMalformed("json", text.getBytes(ISO_8859_1));
    }
    for (byte[] cbor : List.of(new byte[0], new byte[] {(byte) 0x82, 1}, new byte[] {1, 2})) {
      assertMalformed("cbor", cbor);
    }
    assertMalformed("pkl", "garbage".getBytes(ISO_8859_1));
    assertMalformed("pkl", new byte[] {(byte) 0x80, 4, (byte) 0xfe, '.'});
    assertMalformed("jser", "garbage".getBytes(ISO_8859_1));
  }

  @Test
  void whatIsNotReadHereIsNot() throws Exception {
    for (String json :
        List.of(
            "{\"py/object\": \"pandas.DataFrame\"}",
            "{\"py/tuple\": 1}",
            "[".repeat(600) + "]".repeat(600),
            "1".repeat(5000))) {
      assertWhole(format("json"), json.getBytes(UTF_8));
    }
    for (int key : List.of(0xf4, 0xf5, 0xf6, 0xf7, 0x80, 0xa0)) { // false, true, null, [], {}
      assertWhole(format("cbor"), new byte[] {(byte) 0xa1, (byte) key, 1});
    }
    assertWhole(new JsonFormat<>(Integer.class), "\"text\"".getBytes(UTF_8));
    assertWhole(new JsonFormat<>(Version.class), "{\"major\": []}".getBytes(UTF_8));
    for (String pickle :
        List.of(
            "\u0080\u0004cpandas\nDataFrame\n.", // a class
            "\u0080\u0004Q.", // a persistent id
            "\u0080\u0006N.", // a later protocol
            "I1\n.", // an earlier one
            "x\u009c\u0003\0\0\0\0\u0001", // zlib
            "\u0080\u0004N.\0")) {
      assertWhole(format("pkl"), pickle.getBytes(ISO_8859_1));
    }
    ByteArrayOutputStream streamed = new ByteArrayOutputStream();
    try (ZstdOutputStream out = new ZstdOutputStream(streamed)) {
      out.write("[]".getBytes(UTF_8));
    }
    assertWhole(format("json+zstd"), streamed.toByteArray());
    byte[] text = new byte[1 << 25];
    Arrays.fill(text, (byte) '"');
    Arrays.fill(text, 1, text.length - 1, (byte) ' ');
    assertWhole(format("json+lz4"), Lz4Frame.of(text, true));
  }

  /** A class that values are bound to. */
  record Version(int major) {}

  /** A class that is not allowed, and writes itself. */
  private static final class Own implements Serializable {
    private static final long serialVersionUID = 1L;

    private final int number = 1;

    private void writeObject(ObjectOutputStream out) throws java.io.IOException {
      out.writeInt(number);
    }
  }

  @Test
  void objectsOfOtherClassesAreNot() throws Exception {
    for (Object value : List.of(new Own(), new java.io.File("x"), Thread.State.NEW)) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
        out.writeObject(value);
      }
      assertWhole(format("jser"), bytes.toByteArray());
      String unknown = bytes.toString(ISO_8859_1).replace("Own", "Xyz").replace("File", "Fire");
      assertWhole(format("jser"), unknown.getBytes(ISO_8859_1));
    }
  }

  @Test
  void whatWrapsIsWhatItWraps() {
    FormatException torn = FormatException.malformed("it is torn");
    assertThat(new FormatException("cannot read x: it is torn", torn).isMalformed()).isTrue();
    assertThat(new FormatException("it", new IllegalStateException()).isMalformed()).isFalse();
    assertWhole(new CheckedFormat<>(new Failing("own"), String.class, true), new byte[0]);
  }

  /** A format of somebody else's. */
  private record Failing(String extension) implements Format<String> {
    @Override
    public byte[] encode(String value) {
      return value.getBytes(UTF_8);
    }

    @Override
    public String decode(byte[] bytes) {
      throw new IllegalStateException("on purpose");
    }
  }
}
