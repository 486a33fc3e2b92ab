package io.persidict.cli;

import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.MutableConfiguration;
import org.jspecify.annotations.Nullable;

/**
 * Digests all files below a directory and counts their lines and words, but reads no file twice:
 * the results are kept in a cache, and later runs find them there.
 *
 * <p>A result is stored when {@code put} returns. A run that is killed loses only the file that it
 * was reading; the next run goes on from there.
 */
public final class QuickStart {
  private static final String CACHE = "file-statistics";
  private static final Set<String> SKIPPED = Set.of(".git", "target", ".persidict");

  private QuickStart() {}

  /** A file, and a key that changes with its content. */
  private record Source(Path path, String key) {}

  /** What a run did: how many files' statistics it computed, found in the cache, or had to omit. */
  record Summary(int computed, int stored, int unreadable) {}

  /** Takes one optional argument, the directory to read; the working directory unless given. */
  public static void main(String... args) throws IOException {
    File directory = new File(args.length == 0 ? "." : args[0]);
    if (args.length > 1 || !directory.isDirectory()) {
      System.err.println(
          args.length > 1
              ? "Give one directory to read, not " + args.length + " arguments."
              : "There is no directory " + directory.getAbsolutePath() + "; give one to read.");
      System.exit(2);
    }
    try (CacheManager manager = Caching.getCachingProvider().getCacheManager()) {
      run(directory.toPath(), manager, System.out, Progress.onTerminal());
    }
  }

  /** Reads {@code directory}, prints a report, and leaves the manager open but its cache closed. */
  static Summary run(Path directory, CacheManager manager, PrintStream out, Progress progress)
      throws IOException {
    List<String> unreadable = new ArrayList<>();
    List<Source> sources = sources(directory, unreadable);
    long bytes = 0;
    long lines = 0;
    long words = 0;
    int computed = 0;
    int stored = 0;
    long computing = 0;
    long finding = 0;

    try (Cache<String, FileStatistics> cache = open(manager)) {
      for (Source source : sources) {
        progress.show(computed + stored, sources.size(), source.path.toString());
        long start = System.nanoTime();
        FileStatistics statistics = cache.get(source.key);
        if (statistics != null) {
          stored++;
          finding += System.nanoTime() - start;
        } else {
          try {
            statistics = FileStatistics.of(source.path);
          } catch (IOException e) {
            unreadable.add(fault(e));
            continue;
          }
          cache.put(source.key, statistics);
          computed++;
          computing += System.nanoTime() - start;
        }
        bytes += statistics.bytes();
        lines += statistics.lines();
        words += statistics.words();
      }
    }

    progress.clear();
    unreadable.forEach(fault -> out.println("Not read: " + fault));
    out.printf(
        Locale.ROOT,
        "%,d files, %,d bytes, %,d lines, %,d words%n",
        computed + stored,
        bytes,
        lines,
        words);
    out.printf(Locale.ROOT, "computed:       %,9d in %s%n", computed, seconds(computing));
    out.printf(Locale.ROOT, "from the store: %,9d in %s%n", stored, seconds(finding));
    out.println("The entries are in " + manager.getURI());
    return new Summary(computed, stored, unreadable.size());
  }

  /** Opens the cache with what earlier runs left in it. */
  private static Cache<String, FileStatistics> open(CacheManager manager) {
    return manager.createCache(
        CACHE,
        new MutableConfiguration<String, FileStatistics>()
            .setTypes(String.class, FileStatistics.class));
  }

  /** The regular files below {@code directory}; links are not followed. */
  private static List<Source> sources(Path directory, List<String> unreadable) throws IOException {
    Path start = directory.toRealPath();
    List<Source> sources = new ArrayList<>();
    Files.walkFileTree(
        start,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes) {
            return SKIPPED.contains(String.valueOf(path.getFileName())) && !path.equals(start)
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) {
            if (attributes.isRegularFile()) {
              sources.add(new Source(path, key(path, attributes)));
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path path, IOException e) {
            unreadable.add(fault(e));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path path, @Nullable IOException e) {
            if (e != null) {
              unreadable.add(fault(e));
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return sources;
  }

  private static String key(Path path, BasicFileAttributes attributes) {
    long modified = attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS);
    return path + ":" + attributes.size() + ":" + modified;
  }

  private static String fault(IOException e) {
    return Progress.printable(e.getClass().getSimpleName() + ": " + e.getMessage());
  }

  private static String seconds(long nanos) {
    return String.format(Locale.ROOT, "%.3f s", nanos / 1e9);
  }
}
