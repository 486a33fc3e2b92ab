package io.persidict.bench;

import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.Store;
import io.persidict.store.file.Durability;
import io.persidict.store.file.FileStore;
import java.nio.file.Path;

/** The file store, without keys and formats. */
public class StoreOfFiles extends Contender {
  private final Durability durability;
  Store store;

  public StoreOfFiles() {
    this(Durability.OS);
  }

  private StoreOfFiles(Durability durability) {
    this.durability = durability;
  }

  @Override
  void open(Path directory) {
    store = new FileStore(directory, durability);
  }

  PutResult insert(String name) {
    return store.put(name, VALUE, Precondition.absent());
  }

  @Override
  void put(String name) {
    store.put(name, VALUE, Precondition.none());
  }

  @Override
  void delete(String name) {
    store.delete(name, Precondition.none());
  }

  @Override
  void close() {
    store.close();
  }

  /** The same, synced to the device. */
  public static class Synced extends StoreOfFiles {
    public Synced() {
      super(Durability.FSYNC);
    }
  }
}
