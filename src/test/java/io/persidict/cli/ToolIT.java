package io.persidict.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.persidict.jcache.storage.StoredEntry;
import io.persidict.store.s3.TestS3;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tool as people start it: processes, pipes, signals, a compiler. */
final class ToolIT {
  @TempDir Path directory;
  private final Map<String, String> variables = new HashMap<>();

  @BeforeEach
  void prepare() {
    assumeTrue(File.separatorChar == '/', "commands of a POSIX shell are run");
    variables.put("PERSIDICT_STORE", directory.resolve("results").toString());
  }

  private ToolProcess start(String... arguments) throws IOException {
    return ToolProcess.start(directory, variables, arguments);
  }

  private String run(String... arguments) throws Exception {
    try (ToolProcess process = start(arguments)) {
      return process.printed();
    }
  }

  /** Runs a pipeline in which {@code $TOOL} is this tool. */
  private ToolProcess shell(String pipeline) throws IOException {
    String tool =
        ToolProcess.command().stream()
            .map(part -> "'" + part + "'")
            .collect(Collectors.joining(" "));
    return ToolProcess.start(
        directory,
        variables,
        List.of("bash", "-c", "set -o pipefail\n" + pipeline.replace("$TOOL", tool)));
  }

  private long runs() throws IOException {
    Path file = directory.resolve("runs");
    return Files.exists(file) ? Files.readAllLines(file).size() : 0;
  }

  private static void until(Callable<Boolean> condition) {
    await().until(condition);
  }

  @Test
  void aCompilerRunsOnceForEachContentOfItsInput() throws Exception {
    String javac = Path.of(System.getProperty("java.home"), "bin", "javac").toString();
    Path source = directory.resolve("Old.java");
    Files.writeString(source, "class Old { java.util.List list; Integer i = new Integer(1); }\n");
    String[] memo = {
      "memo",
      "--input",
      "Old.java",
      "--",
      "sh",
      "-c",
      "echo >> runs; exec \"$@\"",
      "sh",
      javac,
      "-Xlint:all",
      "-d",
      "classes",
      "Old.java"
    };
    String first;
    try (ToolProcess process = start(memo)) {
      assertThat(process.status()).isZero();
      first = process.err();
      assertThat(first).contains("Old.java:1: warning:", "[rawtypes]");
    }
    Files.setLastModifiedTime(source, java.nio.file.attribute.FileTime.fromMillis(1_000_000));
    try (ToolProcess process = start(memo)) {
      assertThat(process.status()).isZero();
      assertThat(process.err()).isEqualTo(first);
    }
    assertThat(runs()).as("a new time is no new content").isEqualTo(1);
    Files.writeString(source, "class Old { nonsense }\n");
    for (int i = 2; i <= 3; i++) {
      try (ToolProcess process = start(memo)) {
        assertThat(process.status()).isEqualTo(1);
        assertThat(process.err()).contains("<identifier> expected");
      }
      assertThat(runs()).as("failures are not kept").isEqualTo(i);
    }
  }

  @Test
  void ofTwoTerminalsThatCompileAtOnceOneDoes() throws Exception {
    String javac = Path.of(System.getProperty("java.home"), "bin", "javac").toString();
    Files.writeString(directory.resolve("Old.java"), "class Old { Integer i = new Integer(1); }\n");
    String[] memo = {
      "memo",
      "--input",
      "Old.java",
      "--",
      "sh",
      "-c",
      "echo >> runs; while [ ! -e go ]; do sleep 0.1; done; exec \"$@\"",
      "sh",
      javac,
      "-Xlint:all",
      "-d",
      "classes",
      "Old.java"
    };
    try (ToolProcess one = start(memo);
        ToolProcess two = start(memo)) {
      until(() -> runs() == 1 && leases() == 1);
      Files.createFile(directory.resolve("go"));
      assertThat(one.status()).isZero();
      assertThat(two.status()).isZero();
      assertThat(one.err()).contains("Old.java:1: warning:").isEqualTo(two.err());
    }
    assertThat(runs()).isEqualTo(1);
    assertThat(directory.resolve("classes/Old.class")).exists();
  }

