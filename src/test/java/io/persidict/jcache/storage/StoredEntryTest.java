package io.persidict.jcache.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The record's layout, and that anything else is told from it. */
final class StoredEntryTest {
  private static final StoredEntry.ValidRecord ENTRY =
      new StoredEntry.ValidRecord(
          1_000_000_000_000L, 1_000_000_000_500L, "key".getBytes(UTF_8), "value".getBytes(UTF_8));

  private static byte[] encoded() {
    return StoredEntry.FORMAT.encode(ENTRY);
  }

  private static String fault(byte[] bytes) {
    return ((StoredEntry.Unreadable) StoredEntry.FORMAT.decode(bytes)).reason();
  }

  @Test
  void isLaidOutAsDocumented() {
    byte[] bytes = encoded();
    assertThat(bytes).hasSize(40 + 3 + 5 + 4);
    assertThat(HexFormat.of().formatHex(bytes, 0, 8)).isEqualTo("8950444500010000");
    assertThat(HexFormat.of().formatHex(bytes, 16, 40))
        .isEqualTo("000000e8d4a51000" + "000000e8d4a511f4" + "00000003" + "00000005");
    assertThat(new String(bytes, 40, 8, UTF_8)).isEqualTo("keyvalue");
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, 48);
    assertThat(ByteBuffer.wrap(bytes).getInt(48)).isEqualTo((int) crc.getValue());
  }

  @Test
  void comesBackAsItWas() {
    StoredEntry.ValidRecord whole = (StoredEntry.ValidRecord) StoredEntry.FORMAT.decode(encoded());
    assertThat(whole).usingRecursiveComparison().isEqualTo(ENTRY);
    assertThat(whole.isExpiredAt(1_000_000_000_499L)).isFalse();
    assertThat(whole.isExpiredAt(1_000_000_000_500L)).isTrue();
  }

  @Test
  void mayHaveAnEmptyKeyAndValue() {
    StoredEntry.ValidRecord empty =
        new StoredEntry.ValidRecord(0, StoredEntry.NEVER, new byte[0], new byte[0]);
    StoredEntry.ValidRecord whole =
        (StoredEntry.ValidRecord) StoredEntry.FORMAT.decode(StoredEntry.FORMAT.encode(empty));
    assertThat(whole).usingRecursiveComparison().isEqualTo(empty);
    assertThat(whole.isExpiredAt(Long.MAX_VALUE - 1)).isFalse();
  }

  @Test
  void noTwoWritesHaveTheSameBytes() {
    assertThat(encoded()).isNotEqualTo(encoded());
  }

  @Test
  void everyTruncationIsNoticed() {
    byte[] bytes = encoded();
    for (int length = 0; length < bytes.length; length++) {
      assertThat(fault(Arrays.copyOf(bytes, length))).isNotEmpty();
    }
    assertThat(fault(Arrays.copyOf(bytes, bytes.length + 1))).contains("bytes to spare");
  }

  @Test
  void everyFlippedBitAndEveryOtherByteIsNoticed() {
    byte[] bytes = encoded();
    for (int i = 0; i < bytes.length; i++) {
      byte whole = bytes[i];
      for (int other = 0; other < 256; other++) {
        bytes[i] = (byte) other;
        if (bytes[i] != whole) {
          assertThat(fault(bytes)).as("byte %s as %s", i, other).isNotEmpty();
        }
      }
      bytes[i] = whole;
    }
    assertThat(StoredEntry.FORMAT.decode(bytes)).isInstanceOf(StoredEntry.ValidRecord.class);
  }

  @Test
  void aLaterVersionIsNamedAlsoWhereItsChecksumIsRight() {
    byte[] bytes = encoded();
    bytes[5] = 2;
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, bytes.length - 4);
    ByteBuffer.wrap(bytes).putInt(bytes.length - 4, (int) crc.getValue());
    assertThat(fault(bytes)).contains("record version 2").contains("reads version 1");
  }

  @ParameterizedTest
  @CsvSource({
    "-1, 9",
    "9, -1",
    "2147483647, 2147483647",
    "-2147483648, -2147483648",
    "0, 2147483647",
    "3, 6",
    "4, 5",
    "2147483647, -2147483639"
  })
  void lengthsThatDoNotAddUpAreNoticed(int key, int value) {
    byte[] bytes = encoded();
    ByteBuffer.wrap(bytes).putInt(32, key).putInt(36, value);
    assertThat(fault(bytes)).contains("truncated");
  }

  @Test
  void theBeginningOfAWholeEntryTellsWhenItExpires() {
    byte[] bytes = encoded();
    byte[] beginning = Arrays.copyOf(bytes, StoredEntry.HEADER_SIZE);
    assertThat(StoredEntry.expiry(beginning, bytes.length)).isEqualTo(1_000_000_000_500L);
    assertThat(StoredEntry.expiry(bytes, bytes.length)).isEqualTo(1_000_000_000_500L);
    assertThat(StoredEntry.expiry(beginning, bytes.length - 1)).isEqualTo(StoredEntry.NEVER);
    assertThat(StoredEntry.expiry(beginning, bytes.length + 1)).isEqualTo(StoredEntry.NEVER);
    for (int length = 0; length < beginning.length; length++) {
      assertThat(StoredEntry.expiry(Arrays.copyOf(bytes, length), bytes.length))
          .as("%s bytes", length)
          .isEqualTo(StoredEntry.NEVER);
    }
    for (int i : new int[] {0, 3, 4, 5}) {
      byte[] foreign = beginning.clone();
      foreign[i]++;
      assertThat(StoredEntry.expiry(foreign, bytes.length))
          .as("byte %s", i)
          .isEqualTo(StoredEntry.NEVER);
    }
  }

  @ParameterizedTest
  @CsvSource({"-1, 9, 52", "9, -1, 52", "2147483647, 2147483647, 42"})
  void lengthsThatDoNotAddUpTellNoExpiry(int key, int value, long size) {
    byte[] beginning = Arrays.copyOf(encoded(), StoredEntry.HEADER_SIZE);
    ByteBuffer.wrap(beginning).putInt(32, key).putInt(36, value);
    assertThat(StoredEntry.expiry(beginning, size)).isEqualTo(StoredEntry.NEVER);
  }
}
