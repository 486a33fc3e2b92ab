package io.persidict.cli;

import io.persidict.memo.Bulk;
import io.persidict.memo.Memo;
import io.persidict.memo.MemoFunction;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.MutableConfiguration;
import org.jspecify.annotations.Nullable;

/**
 * Digests all files below a directory, counts their lines and words, and finds out how small each
 * can be made, but reads no file twice: the function that does it is durable, so later runs find
 * its results in a cache.
 *
 * <p>Each result is stored as soon as it is there. A run that is killed loses only the files that
 * it was reading; the next run goes on from there. Two runs at the same time share the work.
 */
public final class QuickStart {
  private static final String CACHE = "file-statistics";
  private static final Duration LEASE = Duration.ofSeconds(2);
  private static final Set<String> SKIPPED = Set.of(".git", "target", ".persidict");

  private QuickStart() {}

  /** What a run did: how many files' statistics it computed, found in the cache, or had to omit. */
  record Summary(int computed, int stored, int unreadable) {}

  /**
   * Reads a directory and prints a report.
   *
   * @param args the directory, or nothing for the working directory
   * @throws IOException if the directory goes away meanwhile
   */
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
    Map<String, Path> files = files(directory, unreadable);
    Tally tally = new Tally(files, progress);
    Collection<FileStatistics> results;
    try (Cache<Object, FileStatistics> cache = open(manager)) {
      results = statistics(cache, files, tally, unreadable);
    }
    progress.clear();
    unreadable.forEach(fault -> out.println("Not read: " + fault));
    out.printf(
        Locale.ROOT,
        "%,d files, %,d bytes, %,d lines, %,d words, %,d bytes if compressed best%n",
        results.size(),
        sum(results, FileStatistics::bytes),
        sum(results, FileStatistics::lines),
        sum(results, FileStatistics::words),
        sum(results, FileStatistics::smallest));
    int computed = results.size() - tally.stored;
    long computing = System.nanoTime() - tally.start - tally.finding;
    out.printf(Locale.ROOT, "computed:       %,9d in %s%n", computed, seconds(computing));
    out.printf(Locale.ROOT, "from the store: %,9d in %s%n", tally.stored, seconds(tally.finding));
    if (computed == 0 && tally.stored > 0) {
      long work = sum(results, FileStatistics::nanos);
      out.printf(
          Locale.ROOT,
          "Computing them took %s of work: %.1f times as long.%n",
          seconds(work),
          (double) work / tally.finding);
    } else if (computed > 0) {
      out.println("Run it again: nothing will be computed.");
    }
    out.println("The entries are in " + manager.getURI() + CACHE + "/, one file per entry.");
    return new Summary(computed, tally.stored, unreadable.size());
  }

  private static long sum(
      Collection<FileStatistics> results, ToLongFunction<FileStatistics> member) {
    return results.stream().mapToLong(member).sum();
  }

  /** The statistics of all files that can be read; the others are added to {@code unreadable}. */
  private static Collection<FileStatistics> statistics(
      Cache<Object, FileStatistics> cache,
      Map<String, Path> files,
      Tally tally,
      List<String> unreadable) {
    MemoFunction<String, FileStatistics> statistics =
        Memo.of(cache)
            .withLease(LEASE)
            .function("file-statistics v2", version -> read(path(files, version)));
    if (!files.isEmpty()) {
      tally.progress.show(0, files.size(), "");
    }
    Bulk<String, FileStatistics> bulk =
        statistics.applyAll(files.keySet(), Runtime.getRuntime().availableProcessors(), tally);
    bulk.failures()
        .forEach(
            (version, failure) -> {
              if (!(failure instanceof UncheckedIOException unread)) {
                throw failure;
              }
              unreadable.add(fault(Objects.requireNonNull(unread.getCause())));
            });
    return bulk.results().values();
  }

  private static FileStatistics read(Path file) {
    try {
      return FileStatistics.of(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path path(Map<String, Path> files, String version) {
    return Objects.requireNonNull(files.get(version));
  }

  /** Shows the progress, and counts what was found in the cache and how long that took. */
  private static final class Tally implements MemoFunction.Progress<String> {
    private final Map<String, Path> files;
    private final Progress progress;
    private final long start = System.nanoTime();
    private int stored;
    private long finding;

    Tally(Map<String, Path> files, Progress progress) {
      this.files = files;
      this.progress = progress;
    }

    @Override
    public void advanced(String version, boolean computed, int done, int total) {
      if (!computed) {
        stored++;
        finding = System.nanoTime() - start;
      }
      progress.show(done, total, path(files, version).toString());
    }
  }

  /** Opens the cache with what earlier runs left in it. */
  private static Cache<Object, FileStatistics> open(CacheManager manager) {
    return manager.createCache(
        CACHE,
        new MutableConfiguration<Object, FileStatistics>()
            .setTypes(Object.class, FileStatistics.class));
  }

  /**
   * The regular files below {@code directory}, each by a text that changes with its content; links
   * are not followed.
   */
  private static Map<String, Path> files(Path directory, List<String> unreadable)
      throws IOException {
    Path start = directory.toRealPath();
    Map<String, Path> files = new LinkedHashMap<>();
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
              files.put(version(path, attributes), path);
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
    return files;
  }

  private static String version(Path path, BasicFileAttributes attributes) {
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