  @Test
  void ofTwoProcessesThatAskAtOnceOneRunsTheCommand() throws Exception {
    String[] memo = {
      "memo",
      "sh",
      "-c",
      "echo >> runs; echo first; while [ ! -e go ]; do sleep 0.1; done; echo problem >&2; echo last"
    };
    try (ToolProcess one = start(memo)) {
      until(() -> one.out().equals("first\n")); // streams while it runs
      try (ToolProcess two = start(memo)) {
        until(() -> leases() == 1 && two.out().isEmpty());
        Files.createFile(directory.resolve("go"));
        for (ToolProcess process : List.of(one, two)) {
          assertThat(process.status()).isZero();
          assertThat(process.out()).isEqualTo("first\nlast\n");
          assertThat(process.err()).isEqualTo("problem\n");
        }
      }
    }
    assertThat(runs()).isEqualTo(1);
    assertThat(leases()).isZero();
  }

  private long leases() throws IOException {
    Path results = directory.resolve("results/commands");
    if (!Files.exists(results)) {
      return 0;
    }
    try (Stream<Path> files = Files.list(results)) {
      return files.filter(file -> file.toString().endsWith("__lease__")).count();
    }
  }

  /** What a command wrote of its process; empty if it has not yet. */
  private String pid() throws IOException {
    Path file = directory.resolve("pid");
    return Files.exists(file) ? Files.readString(file).strip() : "";
  }

  @Test
  void anInterruptLeavesNothingAndLetsTheNextOneRun() throws Exception {
    String[] memo = {
      "memo",
      "--keep-failures",
      "sh",
      "-c",
      "echo >> runs; echo $$ > pid; while [ ! -e go ]; do sleep 0.1; done; echo done"
    };
    try (ToolProcess stopped = start(memo)) {
      until(() -> !pid().isBlank() && leases() == 1);
      stopped.interrupt();
      assertThat(stopped.status()).isEqualTo(143);
      assertThat(leases()).isZero();
    }
    long pid = Long.parseLong(pid());
    until(() -> ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty());
    Files.createFile(directory.resolve("go"));
    assertThat(run(memo)).isEqualTo("done\n");
    assertThat(runs()).isEqualTo(2);
  }

  @Test
  void anInterruptEndsWhatTheCommandStartedToo() throws Exception {
    String[] memo = {"memo", "sh", "-c", "sleep 600 & echo $! > pid; wait"};
    try (ToolProcess stopped = start(memo)) {
      until(() -> !pid().isBlank() && leases() == 1);
      stopped.interrupt();
      assertThat(stopped.status()).isEqualTo(143);
    }
    long pid = Long.parseLong(pid());
    until(() -> ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty());
  }

  @Test
  void afterAKillTheNextOneRuns() throws Exception {
    String[] memo = {"memo", "sh", "-c", "echo >> runs; [ -e go ] || sleep 600; echo done"};
    try (ToolProcess killed = start(memo)) {
      until(() -> runs() == 1 && leases() == 1);
      killed.kill();
    }
    assertThat(leases()).as("it runs out").isEqualTo(1);
    Files.createFile(directory.resolve("go"));
    assertThat(run(memo)).isEqualTo("done\n");
    assertThat(runs()).isEqualTo(2);
    assertThat(run("verify", variables.get("PERSIDICT_STORE")))
        .isEqualTo("1 entry is whole, 0 damaged\n");
  }

  @Test
  void repeatsLargeAndBinaryOutputByteByByte() throws Exception {
    Files.write(directory.resolve("piece"), new byte[] {0, (byte) 0xff, '\n', 27, '[', 'm'});
    String command =
        "echo >> runs; for i in $(seq 16); do cat piece piece > next; mv next piece; done;"
            + " for i in $(seq 14); do cat piece; cat piece >&2; done";
    String sums = " > out 2> err; cksum < out; cksum < err";
    try (ToolProcess first = shell("$TOOL memo sh -c '" + command + "'" + sums);
        ToolProcess none = shell("true")) {
      assertThat(none.status()).isZero();
      String written = first.printed();
      assertThat(Files.size(directory.resolve("out"))).isGreaterThan(5_000_000);
      assertThat(written.lines().distinct()).as("both streams").hasSize(1);
      try (ToolProcess again = shell("$TOOL memo sh -c '" + command + "'" + sums)) {
        assertThat(again.printed()).isEqualTo(written);
      }
    }
    assertThat(runs()).isEqualTo(1);
  }

