package io.persidict.store.s3;

import io.persidict.store.Store;
import io.persidict.store.StoreException;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** The contract on a server where everything that can go wrong does so now and then. */
@DisabledIfSystemProperty(
    named = "test.s3.endpoint",
    matches = ".*",
    disabledReason = "only our own server misbehaves on purpose")
final class MisbehavingS3Test extends S3StoreTest {
  private static final double PROBABILITY = 0.02;
  private static final long SEED = 7;

  @Override
  protected Store open() {
    s3.own().mischief().everything(0, SEED);
    Store store = super.open();
    s3.own().mischief().everything(PROBABILITY, SEED);
    return store;
  }

  @Override
  protected boolean mayBeUnknown(StoreException e) {
    return e.getMessage().contains("it is not known whether that took effect");
  }
}
