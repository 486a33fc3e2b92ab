package io.persidict.format;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import net.jpountz.lz4.LZ4FrameInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 10, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class CompressionTest {
  private static final int FREE = 1 << 24;

  private static Format<Object> format(String id) {
    return Formats.of(
        id, Object.class, new AllowList(List.of(), ""), CompressionTest.class.getClassLoader());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jser+lz4",
        "jser+zstd",
        "json+lz4",
        "json+zstd",
        "cbor+zstd",
        "pkl+lz4",
        "pkl+zstd"
      })
  void valuesComeBackAndTakeLess(String id) {
    Format<Object> format = format(id);
    List<Object> rows = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      rows.add(new ArrayList<>(List.of("the same text in each row", (long) i, i * 0.5)));
    }
    byte[] bytes = format.encode(rows);
    assertThat(format.decode(bytes)).isEqualTo(rows);
    String plain = id.substring(0, id.indexOf('+'));
    if (!plain.equals("pkl")) { // which is compressed by itself
      assertThat(bytes.length).isLessThan(format(plain).encode(rows).length / 2);
    }
    for (Object value : List.of("", "x", 1L, List.of(), Map.of("k", true))) {
      assertThat(format.decode(format.encode(value))).isEqualTo(value);
    }
  }

  @Test
  void typesAreKeptAsTheFormatKeepsThem() {
    Format<Object> format = format("jser+zstd");
    BigDecimal price = new BigDecimal("1.50");
    assertThat(format.decode(format.encode(price))).isEqualTo(price);
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> format.encode(new StringBuilder("x")))
        .withMessageContaining("allow-list");
  }

  @Test
  void otherToolsReadTheFrames() throws Exception {
    byte[] content = "text ".repeat(50_000).getBytes(UTF_8);
    for (byte[] frame :
        List.of(Compression.ZSTD.compressed(content), Compression.ZSTD.stored(content))) {
      assertThat(Zstd.decompress(frame, content.length)).isEqualTo(content);
    }
    for (byte[] frame :
        List.of(Compression.LZ4.compressed(content), Compression.LZ4.stored(content))) {
      try (LZ4FrameInputStream in =
          new LZ4FrameInputStream(new java.io.ByteArrayInputStream(frame))) {
        assertThat(in.readAllBytes()).isEqualTo(content);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void framesOfAnySizeComeBack(Compression way) {
    Random random = new Random(7);
    for (int size : new int[] {0, 1, 2, 100, (1 << 16) + 1, 1 << 17, (1 << 17) + 1, 1 << 20}) {
      byte[] noise = new byte[size];
      random.nextBytes(noise);
      for (byte[] content : List.of(noise, new byte[size])) {
        assertThat(way.content(way.compressed(content), size)).isEqualTo(content);
        assertThat(way.content(way.stored(content), size)).isEqualTo(content);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void aBombIsRefusedBeforeItIsMade(Compression way) {
    byte[] bomb = way.compressed(new byte[200 << 20]);
    assertThat(bomb.length).isLessThan(2 << 20);
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> way.content(bomb, FREE))
        .withMessageContaining(String.valueOf(FREE));
    Format<String> format = new CompressedFormat<>(new TextFormat("txt"), way);
    assertThatExceptionOfType(FormatException.class).isThrownBy(() -> format.decode(bomb));
  }

  /** Honest values are: they are stored as they are if they would not be read otherwise. */
  @ParameterizedTest
  @ValueSource(strings = {"jser+lz4", "jser+zstd"})
  void whatWouldBeABombIsStoredAsItIs(String id) {
    byte[] zeros = new byte[60 << 20];
    Format<Object> format = format(id);
    byte[] bytes = format.encode(zeros);
    assertThat(Arrays.equals((byte[]) format.decode(bytes), zeros)).isTrue();
    byte[] few = new byte[10 << 20];
    byte[] small = format.encode(few);
    assertThat(small.length).isLessThan(1 << 20);
    assertThat(Arrays.equals((byte[]) format.decode(small), few)).isTrue();
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void damageIsOneFault(Compression way) {
    byte[] whole = way.compressed("some text, some text, some text".getBytes(UTF_8));
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatExceptionOfType(FormatException.class).isThrownBy(() -> way.content(cut, FREE));
    }
    byte[] longer = Arrays.copyOf(whole, whole.length + 1);
    assertThatExceptionOfType(FormatException.class).isThrownBy(() -> way.content(longer, FREE));
    byte[] twice = Arrays.copyOf(whole, 2 * whole.length);
    System.arraycopy(whole, 0, twice, whole.length, whole.length);
    assertThatExceptionOfType(FormatException.class).isThrownBy(() -> way.content(twice, FREE));
    Random random = new Random(3);
    for (int i = 0; i < 20_000; i++) {
      byte[] changed = whole.clone();
      changed[random.nextInt(whole.length)] = (byte) random.nextInt(256);
      try {
        way.content(changed, FREE);
      } catch (FormatException e) {
        assertThat(e).hasMessageContaining("it");
      }
    }
  }

  @Test
  void aFrameOfZstandardSaysHowLargeItIs() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZstdOutputStream out = new ZstdOutputStream(bytes)) {
      out.write("text".getBytes(UTF_8));
    }
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> ZstdFrame.content(bytes.toByteArray(), FREE))
        .withMessageContaining("does not say how large");
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> format("json+zstd").decode(format("json+lz4").encode(List.of(1L))))
        .withMessageContaining("no Zstandard frame");
  }

  @Test
  void manyLargeListsAreRead() {
    Format<Object> format = format("json+zstd");
    List<Long> numbers = new ArrayList<>(Collections.nCopies(1_000_000, 7L));
    assertThat(format.decode(format.encode(numbers)).equals(numbers)).isTrue();
  }
}
