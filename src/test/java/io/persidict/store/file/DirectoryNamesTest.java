package io.persidict.store.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.persidict.store.Listed;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DirectoryNamesTest {
  private static final int LARGE = 2 * DirectoryNames.BATCH + 7;

  @TempDir Path directory;

  private void fill(int files) throws IOException {
    for (int i = 0; i < files; i++) {
      Files.createFile(directory.resolve("n" + i));
    }
  }

  private static List<String> rest(DirectoryNames names) throws IOException {
    List<String> all = new ArrayList<>();
    for (String name = names.next(); name != null; name = names.next()) {
      all.add(name);
    }
    return all;
  }

  /** How many descriptors of this process are of the directory, or of one in it. */
  private long descriptors() throws IOException {
    Path own = Path.of("/proc/self/fd");
    assumeTrue(Files.isDirectory(own), "only Linux tells what is open");
    try (Stream<Path> open = Files.list(own)) {
      return open.filter(
              descriptor -> {
                try {
                  Path target = Files.readSymbolicLink(descriptor);
                  return target.startsWith(directory.toRealPath()) && Files.isDirectory(target);
                } catch (IOException e) {
                  return false; // closed meanwhile
                }
              })
          .count();
    }
  }

  @Test
  void aSmallDirectoryIsClosedAtOnce() throws Exception {
    fill(10);
    DirectoryNames names = DirectoryNames.of(directory);
    assertThat(descriptors()).isZero();
    assertThat(rest(names)).hasSize(10).doesNotHaveDuplicates();
    assertThat(names.next()).isNull();
  }

  @Test
  void aFewLargeOnesStayOpenHoweverManyAreAbandonedAndNoneLosesAName() throws Exception {
    fill(LARGE);
    List<DirectoryNames> abandoned = new ArrayList<>();
    for (int i = 0; i < 5 * DirectoryNames.MAX_OPEN; i++) {
      DirectoryNames names = DirectoryNames.of(directory);
      assertThat(names.next()).isNotNull();
      abandoned.add(names);
    }
    assertThat(descriptors()).isBetween(1L, 2L * DirectoryNames.MAX_OPEN);
    for (DirectoryNames names : abandoned) {
      assertThat(rest(names)).hasSize(LARGE - 1).doesNotHaveDuplicates();
    }
    assertThat(descriptors()).isZero();
  }

  @Test
  void closingALargeOneClosesTheDirectory() throws Exception {
    fill(LARGE);
    DirectoryNames names = DirectoryNames.of(directory);
    assertThat(descriptors()).isPositive();
    names.close();
    names.close();
    assertThat(descriptors()).isZero();
  }

  @Test
  void aListingThatIsClosedEarlyLeavesNoDirectoryOpen() throws Exception {
    fill(LARGE);
    for (int i = 0; i < 9; i++) {
      Path below = Files.createDirectory(directory.resolve("d" + i));
      for (int j = 0; j < LARGE; j++) {
        Files.createFile(below.resolve("n" + j));
      }
    }
    try (FileStore store = new FileStore(directory, Durability.OS)) {
      try (Stream<Listed> listed = store.list("")) {
        Iterator<Listed> all = listed.iterator();
        while (!all.next().name().startsWith("d")) {
          // goes on
        }
        assertThat(descriptors()).isPositive();
      }
      assertThat(descriptors()).isZero();
    }
  }

  @Test
  void manyThreadsThatMakeEachOtherGiveWayReadAllNames() throws Exception {
    fill(LARGE);
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Future<Boolean>> readers = new ArrayList<>();
      for (int thread = 0; thread < 8; thread++) {
        readers.add(
            threads.submit(
                () -> {
                  List<DirectoryNames> open = new ArrayList<>();
                  for (int i = 0; i < 6; i++) {
                    open.add(DirectoryNames.of(directory));
                  }
                  boolean complete = true;
                  for (DirectoryNames names : open) {
                    Set<String> all = new HashSet<>(rest(names));
                    complete &= all.size() == LARGE;
                  }
                  return complete;
                }));
      }
      for (Future<Boolean> reader : readers) {
        assertThat(reader.get(5, java.util.concurrent.TimeUnit.MINUTES)).isTrue();
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(descriptors()).isZero();
  }

  @Test
  void aFaultAfterTheFirstNamesIsTold() throws Exception {
    fill(LARGE);
    FaultyFileSystem files = FaultyFileSystem.at(directory);
    AtomicInteger read = new AtomicInteger();
    files.set(
        (call, path) -> {
          if (call.equals("readDirectory") && read.incrementAndGet() > DirectoryNames.BATCH + 5) {
            throw new FileSystemException(path.toString(), null, "Input/output error");
          }
        });
    DirectoryNames names = DirectoryNames.of(files.wrap(directory));
    assertThatExceptionOfType(FileSystemException.class)
        .isThrownBy(() -> rest(names))
        .withMessageContaining("Input/output error");
    assertThat(descriptors()).isZero();
  }
}
