package io.persidict.store.file;

import io.persidict.store.Content;
import io.persidict.store.ETag;
import io.persidict.store.GetResult;
import io.persidict.store.Stat;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Reads files by calls of the operating system instead of the JDK's classes, which takes a fraction
 * of the time. There is one on Linux, on 64-bit x86 and ARM, with a JDK of version 22 or later on
 * which nobody is warned of native access, unless the system property {@value #PROPERTY} is {@code
 * false}. To load it takes as long as it saves in tens of thousands of reads, and a lot of stack;
 * so a thread of its own loads it after the first {@value #READS_BEFORE}, and until then the JDK
 * reads.
 *
 * <p>It knows files and their absence. Whatever else it meets it leaves to the JDK, which has the
 * words for it. Interrupts have no effect on it.
 */
abstract class NativeReader {
  /** The system property that turns it off. */
  static final String PROPERTY = "io.persidict.native";

  private static final int READS_BEFORE = 1_000;

  /** How many files the JDK has read before anybody tried to load it. */
  private static final AtomicInteger READS = new AtomicInteger();

  private static volatile boolean isTried;

  /** The one of this process; null for none, or none yet. */
  private static volatile @Nullable NativeReader instance;

  private static final class Loader extends Thread {
    Loader() {
      super(null, null, "persidict-native", 0, false);
      setDaemon(true);
    }

    @Override
    public void run() {
      loadNow();
    }
  }

  /** Nothing lies there. */
  static final Version ABSENT = new Version(null, null);

  /**
   * What lies there.
   *
   * @param stat of the version; null if it was not asked for
   * @param bytes all of the version; null if it is the one that the caller knows
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Version(@Nullable Stat stat, byte @Nullable [] bytes) {
    /** Null if nothing lies there. */
    @Nullable Content content(String name) {
      return stat == null || bytes == null
          ? null
          : new Content(name, new GetResult.Found(bytes, stat), null);
    }
  }

  /** The files below one directory. */
  static final class Root {
    private final byte @Nullable [] prefix;

    private Root(byte @Nullable [] prefix) {
      this.prefix = prefix;
    }

    /**
     * Reads a version without its stat.
     *
     * @return {@link #ABSENT}, or null to have the JDK read it
     */
    @Nullable Version read(String name) {
      return read(name, false, null);
    }

    /**
     * Reads a version, unless it is the one that the caller knows.
     *
     * @return {@link #ABSENT}, or null to have the JDK read it
     */
    @Nullable Version read(String name, Optional<ETag> ifNoneMatch) {
      return read(name, true, ifNoneMatch.orElse(null));
    }

    private @Nullable Version read(String name, boolean withStat, @Nullable ETag ifNoneMatch) {
      NativeReader reader = instance;
      if (prefix != null && reader != null) {
        return reader.read(prefix, name, withStat, ifNoneMatch);
      }
      if (prefix != null && !isTried) {
        countRead();
      }
      return null;
    }
  }

  private static void countRead() {
    if (READS.incrementAndGet() % READS_BEFORE == 0) {
      try {
        new Loader().start();
      } catch (RuntimeException | Error e) {
        // For want of stack, memory or threads; as many reads later it is tried again.
      }
    }
  }

  /** For the files below {@code root}. */
  static Root below(Path root) {
    return new Root(
        root.getFileSystem() == FileSystems.getDefault() ? bytes(root.toUri().getRawPath()) : null);
  }

  /** Has the JDK read all. */
  static Root none() {
    return new Root(null);
  }

  /** Loads the one of this process now, unless that was tried; tells whether there is one. */
  static synchronized boolean loadNow() {
    if (!isTried) {
      isTried = true;
      instance = load("io.persidict.store.file.LinuxReader");
    }
    return instance != null;
  }

  /** The bytes of a path as it stands in a URI. */
  private static byte @Nullable [] bytes(String uriPath) {
    byte[] bytes = new byte[uriPath.length() + 1];
    int length = 0;
    for (int i = 0; i < uriPath.length(); i++) {
      char c = uriPath.charAt(i);
      if (c == '%') {
        bytes[length++] = (byte) Integer.parseInt(uriPath, i + 1, i + 3, 16);
        i += 2;
      } else if (c < 0x80) {
        bytes[length++] = (byte) c;
      } else {
        return null;
      }
    }
    if (bytes[length - 1] != '/') {
      bytes[length++] = '/';
    }
    return Arrays.copyOf(bytes, length);
  }

  /** The reader of that class; null if it is turned off or cannot be made, for whatever reason. */
  static @Nullable NativeReader load(String type) {
    System.Logger logger = System.getLogger(NativeReader.class.getName());
    NativeReader reader = null;
    String reason = "turned off";
    if (!"false".equals(System.getProperty(PROPERTY))) {
      try {
        reader =
            Class.forName(type)
                .asSubclass(NativeReader.class)
                .getDeclaredConstructor()
                .newInstance();
      } catch (ReflectiveOperationException | RuntimeException | Error e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        reason = String.valueOf(cause);
      }
    }
    logger.log(
        System.Logger.Level.DEBUG,
        reader == null ? "files are read by the JDK: " + reason : "files are read by system calls");
    return reader;
  }

  /**
   * Reads a version.
   *
   * @param prefix the bytes of the root's path, with a slash
   * @param name safe characters alone
   */
  abstract @Nullable Version read(
      byte[] prefix, String name, boolean withStat, @Nullable ETag ifNoneMatch);
}
