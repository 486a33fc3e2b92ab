package io.persidict.store.s3;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Gives writes their names: as many writers as there are writes at once, each making one at a time,
 * so that a writer's later write tells that its earlier ones are over.
 */
final class WriterIds {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int BYTES = 6;
  private static final long NUMBERS = 1_000_000_000_000L;

  private final Queue<WriteId> free = new ConcurrentLinkedQueue<>();

  /**
   * The next write of a writer that is making none. Its number is a random one, since processes
   * that were restored from one image have the same writers.
   */
  WriteId enter() {
    WriteId last = free.poll();
    String writer = last == null ? random(BYTES) : last.writer();
    return new WriteId(writer, RANDOM.nextLong(NUMBERS));
  }

  /** Says that {@code write} is over, whatever became of it. */
  void leave(WriteId write) {
    free.add(write);
  }

  /** That many random bytes, as text. */
  static String random(int bytes) {
    byte[] random = new byte[bytes];
    RANDOM.nextBytes(random);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
  }
}
