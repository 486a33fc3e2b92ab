package io.persidict.store.file;

import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/** A change failed, and nobody can tell whether it took effect nevertheless. */
final class UncertainException extends IOException {
  private static final long serialVersionUID = 1L;

  private UncertainException(Path path, IOException cause) {
    super(Attributes.describe(path, cause) + "; whether it took effect cannot be found out", cause);
  }

  /**
   * What lies at {@code path} after a change of it failed: a server may have done what it was asked
   * for, and its answer may be lost.
   *
   * @throws UncertainException if that cannot be found out
   */
  static @Nullable BasicFileAttributes look(Path path, IOException fault)
      throws UncertainException {
    try {
      return Attributes.of(path);
    } catch (IOException e) {
      fault.addSuppressed(e);
      throw new UncertainException(path, fault);
    }
  }
}
