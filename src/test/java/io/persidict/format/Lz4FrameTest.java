package io.persidict.format;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import net.jpountz.lz4.LZ4FrameInputStream;
import net.jpountz.lz4.LZ4FrameOutputStream;
import net.jpountz.lz4.LZ4FrameOutputStream.BLOCKSIZE;
import net.jpountz.lz4.LZ4FrameOutputStream.FLG;
import net.jpountz.xxhash.XXHashFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Compares frames with those of lz4-java, in both directions. */
final class Lz4FrameTest {
  private static final int LIMIT = 1 << 28;

  static Stream<byte[]> contents() {
    Random random = new Random(1);
    Stream.Builder<byte[]> contents = Stream.builder();
    for (int length : new int[] {0, 1, 4, 5, 12, 13, 14, 100, 65_535, 65_536, 65_537, 300_000}) {
      byte[] noise = new byte[length];
      random.nextBytes(noise);
      contents.add(noise);
      contents.add(new byte[length]);
      byte[] words = new byte[length];
      for (int i = 0; i < length; i++) {
        words[i] = (byte) "the quick brown fox".charAt((i + i / (1 + random.nextInt(50))) % 19);
      }
      contents.add(words);
      byte[] mixed = noise.clone();
      Arrays.fill(mixed, length / 3, length / 2, (byte) 7);
      contents.add(mixed);
    }
    return contents.build();
  }

  @ParameterizedTest
  @MethodSource("contents")
  void anotherReaderReadsOurFrames(byte[] content) throws IOException {
    for (boolean compressed : new boolean[] {true, false}) {
      byte[] frame = Lz4Frame.of(content, compressed);
      assertThat(Lz4Frame.content(frame, LIMIT)).isEqualTo(content);
      try (LZ4FrameInputStream in = new LZ4FrameInputStream(new ByteArrayInputStream(frame))) {
        assertThat(in.readAllBytes()).isEqualTo(content);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("contents")
  void readsAnotherWritersFrames(byte[] content) throws IOException {
    for (BLOCKSIZE size : BLOCKSIZE.values()) {
      byte[] frame = frame(content, size, FLG.Bits.BLOCK_INDEPENDENCE);
      assertThat(Lz4Frame.isOne(frame)).isTrue();
      assertThat(Lz4Frame.content(frame, LIMIT)).isEqualTo(content);
      byte[] checked =
          frame(
              content,
              size,
              FLG.Bits.BLOCK_INDEPENDENCE,
              FLG.Bits.BLOCK_CHECKSUM,
              FLG.Bits.CONTENT_CHECKSUM);
      assertThat(Lz4Frame.content(checked, LIMIT)).isEqualTo(content);
      checked[checked.length - 1] ^= 1;
      assertThatExceptionOfType(FormatException.class)
          .isThrownBy(() -> Lz4Frame.content(checked, LIMIT))
          .withMessageContaining("checksum");
    }
  }

  private static byte[] frame(byte[] content, BLOCKSIZE size, FLG.Bits... bits) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (LZ4FrameOutputStream out = new LZ4FrameOutputStream(bytes, size, bits)) {
      out.write(content);
    }
    return bytes.toByteArray();
  }

  @Test
  void computesTheChecksumsOfOthers() {
    byte[] bytes = new byte[100];
    new Random(2).nextBytes(bytes);
    for (int length = 0; length <= bytes.length; length++) {
      assertThat(Xxh32.of(bytes, 0, length))
          .isEqualTo(XXHashFactory.safeInstance().hash32().hash(bytes, 0, length, 0));
    }
  }

  @Test
  void holdsNoMoreThanTheLimit() {
    byte[] content = new byte[1_000_000];
    byte[] frame = Lz4Frame.of(content, true);
    assertThat(frame.length).isLessThan(10_000);
    assertThat(Lz4Frame.content(frame, content.length)).isEqualTo(content);
    for (boolean compressed : new boolean[] {true, false}) {
      assertThatExceptionOfType(FormatException.class)
          .isThrownBy(() -> Lz4Frame.content(Lz4Frame.of(content, compressed), content.length - 1))
          .withMessageContaining("the most that a file");
    }
  }

  @Test
  void readsBlocksThatReachBackIntoEarlierOnes() {
    // Header as the original's; "abcdefgh" stored; then a match of 8 at distance 8, and "12345".
    byte[] frame = {
      0x04,
      0x22,
      0x4d,
      0x18,
      0x40,
      0x40,
      (byte) 0xc0,
      8,
      0,
      0,
      (byte) 0x80,
      'a',
      'b',
      'c',
      'd',
      'e',
      'f',
      'g',
      'h',
      9,
      0,
      0,
      0,
      0x04,
      8,
      0,
      0x50,
      '1',
      '2',
      '3',
      '4',
      '5',
      0,
      0,
      0,
      0
    };
    assertThat(Lz4Frame.content(frame, LIMIT)).isEqualTo("abcdefghabcdefgh12345".getBytes(UTF_8));
    byte[] independent = frame.clone();
    independent[4] = 0x60;
    independent[6] = (byte) 0x82;
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> Lz4Frame.content(independent, LIMIT))
        .withMessageContaining("not there");
    byte[] wrong = frame.clone();
    wrong[6] ^= 1;
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> Lz4Frame.content(wrong, LIMIT))
        .withMessageContaining("checksum");
  }
}
