package io.persidict.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.Deflater;

/**
 * What a file's content amounts to, and how small it can be made: all levels and strategies of
 * DEFLATE are tried, which takes a while.
 *
 * @param sha256 the SHA-256 digest, in hexadecimal
 * @param bytes its size
 * @param lines line feeds
 * @param words runs of bytes other than ASCII white space
 * @param smallest bytes, compressed by the best setting
 * @param nanos how long it took to find all this out
 */
record FileStatistics(String sha256, long bytes, long lines, long words, long smallest, long nanos)
    implements Serializable {
  private static final int CHUNK = 64 * 1024;
  private static final int[] STRATEGIES = {
    Deflater.DEFAULT_STRATEGY, Deflater.FILTERED, Deflater.HUFFMAN_ONLY
  };

  /** Reads a file once, a chunk at a time. */
  static FileStatistics of(Path file) throws IOException {
    long begun = System.nanoTime();
    MessageDigest digest = newDigest();
    List<Compression> compressions = Compression.all();
    byte[] chunk = new byte[CHUNK];
    long bytes = 0;
    long lines = 0;
    long words = 0;
    boolean inWord = false;
    try (InputStream in = Files.newInputStream(file)) {
      for (int length = in.read(chunk); length >= 0; length = in.read(chunk)) {
        int read = length;
        digest.update(chunk, 0, read);
        compressions.forEach(compression -> compression.add(chunk, read));
        bytes += length;
        for (int i = 0; i < length; i++) {
          boolean wasInWord = inWord;
          inWord = !isSpace(chunk[i]);
          words += inWord && !wasInWord ? 1 : 0;
          lines += chunk[i] == '\n' ? 1 : 0;
        }
      }
      long smallest =
          compressions.stream().map(Compression::finish).min(Comparator.naturalOrder()).orElse(0L);
      String sha256 = HexFormat.of().formatHex(digest.digest());
      return new FileStatistics(sha256, bytes, lines, words, smallest, System.nanoTime() - begun);
    } finally {
      compressions.forEach(Compression::close);
    }
  }

  /** One way to compress a file, of which only the size is kept. */
  private static final class Compression implements AutoCloseable {
    private final Deflater deflater;
    private final byte[] output = new byte[CHUNK];
    private long size;

    private Compression(int level, int strategy) {
      deflater = new Deflater(level, true);
      deflater.setStrategy(strategy);
    }

    static List<Compression> all() {
      return IntStream.of(STRATEGIES)
          .boxed()
          .flatMap(
              strategy ->
                  IntStream.rangeClosed(Deflater.BEST_SPEED, Deflater.BEST_COMPRESSION)
                      .mapToObj(level -> new Compression(level, strategy)))
          .toList();
    }

    void add(byte[] bytes, int length) {
      deflater.setInput(bytes, 0, length);
      while (!deflater.needsInput()) {
        size += deflater.deflate(output);
      }
    }

    long finish() {
      deflater.finish();
      while (!deflater.finished()) {
        size += deflater.deflate(output);
      }
      return size;
    }

    @Override
    public void close() {
      deflater.end();
    }
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
