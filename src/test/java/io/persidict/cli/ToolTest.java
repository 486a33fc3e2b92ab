package io.persidict.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.persidict.jcache.PersiDictCachingProvider;
import io.persidict.jcache.PersiDictConfiguration;
import io.persidict.key.DictKey;
import io.persidict.key.KeyLayout;
import io.persidict.store.Listed;
import io.persidict.store.Precondition;
import io.persidict.store.Store;
import io.persidict.store.UnreadableException;
import io.persidict.store.file.Durability;
import io.persidict.store.file.FileStore;
import io.persidict.store.s3.TestS3;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.cache.expiry.ModifiedExpiryPolicy;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands, in this process. */
final class ToolTest {
  private static TestS3 s3;

  @BeforeAll
  static void start() {
    s3 = new TestS3();
  }

  @AfterAll
  static void stop() {
    s3.close();
  }

  private static Properties settingsOfS3() {
    Properties settings = new Properties();
    settings.setProperty("persidict.s3.endpoint", s3.endpoint().toString());
    settings.setProperty("persidict.s3.region", s3.region());
    return settings;
  }

  private static Store openInS3(URI place) {
    return s3.server().open(s3.bucket(), place.getPath().substring(1), false);
  }

  private static String inS3(String name) {
    return "s3://" + s3.bucket() + "/" + name + "/";
  }

  /** On disk. */
  @Nested
  final class OnDisk extends ToolContract {
    @Override
    URI place(String name) {
      return URI.create(directory.toUri() + name + "/");
    }

    @Override
    Properties settings() {
      return new Properties();
    }

    @Override
    Store open(URI place) {
      return new FileStore(Path.of(place), Durability.OS);
    }

    @Override
    int digestLength() {
      return 8;
    }

    @Override
    String otherPlace(String name) {
      // another manager of directories; to S3 and back is tested from there
      return directory.resolve("other-" + name).toUri() + "/";
    }

    @Override
    void leaveTraces() throws IOException {
      Path temporary = directory.resolve("caches/looked=0020at/.__tmp__0123456789abcdef");
      Files.writeString(temporary, "left by a writer that was killed");
      Files.setLastModifiedTime(temporary, FileTime.from(Instant.EPOCH));
    }

    @Override
    List<String> files() throws IOException {
      List<String> files = new ArrayList<>();
      try (Stream<Path> walk = Files.walk(directory)) {
        for (Path path : (Iterable<Path>) walk.sorted()::iterator) {
          files.add(path + " " + Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS));
        }
      }
      return files;
    }

    @Test
    void makesNoDirectoryToLookAt() {
      Path missing = directory.resolve("missing");
      for (String command : List.of("ls", "stat", "verify", "watch")) {
        assertThat(ToolRun.of(command, missing.toString()).refusal(Status.FAULT))
            .isEqualTo("persidict: there is no directory " + missing + "\n");
      }
      assertThat(ToolRun.of("rm", missing.toString(), "key").refusal(Status.FAULT))
          .contains("there is no directory");
      assertThat(missing).doesNotExist();
    }

    @Test
    void takesNoOtherDirectoryForAStore() throws IOException {
      Path other = Files.createDirectory(directory.resolve("other"));
      Files.writeString(other.resolve("notes.txt"), "no entry");
      assertThat(ToolRun.of("ls", other.toString()).refusal(Status.FAULT))
          .contains("is no store", "--digest-length 0");
      assertThat(ToolRun.of("put", other.toString(), "notes", "x").refusal(Status.FAULT))
          .contains("is no store");
      ToolRun.of("put", "--format", "txt", other + "/deeper", "key", "x").printed();
      assertThat(ToolRun.of("ls", other.toString()).refusal(Status.FAULT)).contains("is no store");
      assertThat(
              ToolRun.of("put", "--format", "a/b", other + "/new", "key", "x")
                  .refusal(Status.USAGE))
          .contains("'/'");
      assertThat(other.resolve("new")).doesNotExist();
      assertThat(ToolRun.of("get", "--digest-length", "0", other.toString(), "notes").printed())
          .isEqualTo("no entry\n");
      assertThat(ToolRun.of("ls", other.resolve("notes.txt").toString()).refusal(Status.FAULT))
          .contains("is a file");
    }

