package io.persidict.store.file;

import io.persidict.store.Store;

final class FsyncFileStoreTest extends FileStoreTest {
  @Override
  protected Store open() throws Exception {
    return new FileStore(root(), Durability.FSYNC);
  }

  @Override
  protected int rounds() {
    return 20;
  }

  @Override
  protected int replacements() {
    return 50;
  }
}
