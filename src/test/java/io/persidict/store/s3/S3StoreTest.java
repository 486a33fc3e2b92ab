package io.persidict.store.s3;

import io.persidict.store.Store;
import io.persidict.store.StoreContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract on a server that does what it should, or on the one that system properties name. */
class S3StoreTest extends StoreContract {
  static TestS3 s3;

  @BeforeAll
  static void start() {
    s3 = new TestS3();
  }

  @AfterAll
  static void stop() {
    s3.close();
  }

  @Override
  protected boolean keepsDates() {
    return false;
  }

  @Override
  protected Store open() {
    s3.empty();
    return s3.open();
  }

  @Override
  protected boolean etagIsOfContent() {
    return true;
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