    @Test
    void keepsTheTimesOfADictionary() throws IOException {
      String store = directory.resolve("timed").toString();
      ToolRun.of("put", "--format", "json", store, "key", "value").printed();
      Path file;
      try (Stream<Path> files = Files.list(Path.of(store))) {
        file = files.filter(each -> each.toString().endsWith(".json")).findFirst().orElseThrow();
      }
      FileTime old = FileTime.from(Instant.parse("2020-02-03T04:05:06.123457Z"));
      Files.setLastModifiedTime(file, old);
      String there = directory.resolve("timed too").toString();
      ToolRun.of("copy", store, there).printed();
      assertThat(Files.getLastModifiedTime(Path.of(there).resolve(file.getFileName())))
          .isEqualTo(old);
    }

    @Test
    void takesTheTimeOfAPlainCachesFilesForTheirs() throws IOException {
      String store = directory.resolve("plain").toString();
      PersiDictConfiguration<String, Object> configuration = new PersiDictConfiguration<>();
      configuration.setTypes(String.class, Object.class);
      configuration.setExpiryPolicyFactory(
          ModifiedExpiryPolicy.factoryOf(javax.cache.expiry.Duration.ONE_HOUR));
      try (PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
        provider
            .getCacheManager(Path.of(store).toUri(), null)
            .createCache("bare", configuration.setLayout("plain"))
            .putAll(Map.of("young", 1, "old", 2));
      }
      Path old = Path.of(store, "bare", new KeyLayout(8, "json").name(DictKey.of("old")));
      Files.setLastModifiedTime(old, FileTime.from(Instant.now().minusSeconds(3601)));
      assertThat(ToolRun.of("ls", "-c", "bare", store).printed())
          .contains("expired  old", " min  young");
      assertThat(ToolRun.of("ls", "--json", "-c", "bare", store).printed())
          .contains("\"expired\":true", "\"expired\":false");
      assertThat(ToolRun.of("get", "-c", "bare", store, "old").refusal(Status.NO))
          .contains("its time is over");
      assertThat(ToolRun.of("stat", "--json", store).printed()).contains("\"expired\":1,");
      assertThat(ToolRun.of("copy", store, directory.resolve("copy").toString()).printed())
          .startsWith("1 copied (")
          .contains("1 expired");
      ToolRun.of("put", "--if-absent", "-c", "bare", store, "old", "new").printed();
      assertThat(ToolRun.of("get", "-c", "bare", store, "old").printed()).isEqualTo("new\n");
    }

    @Test
    void whatMayBeOfAFormatThatIsNotHereIsNoDamage() throws IOException {
      String store = directory.resolve("foreign").toString();
      ToolRun.of("put", "--format", "parquet", store, "key", "x").printed();
      Path file = Path.of(store, new KeyLayout(8, "parquet").name(DictKey.of("key")));
      Files.write(file, new byte[] {(byte) 0xff});
      assertThat(ToolRun.of("verify", store).printed())
          .isEqualTo("1 entry is whole, 0 damaged; 1 hold what is not decoded here\n");
      assertThat(ToolRun.of("get", store, "key").refusal(Status.FAULT)).contains("get --raw");
      String caches = directory.resolve("caches").toString();
      try (PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
        provider
            .getCacheManager(Path.of(caches).toUri(), null)
            .createCache("later", new PersiDictConfiguration<String, Object>())
            .put("key", "value");
      }
      Path record = Path.of(caches, "later", ".__cache__");
      Files.writeString(
          record, Files.readString(record).replace("format=jser", "format=own+\\u001b[31m"));
      assertThat(ToolRun.of("ls", caches).printed()).isEqualTo("entry   own+\\u001b[31m  later\n");
      assertThat(ToolRun.of("get", "-c", "later", caches, "key").refusal(Status.FAULT))
          .contains("there are only the compressions", "get --raw")
          .doesNotContain("\u001b");
      assertThat(ToolRun.of("verify", caches).printed()).contains("1 hold what is not decoded");
      assertThat(ToolRun.of("put", "-c", "later", caches, "key", "x").status())
          .isNotEqualTo(Status.DONE);
    }

