package io.persidict.store.file;

/** What a write has survived once it returned. */
public enum Durability {
  /** The killing of any process, but not the loss of power: the operating system has the bytes. */
  OS,
  /** The loss of power too: file and directory are synced to the device. */
  FSYNC
}
