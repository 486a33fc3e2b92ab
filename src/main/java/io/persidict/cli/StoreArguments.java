package io.persidict.cli;

import io.persidict.jcache.StoredCaches;
import io.persidict.store.file.Durability;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What tells which store is meant, and how it is reached. */
final class StoreArguments {
  private static final Pattern URI_START = Pattern.compile("(?i)[a-z][a-z0-9+.-]+:.*");

  @Option(
      names = {"-c", "--cache"},
      paramLabel = "NAME",
      description = "The cache of that name below STORE; not needed where STORE is a cache itself.")
  @Nullable String cache;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description =
          "STORE is a dictionary with values in this format: json, cbor, pkl, jser, or any other"
              + " extension for text; each also followed by +lz4 or +zstd. Unless given, all"
              + " formats that are found.")
  @Nullable String format;

  @Option(
      names = "--digest-length",
      paramLabel = "N",
      description =
          "STORE is a dictionary whose names have digests of N characters, 0 to 26. Unless given,"
              + " as long as those that are found.")
  @Nullable Integer digestLength;

  @Option(
      names = {"-s", "--set"},
      paramLabel = "SETTING=VALUE",
      description =
          "A setting of the library, such as s3.endpoint=https://host:9000 or s3.region=eu-west-1.")
  Map<String, String> settings = new LinkedHashMap<>();

  /** What follows the last dot of the names of values in {@link #format}; null if none is given. */
  @Nullable String extension() {
    return format == null ? null : Contents.formatOf(format).format().extension();
  }

  /** The settings that were given, by their whole names. */
  static Properties properties(Map<String, String> settings) {
    Properties properties = new Properties();
    settings.forEach(
        (name, value) ->
            properties.setProperty(
                name.startsWith("persidict.") ? name : "persidict." + name, value));
    return properties;
  }

  /**
   * What a text means: a URI, or else a path.
   *
   * @throws Failure if it is neither
   */
  static URI uri(String text) {
    if (text.isEmpty()) { // rather an unset variable than the working directory
      throw new Failure(Status.USAGE, "a store's name is empty; write . for the working directory");
    }
    boolean isUri = URI_START.matcher(text).matches() && !text.matches("[A-Za-z]:[\\\\/].*");
    try {
      return isUri ? URI.create(text) : path(Path.of(text)).toUri();
    } catch (InvalidPathException e) {
      throw new Failure(
          Status.USAGE, "\"" + Texts.printable(text) + "\" is no path: " + e.getReason());
    } catch (IllegalArgumentException e) { // whose message shows the whole text
      throw new Failure(
          Status.USAGE,
          "what was given for a store is no URI; write file:///var/cache/app/ or"
              + " s3://bucket/prefix/, with unusual characters escaped, or a path");
    }
  }

  /** A whole path, without the links before a {@code ..}, of which it tells what is meant. */
  private static Path path(Path given) {
    Path path = given.toAbsolutePath();
    int end = path.getNameCount();
    while (end > 0 && !path.getName(end - 1).toString().equals("..")) {
      end--;
    }
    return end == 0
        ? path.normalize()
        : Overlap.real(path.getRoot().resolve(path.subpath(0, end)))
            .resolve(
                end == path.getNameCount()
                    ? Path.of("")
                    : path.subpath(end, path.getNameCount()).normalize());
  }

  /** The S3 server of a store, as far as it is named. */
  Optional<String> server(String store) {
    return StoredCaches.serverOf(uri(store), properties(settings));
  }

  /** Opens a store to look at it. */
  StoredCaches forReading(String store) {
    return StoredCaches.forReading(uri(store), properties(settings));
  }

  /** Opens a place to change a dictionary or caches there; a directory that is missing is made. */
  StoredCaches forWriting(URI uri, Durability durability) {
    return StoredCaches.forWriting(uri, properties(settings), durability);
  }
}
