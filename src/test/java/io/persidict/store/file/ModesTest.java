package io.persidict.store.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.persidict.store.Precondition;
import io.persidict.store.StoreException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may read and write what a store makes. */
final class ModesTest {
  @TempDir Path directory;

  @BeforeEach
  void requireModes() {
    assumeTrue(
        directory.getFileSystem().supportedFileAttributeViews().contains("unix"),
        "this system has no modes");
  }

  private Path root() {
    return directory.resolve("root");
  }

  private static void chmod(Path path, String octal) throws IOException {
    Files.setAttribute(path, "unix:mode", Integer.parseInt(octal, 8));
  }

  private static String mode(Path path) throws IOException {
    return Integer.toOctalString((Integer) Files.getAttribute(path, "unix:mode") & 07777);
  }

  /** Inserts, replaces, and watches. */
  private void use() {
    try (FileStore store = new FileStore(root(), Durability.OS)) {
      store.watch("a/b/c.bin");
      store.put("a/b/c.bin", "1".getBytes(UTF_8), Precondition.absent());
      store.put("a/b/c.bin", "2".getBytes(UTF_8), Precondition.none());
      store.put("d.bin", "3".getBytes(UTF_8), Precondition.none());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a/"})
  void aModeThatChangesIsSeenWhileTheStoreIsOpen(String prefix) throws IOException {
    use();
    Path changed = root().resolve(prefix);
    try (FileStore store = new FileStore(root(), Durability.OS)) {
      store.put(prefix + "before.bin", "1".getBytes(UTF_8), Precondition.none());
      chmod(changed, "2775");
      await()
          .untilAsserted(
              () -> {
                store.put(prefix + "after.bin", "1".getBytes(UTF_8), Precondition.none());
                assertThat(mode(changed.resolve("after.bin"))).isEqualTo("664");
              });
    }
  }

  private List<Path> directories() throws IOException {
    try (Stream<Path> all = Files.walk(root())) {
      return all.filter(Files::isDirectory).toList();
    }
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.walk(root())) {
      return all.filter(Files::isRegularFile).toList();
    }
  }

  @Test
  void whatIsMadeFromNothingIsForItsOwnerAlone() throws Exception {
    chmod(directory, "755");
    use();
    for (Path each : directories()) {
      assertThat(mode(each)).as(each.toString()).isEqualTo("700");
    }
    for (Path each : files()) {
      assertThat(mode(each)).as(each.toString()).isEqualTo("600");
    }
  }

  @ParameterizedTest
  @CsvSource({"755, 644", "750, 640", "775, 664", "770, 660", "777, 666", "2775, 664", "700, 600"})
  void whatIsMadeBelowARootHasItsBitsWhateverTheUmask(String ofRoot, String ofFiles)
      throws Exception {
    Files.createDirectory(root());
    chmod(root(), ofRoot);
    use();
    assertThat(directories()).hasSize(3);
    for (Path each : directories()) {
      assertThat(mode(each)).as(each.toString()).isEqualTo(ofRoot);
    }
    assertThat(files()).contains(root().resolve(LockFile.NAME)).hasSizeGreaterThan(2);
    for (Path each : files()) {
      assertThat(mode(each)).as(each.toString()).isEqualTo(ofFiles);
    }
  }

  @Test
  void whatTheSuperuserMakesBelowARootThatIsReadOnlyItsOwnerCanWrite() throws Exception {
    assumeTrue(isSuperuser(), "nobody else writes there");
    Files.createDirectory(root());
    chmod(root(), "555");
    use();
    for (Path each : files()) {
      assertThat(mode(each)).as(each.toString()).isEqualTo("644");
    }
  }

  @ParameterizedTest
  @CsvSource({"2775, 2770, 660", "2750, 2750, 640"})
  void aRootInADirectoryOfAGroupIsTheGroupsToo(String above, String ofRoot, String ofFiles)
      throws Exception {
    chmod(directory, above);
    use();
    assertThat(mode(root())).isEqualTo(ofRoot);
    assertThat(mode(root().resolve("a"))).isEqualTo(ofRoot);
    assertThat(mode(root().resolve(LockFile.NAME))).isEqualTo(ofFiles);
  }

  @Test
  void whatIsMissingAboveARootInADirectoryOfAGroupIsMadeForTheGroupToo() throws Exception {
    chmod(directory, "2770");
    Path root = directory.resolve("x/y/root");
    new FileStore(root, Durability.OS).close();
    for (Path each = root; !each.equals(directory); each = each.getParent()) {
      assertThat(mode(each)).as(each.toString()).isEqualTo("2770");
    }
  }

  @Test
  void aRootThatIsThereKeepsItsBitsInADirectoryOfAGroup() throws Exception {
    chmod(directory, "2770");
    Files.createDirectory(root());
    chmod(root(), "2700");
    use();
    assertThat(mode(root())).isEqualTo("2700");
  }

  @Test
  void theSuperuserMakesNothingThatTheDirectorysOwnerCannotUse() throws Exception {
    assumeTrue(isSuperuser(), "only the superuser gives away");
    UserPrincipal nobody = makeRootOfNobody();
    GroupPrincipal group = group(root());
    use();
    for (Path each : Stream.concat(directories().stream(), files().stream()).toList()) {
      assertThat(Files.getOwner(each)).as(each.toString()).isEqualTo(nobody);
      assertThat(group(each)).as(each.toString()).isEqualTo(group);
    }
  }

  @Test
  void aRootThatTheSuperuserMakesIsOfWhomTheDirectoryAboveIs() throws Exception {
    assumeTrue(isSuperuser(), "only the superuser gives away");
    UserPrincipal nobody = makeRootOfNobody();
    Path store = root().resolve("x/store");
    new FileStore(store, Durability.OS).close();
    for (Path each : List.of(store, store.getParent())) {
      assertThat(Files.getOwner(each)).as(each.toString()).isEqualTo(nobody);
      assertThat(mode(each)).as(each.toString()).isEqualTo("700");
    }
  }

  private static boolean isSuperuser() {
    return "root".equals(System.getProperty("user.name"));
  }

  private static GroupPrincipal group(Path path) throws IOException {
    return Files.readAttributes(path, PosixFileAttributes.class).group();
  }

  private UserPrincipal makeRootOfNobody() throws IOException {
    UserPrincipalLookupService users = directory.getFileSystem().getUserPrincipalLookupService();
    UserPrincipal nobody = users.lookupPrincipalByName("nobody");
    Files.createDirectory(root());
    chmod(root(), "775");
    Files.getFileAttributeView(root(), PosixFileAttributeView.class)
        .setGroup(users.lookupPrincipalByGroupName("daemon"));
    Files.setOwner(root(), nobody);
    return nobody;
  }

  @ParameterizedTest
  @ValueSource(strings = {"setPermissions", "setAttribute", "setOwner", "setGroup"})
  void aFileSystemThatRefusesModesOrOwnersTakesWritesAllTheSame(String refused) throws Exception {
    assumeTrue(isSuperuser() || !refused.matches("setOwner|setGroup"), "nobody else gives away");
    if (isSuperuser()) {
      makeRootOfNobody();
    } else {
      Files.createDirectory(root());
      chmod(root(), "775");
    }
    AtomicInteger refusals = new AtomicInteger();
    FaultyFileSystem files = FaultyFileSystem.at(directory);
    files.set(
        (call, path) -> {
          if (call.equals(refused)) {
            refusals.incrementAndGet();
            throw new FileSystemException(path.toString(), null, "Operation not permitted");
          }
        });
    try (FileStore store = new FileStore(files.wrap(root()), Durability.OS)) {
      assertThat(store.watch("a/b/c.bin").isUnchanged()).isTrue();
      store.put("a/b/c.bin", "1".getBytes(UTF_8), Precondition.absent());
      store.put("a/b/c.bin", "2".getBytes(UTF_8), Precondition.none());
      assertThat(store.read("a/b/c.bin")).contains("2".getBytes(UTF_8));
    }
    assertThat(refusals).hasPositiveValue();
  }

  // ---- files that all processes share

  /** Has a coarse clock, so that there is also a file of times. */
  private FaultyFileSystem coarse() {
    return new FaultyFileSystem(directory, Duration.ofSeconds(1), Duration.ZERO);
  }

  private void use(FaultyFileSystem files) {
    try (FileStore store = new FileStore(files.wrap(root()), Durability.OS)) {
      assertThat(store.watch("d.bin").isUnchanged()).isTrue();
      store.put("d.bin", "1".getBytes(UTF_8), Precondition.none());
      store.put("d.bin", "2".getBytes(UTF_8), Precondition.none());
      assertThat(store.read("d.bin")).contains("2".getBytes(UTF_8));
    }
  }

  private static boolean isShared(Path path) {
    return Stream.of(LockFile.NAME, VersionTimes.NAME).anyMatch(path::endsWith);
  }

  @ParameterizedTest
  @CsvSource({"777, 666", "700, 600"})
  void whereAFileHasOneNameOnlyTheSharedOnesAreMadeAllTheSame(String ofRoot, String ofFiles)
      throws Exception {
    Files.createDirectory(root());
    chmod(root(), ofRoot);
    FaultyFileSystem files = coarse();
    files.set(
        (call, path) -> {
          if (call.equals("createLink")) {
            throw new FileSystemException(path.toString(), null, "Operation not permitted");
          }
        });
    use(files);
    assertThat(files())
        .containsExactlyInAnyOrder(
            root().resolve("d.bin"),
            root().resolve(LockFile.NAME),
            root().resolve(VersionTimes.NAME),
            root().resolve(SharedChangeCounts.NAME));
    for (Path each : files()) {
      assertThat(mode(each)).as(each.toString()).isEqualTo(ofFiles);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aSharedFileThatAnotherProcessMakesMeanwhileIsUsed(boolean hasLinks) throws Exception {
    Files.createDirectory(root());
    List<Path> made = new CopyOnWriteArrayList<>();
    FaultyFileSystem files = coarse();
    files.set(
        (call, path) -> {
          if (call.equals("createLink") && isShared(path)) {
            made.add(Files.write(path, new byte[path.endsWith(VersionTimes.NAME) ? 1 << 13 : 0]));
            if (!hasLinks) {
              throw new FileSystemException(path.toString(), null, "Operation not permitted");
            }
          }
        });
    use(files);
    assertThat(made).hasSize(2);
    assertThat(files()).hasSize(4).containsAll(made);
  }

  @Test
  void aLockFileWithTooFewBitsIsCorrectedByWhoeverMay() throws Exception {
    Files.createDirectory(root());
    chmod(root(), "777");
    Path lock = Files.createFile(root().resolve(LockFile.NAME));
    Files.setPosixFilePermissions(lock, PosixFilePermissions.fromString("rw-r--r--"));
    use();
    assertThat(mode(lock)).isEqualTo("666");
  }

  @Test
  void aLockFileWithMoreBitsKeepsThem() throws Exception {
    Files.createDirectory(root());
    chmod(root(), "755");
    Path lock = Files.createFile(root().resolve(LockFile.NAME));
    chmod(lock, "666");
    use();
    assertThat(mode(lock)).isEqualTo("666");
  }

  @ParameterizedTest
  @ValueSource(strings = {LockFile.NAME, SharedChangeCounts.NAME})
  void aMessageNamesTheFileThatIsInTheWay(String name) throws Exception {
    use();
    FaultyFileSystem files = FaultyFileSystem.at(directory);
    files.set(
        (call, path) -> {
          if (call.equals("newFileChannel") && path.endsWith(name)) {
            throw new AccessDeniedException(path.toString());
          }
        });
    try (FileStore store = new FileStore(files.wrap(root()), Durability.OS)) {
      assertThatExceptionOfType(StoreException.class)
          .isThrownBy(() -> store.put("d.bin", new byte[1], Precondition.none()))
          .withMessageContaining(root().resolve("d.bin").toString())
          .withMessageContaining("no permission for " + root().resolve(name));
    }
  }

  @Test
  void aRootThatOthersCanWriteDrawsOneWarning() throws Exception {
    List<String> warnings = new CopyOnWriteArrayList<>();
    Logger logger = Logger.getLogger(FileStore.class.getName());
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord logged) {
            if (logged.getLevel() == Level.WARNING) {
              warnings.add(String.valueOf(logged.getParameters()[0]));
            }
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    logger.addHandler(handler);
    try {
      Files.createDirectory(root());
      chmod(root(), "775");
      use();
      assertThat(warnings).isEmpty();
      chmod(root(), "777");
      use();
      use();
      assertThat(warnings).containsExactly(root().toRealPath().toString());
    } finally {
      logger.removeHandler(handler);
    }
  }
}
