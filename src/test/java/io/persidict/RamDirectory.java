package io.persidict;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDirFactory;

/**
 * Temporary directories in memory where that is a file system: many more calls in the same time,
 * and the device is not what is tested. Elsewhere with {@code -Dproof.directory}, where it is.
 */
public final class RamDirectory implements TempDirFactory {
  private static final Path SHARED_MEMORY =
      Path.of(System.getProperty("proof.directory", "/dev/shm"));

  @Override
  public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext test)
      throws IOException {
    return Files.isWritable(SHARED_MEMORY)
        ? Files.createTempDirectory(SHARED_MEMORY, "persidict")
        : Files.createTempDirectory("persidict");
  }
}