  @Test
  void keepsNoResultOfAnInputThatChangedMeanwhile() throws Exception {
    Files.writeString(directory.resolve("input"), "old");
    String[] memo = {
      "memo",
      "--input",
      "input",
      "--",
      "sh",
      "-c",
      "echo >> runs; [ -e go ] || printf new > input; touch go; cat input"
    };
    try (ToolProcess process = start(memo)) {
      assertThat(process.status()).isZero();
      assertThat(process.out()).isEqualTo("new");
      assertThat(process.err()).hasLineCount(1).contains("an input changed", "was not kept");
    }
    Files.writeString(directory.resolve("input"), "old");
    assertThat(run(memo)).isEqualTo("old");
    assertThat(run(memo)).isEqualTo("old");
    assertThat(runs()).isEqualTo(2);
  }

  @Test
  void takesNoTextForAnotherThatTheLocaleCannotTellFromIt() throws Exception {
    variables.put("LC_ALL", "C");
    for (String letter : List.of("\\303\\251", "\\303\\274")) {
      for (String memo :
          List.of(
              "$TOOL memo -- echo \"$(printf '" + letter + "')\"",
              "V=$(printf '" + letter + "') $TOOL memo --env V -- sh -c 'echo $V'",
              "d=$(printf '" + letter + "'); mkdir -p $d; cd $d; $TOOL memo --cwd pwd",
              "d=$(printf '" + letter + "'); mkdir -p in/$d; $TOOL memo --input in true")) {
        try (ToolProcess process = shell(memo)) {
          assertThat(process.status()).as(memo).isEqualTo(Status.MEMO_FAULT);
          assertThat(process.err()).hasLineCount(1).contains("set LC_ALL");
          assertThat(process.out()).isEmpty();
        }
      }
    }
  }

