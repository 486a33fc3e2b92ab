package io.persidict.store.s3;

import io.persidict.store.Credentials;
import io.persidict.store.Names;
import io.persidict.store.StoreException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/**
 * How an S3 server is reached, and what it can do. Credentials are no part of it: they come from
 * the default chain of the AWS SDK.
 *
 * @param region empty for what {@code aws.region}, {@code AWS_REGION} or the SDK's other sources
 *     say; where these say nothing, {@code us-east-1} for a server with an endpoint of its own
 * @param endpoint empty for AWS, whose endpoint follows from the region
 * @param pathStyle whether the bucket is the first segment of a request's path instead of a part of
 *     the host's name
 * @param conditionalDelete whether the server honours {@code If-Match} on DELETE, which nothing
 *     rests on but the sweeping of old tombstones
 * @param atomicOverwrite whether a write or delete without a condition is atomic among conditional
 *     ones, as it is on AWS. Where it is not, one that was acknowledged can be lost to a
 *     conditional write at the same moment; so none is sent without a condition, or without a look
 *     before and after it
 * @param maxConnections how many connections a store holds at most, 1 or more
 * @param timeout how long an operation is tried before it fails, though as long as an upload gets
 *     on; more than a week is taken for a week
 */
public record S3Server(
    Optional<String> region,
    Optional<URI> endpoint,
    boolean pathStyle,
    boolean conditionalDelete,
    boolean atomicOverwrite,
    int maxConnections,
    Duration timeout) {
  /** How long an operation is tried unless set. */
  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);

  /** How many connections a store holds unless set. */
  public static final int DEFAULT_MAX_CONNECTIONS = 64;

  /** In milliseconds, three of it are an int. */
  private static final Duration LONGEST_TIMEOUT = Duration.ofDays(7);

  /**
   * Any server; {@link #aws()} and {@link #at} know what most of them can do.
   *
   * @param region as the server calls it
   * @param endpoint {@code http} or {@code https}, without credentials
   * @param pathStyle true where the host's name stands for all buckets
   * @param conditionalDelete true only if a DELETE whose {@code If-Match} fails deletes nothing
   * @param atomicOverwrite false if that is not known
   * @param maxConnections at least 1; each takes a socket once it is needed
   * @param timeout more than none
   * @throws IllegalArgumentException if the endpoint is no URL of a host alone, or the timeout or
   *     the number of connections is not positive
   */
  public S3Server {
    if (timeout.isNegative() || timeout.isZero()) {
      throw new IllegalArgumentException("timeout " + timeout + "; it must be positive");
    }
    if (timeout.compareTo(LONGEST_TIMEOUT) > 0) {
      timeout = LONGEST_TIMEOUT;
    }
    if (maxConnections < 1) {
      throw new IllegalArgumentException(maxConnections + " connections; it must be 1 or more");
    }
    endpoint.ifPresent(S3Server::requireHost);
  }

  private static void requireHost(URI endpoint) {
    if (endpoint.toString().matches(".*(@|%40).*")) {
      throw new IllegalArgumentException(
          "the endpoint holds credentials; they come from the AWS default chain only, such as"
              + " AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
    }
    boolean http = "http".equals(endpoint.getScheme()) || "https".equals(endpoint.getScheme());
    if (!http
        || endpoint.getHost() == null
        || endpoint.getQuery() != null
        || endpoint.getFragment() != null) {
      throw new IllegalArgumentException(
          "the endpoint must be a URL such as https://s3.example.com:9000, of a scheme, a host and"
              + " perhaps a port and a path; the one given, which is not shown since it may hold"
              + " credentials, is not");
    }
  }

  /** {@return AWS itself} */
  public static S3Server aws() {
    return new S3Server(
        Optional.empty(),
        Optional.empty(),
        false,
        true,
        true,
        DEFAULT_MAX_CONNECTIONS,
        DEFAULT_TIMEOUT);
  }

  /**
   * {@return another server, with what every one of them can do: path style, no conditional
   * deletes, no atomicity without a condition}
   *
   * @param endpoint such as {@code https://s3.example.com:9000}
   * @throws IllegalArgumentException if the endpoint is no URL of a host alone
   */
  public static S3Server at(URI endpoint) {
    return new S3Server(
        Optional.empty(),
        Optional.of(endpoint),
        true,
        false,
        false,
        DEFAULT_MAX_CONNECTIONS,
        DEFAULT_TIMEOUT);
  }

  /**
   * {@return the same in another region}
   *
   * @param region as the server calls it
   */
  public S3Server region(String region) {
    return new S3Server(
        Optional.of(region),
        endpoint,
        pathStyle,
        conditionalDelete,
        atomicOverwrite,
        maxConnections,
        timeout);
  }

  /**
   * {@return the same with or without path style}
   *
   * @param pathStyle whether the bucket is the first segment of a request's path
   */
  public S3Server pathStyle(boolean pathStyle) {
    return new S3Server(
        region, endpoint, pathStyle, conditionalDelete, atomicOverwrite, maxConnections, timeout);
  }

  /**
   * {@return the same, honouring conditional deletes or not}
   *
   * @param conditionalDelete true only if a DELETE whose {@code If-Match} fails deletes nothing
   */
  public S3Server conditionalDelete(boolean conditionalDelete) {
    return new S3Server(
        region, endpoint, pathStyle, conditionalDelete, atomicOverwrite, maxConnections, timeout);
  }

  /**
   * {@return the same, atomic without conditions or not}
   *
   * @param atomicOverwrite false if that is not known
   */
  public S3Server atomicOverwrite(boolean atomicOverwrite) {
    return new S3Server(
        region, endpoint, pathStyle, conditionalDelete, atomicOverwrite, maxConnections, timeout);
  }

  /**
   * {@return the same with another number of connections}
   *
   * @param maxConnections how many a store holds at most
   * @throws IllegalArgumentException if it is not positive
   */
  public S3Server maxConnections(int maxConnections) {
    return new S3Server(
        region, endpoint, pathStyle, conditionalDelete, atomicOverwrite, maxConnections, timeout);
  }

  /**
   * {@return the same with another timeout}
   *
   * @param timeout how long an operation is tried before it fails
   * @throws IllegalArgumentException if it is not positive
   */
  public S3Server timeout(Duration timeout) {
    return new S3Server(
        region, endpoint, pathStyle, conditionalDelete, atomicOverwrite, maxConnections, timeout);
  }

  /**
   * Opens the store below a prefix of a bucket, after one request that lists at most one object.
   *
   * @param bucket its name, of 3 to 255 characters
   * @param prefix empty, or segments each followed by {@code /}
   * @param create whether to create the bucket if it is missing
   * @return a store with connections of its own, to be closed
   * @throws IllegalArgumentException if the bucket's name or the prefix is none
   * @throws StoreException if there are no credentials, the bucket is missing or forbidden, the
   *     region is another, the endpoint does not answer or the clock is off; or if the AWS SDK is
   *     not on the class path
   */
  public S3Store open(String bucket, String prefix, boolean create) {
    Names.requirePrefix(prefix);
    if (!bucket.matches("[A-Za-z0-9._-]{3,255}")) {
      throw new IllegalArgumentException(
          "bucket \""
              + Credentials.hiddenIn(bucket)
              + "\"; a bucket's name has 3 to 255 of A-Z a-z 0-9 . _ -");
    }
    requireOnClassPath("software.amazon.awssdk.services.s3.S3Client", "s3");
    requireOnClassPath("software.amazon.awssdk.http.apache5.Apache5HttpClient", "apache5-client");
    return S3Store.open(this, bucket, prefix, create);
  }

  private static void requireOnClassPath(String type, String artifact) {
    try {
      Class.forName(type, false, S3Server.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new StoreException(
          "s3:// needs the artifact software.amazon.awssdk:"
              + artifact
              + ", which is not on the class path; add it to the dependencies",
          e);
    }
  }

  /** Where it is, for messages. */
  @Override
  public String toString() {
    return endpoint.map(URI::toString).orElse("AWS")
        + region.map(name -> ", region " + name).orElse("");
  }
}
