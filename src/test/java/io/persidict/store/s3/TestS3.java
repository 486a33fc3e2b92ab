package io.persidict.store.s3;

import io.persidict.store.StoreException;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * The S3 server that tests use: one of our own for each user of this class, or the one that system
 * properties name, {@code test.s3.endpoint} and optionally {@code test.s3.region}, with the
 * credentials that the AWS default chain finds.
 */
public final class TestS3 implements AutoCloseable {
  static {
    if (System.getProperty("test.s3.endpoint") == null) {
      System.setProperty("aws.accessKeyId", "test");
      System.setProperty("aws.secretAccessKey", "test-secret");
    }
  }

  private final LoopbackS3 own;
  private final S3Server server;
  private final String bucket;

  public TestS3() {
    String endpoint = System.getProperty("test.s3.endpoint");
    own = endpoint == null ? new LoopbackS3() : null;
    server =
        S3Server.at(own == null ? URI.create(endpoint) : own.endpoint())
            .region(System.getProperty("test.s3.region", LoopbackS3.REGION));
    bucket = "persidict-test-" + UUID.randomUUID();
    server.open(bucket, "", true).close();
  }

  /** Whether the server is our own, and so can misbehave, be counted at and told the time. */
  public boolean isOwn() {
    return own != null;
  }

  /** Our own server. */
  public LoopbackS3 own() {
    if (own == null) {
      throw new StoreException("the server is not our own");
    }
    return own;
  }

  public S3Server server() {
    return server;
  }

  public URI endpoint() {
    return server.endpoint().orElseThrow();
  }

  public String region() {
    return server.region().orElseThrow();
  }

  /** What another process has in its environment to be let in as this one is. */
  public Map<String, String> variables() {
    Map<String, String> variables = new HashMap<>(Map.of("AWS_REGION", region()));
    Map.of(
            "AWS_ACCESS_KEY_ID", "aws.accessKeyId",
            "AWS_SECRET_ACCESS_KEY", "aws.secretAccessKey",
            "AWS_SESSION_TOKEN", "aws.sessionToken")
        .forEach(
            (variable, property) ->
                Optional.ofNullable(System.getProperty(property))
                    .ifPresent(value -> variables.put(variable, value)));
    return variables;
  }

  /** A bucket that was empty and nobody else's when this object was made. */
  public String bucket() {
    return bucket;
  }

  /** Opens the bucket. */
  public S3Store open() {
    return server.open(bucket, "", false);
  }

  /** Deletes what is in the bucket. */
  public void empty() {
    try (S3Store store = open()) {
      store.deleteBelow("", name -> true);
    }
  }

  @Override
  public void close() {
    if (own == null) {
      empty();
    } else {
      own.close();
    }
  }
}