    @Test
    void copiesNothingOntoItselfByAnotherSpelling() throws IOException {
      Path real = Files.createDirectories(directory.resolve("real/deep/dictionary"));
      ToolRun.of("put", "--format", "json", real.toString(), "key", "value").printed();
      Path link = Files.createSymbolicLink(directory.resolve("link"), real);
      for (String spelling :
          List.of(
              link.toString(),
              link + "/",
              link + "/new",
              link + "/..",
              link + "/../dictionary/",
              real + "/new/../../dictionary",
              real.getParent().toUri() + "dictionary/../dictionary",
              real + "/new")) {
        assertThat(ToolRun.of("copy", real.toString(), spelling).refusal(Status.USAGE))
            .contains("within itself");
      }
      assertThat(real.resolve("new")).doesNotExist();
      assertThat(ToolRun.of("get", link + "/../dictionary", "key").printed()).isEqualTo("value\n");
      ToolRun.of("copy", link.toString(), link + "/../copy").printed();
      assertThat(real.resolveSibling("copy")).exists();
      assertThat(directory.resolve("copy")).doesNotExist();
    }

    @Test
    void copiesWhatHasANameThatIsShortEnough() {
      String store = directory.resolve("source").toString();
      ToolRun.of("put", "--format", "json", store, "short", "value").printed();
      String segment = "a".repeat(240);
      String key = (segment + "/").repeat((4080 - store.length()) / 250) + "end";
      ToolRun.of("put", store, key, "value").printed();
      Path target = directory.resolve("t".repeat(200)).resolve("t".repeat(200));
      ToolRun run = ToolRun.of("copy", store, target.toString());
      assertThat(run.status()).isEqualTo(Status.NO);
      assertThat(run.out()).startsWith("1 copied (").endsWith("1 skipped\n");
      assertThat(run.err()).contains(segment, "was skipped: it has a name that is too long");
      assertThat(target).isDirectoryNotContaining("glob:**/a*");
      assertThat(ToolRun.of("get", target.toString(), "short").printed()).isEqualTo("value\n");
    }

