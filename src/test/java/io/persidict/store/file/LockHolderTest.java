package io.persidict.store.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whom the operating system names as the holder of a byte. */
final class LockHolderTest {
  private static final Path LOCKS = Path.of("/proc/locks");

  @TempDir Path directory;

  private Path file;

  @BeforeEach
  void create() throws IOException {
    assumeTrue(Files.isReadable(LOCKS));
    file = Files.createFile(directory.resolve("file"));
  }

  private static String holder(Path of, int position) throws IOException {
    return LockHolder.describe(Attributes.of(of).fileKey(), position);
  }

  private FileChannel open() throws IOException {
    return FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  @Test
  void isWhoHoldsThatByteOfThatFile() throws Exception {
    Path other = Files.createFile(directory.resolve("other"));
    try (FileChannel channel = open();
        FileLock some = channel.lock(4, 3, false)) {
      assertThat(some.isValid()).isTrue();
      for (int held = 4; held <= 6; held++) {
        assertThat(holder(file, held)).isEqualTo("this process");
        assertThat(holder(other, held)).isEqualTo("another process");
        assertThat(LockHolder.describe(null, held)).isEqualTo("another process");
      }
      assertThat(holder(file, 3)).isEqualTo("another process");
      assertThat(holder(file, 7)).isEqualTo("another process");
    }
  }

  @Test
  void isWhoHoldsTheWholeFile() throws Exception {
    try (FileChannel channel = open();
        FileLock all = channel.lock()) {
      assertThat(all.isValid()).isTrue();
      assertThat(holder(file, LockFile.TABLE)).isEqualTo("this process");
    }
  }

  /** As {@code flock}, whose locks are others, does. */
  @Test
  void isNobodyWhoseLockKeepsNoProcessWaiting() throws Exception {
    Process flock;
    try {
      flock = new ProcessBuilder("flock", file.toString(), "cat").start();
    } catch (IOException e) {
      assumeTrue(false, "there is no flock");
      return;
    }
    try {
      String inode = ":" + Attributes.inode(Attributes.of(file).fileKey()) + " ";
      await().until(() -> Files.readString(LOCKS).contains(inode));
      assertThat(holder(file, 1)).isEqualTo("another process");
    } finally {
      flock.destroy();
    }
  }
}
