package io.persidict.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The key of a memoized command: the command line as a shell takes it and, after a bar, the digests
 * of what else its result depends on. Holds no secret but what the command line itself has.
 */
final class CommandKey {
  private static final int CHUNK = 64 * 1024;

  private final List<String> command;
  private final Map<String, @Nullable Object> members = new LinkedHashMap<>();
  private final Map<String, String> inputs = new TreeMap<>();
  private final Map<String, @Nullable String> variables = new TreeMap<>();

  CommandKey(List<String> command) {
    this.command = command;
  }

  /** Tells uses of the same command apart. */
  void scope(String scope) {
    members.put("scope", scope);
  }

  void directory(Path directory) {
    members.put("cwd", directory.toString());
  }

  /** An environment variable, whose value may be a secret; null if it is not set. */
  void variable(String name, @Nullable String value) {
    variables.put(
        name,
        value == null ? null : hex(digest(exact("the variable " + name, value).getBytes(UTF_8))));
  }

  /**
   * A text of the operating system.
   *
   * @throws Failure if it may not be what it was
   */
  private static String exact(String what, String text) {
    if (Texts.isInexact(text)) {
      throw new Failure(Status.MEMO_FAULT, what + " has bytes that are " + Texts.INEXACT);
    }
    return text;
  }

  /** What the command reads from its standard input. */
  void standardInput(byte[] bytes) {
    inputs.put("-", hex(digest(bytes)));
  }

  /**
   * A file, or a directory with all below it, by content.
   *
   * @throws Failure if it cannot be read
   */
  void input(String given) {
    try {
      Path path = Path.of(given);
      if (Files.exists(path) && !Files.isDirectory(path) && !Files.isRegularFile(path)) {
        throw new Failure(
            Status.MEMO_FAULT,
            "the input "
                + given
                + " is neither a file nor a directory; what a pipe has can be the standard input,"
                + " with --input -");
      }
      inputs.put(
          given,
          hex(
              Files.isDirectory(path)
                  ? ofDirectory(path.toRealPath(), new HashMap<>())
                  : ofFile(path)));
    } catch (NoSuchFileException e) {
      throw new Failure(Status.MEMO_FAULT, "there is no input " + given + ", a file or directory");
    } catch (Failure e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw new Failure(Status.MEMO_FAULT, "cannot read the input " + given + ": " + e);
    }
  }

  /**
   * @param known the digests of directories by their real paths; for those not done yet, as a link
   *     may lead back, how many were begun before
   */
  private static byte[] ofDirectory(Path directory, Map<Path, byte[]> known) throws IOException {
    byte[] place = Integer.toString(known.size()).getBytes(UTF_8);
    byte[] before = known.putIfAbsent(directory, place);
    if (before != null) {
      return before;
    }
    MessageDigest all = newDigest();
    Set<Path> paths;
    try (Stream<Path> walk = Files.walk(directory, new FileVisitOption[0])) {
      paths = new TreeSet<>(walk.toList());
    }
    for (Path path : paths) {
      String kind = "other";
      byte[] content = new byte[0];
      if (Files.isSymbolicLink(path)) {
        kind = "link";
        content = ofLink(path, known);
      } else if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
        kind = "file";
        content = ofFile(path);
      } else if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
        kind = "directory";
      }
      String name = exact("the name of " + path, directory.relativize(path).toString());
      all.update((kind + " " + hex(digest(name.getBytes(UTF_8))) + " ").getBytes(UTF_8));
      all.update((hex(digest(content)) + "\n").getBytes(UTF_8));
    }
    byte[] digest = all.digest();
    known.put(directory, digest);
    return digest;
  }

  /** Where a link leads, and what is there. */
  private static byte[] ofLink(Path link, Map<Path, byte[]> known) throws IOException {
    MessageDigest all = newDigest();
    String text = exact("the link " + link, Files.readSymbolicLink(link).toString());
    all.update(digest(text.getBytes(UTF_8)));
    if (Files.isRegularFile(link)) {
      all.update(ofFile(link));
    } else if (Files.isDirectory(link)) {
      all.update(ofDirectory(link.toRealPath(), known));
    }
    return all.digest();
  }

  private static byte[] ofFile(Path file) throws IOException {
    MessageDigest digest = newDigest();
    byte[] chunk = new byte[CHUNK];
    try (InputStream in = Files.newInputStream(file)) {
      for (int length; (length = in.read(chunk)) >= 0; ) {
        digest.update(chunk, 0, length);
      }
    }
    return digest.digest();
  }

  private static byte[] digest(byte[] bytes) {
    return newDigest().digest(bytes);
  }

  private static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  /** The key. */
  @Override
  public String toString() {
    if (!variables.isEmpty()) {
      members.put("env", variables);
    }
    if (!inputs.isEmpty()) {
      members.put("inputs", inputs);
    }
    String line = command.stream().map(CommandKey::quoted).collect(Collectors.joining(" "));
    return members.isEmpty() ? line : line + " | " + Json.of(members);
  }

  /** An argument as a shell takes it for one. */
  private static String quoted(String argument) {
    return argument.matches("[A-Za-z0-9_./:=@%+,-]+")
        ? argument
        : "'" + argument.replace("'", "'\\''") + "'";
  }
}