  static final class Evil implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  @Test
  void noWarningCommandsATerminal() throws Exception {
    run("memo", "echo", "done");
    Path entry;
    try (Stream<Path> files = Files.list(directory.resolve("results/commands"))) {
      entry = files.filter(file -> file.toString().endsWith(".entry")).findFirst().orElseThrow();
    }
    StoredEntry.ValidRecord whole =
        (StoredEntry.ValidRecord) StoredEntry.FORMAT.decode(Files.readAllBytes(entry));
    ByteArrayOutputStream value = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(value)) {
      out.writeObject(new Evil());
    }
    String named = value.toString(ISO_8859_1).replace("ToolIT$Evil", "\u001b[31m$Evil\n");
    Files.write(
        entry,
        StoredEntry.FORMAT.encode(
            new StoredEntry.ValidRecord(
                whole.created(), whole.expiry(), whole.key(), named.getBytes(ISO_8859_1))));
    try (ToolProcess process = start("memo", "echo", "done")) {
      assertThat(process.status()).isZero();
      assertThat(process.out()).isEqualTo("done\n");
      assertThat(process.err())
          .hasLineCount(1)
          .startsWith("persidict: warning: ")
          .contains("\\u001b[31m$Evil")
          .doesNotContain("\u001b");
    }
  }

  /** Whatever standard input is. */
  @Test
  void nothingCommandsATerminal() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/script")), "makes terminals");
    run("put", "--format", "txt", "dictionary", "key", "\u001b[31mred");
    for (String input : List.of("", " < /dev/null", " < runs")) {
      Files.writeString(directory.resolve("runs"), "x");
      String get = "$TOOL get dictionary key" + input;
      try (ToolProcess process =
          shell("cat > get.sh <<'END'\n" + get + "\nEND\nscript -qec 'bash get.sh' /dev/null")) {
        assertThat(process.status()).as(process.out()).isZero();
        assertThat(process.out()).contains("\\u001b[31mred").doesNotContain("\u001b[31mred");
      }
    }
    try (ToolProcess process = shell("$TOOL get dictionary key | cat")) {
      assertThat(process.printed()).isEqualTo("\u001b[31mred\n");
    }
  }

  @Test
  void keepsStatusAndOrderAndWhatItDependsOn() throws Exception {
    String[] failing = {"memo", "--keep-failures", "sh", "-c", "echo >> runs; echo no; exit 7"};
    for (int i = 0; i < 2; i++) {
      try (ToolProcess process = start(failing)) {
        assertThat(process.status()).isEqualTo(7);
        assertThat(process.out()).isEqualTo("no\n");
      }
    }
    assertThat(runs()).isEqualTo(1);
    String order =
        "$TOOL memo -- sh -c 'for i in 1 2 3; do echo $i; sleep 0.2; echo $i >&2; sleep 0.2; done'"
            + " 2>&1";
    for (int i = 0; i < 2; i++) {
      try (ToolProcess process = shell(order)) {
        assertThat(process.printed()).isEqualTo("1\n1\n2\n2\n3\n3\n");
      }
    }
    String echo = "echo $VALUE $(cat)";
    variables.put("VALUE", "one");
    try (ToolProcess process =
        shell("echo in | $TOOL memo --env VALUE --input - -- sh -c '" + echo + "'")) {
      assertThat(process.printed()).isEqualTo("one in\n");
    }
    variables.put("VALUE", "a-secret");
    try (ToolProcess process =
        shell("echo in | $TOOL memo --env VALUE --input - -- sh -c '" + echo + "'")) {
      assertThat(process.printed()).isEqualTo("a-secret in\n");
    }
    assertThat(run("memo", "--scope", "mine", "sh", "-c", echo)).isEqualTo("a-secret\n");
    variables.put("VALUE", "two");
    assertThat(run("memo", "--scope", "mine", "sh", "-c", echo)).isEqualTo("a-secret\n");
    assertThat(run("memo", "--force", "--scope", "mine", "sh", "-c", echo)).isEqualTo("two\n");
    assertThat(run("memo", "--cwd", "--scope", "mine", "sh", "-c", "pwd")).isNotBlank();
    assertThat(run("ls", "-c", "commands", variables.get("PERSIDICT_STORE")))
        .contains("sh -c 'echo $VALUE $(cat)' | {\"env\":{\"VALUE\":\"", "\"scope\":\"mine\"")
        .doesNotContain("a-secret");
  }

  @Test
  void saysWhyItCannotRunACommand() throws Exception {
    Map<List<String>, Integer> refused =
        Map.of(
            List.of("memo", "no-such-command"), Status.MEMO_NOT_FOUND,
            List.of("memo", directory.toString()), Status.MEMO_CANNOT_RUN,
            List.of("memo", "--input", "no-such-file", "true"), Status.MEMO_FAULT,
            List.of("memo", "--input", "/dev/zero", "true"), Status.MEMO_FAULT,
            List.of("memo", "--ttl", "soon", "true"), Status.MEMO_FAULT,
            List.of("memo", "--store", "http://nowhere/", "true"), Status.MEMO_FAULT);
    for (Map.Entry<List<String>, Integer> each : refused.entrySet()) {
      try (ToolProcess process = start(each.getKey().toArray(String[]::new))) {
        assertThat(process.status()).as("" + each.getKey()).isEqualTo(each.getValue());
        assertThat(process.err()).hasLineCount(1).startsWith("persidict: ");
      }
    }
  }

  /** Where a stream is closed, Java finds in its place the first file that it opens itself. */
  @Test
  void closedStreamsChangeNoResult() throws Exception {
    try (ToolProcess process = shell("$TOOL memo sh -c 'echo out; cat; echo err >&2' <&- 2>&-")) {
      assertThat(process.status()).isZero();
      assertThat(process.out()).isEqualTo("out\n");
    }
    try (ToolProcess process = shell("$TOOL memo --input - cat <&-")) {
      assertThat(process.status()).isEqualTo(Status.MEMO_FAULT);
      assertThat(process.out()).isEmpty();
      assertThat(process.err()).hasLineCount(1).contains("standard input is closed");
    }
    Path ofJava = Path.of(System.getProperty("java.home"), "release");
    try (ToolProcess process = shell("$TOOL memo --input - cat < '" + ofJava + "'")) {
      assertThat(process.printed()).isEqualTo(Files.readString(ofJava));
    }
  }

  @Test
  void needsADirectoryOfTheUsers() throws Exception {
    String homeless = "env -u PERSIDICT_STORE -u XDG_CACHE_HOME HOME=relative ";
    try (ToolProcess process = shell(homeless + "$TOOL memo echo out")) {
      assertThat(process.status()).isEqualTo(Status.MEMO_FAULT);
      assertThat(process.err()).hasLineCount(1).contains("no home directory", "--store");
    }
    assertThat(directory.resolve("relative")).doesNotExist();
  }

  @Test
  void computesInTheBackgroundWhatIsStaleOrWanted() throws Exception {
    String[] count = {"sh", "-c", "echo >> runs; wc -l < runs"};
    assertThat(run(with(count, "memo", "--warm"))).isEmpty();
    until(() -> runs() == 1 && leases() == 0 && entries() == 1);
    assertThat(run(with(count, "memo")).strip()).isEqualTo("1");
    Thread.sleep(2); // so that it is older than a millisecond
    assertThat(run(with(count, "memo", "--stale", "1ms")).strip()).isEqualTo("1");
    until(() -> run(with(count, "memo")).strip().equals("2"));
    assertThat(run(with(count, "memo", "--ttl", "1ms")).strip()).isEqualTo("3");
  }

  private long entries() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("results/commands"))) {
      return files.filter(file -> file.toString().endsWith(".entry")).count();
    }
  }

  private static String[] with(String[] command, String... options) {
    List<String> all = new ArrayList<>(List.of(options));
    all.addAll(List.of(command));
    return all.toArray(String[]::new);
  }

  @Test
  void endsQuietlyWhenItsReaderGoesAway() throws Exception {
    Path store = directory.resolve("dictionary");
    for (int i = 0; i < 3; i++) {
      run("put", "--format", "txt", store.toString(), "key" + i, "x".repeat(100_000));
    }
    try (ToolProcess process =
        shell(
            "$TOOL ls dictionary | head -n 1 | cut -c 32-35; $TOOL get dictionary key1 | head"
                + " -c 3")) {
      assertThat(process.status()).isIn(0, Status.CLOSED_PIPE);
      assertThat(process.out()).matches("key.\nxxx");
      assertThat(process.err()).isEmpty();
    }
    try (ToolProcess process = shell("$TOOL memo yes | head -n 2")) {
      assertThat(process.status()).isEqualTo(Status.CLOSED_PIPE);
      assertThat(process.out()).isEqualTo("y\ny\n");
      assertThat(process.err()).isEmpty();
    }
    if (Files.exists(Path.of("/dev/full"))) {
      try (ToolProcess process = shell("$TOOL get dictionary key1 > /dev/full")) {
        assertThat(process.status()).isEqualTo(Status.FAULT);
        assertThat(process.err()).hasLineCount(1).contains("cannot write the output");
      }
    }
  }

  @Test
  void aCopyThatIsKilledAndTwoCopiesAtOnceEndInTheSame() throws Exception {
    Path source = directory.resolve("source");
    int entries = 400;
    for (int i = 0; i < entries; i++) {
      ToolRun.of("put", "--format", "txt", source.toString(), "key" + i, "value " + i).printed();
    }
    Path target = directory.resolve("target");
    try (ToolProcess killed = start("copy", "source", "target")) {
      until(() -> Files.exists(target) && Files.list(target).count() > 20);
      killed.kill();
    }
    try (ToolProcess one = start("copy", "source", "target");
        ToolProcess two = start("copy", "source", "target")) {
      assertThat(one.printed()).contains(" 0 skipped");
      assertThat(two.printed()).contains(" 0 skipped");
    }
    assertThat(ToolRun.of("copy", source.toString(), target.toString()).printed())
        .isEqualTo("0 copied (0 B), " + entries + " same, 0 skipped\n");
  }

  @Test
  void copiesToS3FromAProcess() throws Exception {
    try (TestS3 s3 = new TestS3()) {
      variables.putAll(s3.variables());
      run("put", "--format", "json", "dictionary", "key", "value");
      String there = "s3://" + s3.bucket() + "/dictionary/";
      String endpoint = "s3.endpoint=" + s3.endpoint();
      try (ToolProcess process = start("copy", "-s", endpoint, "dictionary", there)) {
        assertThat(process.status()).isZero();
        assertThat(process.out()).startsWith("1 copied");
        assertThat(process.err()).hasLineCount(1).contains("S3 dates bare values itself");
      }
      assertThat(run("get", "-s", endpoint, there, "key")).isEqualTo("value\n");
    }
  }
}
