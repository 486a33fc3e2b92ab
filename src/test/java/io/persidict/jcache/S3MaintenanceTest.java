package io.persidict.jcache;

import io.persidict.store.PrefixStore;
import io.persidict.store.Store;
import io.persidict.store.s3.TestS3;
import java.net.URI;
import java.util.Properties;
import org.junit.jupiter.api.AfterEach;

class S3MaintenanceTest extends MaintenanceContract {
  final TestS3 s3 = new TestS3();

  @AfterEach
  void closeServer() {
    s3.close();
  }

  @Override
  URI uri() {
    return URI.create("s3://" + s3.bucket() + "/app/");
  }

  @Override
  Properties properties() {
    Properties properties = new Properties();
    properties.setProperty("persidict.s3.endpoint", s3.endpoint().toString());
    properties.setProperty("persidict.s3.region", s3.region());
    return properties;
  }

  /** Left open for the server to be closed under it. */
  @Override
  Store open() {
    return new PrefixStore(s3.open(), "app/");
  }

  @Override
  boolean remembersUses() {
    return false;
  }

  @Override
  int steps() {
    return 40;
  }
}
