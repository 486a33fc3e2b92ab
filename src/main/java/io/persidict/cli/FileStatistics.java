package io.persidict.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What a file's content amounts to.
 *
 * @param sha256 the SHA-256 digest, in hexadecimal
 * @param lines line feeds
 * @param words runs of bytes other than ASCII white space
 */
public record FileStatistics(String sha256, long bytes, long lines, long words)
    implements Serializable {
  private static final int CHUNK = 64 * 1024;

  /** Reads a file once, a chunk at a time. */
  static FileStatistics of(Path file) throws IOException {
    MessageDigest digest = newDigest();
    byte[] chunk = new byte[CHUNK];
    long bytes = 0;
    long lines = 0;
    long words = 0;
    boolean inWord = false;
    try (InputStream in = Files.newInputStream(file)) {
      for (int length = in.read(chunk); length >= 0; length = in.read(chunk)) {
        digest.update(chunk, 0, length);
        bytes += length;
        for (int i = 0; i < length; i++) {
          boolean wasInWord = inWord;
          inWord = !isSpace(chunk[i]);
          words += inWord && !wasInWord ? 1 : 0;
          lines += chunk[i] == '\n' ? 1 : 0;
        }
      }
    }
    return new FileStatistics(HexFormat.of().formatHex(digest.digest()), bytes, lines, words);
  }

  private static boolean isSpace(byte b) {
    return b == ' ' || (b >= '\t' && b <= '\r');
  }

  private static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
