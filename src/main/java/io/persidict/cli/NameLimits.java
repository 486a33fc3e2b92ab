package io.persidict.cli;

import java.io.IOException;
import java.net.URI;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which names are too long for the place where they are to lie: a file system has a limit for each
 * segment and one for the path, S3 one for the whole key.
 *
 * @param place a directory or an S3 prefix, with a closing slash
 */
record NameLimits(URI place) {
  private static final int MOST_OF_S3 = 1024;

  /** What every file system takes. */
  private static final int SHORT_SEGMENT = 100;

  private static final int SHORT_PATH = 200;

  /** As long as the name of a file that is being written. */
  private static final String TEMPORARY = "x".repeat(24);

  /** Why {@code name} cannot be one, going on after "it"; null if it can. */
  @Nullable String refusal(String name) {
    if (!"file".equals(place.getScheme())) {
      int length = place.getPath().length() - 1 + name.length();
      return length > MOST_OF_S3
          ? "would have a key of " + length + " bytes at the target; S3 takes " + MOST_OF_S3
          : null;
    }
    Path directory = Path.of(place);
    Path path = directory.resolve(name);
    boolean mayBe =
        isPossible(path)
            && isPossible(path.resolveSibling(TEMPORARY))
            && List.of(name.split("/")).stream()
                .allMatch(
                    segment ->
                        segment.length() <= SHORT_SEGMENT
                            || isPossible(directory.resolve(segment)));
    return mayBe ? null : "has a name that is too long for the file system of the target";
  }

  /** Asks the file system, where a path is so long that it may not take it. */
  private static boolean isPossible(Path path) {
    if (path.toString().length() <= SHORT_PATH
        && path.getFileName().toString().length() <= SHORT_SEGMENT) {
      return true;
    }
    try {
      Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return true;
    } catch (NoSuchFileException | AccessDeniedException | NotDirectoryException e) {
      return true;
    } catch (FileSystemException e) { // Java has no class for names that are too long
      return false;
    } catch (IOException e) {
      return true;
    }
  }
}