    @Test
    void whatIsTooLargeIsNoDamage() throws IOException {
      String store = directory.resolve("large").toString();
      ToolRun.of("put", "--format", "json", store, "key", "value").printed();
      Path file = Path.of(store, new KeyLayout(8, "json").name(DictKey.of("key")));
      try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
        sparse.setLength(UnreadableException.MAX_SIZE + 1L);
      }
      String quarantine = directory.resolve("quarantine").toString();
      assertThat(ToolRun.of("verify", "--quarantine", quarantine, store).printed())
          .contains("0 damaged; 1 hold what is not decoded here; 0 moved");
      assertThat(ToolRun.of("get", store, "key").refusal(Status.FAULT)).contains("are read");
      assertThat(file).exists();
    }

    @Test
    void makesNothingForAKeyThatIsNone() {
      Path store = directory.resolve("new");
      assertThat(
              ToolRun.of("put", "--format", "txt", store.toString(), "a|b", "x")
                  .refusal(Status.USAGE))
          .contains("'|'");
      assertThat(store).doesNotExist();
    }

    @Test
    void survivesWhateverLiesAmongTheEntries() throws IOException {
      String store = directory.resolve("hostile").toString();
      ToolRun.of("put", "--format", "json", store, "key", "value").printed();
      Path root = Path.of(store);
      Files.createDirectory(root.resolve("directory_" + "cozsmqce.json"));
      Files.createSymbolicLink(root.resolve("link.json"), Path.of("/etc/passwd"));
      Files.write(root.resolve("\u001b[31m\n.json"), new byte[] {1});
      Files.writeString(root.resolve("torn_43ssslew.json"), "{");
      assertThat(ToolRun.of("ls", store).printed().lines()).hasSize(1);
      assertThat(ToolRun.of("verify", store).out()).contains("1 entry is whole");
      assertThat(ToolRun.of("get", store, "link").refusal(Status.NO)).contains("no entry link");
    }
  }

  /** In S3, on a server that does not honour conditional deletes. */
  @Nested
  final class InS3 extends ToolContract {
    private final String test = "test-" + System.nanoTime();

    @Override
    URI place(String name) {
      return URI.create(inS3(test + "/" + name));
    }

    @Override
    Properties settings() {
      return settingsOfS3();
    }

    @Override
    Properties settingsOfPlain() {
      assumeTrue(s3.isOwn(), "another server may not honour conditional deletes");
      s3.own().honourConditionalDeletes();
      Properties settings = settings();
      settings.setProperty("persidict.s3.conditional-delete", "true");
      return settings;
    }

    @Override
    Store open(URI place) {
      return openInS3(place);
    }

    @Override
    int digestLength() {
      return 0;
    }

    @Override
    String otherPlace(String name) {
      return directory.resolve(name).toUri() + "/";
    }

    /** As when credentials expire: from some request on, the server refuses every one. */
    @Test
    void aCopyThatIsRefusedHalfWayGoesOnWhenItIsRunAgain() {
      assumeTrue(s3.isOwn(), "another server cannot be told the time");
      String store = directory.resolve("source").toString();
      for (int i = 0; i < 100; i++) {
        ToolRun.of("put", "--format", "txt", store, "key" + i, "value " + i).printed();
      }
      AtomicInteger left = new AtomicInteger(120);
      s3.own().mischief().beforeNext(() -> refuseAfter(left));
      ToolRun first = copy(store);
      s3.own().mischief().forgetOrders();
      s3.own().setClockOffset(Duration.ZERO);
      assertThat(first.status()).isEqualTo(Status.FAULT);
      assertThat(first.err())
          .hasLineCount(1)
          .containsPattern("clock is off|access is forbidden")
          .contains("stopped with", "run it again to go on");
      assertThat(copy(store).out())
          .matches("\\d+ copied .*\n")
          .doesNotContain(" 0 same", "100 copied");
      assertThat(copy(store).out()).isEqualTo("0 copied (0 B), 100 same, 0 skipped\n");
    }

    @Test
    void theFirstLineOfACacheNeedsAFewRequests() {
      assumeTrue(s3.isOwn(), "another server does not count");
      String endpoint = "s3.endpoint=" + s3.endpoint();
      fill("many", 300);
      s3.own().resetCounts();
      OutputStream closed =
          new OutputStream() {
            @Override
            public void write(int b) throws IOException {
              throw new IOException("Broken pipe");
            }
          };
      int status =
          new Tool(
                  InputStream.nullInputStream(),
                  Output.unseen(closed),
                  Output.unseen(OutputStream.nullOutputStream()),
                  new Progress(null))
              .execute("ls", "-s", endpoint, "-c", "many", place("caches").toString());
      assertThat(status).isEqualTo(Status.CLOSED_PIPE);
      assertThat(s3.own().counts().get("GetObject")).isLessThan(150);
    }

    @Test
    void aChangeOfADictionaryNeedsAFewRequests() {
      assumeTrue(s3.isOwn(), "another server does not count");
      String endpoint = "s3.endpoint=" + s3.endpoint();
      String store = place("many").toString();
      for (String[] line :
          new String[][] {
            {"put", "-s", endpoint, "--format", "json", "--digest-length", "8", store, "key", "x"},
            {"put", "-s", endpoint, store, "new", "x"},
            {"put", "-s", endpoint, store, "key", "y"},
            {"rm", "-s", endpoint, store, "key"}
          }) {
        s3.own().resetCounts();
        ToolRun.of(line).printed();
        assertThat(s3.own().counts().getOrDefault("ListObjectsV2", 0)).isLessThan(10);
      }
    }

    @Test
    void copiesNoDictionaryIntoItselfByConfigurationFiles() throws IOException {
      String store = place("configured").toString();
      String endpoint = "s3.endpoint=" + s3.endpoint();
      ToolRun.of(
              "put", "-s", endpoint, "--format", "json", "--digest-length", "8", store, "key", "x")
          .printed();
      List<String> files = new ArrayList<>();
      for (String place : List.of(store, store + "within/")) {
        String settings = "persidict.uri=" + place + "\npersidict." + endpoint + "\n";
        Path file = directory.resolve(files.size() + ".properties");
        files.add(Files.writeString(file, settings).toString());
      }
      for (String target : files) {
        assertThat(ToolRun.of("copy", files.get(0), target).refusal(Status.USAGE))
            .contains("within itself");
      }
      Path elsewhere = directory.resolve("elsewhere.properties");
      Files.writeString(
          elsewhere, "persidict.uri=" + store + "\npersidict.s3.endpoint=http://localhost:1\n");
      assertThat(ToolRun.of("copy", files.get(0), elsewhere.toString()).err())
          .doesNotContain("within itself");
    }

    @Test
    void changesNoCacheThatIsAWholeBucket() {
      assumeTrue(s3.isOwn(), "another server may refuse to make a bucket");
      fill("moved", 1);
      String bucket = "whole-" + System.nanoTime();
      try (Store from = open(place("caches/moved"));
          Store to = s3.server().open(bucket, "", true);
          Stream<Listed> names = from.list("")) {
        names.forEach(
            each -> to.put(each.name(), from.read(each.name()).orElseThrow(), Precondition.none()));
        String endpoint = "s3.endpoint=" + s3.endpoint();
        String store = "s3://" + bucket + "/";
        assertThat(ToolRun.of("get", "-s", endpoint, store, "key 0").printed())
            .isEqualTo("value 0\n");
        for (List<String> command :
            List.of(
                List.of("put", "-s", endpoint, store, "new", "x"),
                List.of("rm", "-s", endpoint, store, "key 0"),
                List.of("purge", "-s", endpoint, store))) {
          assertThat(ToolRun.of(command).refusal(Status.FAULT)).contains("directory of its own");
        }
        try (Stream<Listed> now = to.list("")) {
          assertThat(now).hasSize(2);
        }
      }
    }

    private ToolRun copy(String store) {
      String endpoint = "s3.endpoint=" + s3.endpoint();
      return ToolRun.of("copy", "-s", endpoint, store, place("copied").toString());
    }

    private void refuseAfter(AtomicInteger left) {
      if (left.decrementAndGet() == 0) {
        s3.own().setClockOffset(Duration.ofDays(1));
      } else {
        s3.own().mischief().beforeNext(() -> refuseAfter(left));
      }
    }

    @Test
    void saysWhatItCannotReach() {
      String endpoint = "s3.endpoint=" + s3.endpoint();
      assertThat(
              ToolRun.of("ls", "-s", endpoint, "s3://persidict-no-such-bucket/")
                  .refusal(Status.FAULT))
          .contains("there is no bucket");
      assertThat(ToolRun.of("ls", "s3:/one-slash/").refusal(Status.FAULT)).contains("two slashes");
      assertThat(ToolRun.of("ls", "http://user:secret@host/").refusal(Status.FAULT))
          .doesNotContain("secret");
      assertThat(
              ToolRun.of("ls", "-s", "s3.endpoint=http://user:secret@host/", inS3("x"))
                  .refusal(Status.USAGE))
          .doesNotContain("secret");
      assertThat(ToolRun.of("ls", "-s", "s3.endpiont=x", inS3("x")).refusal(Status.FAULT))
          .contains("did you mean persidict.s3.endpoint");
    }
  }

  @Test
  void tellsHowItIsUsed() {
    assertThat(ToolRun.of("--help").printed()).contains("Usage: persidict", "memo", "Exit status:");
    for (String command :
        List.of("ls", "get", "put", "rm", "stat", "verify", "copy", "watch", "memo")) {
      assertThat(ToolRun.of(command, "--help").printed()).contains("Usage: persidict " + command);
    }
    assertThat(ToolRun.of().refusal(Status.USAGE)).contains("--help");
    assertThat(ToolRun.of("frobnicate").refusal(Status.USAGE)).contains("frobnicate");
    assertThat(ToolRun.of("ls", "--frobnicate", "x").refusal(Status.USAGE))
        .contains("--frobnicate");
    assertThat(ToolRun.of("ls", "a\u0000b").refusal(Status.USAGE)).contains("a\\u0000b");
    assertThat(ToolRun.of("--version").printed()).startsWith("persidict ");
  }

  @Test
  void refusesWhatMakesNoSense() {
    assertThat(ToolRun.of("ls", "").refusal(Status.USAGE)).contains("is empty");
    assertThat(ToolRun.of("watch", "--count", "-1", "x").refusal(Status.USAGE)).contains("-1");
    assertThat(ToolRun.of("verify", "--quarantine", "", "x").refusal(Status.USAGE))
        .contains("needs a directory");
    assertThat(ToolRun.of("put", "x", "\ufffd", "x").refusal(Status.USAGE)).contains("LC_ALL");
    assertThat(ToolRun.of("memo", "echo", "\ufffd").refusal(Status.MEMO_FAULT)).contains("LC_ALL");
    for (String name : List.of("", "A=B")) {
      assertThat(ToolRun.of("memo", "--env", name, "true").refusal(Status.MEMO_FAULT))
          .contains("is no name of a variable");
    }
  }

  @Test
  void keepsTheFailuresOfCommandsThatNoSignalEnded(@TempDir Path directory) throws IOException {
    Path runs = directory.resolve("runs");
    for (String end : List.of("exit 1", "exit 128", "exit 193", "exit 255")) {
      assertThat(runsOfTwo(end, directory, runs)).as(end).isEqualTo(1);
    }
    for (String end : List.of("kill -TERM $$", "kill -KILL $$", "exit 192")) {
      assertThat(runsOfTwo(end, directory, runs)).as(end).isEqualTo(2);
    }
  }

  /** How often a command is run that is asked for twice. */
  private static long runsOfTwo(String end, Path directory, Path runs) throws IOException {
    Files.deleteIfExists(runs);
    String[] memo = {
      "memo",
      "--keep-failures",
      "--store",
      directory.resolve("store").toString(),
      "sh",
      "-c",
      "echo >> '" + runs + "'; " + end
    };
    assertThat(ToolRun.of(memo).status()).isEqualTo(ToolRun.of(memo).status()).isPositive();
    return Files.size(runs);
  }

  /** A stream whose descriptor is closed, or on a full disk. */
  private static final class Broken extends OutputStream {
    @Override
    public void write(int each) throws IOException {
      throw new IOException("Bad file descriptor");
    }
  }

  private static int memo(Path store, OutputStream out, OutputStream err, String... command) {
    List<String> line = new ArrayList<>(List.of("memo", "--store", store.toString()));
    line.addAll(List.of(command));
    return new Tool(
            InputStream.nullInputStream(),
            Output.unseen(out),
            Output.unseen(err),
            new Progress(null))
        .execute(line.toArray(String[]::new));
  }

  @Test
  void whatACommandComesToIsNotChangedByAClosedErrorOutput(@TempDir Path store) {
    String[] command = {"sh", "-c", "echo out; echo err >&2; exit 0"};
    for (String run : List.of("first", "again")) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      assertThat(memo(store, out, new Broken(), command)).as(run).isEqualTo(0);
      assertThat(out.toString(UTF_8)).isEqualTo("out\n");
    }
    assertThat(memo(store, new Broken(), new Broken(), "sh", "-c", "echo err >&2; exit 7"))
        .isEqualTo(7);
    assertThat(memo(store, new Broken(), new Broken(), "no-such-command"))
        .isEqualTo(Status.MEMO_NOT_FOUND);
  }

  @Test
  void theFaultsOfMemoItselfHaveOneStatus(@TempDir Path store) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    assertThat(memo(store, new Broken(), err, "echo", "out")).isEqualTo(Status.MEMO_FAULT);
    assertThat(err.toString(UTF_8)).contains("cannot write the output");
    assertThat(ToolRun.of("memo", "--store", "", "true").refusal(Status.MEMO_FAULT))
        .contains("store's name is empty");
  }

  @Test
  void saysThatThereIsNotEnoughMemory() {
    InputStream large =
        new InputStream() {
          @Override
          public int read() {
            throw new OutOfMemoryError("Java heap space");
          }
        };
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int status =
        new Tool(
                large,
                Output.unseen(OutputStream.nullOutputStream()),
                Output.unseen(err),
                new Progress(null))
            .execute("put", "x", "key");
    assertThat(status).isEqualTo(Status.FAULT);
    assertThat(err.toString(UTF_8)).hasLineCount(1).contains("not enough memory", "-Xmx");
  }

  @Test
  void printsCompletionAndManualPage() {
    assertThat(ToolRun.of("completion").printed()).contains("complete -F", "--keep-failures");
    String page = ToolRun.of("man").printed();
    assertThat(page)
        .startsWith(".TH PERSIDICT 1\n")
        .contains("\\-\\-quarantine DIR", "\\-\\-stale D", ".SS memo", ".SH EXIT STATUS");
    assertThat(page.getBytes(UTF_8)).hasSizeGreaterThan(5_000);
  }

  @Test
  void theManualNamesEveryCommandAndOption() throws IOException {
    String manual = Files.readString(Path.of("src/site/markdown/tool.md"));
    Tool tool =
        new Tool(
            InputStream.nullInputStream(),
            Output.unseen(OutputStream.nullOutputStream()),
            Output.unseen(OutputStream.nullOutputStream()),
            new Progress(null));
    List<String> unnamed = new ArrayList<>();
    tool.commandLine()
        .getSubcommands()
        .forEach(
            (name, command) -> {
              if (!manual.contains("`" + name)) {
                unnamed.add(name);
              }
              command.getCommandSpec().options().stream()
                  .filter(option -> !option.hidden() && !option.usageHelp())
                  .filter(option -> !manual.contains(option.longestName()))
                  .forEach(option -> unnamed.add(name + " " + option.longestName()));
            });
    assertThat(unnamed).isEmpty();
  }
}
