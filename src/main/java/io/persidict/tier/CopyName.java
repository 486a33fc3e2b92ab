package io.persidict.tier;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.persidict.store.ETag;
import io.persidict.store.GetResult.Found;
import io.persidict.store.Listed;
import io.persidict.store.Names;
import io.persidict.store.Stat;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;

/**
 * The names of copies. A copy's bytes are the entry's and nothing else; what is known of the
 * version is in the copy's name:
 *
 * <pre>
 * ab/cdef.../65746167.1767225600.0.5.0123456789abcdef
 *     |       |        |          | | checksum, in hexadecimal
 *     |       |        |          | size, in bytes
 *     |       |        |          nanoseconds, and
 *     |       |        seconds since the epoch: when the version was written
 *     |       the version's ETag, in hexadecimal
 *     the entry's name, by its SHA-256 digest in hexadecimal: a directory of its own
 * </pre>
 *
 * <p>The checksum is CRC-32C and then CRC-32, each of the name up to the checksum and of the bytes.
 * So a copy whose bytes have changed, or that lies under another name than it was given, is found
 * out.
 */
final class CopyName {
  private static final HexFormat HEX = HexFormat.of();
  private static final int PARTS = 5;
  private static final Pattern FORM =
      Pattern.compile(
          "[0-9a-f]{2}/[0-9a-f]{62}/[0-9a-f]+[.]-?[0-9]+[.][0-9]+[.][0-9]+[.][0-9a-f]{16}");

  private CopyName() {}

  /** What the names of all copies of an entry begin with. */
  static String prefix(String name) {
    String digest;
    try {
      digest = HEX.formatHex(MessageDigest.getInstance("SHA-256").digest(name.getBytes(UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
    return digest.substring(0, 2) + "/" + digest.substring(2) + "/";
  }

  /** The name of the copy of a version; empty if its ETag is too long for that. */
  static Optional<String> of(String name, Found found) {
    Stat stat = found.stat();
    Instant written = stat.lastModified();
    String unchecked =
        prefix(name)
            + HEX.formatHex(stat.etag().value().getBytes(UTF_8))
            + "."
            + written.getEpochSecond()
            + "."
            + written.getNano()
            + "."
            + stat.size()
            + ".";
    String whole = unchecked + checksum(unchecked, found.bytes());
    return whole.length() - whole.lastIndexOf('/') - 1 > Names.MAX_SEGMENT
        ? Optional.empty()
        : Optional.of(whole);
  }

  /** Whether a name is a copy's, in whatever state its bytes are. */
  static boolean isOne(String name) {
    return FORM.matcher(name).matches();
  }

  /** Whether {@code bytes} are those that the copy of that name was made of. */
  static boolean matches(String copy, byte[] bytes) {
    int end = copy.lastIndexOf('.') + 1;
    return copy.substring(end).equals(checksum(copy.substring(0, end), bytes));
  }

  private static String checksum(String name, byte[] bytes) {
    return HEX.toHexDigits((int) sum(new CRC32C(), name, bytes))
        + HEX.toHexDigits((int) sum(new CRC32(), name, bytes));
  }

  private static long sum(Checksum checksum, String name, byte[] bytes) {
    checksum.update(name.getBytes(UTF_8));
    checksum.update(bytes);
    return checksum.getValue();
  }

  /** The version that {@code copy} is one of; empty if it is no copy, or not a whole one. */
  static Optional<Stat> version(Listed copy) {
    String[] parts = copy.name().substring(copy.name().lastIndexOf('/') + 1).split("\\.", -1);
    if (parts.length != PARTS) {
      return Optional.empty();
    }
    try {
      ETag etag = new ETag(new String(HEX.parseHex(parts[0]), UTF_8));
      Instant time = Instant.ofEpochSecond(Long.parseLong(parts[1]), Long.parseLong(parts[2]));
      return Optional.of(new Stat(Long.parseLong(parts[3]), time, etag))
          .filter(stat -> stat.size() == copy.stat().size());
    } catch (RuntimeException e) {
      return Optional.empty(); // somebody else's file
    }
  }
}
