package io.persidict.jcache;

import io.persidict.store.Listed;
import io.persidict.store.PrefixStore;
import io.persidict.store.Store;
import io.persidict.store.s3.TestS3;
import java.net.URI;
import java.util.Properties;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

@DisabledIfSystemProperty(
    named = "test.s3.endpoint",
    matches = ".+",
    disabledReason = "not every server honours conditional deletes, which layout plain needs")
final class DamagedObjectRecordTest extends DamagedRecordContract {
  private final TestS3 s3 = new TestS3();

  @BeforeEach
  void start() {
    QuickDestruction.allow();
    if (layout.equals(Layouts.PLAIN)) {
      s3.own().honourConditionalDeletes();
    }
  }

  @Override
  @AfterEach
  void close() {
    QuickDestruction.end();
    super.close();
    s3.close();
  }

  @Override
  URI uri() {
    return URI.create("s3://" + s3.bucket() + "/app/");
  }

  @Override
  void complete(Properties settings) {
    settings.setProperty("persidict.s3.endpoint", s3.endpoint().toString());
    settings.setProperty("persidict.s3.region", s3.region());
    settings.setProperty(
        "persidict.s3.conditional-delete", String.valueOf(layout.equals(Layouts.PLAIN)));
  }

  /** Left open for the server to be closed under it. */
  @Override
  Store open() {
    return new PrefixStore(s3.open(), "app/");
  }

  @Override
  String foreign() {
    return "c/notes.txt";
  }

  @Override
  boolean isLeft() {
    try (Store store = open();
        Stream<Listed> left = store.list("c/")) {
      return left.findAny().isPresent();
    }
  }
}
