package io.persidict.cli;

import java.io.BufferedInputStream;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Starts the tool in a process of its own. */
public final class Main {
  private Main() {}

  /**
   * Runs one command and exits with its status.
   *
   * @param arguments a command's name, its options and parameters
   */
  public static void main(String... arguments) {
    System.exit(run(arguments));
  }

  private static int run(String... arguments) {
    Output err = Output.unseen(new FileOutputStream(FileDescriptor.err));
    try {
      Class.forName("picocli.CommandLine", false, Main.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      err.line(
          "persidict: the tool needs the artifact info.picocli:picocli, which is not on the class"
              + " path; use the jar whose name ends with -cli.jar");
      return Status.FAULT;
    }
    quietLogging();
    Progress progress = Progress.onTerminal();
    Output out =
        new Output(
            new FileOutputStream(FileDescriptor.out),
            () -> progress.isOnTerminal() || isOutputTerminal());
    return new Tool(
            isInputClosed()
                ? new Closed()
                : new BufferedInputStream(new FileInputStream(FileDescriptor.in)),
            out,
            err,
            progress)
        .execute(arguments);
  }

  /** Standard input that was closed before Java began. */
  private static final class Closed extends InputStream {
    @Override
    public int read() throws IOException {
      throw new IOException("standard input is closed");
    }

    @Override
    public int read(byte[] into, int start, int length) throws IOException {
      return read();
    }
  }

  /** Whether in the place of standard input there is a file that Java itself opened first. */
  private static boolean isInputClosed() {
    try {
      return Files.isSameFile(
          Path.of("/proc/self/fd/0"), Path.of(System.getProperty("java.home"), "lib", "modules"));
    } catch (IOException e) {
      return false; // another system
    }
  }

  /** Whether standard output is a terminal, which Java tells only where standard input is too. */
  private static boolean isOutputTerminal() {
    if (File.separatorChar != '/') {
      return false;
    }
    try {
      return new ProcessBuilder("/bin/sh", "-c", "test -t 1")
              .redirectOutput(ProcessBuilder.Redirect.INHERIT)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return true; // who knows
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  /** One line for each warning of the library, and none of those it uses. */
  private static void quietLogging() {
    if (System.getProperty("java.util.logging.config.file") == null) {
      setIfUnset("java.util.logging.config.class", LogLines.class.getName());
    }
    setIfUnset("slf4j.internal.verbosity", "ERROR");
  }

  private static void setIfUnset(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }
}
