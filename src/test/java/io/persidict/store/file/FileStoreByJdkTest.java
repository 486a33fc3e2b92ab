package io.persidict.store.file;

import io.persidict.store.Store;
import java.nio.file.Files;

/** A store whose files are read by the JDK, also where there is a {@link NativeReader}. */
final class FileStoreByJdkTest extends FileStoreTest {
  @Override
  protected Store open() {
    return new FileStore(root(), Durability.OS, Files::createLink, false);
  }
}
