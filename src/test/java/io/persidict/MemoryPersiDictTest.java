package io.persidict;

import io.persidict.store.MemoryStore;
import io.persidict.store.Store;

final class MemoryPersiDictTest extends PersiDictContract {
  @Override
  Store open() {
    return new MemoryStore();
  }
}
