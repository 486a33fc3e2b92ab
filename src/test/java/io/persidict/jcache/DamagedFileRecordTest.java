package io.persidict.jcache;

import io.persidict.store.Store;
import io.persidict.store.file.Durability;
import io.persidict.store.file.FileStore;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.junit.jupiter.api.io.TempDir;

final class DamagedFileRecordTest extends DamagedRecordContract {
  @TempDir Path directory;

  @Override
  URI uri() {
    return directory.toUri();
  }

  @Override
  void complete(Properties settings) {}

  @Override
  Store open() {
    return new FileStore(directory, Durability.OS);
  }

  /** Which has no digest, as an entry would. */
  @Override
  String foreign() {
    return "c/notes.entry";
  }

  @Override
  boolean isLeft() {
    return Files.exists(directory.resolve("c"));
  }
}
