package io.persidict;

import io.persidict.store.Store;
import io.persidict.store.file.Durability;
import io.persidict.store.file.FileStore;
import io.persidict.tier.Copies;
import io.persidict.tier.LocalCopies;

/** The same with copies of what is read on the local disk. */
final class S3DictWithCopiesTest extends S3DictTest {
  @Override
  Store open() {
    Copies copies =
        new Copies(
            new FileStore(directory.resolve("contract"), Durability.OS), Copies.DEFAULT_MAX_BYTES);
    return new LocalCopies(super.open(), copies, "contract", false, true);
  }
}
