package io.persidict.store.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.store.ChangeWatch;
import io.persidict.store.DeleteResult;
import io.persidict.store.ETag;
import io.persidict.store.FencedException;
import io.persidict.store.GetResult;
import io.persidict.store.Listed;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.StorageFullException;
import io.persidict.store.StoreException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each operation of a store with each fault at each call that it makes of the file system, before
 * the call takes effect and afterwards, once and from then on. The calls are those of a run without
 * faults. After each case the outcome is the one that was told, the neighbours are as they were, no
 * lock is held, nobody trusts an old version, and all works again.
 */
final class FaultMatrixTest {
  private static final String NAME = "a/b/name.bin";
  private static final String NEW = "a/new/name.bin";
  private static final String NEIGHBOUR = "a/b/other.bin";
  private static final String FENCE = "fence";
  private static final Map<String, String> BEFORE =
      Map.of(NAME, "old", NEIGHBOUR, "neighbour", FENCE, "fence");

  /** Reasons as Linux words them. */
  private static final List<String> ERRORS =
      List.of(
          "Input/output error",
          "Permission denied",
          "No space left on device",
          "Read-only file system",
          "Too many open files",
          "Stale file handle");

  /** Not an error: the caller is interrupted, and is to finish its work all the same. */
  private static final String INTERRUPT = "interrupt";

  private static final List<String> FAULTS =
      Stream.concat(ERRORS.stream(), Stream.of(INTERRUPT)).toList();

  /**
   * What befalls each call on a directory above the root of what makes a new entry, also in the
   * short form.
   */
  private static final List<String> ALWAYS_ABOVE = List.of("No space left on device", INTERRUPT);

  /** Calls after which the file system is another than before. */
  private static final List<String> CHANGES =
      List.of(
          "newFileChannel",
          "write",
          "force",
          "truncate",
          "createDirectory",
          "createLink",
          "delete",
          "move",
          "setTimes",
          "setPermissions",
          "setAttribute");

  /** Whether all cases are tried: with {@code -Dtest.faults=all}, which takes minutes. */
  private static final boolean ALL = "all".equals(System.getProperty("test.faults"));

  /** The most of a case's time is spent waiting. */
  private static final ExecutorService POOL = Executors.newFixedThreadPool(24);

  private static final ExecutorService OTHERS = Executors.newCachedThreadPool();
  private static final AtomicInteger CASES = new AtomicInteger();

  @TempDir Path directory;

  private final AtomicInteger roots = new AtomicInteger();
  private int generated;

  @AfterAll
  static void stop() {
    POOL.shutdownNow();
    OTHERS.shutdownNow();
    System.out.printf("%d cases%n", CASES.get());
  }

  /** Something that a store does, and what is stored before and afterwards. */
  private record Operation(
      String title, Call call, Map<String, String> before, Map<String, String> after) {
    /** Whether it is many deletions, of which some may be done before one fails. */
    boolean isBulk() {
      return title.equals("delete all") || title.equals("delete below");
    }

    @Override
    public String toString() {
      return title;
    }
  }

  private interface Call {
    Object on(FileStore store, ETag etag);
  }

  private static Operation operation(String title, Map<String, String> after, Call call) {
    return new Operation(title, call, BEFORE, after);
  }

