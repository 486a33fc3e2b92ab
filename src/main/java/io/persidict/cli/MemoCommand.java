package io.persidict.cli;

import io.persidict.jcache.PersiDictCachingProvider;
import io.persidict.jcache.PersiDictConfiguration;
import io.persidict.lease.Leases;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.expiry.ModifiedExpiryPolicy;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Memoizes a command durably. */
@Command(
    name = "memo",
    header = "Run a command once, and from then on repeat its output.",
    customSynopsis = "persidict memo [OPTIONS] [--] COMMAND [ARG...]",
    description = {
      "Runs COMMAND, shows its output as it comes, and keeps it with the exit status. The next time"
          + " the same is asked for, by whomever, the command is not run: what it wrote to standard"
          + " output and standard error is written again, and its exit status is the exit status.",
      "The same is asked for if the command and its arguments are the same, and so are the contents"
          + " of the inputs, the variables, the working directory and the scope, as far as these"
          + " are given. Of all processes and machines that ask at the same time one runs the"
          + " command, and the others wait.",
      "The command finds nothing on its standard input, unless --input - is given. What it writes"
          + " to the two streams is kept in the order in which it arrived. A failure is not kept,"
          + " nor what was ended by a signal."
    },
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "125:memo itself failed, and said why",
      "126:the command cannot be run",
      "127:there is no such command",
      " *:that of the command otherwise"
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class MemoCommand implements Callable<Integer> {
  private static final String CACHE = "commands";
  private static final int FIRST_SIGNAL = 129;
  private static final int LAST_SIGNAL = 192;

  @ParentCommand private Tool tool;

  @Option(
      names = "--ttl",
      paramLabel = "D",
      description = "How old a result may be, such as 90s, 1h30m or 7d; any age unless given.")
  private @Nullable Duration ttl;

  @Option(
      names = "--stale",
      paramLabel = "D",
      description =
          "A result that is older is still used, but computed again in the background for the next"
              + " time.")
  private @Nullable Duration stale;

  @Option(
      names = "--input",
      paramLabel = "FILE",
      description =
          "A file or directory that the result depends on, by content; - for standard input, which"
              + " the command then reads.")
  private List<String> inputs = new ArrayList<>();

  @Option(
      names = "--env",
      paramLabel = "NAME",
      description = "An environment variable that the result depends on; its value is not stored.")
  private List<String> variables = new ArrayList<>();

  @Option(names = "--cwd", description = "The result depends on the working directory.")
  private boolean cwd;

  @Option(names = "--scope", paramLabel = "NAME", description = "Results of one scope are its own.")
  private @Nullable String scope;

  @ArgGroup private When when = new When();

  @Option(names = "--keep-failures", description = "Keep results with another exit status than 0.")
  private boolean keepFailures;

  @Option(
      names = "--store",
      paramLabel = "URI",
      description =
          "Where results are kept: a directory or s3://bucket/prefix/. Unless given, what the"
              + " variable PERSIDICT_STORE says, or else persidict in $XDG_CACHE_HOME or ~/.cache.")
  private @Nullable String store;

  @Option(
      names = {"-s", "--set"},
      paramLabel = "SETTING=VALUE",
      description = "A setting of the library, such as s3.endpoint=https://host:9000.")
  private Map<String, String> settings = new LinkedHashMap<>();

  @Option(names = "--in-background", hidden = true, description = "Show nothing.")
  private boolean background;

  @Parameters(
      arity = "1..*",
      paramLabel = "COMMAND",
      description = "The command and its arguments; after -- if it begins with a dash.")
  private List<String> command;

  /** Whether the command is run in spite of all, or in the background. */
  static final class When {
    @Option(names = "--force", description = "Run the command now, and keep its result.")
    boolean force;

    @Option(
        names = "--warm",
        description = "Return at once, and have the result computed in the background.")
    boolean warm;
  }

  @Override
  public Integer call() throws Exception {
    byte[] input = inputs.contains("-") ? tool.in().readAllBytes() : new byte[0];
    if (when.warm) {
      startInBackground(input);
      return Status.DONE;
    }
    String key = key(input);
    try (PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
      CacheManager manager =
          provider.getCacheManager(
              place(), MemoCommand.class.getClassLoader(), StoreArguments.properties(settings));
      Cache<String, byte[]> cache = manager.createCache(CACHE, configuration());
      Memoization memoization =
          new Memoization(
              tool,
              cache,
              cache.unwrap(Leases.class),
              this::isUsable,
              this::isKept,
              () -> isKey(key, input));
      Recording result =
          memoization.result(
              key,
              when.force,
              new CommandRun(
                  command, input, background ? null : tool.out(), background ? null : tool.err()));
      if (!memoization.hasRun()) {
        if (!background) {
          result.replay(tool.out(), tool.err());
        }
        if (!background && isStale(result)) {
          startInBackground(input);
        }
      }
      return result.status();
    }
  }

  private PersiDictConfiguration<String, byte[]> configuration() {
    PersiDictConfiguration<String, byte[]> configuration = new PersiDictConfiguration<>();
    configuration.setTypes(String.class, byte[].class);
    if (ttl != null) {
      configuration.setExpiryPolicyFactory(
          ModifiedExpiryPolicy.factoryOf(
              new javax.cache.expiry.Duration(TimeUnit.MILLISECONDS, ttl.toMillis())));
    }
    return configuration;
  }

  private URI place() {
    if (store != null) {
      return StoreArguments.uri(store);
    }
    String variable = System.getenv("PERSIDICT_STORE");
    if (variable != null && !variable.isEmpty()) {
      return StoreArguments.uri(variable);
    }
    String caches = System.getenv("XDG_CACHE_HOME");
    if (caches != null && Path.of(caches).isAbsolute()) { // others are to be ignored
      return Path.of(caches, "persidict").toUri();
    }
    String home = System.getenv("HOME");
    if (home == null || home.isEmpty()) {
      home = System.getProperty("user.home"); // "?" for a user without an entry in passwd
    }
    if (!Path.of(home).isAbsolute()) {
      throw new Failure(
          Status.MEMO_FAULT,
          "there is no home directory to keep results in; name a place by --store, or by the"
              + " variable PERSIDICT_STORE or HOME");
    }
    return Path.of(home, ".cache", "persidict").toUri();
  }

  /** Whether the key is still the same. */
  private boolean isKey(String key, byte[] input) {
    try {
      return key(input).equals(key);
    } catch (Failure e) {
      return false; // an input is gone
    }
  }

  private String key(byte[] input) {
    CommandKey key = new CommandKey(command);
    if (scope != null) {
      key.scope(scope);
    }
    if (cwd) {
      key.directory(Path.of("").toAbsolutePath());
    }
    for (String name : variables) {
      if (name.isEmpty() || name.contains("=")) {
        throw new Failure(Status.MEMO_FAULT, "\"" + name + "\" is no name of a variable");
      }
      key.variable(name, System.getenv(name));
    }
    for (String given : inputs) {
      if (given.equals("-")) {
        key.standardInput(input);
      } else {
        key.input(given);
      }
    }
    return key.toString();
  }

  /** Whether a result that was found is an answer to what is asked for. */
  private boolean isUsable(Recording found) {
    boolean isYoung = ttl == null || found.ageAt(Instant.now()).compareTo(ttl) <= 0;
    return isYoung && (found.status() == 0 || keepFailures) && !(background && isStale(found));
  }

  private boolean isStale(Recording found) {
    return stale != null && found.ageAt(Instant.now()).compareTo(stale) > 0;
  }

  /** Whether a result is worth keeping. */
  private boolean isKept(Recording result) {
    boolean bySignal = result.status() >= FIRST_SIGNAL && result.status() <= LAST_SIGNAL;
    return result.status() == 0 || (keepFailures && !bySignal);
  }

  /** Starts this tool once more, where no Ctrl-C reaches it, to compute what is not fresh. */
  private void startInBackground(byte[] input) throws IOException {
    List<String> start = new ArrayList<>();
    if (File.separatorChar == '/') {
      start.addAll(List.of("/bin/sh", "-c", "trap '' HUP INT; exec \"$@\"", "sh"));
    }
    start.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    System.getProperties()
        .stringPropertyNames()
        .forEach(
            name -> {
              if (name.startsWith("persidict.")) { // of which none is a secret
                start.add("-D" + name + "=" + System.getProperty(name));
              }
            });
    start.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    start.addAll(List.of("memo", "--in-background"));
    start.addAll(options());
    start.add("--");
    start.addAll(command);
    Process process =
        new ProcessBuilder(start)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (OutputStream stream = process.getOutputStream()) {
      stream.write(input);
    }
  }

  /** The options again, but for those that tell when the command is run. */
  private List<String> options() {
    List<String> options = new ArrayList<>();
    if (ttl != null) {
      options.addAll(List.of("--ttl", ttl.toString()));
    }
    if (stale != null) {
      options.addAll(List.of("--stale", stale.toString()));
    }
    inputs.forEach(input -> options.addAll(List.of("--input", input)));
    variables.forEach(name -> options.addAll(List.of("--env", name)));
    if (cwd) {
      options.add("--cwd");
    }
    if (scope != null) {
      options.addAll(List.of("--scope", scope));
    }
    if (keepFailures) {
      options.add("--keep-failures");
    }
    if (store != null) {
      options.addAll(List.of("--store", store));
    }
    settings.forEach((name, value) -> options.addAll(List.of("--set", name + "=" + value)));
    return options;
  }
}
