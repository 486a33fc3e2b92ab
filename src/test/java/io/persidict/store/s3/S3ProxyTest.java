package io.persidict.store.s3;

import io.persidict.store.Store;
import io.persidict.store.StoreContract;
import java.net.URI;
import java.util.UUID;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobStore;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The contract on a server that others wrote, but for what its conditions, which are not atomic, do
 * when they race.
 */
final class S3ProxyTest extends StoreContract {
  private static final String SEVERAL_WINNERS =
      "lets several conditional writes of one version win";

  private static S3Proxy proxy;

  @BeforeAll
  static void start() throws Exception {
    System.setProperty("aws.accessKeyId", System.getProperty("aws.accessKeyId", "test"));
    System.setProperty("aws.secretAccessKey", System.getProperty("aws.secretAccessKey", "secret"));
    proxy =
        S3Proxy.builder()
            .blobStore(new TransientNio2BlobStore())
            .endpoint(URI.create("http://127.0.0.1:0"))
            .awsAuthentication(
                AuthenticationType.AWS_V4,
                System.getProperty("aws.accessKeyId"),
                System.getProperty("aws.secretAccessKey"))
            .build();
    proxy.start();
  }

  @AfterAll
  static void stop() throws Exception {
    proxy.stop();
  }

  @Override
  protected boolean keepsDates() {
    return false;
  }

  @Override
  protected Store open() {
    return S3Server.at(URI.create("http://127.0.0.1:" + proxy.getPort()))
        .open("test-" + UUID.randomUUID(), "", true);
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

  private static void skipTheRace(String reason) {
    Assumptions.abort("S3Proxy 4.1.0 " + reason);
  }

  @Override
  @Test
  protected void readersSeeWholeVersionsAndTheirETags() {
    skipTheRace("sends a version's ETag with the next version's body");
  }

  @Override
  @Test
  protected void compareAndSetLosesNoUpdate() {
    skipTheRace(SEVERAL_WINNERS);
  }

  @Override
  @Test
  protected void insertsAndConditionalDeletesBalance() {
    skipTheRace(SEVERAL_WINNERS);
  }
}
