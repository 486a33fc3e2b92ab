package io.persidict.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.persidict.format.FormatException;
import io.persidict.store.StoreException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import javax.cache.CacheException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.TypeConversionException;

/**
 * The tool {@code persidict}: its commands, and how their outcomes become exit statuses. Each run
 * has streams of its own.
 */
@Command(
    name = "persidict",
    versionProvider = Tool.Version.class,
    description = {
      "Looks into stores of persidict, changes and copies them, and memoizes commands.",
      "",
      "STORE is a directory, an S3 prefix such as s3://bucket/prefix/, or a configuration file"
          + " that ends with .properties: of caches, of one cache, or of a dictionary. Credentials"
          + " for S3 come from the AWS default chain only."
    },
    synopsisSubcommandLabel = "COMMAND",
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:done",
      "1:the answer is no: no such entry, something damaged, something skipped",
      "2:the command line makes no sense",
      "3:the store or something else does not work",
      "125 to 127:memo itself failed, cannot run the command, finds no such command",
      "141:who reads the output went away"
    },
    subcommands = {
      ListCommand.class,
      GetCommand.class,
      PutCommand.class,
      RemoveCommand.class,
      StatCommand.class,
      VerifyCommand.class,
      PurgeCommand.class,
      CopyCommand.class,
      WatchCommand.class,
      MemoCommand.class,
      CompletionCommand.class,
      ManCommand.class
    })
final class Tool implements Runnable {
  private static final String MEMO = "memo";

  /** The version of the jar, where it runs from one. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Tool.class.getPackage().getImplementationVersion();
      return new String[] {"persidict " + (version == null ? "of no released version" : version)};
    }
  }

  @SuppressWarnings("UnusedVariable") // picocli asks for it
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this help.")
  private boolean help;

  @SuppressWarnings("UnusedVariable") // picocli asks for it
  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the version.")
  private boolean version;

  private final InputStream in;
  private final Output out;
  private final Output err;
  private final Progress progress;

  Tool(InputStream in, Output out, Output err, Progress progress) {
    this.in = in;
    this.out = out;
    this.err = err;
    this.progress = progress;
  }

  InputStream in() {
    return in;
  }

  Output out() {
    return out;
  }

  Output err() {
    return err;
  }

  Progress progress() {
    return progress;
  }

  /** Says something to whoever started the tool, beside its output. */
  void say(String sentence) {
    progress.clear();
    err.aside(("persidict: " + Texts.printable(sentence) + "\n").getBytes(UTF_8));
  }

  /** Without a command there is help. */
  @Override
  public void run() {
    throw new ParameterException(commandLine(), "no command is given");
  }

  /** The commands and options, of which help, completion and the man page are made. */
  CommandLine commandLine() {
    CommandLine line = new CommandLine(this);
    Ansi ansi = progress.isOnTerminal() ? Ansi.AUTO : Ansi.OFF;
    line.setColorScheme(CommandLine.Help.defaultColorScheme(ansi));
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setExpandAtFiles(false); // a key or an argument of a command may begin with @
    line.registerConverter(Duration.class, Tool::duration);
    line.setOut(new PrintWriter(new OutputWriter(out), true));
    line.setErr(new PrintWriter(new OutputWriter(err), true));
    line.getSubcommands()
        .forEach((name, command) -> command.setStopAtPositional(name.equals(MEMO)));
    line.setParameterExceptionHandler((e, args) -> wrongUsage(e));
    line.setExecutionExceptionHandler((e, failed, result) -> failed(e, failed));
    return line;
  }

  private static Duration duration(String text) {
    try {
      return Texts.duration(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }

  private int wrongUsage(ParameterException e) {
    String command = e.getCommandLine().getCommandSpec().qualifiedName();
    say(e.getMessage() + "; \"" + command + " --help\" tells what there is");
    return isMemo(e.getCommandLine()) ? Status.MEMO_FAULT : Status.USAGE;
  }

  private static boolean isMemo(CommandLine command) {
    return command.getCommandName().equals(MEMO);
  }

  /** Runs the command that is given; returns the exit status. */
  int execute(String... arguments) {
    boolean isMemo = arguments.length > 0 && arguments[0].equals(MEMO);
    try {
      boolean isLine = Arrays.stream(arguments).anyMatch(Texts::isInexact);
      if (isLine || Texts.isInexact(System.getProperty("user.dir"))) { // there Java itself fails
        String what = isLine ? "the command line" : "the working directory";
        say(what + " has bytes that are " + Texts.INEXACT);
        return isMemo ? Status.MEMO_FAULT : Status.USAGE;
      }
      return commandLine().execute(arguments);
    } catch (Output.Closed e) {
      return closed(e, isMemo);
    } catch (OutOfMemoryError e) {
      say("there is not enough memory; give Java more, such as by java -Xmx4g -jar ...");
      return isMemo ? Status.MEMO_FAULT : Status.FAULT;
    } finally {
      progress.clear();
    }
  }

  private int failed(Exception e, CommandLine failed) {
    if (e instanceof Output.Closed closed) {
      return closed(closed, isMemo(failed));
    }
    if (e instanceof Failure failure) {
      say(sentence(failure));
      return isMemo(failed)
          ? Math.max(failure.status(), Status.MEMO_FAULT) // or else it would be the command's
          : failure.status();
    }
    boolean expected =
        e instanceof StoreException
            || e instanceof CacheException
            || e instanceof FormatException
            || e instanceof IllegalStateException
            || e instanceof IllegalArgumentException;
    if (isMemo(failed)) {
      say(sentence(e));
      return Status.MEMO_FAULT;
    }
    say(expected ? sentence(e) : "something went wrong that should not: " + e);
    return e instanceof IllegalArgumentException ? Status.USAGE : Status.FAULT;
  }

  private static String sentence(Exception e) {
    return Optional.ofNullable(e.getMessage()).orElse(e.toString());
  }

  private int closed(Output.Closed e, boolean isMemo) {
    if (e.isByReader()) {
      return Status.CLOSED_PIPE;
    }
    try {
      say("cannot write the output: " + e.getMessage());
    } catch (Output.Closed also) {
      // nobody listens
    }
    return isMemo ? Status.MEMO_FAULT : Status.FAULT;
  }

  /** So many things, with a plural where that is due. */
  static String count(long number, String one, String more) {
    return String.format(Locale.ROOT, "%,d %s", number, number == 1 ? one : more);
  }
}
