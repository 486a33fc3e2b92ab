package io.persidict.cli;

import java.io.BufferedInputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;

/** Starts the tool in a process of its own. */
public final class Main {
  private Main() {}

  /** Runs one command and exits with its status. */
  public static void main(String... arguments) {
    System.exit(run(arguments));
  }

  private static int run(String... arguments) {
    Output err = new Output(new FileOutputStream(FileDescriptor.err), false);
    try {
      Class.forName("picocli.CommandLine", false, Main.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      err.line(
          "persidict: the tool needs the artifact info.picocli:picocli, which is not on the class"
              + " path; use the jar whose name ends with -cli.jar");
      return Status.FAULT;
    }
    quietLogging();
    boolean isTerminal = Progress.isOnTerminal();
    Output out = new Output(new FileOutputStream(FileDescriptor.out), isTerminal);
    return new Tool(
            new BufferedInputStream(new FileInputStream(FileDescriptor.in)),
            out,
            err,
            Progress.onTerminal())
        .execute(arguments);
  }

  /** One line for each warning of the library, and none of those it uses. */
  private static void quietLogging() {
    setIfUnset("java.util.logging.SimpleFormatter.format", "persidict: %4$s: %5$s%n");
    setIfUnset("slf4j.internal.verbosity", "ERROR");
  }

  private static void setIfUnset(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }
}
