package io.persidict.jcache;

import io.persidict.store.Store;
import io.persidict.store.file.Durability;
import io.persidict.store.file.FileStore;
import java.net.URI;
import java.nio.file.Path;
import java.util.Properties;
import org.junit.jupiter.api.io.TempDir;

class FileMaintenanceTest extends MaintenanceContract {
  @TempDir Path directory;

  @Override
  URI uri() {
    return directory.toUri();
  }

  @Override
  Properties properties() {
    return new Properties();
  }

  @Override
  Store open() {
    return new FileStore(directory, Durability.OS);
  }

  @Override
  boolean remembersUses() {
    return true;
  }
}
