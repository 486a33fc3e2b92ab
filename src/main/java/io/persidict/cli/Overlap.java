package io.persidict.cli;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether two places are the same or one lies within the other, however they are written. */
final class Overlap {
  private Overlap() {}

  /**
   * Whether they overlap.
   *
   * @param one a directory or an S3 prefix, with a closing slash
   */
  static boolean of(URI one, URI other) {
    boolean areFiles = isFile(one) && isFile(other);
    return areFiles
        ? isWithin(Path.of(one), Path.of(other)) || isWithin(Path.of(other), Path.of(one))
        : one.toString().startsWith(other.toString())
            || other.toString().startsWith(one.toString());
  }

  private static boolean isFile(URI uri) {
    return "file".equals(uri.getScheme());
  }

  private static boolean isWithin(Path inner, Path outer) {
    Path real = real(outer);
    for (Path at = real(inner); at != null; at = at.getParent()) {
      if (at.equals(real) || isSame(at, real)) {
        return true;
      }
    }
    return false;
  }

  /** Also by another mount, or in other letters where the file system takes them for the same. */
  private static boolean isSame(Path one, Path other) {
    try {
      return Files.isSameFile(one, other);
    } catch (IOException e) {
      return false; // one of them is missing
    }
  }

  /**
   * A path without links, and with the parents that the operating system finds: {@code ..} after a
   * link leads out of the directory that the link leads to.
   */
  static Path real(Path path) {
    Path real = path.toAbsolutePath().getRoot();
    for (Path name : path.toAbsolutePath()) {
      Path next = real.resolve(name);
      try {
        real = next.toRealPath();
      } catch (IOException e) {
        real = next.normalize(); // missing, or not to be looked into
      }
    }
    return real;
  }
}
