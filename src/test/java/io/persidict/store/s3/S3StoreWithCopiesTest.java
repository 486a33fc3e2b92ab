package io.persidict.store.s3;

import io.persidict.store.Store;
import io.persidict.store.file.Durability;
import io.persidict.store.file.FileStore;
import io.persidict.tier.Copies;
import io.persidict.tier.LocalCopies;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The same with copies of what is read on the local disk. */
final class S3StoreWithCopiesTest extends S3StoreTest {
  @TempDir Path directory;

  @Override
  protected Store open() {
    Copies copies = new Copies(new FileStore(directory, Durability.OS), Copies.DEFAULT_MAX_BYTES);
    return new LocalCopies(super.open(), copies, "contract", false, true);
  }
}
