package io.persidict.store.file;

import io.persidict.store.Store;
import java.nio.file.FileSystemException;

/** As on FAT and some network mounts, where a file has one name. */
final class FileStoreWithoutLinksTest extends FileStoreTest {
  @Override
  protected Store open() throws Exception {
    return new FileStore(
        root(),
        Durability.OS,
        (link, existing) -> {
          throw new FileSystemException(link.toString(), null, "Operation not permitted");
        });
  }
}
