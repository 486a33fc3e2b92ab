package io.persidict.store.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class AttributesTest {
  @TempDir Path directory;

  private Path write(String name, int size, FileTime modified) throws IOException {
    Path path = Files.write(directory.resolve(name), new byte[size]);
    return Files.setLastModifiedTime(path, modified);
  }

  private static void assertOneVersion(BasicFileAttributes before, Path path, boolean expected)
      throws IOException {
    BasicFileAttributes now = Attributes.of(path);
    assertThat(Attributes.areOfOneVersion(before, now)).isEqualTo(expected);
    assertThat(Attributes.stat(before).etag().equals(Attributes.stat(now).etag()))
        .isEqualTo(expected);
  }

  @Test
  void versionsDifferInSizeTimeOrInode() throws Exception {
    FileTime time = FileTime.from(Instant.EPOCH);
    Path file = write("file", 1, time);
    BasicFileAttributes before = Attributes.of(file);
    assertOneVersion(before, file, true);
    assertOneVersion(before, write("file", 2, time), false);
    assertOneVersion(before, write("file", 1, FileTime.fromMillis(1)), false);
    assertOneVersion(before, write("file", 1, time), true);
    assumeTrue(before.fileKey() != null, "files have inodes");
    assertOneVersion(before, write("other", 1, time), false);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"(dev=fe00,ino=1234) | 1234", "(dev=1,ino=5) | 5", "NULL | 0", "other | 0"},
      nullValues = "NULL")
  void anInodeIsPartOfAKey(String fileKey, String inode) {
    assertThat(Attributes.inode(fileKey)).isEqualTo(inode);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "No space left on device",
        "Disk quota exceeded",
        "Disc quota exceeded",
        "There is not enough space on the disk"
      })
  void wantOfSpaceIsToldByItsWords(String words) {
    assertThat(Attributes.isForWantOfSpace(new IOException(words))).isTrue();
    assertThat(Attributes.isForWantOfSpace(new FileSystemException("file", null, words))).isTrue();
  }

  @Test
  void otherFaultsAreNone() {
    String words = "Input/output error";
    assertThat(Attributes.isForWantOfSpace(new IOException(words))).isFalse();
    assertThat(Attributes.isForWantOfSpace(new IOException())).isFalse();
    assertThat(Attributes.isForWantOfSpace(new FileSystemException("file", null, words))).isFalse();
    assertThat(Attributes.isForWantOfSpace(new FileSystemException("file"))).isFalse();
  }

  @Test
  void aFaultIsDescribedAlsoWhereItNamesNoFile() {
    FileSystemException nameless = new FileSystemException(null, null, "Input/output error");
    assertThat(Attributes.describe(directory, nameless)).isEqualTo("Input/output error");
    assertThat(Attributes.describe(directory, new IOException())).isEqualTo("IOException");
  }
}