  private static Map<String, String> with(String name, @Nullable String text) {
    Map<String, String> after = new TreeMap<>(BEFORE);
    if (text == null) {
      after.remove(name);
    } else {
      after.put(name, text);
    }
    return after;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  static List<Operation> operations() {
    ETag stale = new ETag("1:2:3");
    Precondition none = Precondition.none();
    Precondition absent = Precondition.absent();
    Map<String, String> replaced = with(NAME, "new");
    Map<String, String> inserted = with(NEW, "new");
    Map<String, String> deleted = with(NAME, null);
    return List.of(
        operation("read", BEFORE, (store, etag) -> new String(store.read(NAME).orElseThrow())),
        operation("read an absent one", BEFORE, (store, etag) -> store.read(NEW)),
        operation(
            "get",
            BEFORE,
            (store, etag) ->
                new String(((GetResult.Found) store.get(NAME, Optional.empty())).bytes())),
        operation("get if changed", BEFORE, (store, etag) -> store.get(NAME, Optional.of(etag))),
        operation("stat", BEFORE, (store, etag) -> store.stat(NAME).orElseThrow().etag()),
        operation("list", BEFORE, (store, etag) -> names(store.list("").map(Listed::name))),
        operation("list below", BEFORE, (store, etag) -> names(store.list("a/").map(Listed::name))),
        operation("children", BEFORE, (store, etag) -> names(store.children("a/"))),
        operation("put", replaced, (store, etag) -> store.put(NAME, bytes("new"), none)),
        operation("put a new one", inserted, (store, etag) -> store.put(NEW, bytes("new"), none)),
        operation("insert", inserted, (store, etag) -> store.put(NEW, bytes("new"), absent)),
        operation("insert in vain", BEFORE, (store, etag) -> store.put(NAME, bytes("new"), absent)),
        operation(
            "replace",
            replaced,
            (store, etag) -> store.put(NAME, bytes("new"), Precondition.matches(etag))),
        operation(
            "replace in vain",
            BEFORE,
            (store, etag) -> store.put(NAME, bytes("new"), Precondition.matches(stale))),
        operation(
            "put fenced",
            replaced,
            (store, etag) -> fenced(store, etag(store, FENCE)).put(NAME, bytes("new"), none)),
        operation(
            "insert fenced",
            inserted,
            (store, etag) -> fenced(store, etag(store, FENCE)).put(NEW, bytes("new"), absent)),
        operation(
            "put fenced in vain",
            BEFORE,
            (store, etag) -> {
              try {
                return fenced(store, stale).put(NAME, bytes("new"), none);
              } catch (FencedException e) {
                return "fenced";
              }
            }),
        operation(
            "delete fenced",
            deleted,
            (store, etag) -> fenced(store, etag(store, FENCE)).delete(NAME, none)),
        operation(
            "delete fenced in vain",
            BEFORE,
            (store, etag) -> {
              try {
                return fenced(store, stale).delete(NAME, none);
              } catch (FencedException e) {
                return "fenced";
              }
            }),
        operation("delete", deleted, (store, etag) -> store.delete(NAME, none)),
        operation("delete an absent one", BEFORE, (store, etag) -> store.delete(NEW, none)),
        operation(
            "delete a version",
            deleted,
            (store, etag) -> store.delete(NAME, Precondition.matches(etag))),
        operation(
            "delete in vain",
            BEFORE,
            (store, etag) -> store.delete(NAME, Precondition.matches(stale))),
        operation(
            "delete all",
            deleted,
            (store, etag) -> {
              store.deleteAll(Stream.of(NEW, NAME));
              return "done";
            }),
        operation(
            "delete below",
            deleted,
            (store, etag) -> {
              store.deleteBelow("a/", NAME::equals);
              return "done";
            }));
  }

  static Stream<Operation> operationsAndOneWithoutRoot() {
    return Stream.concat(
        operations().stream(),
        Stream.of(
            new Operation(
                "put where there is no root",
                (store, etag) -> {
                  removeRoot(store);
                  return store.put(NEW, bytes("new"), Precondition.none());
                },
                Map.of(),
                Map.of(NEW, "new"))));
  }

  /** Removes it and the directory above, behind the back of the faults. */
  private static void removeRoot(FileStore store) {
    try {
      remove(Path.of(store.root().toString()).getParent());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static FileStore fenced(FileStore store, ETag version) {
    return (FileStore) store.fencedBy(FENCE, version).orElseThrow();
  }

  private static ETag etag(FileStore store, String name) {
    return store.stat(name).orElseThrow().etag();
  }

  private static List<String> names(Stream<String> names) {
    try (names) {
      return names.sorted().toList();
    }
  }

  /** One call of the file system, and the fault that befalls it. */
  private record Case(
      Durability durability, int call, String error, boolean after, boolean lasting) {}

  /** A store with its neighbours, as other processes see it too. */
  private final class Stage implements AutoCloseable {
    final Path root = directory.resolve("above" + roots.incrementAndGet()).resolve("root");
    final FaultyFileSystem files;
    final FileStore store;
    final LockFile otherLocks = new LockFile(root);
    final ChangeNotifier otherProcess = new ChangeNotifier(root, otherLocks);
    final ETag etag;

    Stage(Durability durability) {
      files = FaultyFileSystem.at(root);
      store = new FileStore(files.wrap(root), durability);
      BEFORE.forEach((name, text) -> store.put(name, bytes(text), Precondition.none()));
      etag = etag(store, NAME);
      assertThat(otherProcess.watch(NAME).isBlind()).isFalse(); // makes the table of changes
      store.put("first", bytes("x"), Precondition.none()); // opens it
      store.delete("first", Precondition.none());
    }

    /** What an outsider finds. */
    Map<String, String> stored() throws IOException {
      Map<String, String> stored = new TreeMap<>();
      if (!Files.exists(root)) {
        return stored;
      }
      try (Stream<Path> all = Files.walk(root)) {
        for (Path file : all.filter(Files::isRegularFile).toList()) {
          if (!file.getFileName().toString().startsWith(".__")) {
            stored.put(root.relativize(file).toString(), Files.readString(file));
          }
        }
      }
      return stored;
    }

    List<String> temporaries() throws IOException {
      if (!Files.exists(root)) {
        return List.of();
      }
      try (Stream<Path> all = Files.walk(root)) {
        return all.map(path -> path.getFileName().toString())
            .filter(name -> name.startsWith(DirectoryWalker.TEMPORARY))
            .toList();
      }
    }

    @Override
    public void close() {
      files.heal();
      store.close();
      otherProcess.close();
      otherLocks.close();
    }
  }

  /** Strikes at one call of all. */
  private static final class Strike implements FaultyFileSystem.Fault {
    final Case what;
    final List<String> calls = new ArrayList<>();
    final List<Path> paths = new ArrayList<>();
    final Thread caller = Thread.currentThread();
    @Nullable String struck;
    boolean interruptedCaller;

    Strike(Case what) {
      this.what = what;
    }

    /** Whether a call is one on a directory above {@code root}. */
    boolean isAbove(Path root, int call) {
      return !paths.get(call).equals(root) && root.startsWith(paths.get(call));
    }

    private synchronized boolean isDue(String operation, boolean after) {
      if (after != what.after) {
        return false;
      }
      int call = calls.size() - 1;
      if (call < what.call || (call > what.call && !what.lasting)) {
        return false;
      }
      if (after && !CHANGES.contains(operation)) {
        return false;
      }
      if (struck == null) {
        struck = calls.get(call);
      }
      return true;
    }

    @Override
    public void strike(String operation, Path path) throws IOException {
      synchronized (this) {
        calls.add(operation + " " + path.getFileName());
        paths.add(path);
      }
      if (isDue(operation, false)) {
        strikeNow(operation, path);
      }
    }

    @Override
    public void strikeAfterwards(String operation, Path path) throws IOException {
      if (CHANGES.contains(operation) && isDue(operation, true)) {
        strikeNow(operation, path);
      }
    }

    private void strikeNow(String operation, Path path) throws IOException {
      if (!what.error.equals(INTERRUPT)) {
        throw error(operation, path);
      }
      interruptedCaller |= Thread.currentThread() == caller;
      Thread.currentThread().interrupt();
    }

    private IOException error(String operation, Path path) {
      boolean ofChannel =
          List.of("read", "write", "force", "truncate", "map", "tryLock").contains(operation);
      if (ofChannel) {
        return new IOException(what.error);
      }
      return what.error.equals("Permission denied")
          ? new AccessDeniedException(path.toString())
          : new FileSystemException(path.toString(), null, what.error);
    }
  }

  @ParameterizedTest
  @MethodSource("operationsAndOneWithoutRoot")
  void eachFaultAtEachCall(Operation operation) throws Exception {
    List<Future<Optional<String>>> running = new ArrayList<>();
    for (Durability durability : Durability.values()) {
      Object expected;
      Path root;
      Strike none = new Strike(new Case(durability, Integer.MAX_VALUE, "", false, false));
      try (Stage stage = new Stage(durability)) {
        root = stage.root;
        stage.files.set(none);
        expected = shape(operation.call.on(stage.store, stage.etag), stage.etag);
        stage.files.heal();
        assertThat(stage.stored()).isEqualTo(operation.after);
      }
      List<String> calls = none.calls;
      assertThat(calls).as("calls of the file system").isNotEmpty();
      for (int call = 0; call < calls.size(); call++) {
        boolean changes = CHANGES.contains(calls.get(call).split(" ")[0]);
        for (String error : FAULTS) {
          boolean isAboveRoot =
              operation.after.containsKey(NEW)
                  && ALWAYS_ABOVE.contains(error)
                  && none.isAbove(root, call);
          for (boolean after : changes ? List.of(false, true) : List.of(false)) {
            for (boolean lasting :
                error.equals(INTERRUPT) ? List.of(false) : List.of(false, true)) {
              Case each = new Case(durability, call, error, after, lasting);
              if (isWanted(operation) || (isAboveRoot && !lasting)) {
                running.add(POOL.submit(() -> attempt(operation, each, expected)));
              }
            }
          }
        }
      }
    }
    List<String> failures = new ArrayList<>();
    for (Future<Optional<String>> each : running) {
      each.get().ifPresent(failures::add);
    }
    CASES.addAndGet(running.size());
    assertThat(failures).as("%d cases of %s", running.size(), operation).isEmpty();
  }

  /** One of 29 in the short form, each time the same. */
  private boolean isWanted(Operation operation) {
    return ALL || Math.floorMod(generated++, 29) == Math.floorMod(operation.title.hashCode(), 29);
  }

  /** What somebody may do to the directory, between any two calls. */
  private interface Disturbance {
    void in(Path root) throws Exception;
  }

  private static Map<String, Disturbance> disturbances() {
    Map<String, Disturbance> all = new TreeMap<>();
    all.put("the root is removed", FaultMatrixTest::remove);
    all.put("the directory is removed", root -> remove(root.resolve("a/b")));
    all.put(
        "the directory becomes a link",
        root -> {
          remove(root.resolve("a"));
          Files.createSymbolicLink(root.resolve("a"), outside(root));
        });
    all.put(
        "the directory becomes a file",
        root -> {
          remove(root.resolve("a"));
          Files.writeString(root.resolve("a"), "in the way");
        });
    all.put(
        "the file becomes a directory",
        root -> {
          remove(root.resolve(NAME));
          Files.createDirectories(root.resolve(NAME));
        });
    all.put(
        "the file becomes a link",
        root -> {
          remove(root.resolve(NAME));
          Files.createDirectories(root.resolve(NAME).getParent());
          Files.createSymbolicLink(root.resolve(NAME), outside(root).resolve("secret"));
        });
    all.put(
        "the file becomes a pipe",
        root -> {
          remove(root.resolve(NAME));
          Files.createDirectories(root.resolve(NAME).getParent());
          assertThat(new ProcessBuilder("mkfifo", root.resolve(NAME).toString()).start().waitFor())
              .isZero();
        });
    all.put("the file is removed", root -> remove(root.resolve(NAME)));
    all.put("the lock file is removed", root -> remove(root.resolve(LockFile.NAME)));
    all.put("the table is removed", root -> remove(root.resolve(SharedChangeCounts.NAME)));
    all.put(
        "the table becomes another file",
        root -> {
          remove(root.resolve(SharedChangeCounts.NAME));
          Files.writeString(root.resolve(SharedChangeCounts.NAME), "in the way");
        });
    all.put(
        "the temporary files are removed",
        root -> {
          try (Stream<Path> found = Files.walk(root)) {
            for (Path file : found.toList()) {
              if (file.getFileName().toString().startsWith(DirectoryWalker.TEMPORARY)) {
                Files.deleteIfExists(file);
              }
            }
          } catch (UncheckedIOException e) {
            // they are gone
          }
        });
    return all;
  }

  private static Path outside(Path root) {
    return root.getParent().resolveSibling(root.getParent().getFileName() + "-outside");
  }

  private static void remove(Path path) throws IOException {
    if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      List<Path> below;
      try (Stream<Path> found = Files.list(path)) {
        below = found.toList();
      }
      for (Path each : below) {
        remove(each);
      }
    }
    Files.deleteIfExists(path);
  }

  @ParameterizedTest
  @MethodSource("operations")
  void eachDisturbanceBeforeEachCall(Operation operation) throws Exception {
    List<Future<Optional<String>>> running = new ArrayList<>();
    List<String> calls;
    try (Stage stage = new Stage(Durability.OS)) {
      Strike none = new Strike(new Case(Durability.OS, Integer.MAX_VALUE, "", false, false));
      stage.files.set(none);
      operation.call.on(stage.store, stage.etag);
      calls = none.calls;
    }
    for (Map.Entry<String, Disturbance> each : disturbances().entrySet()) {
      for (int call = 0; call < calls.size(); call++) {
        int due = call;
        boolean isOpened = calls.get(call).equals("newFileChannel name.bin");
        if (isOpened && each.getKey().contains("pipe") || !isWanted(operation)) {
          continue; // Java has no way to open a pipe without waiting
        }
        running.add(POOL.submit(() -> disturbed(operation, due, each.getKey(), each.getValue())));
      }
    }
    List<String> failures = new ArrayList<>();
    for (Future<Optional<String>> each : running) {
      each.get().ifPresent(failures::add);
    }
    CASES.addAndGet(running.size());
    assertThat(failures).as("%d cases of %s", running.size(), operation).isEmpty();
  }

  private static void disturb(Disturbance disturbance, Path root) {
    try {
      disturbance.in(root);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private Optional<String> disturbed(
      Operation operation, int due, String title, Disturbance disturbance) {
    String told = "";
    String[] at = new String[1];
    try (Stage stage = new Stage(Durability.OS)) {
      Path outside = Files.createDirectory(outside(stage.root));
      Files.writeString(outside.resolve("secret"), "secret");
      AtomicInteger calls = new AtomicInteger();
      stage.files.set(
          (call, path) -> {
            if (calls.getAndIncrement() == due) {
              at[0] = call + " " + path.getFileName();
              disturb(disturbance, stage.root);
            }
          });
      Future<Object> result =
          OTHERS.submit(
              () -> {
                try {
                  return operation.call.on(stage.store, stage.etag);
                } catch (StoreException | FencedException | NoSuchElementException e) {
                  return e; // the last by the test, for an entry that is gone
                } catch (ClassCastException e) {
                  return e; // likewise
                }
              });
      told = "came to " + result.get(5, TimeUnit.MINUTES);
      stage.files.heal();
      assertThat(Files.readString(outside.resolve("secret"))).isEqualTo("secret");
      // Only directories in the place of entries, and links and files in that of directories, stay.
      for (Path path : List.of(stage.root.resolve("a"), stage.root.resolve(NAME))) {
        boolean isFile = Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS);
        boolean isDirectory = Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
        if (path.endsWith("a") ? !isDirectory : !isFile) {
          remove(path);
        }
      }
      if (!Files.exists(stage.root.resolve(SharedChangeCounts.NAME))) {
        FileIO.pause(SharedChangeCounts.TRUST); // as its type says
      }
      OTHERS.submit(() -> serve(stage)).get(5, TimeUnit.MINUTES);
      return Optional.empty();
    } catch (Throwable e) {
      return Optional.of("%s before %s; %s: %s".formatted(title, at[0], told, brief(e)));
    }
  }

  /** What a result says but for the version, which is new each time. */
  private static Object shape(Object result, ETag etag) {
    if (result instanceof PutResult.Written written) {
      return "written over " + written.replaced();
    }
    return result.toString().replace(etag.value(), "the version");
  }

  /** Runs a case; returns what is wrong. */
  private Optional<String> attempt(Operation operation, Case each, Object expected) {
    String told = "";
    Strike strike = new Strike(each);
    try (Stage stage = new Stage(each.durability)) {
      ChangeWatch ours = stage.store.watch(NAME);
      ChangeWatch theirs = stage.otherProcess.watch(NAME);
      stage.files.set(strike);
      StoreException thrown = null;
      Object result = null;
      try {
        result = operation.call.on(stage.store, stage.etag);
        told = "returned " + result;
      } catch (StoreException e) {
        thrown = e;
        told = "threw " + e;
      }
      boolean interrupted = Thread.interrupted();
      boolean unchanged = ours.isUnchanged() || theirs.isUnchanged();
      stage.files.heal();
      assertThat(interrupted).as("interrupted").isEqualTo(strike.interruptedCaller);
      Map<String, String> stored = stage.stored();
      if (thrown == null) {
        assertThat(stored).isEqualTo(operation.after);
        assertThat(shape(result, stage.etag)).isEqualTo(expected);
        if (result instanceof PutResult.Written written) {
          assertThat(written.etag())
              .isEqualTo(etag(stage.store, stored.containsKey(NEW) ? NEW : NAME));
        }
      } else {
        assertThat(thrown).hasMessageContaining(stage.root.toString());
        String message = thrown.getMessage();
        if (message.contains("cannot be found out")) {
          assertThat(stored).isIn(operation.before, operation.after);
        } else if (message.contains("cannot complete that")) {
          assertThat(stored).isEqualTo(operation.after);
        } else if (operation.isBulk()) {
          assertThat(stored).isIn(operation.before, operation.after);
        } else {
          assertThat(stored).isEqualTo(operation.before);
        }
        assertThat(each.error).isNotEqualTo(INTERRUPT);
        boolean isFull = message.startsWith("cannot write ") && message.contains("No space left");
        assertThat(thrown instanceof StorageFullException || !isFull).isTrue();
      }
      if (operation.before.containsKey(NAME) && !"old".equals(stored.get(NAME))) {
        assertThat(unchanged).as("an old version is trusted").isFalse();
      }
      if (!operation.before.containsKey(NAME)) {
        FileIO.pause(SharedChangeCounts.TRUST); // the table was removed too
      }
      assertServes(stage, strike, operation.before.isEmpty());
      return Optional.empty();
    } catch (Throwable e) {
      return Optional.of("%s, struck at %s; %s: %s".formatted(each, strike.struck, told, brief(e)));
    }
  }

  /**
   * All works again, also for others.
   *
   * @param mayLackLocks whether the lock file was removed with the root, and may not be there again
   */
  private static void assertServes(Stage stage, Strike strike, boolean mayLackLocks)
      throws Exception {
    boolean mayLitter =
        strike.what.lasting
            || strike.struck == null
            || strike.struck.startsWith("delete")
            || (strike.what.after && strike.struck.startsWith("newFileChannel"));
    if (!mayLitter) {
      assertThat(stage.temporaries()).as("temporary files").isEmpty();
    }
    Path lockFile = stage.root.resolve(LockFile.NAME);
    if (!mayLackLocks || Files.exists(lockFile)) {
      try (FileChannel locks = FileChannel.open(lockFile, StandardOpenOption.WRITE);
          FileLock all = locks.tryLock()) {
        assertThat(all).as("all locks").isNotNull();
      }
    }
    // In another thread, which none of this one's locks would let pass.
    OTHERS.submit(() -> serve(stage)).get(5, TimeUnit.MINUTES);
  }

  private static @Nullable Object serve(Stage stage) throws Exception {
    Map<String, String> stored = stage.stored();
    FileStore store = stage.store;
    assertThat(names(store.list("").map(Listed::name)))
        .isEqualTo(stored.keySet().stream().sorted().toList());
    store.put(NEIGHBOUR, bytes("neighbour"), Precondition.none());
    store.put(NAME, bytes("again"), Precondition.none());
    ChangeWatch ours = seeing(() -> store.watch(NAME));
    ChangeWatch theirs = seeing(() -> stage.otherProcess.watch(NAME));
    assertThat(store.read(NAME).orElseThrow()).isEqualTo(bytes("again"));
    assertThat(store.put(NAME, bytes("last"), Precondition.matches(etag(store, NAME))))
        .isInstanceOf(PutResult.Written.class);
    assertThat(ours.isUnchanged() || theirs.isUnchanged()).as("trusted").isFalse();
    assertThat(store.delete(NAME, Precondition.none())).isEqualTo(DeleteResult.Deleted.DELETED);
    assertThat(store.put(NAME, bytes("anew"), Precondition.absent()))
        .isInstanceOf(PutResult.Written.class);
    assertThat(stage.stored()).containsEntry(NAME, "anew").containsEntry(NEIGHBOUR, "neighbour");
    return null;
  }

  /** A watch that is not blind, once nobody trusts any more a table that was given up. */
  private static ChangeWatch seeing(Callable<ChangeWatch> watch) throws Exception {
    for (int attempt = 0; attempt < 500; attempt++) {
      ChangeWatch begun = watch.call();
      if (!begun.isBlind() && begun.isUnchanged()) {
        return begun;
      }
      FileIO.pause(Duration.ofMillis(10));
    }
    throw new AssertionError("nobody can watch any more");
  }

  private static String brief(Throwable e) {
    return e.getClass().getSimpleName()
        + ": "
        + String.valueOf(e.getMessage()).lines().limit(8).collect(Collectors.joining(" | "))
        + (e instanceof AssertionError ? "" : " at " + List.of(e.getStackTrace()).get(0));
  }
}
