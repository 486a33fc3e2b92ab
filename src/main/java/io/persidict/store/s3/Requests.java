package io.persidict.store.s3;

import io.persidict.store.ETag;
import io.persidict.store.Listed;
import io.persidict.store.Stat;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.RetryableException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.DeleteObjectsResponse;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Error;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * The requests on the objects below a prefix, each made once. ETags are without quotes in both
 * directions, because some servers take them in no other way. Bodies go in and out without being
 * copied.
 */
record Requests(S3Client client, String bucket, String prefix) {
  private static final String CONTENT_TYPE = "application/octet-stream";
  private static final int ABSENT = 404;
  private static final int NOT_MODIFIED = 304;

  /** What is under a name, with its bytes. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Body(byte[] bytes, Version.Seen seen) {}

  /** A condition of a PUT; null members say nothing. */
  record Header(@Nullable String ifMatch, @Nullable String ifNoneMatch) {
    static final Header NONE = new Header(null, null);
    static final Header ABSENT = new Header(null, "*");

    static Header matches(ETag etag) {
      return new Header(etag.value(), null);
    }
  }

  /** One page of a listing; whatever lies there, tombstones included. */
  record Page(List<Listed> objects, List<String> prefixes, @Nullable String next) {}

  /**
   * Reads an object.
   *
   * @return empty if there is none
   * @throws S3Exception with status 304 if it is the known version
   */
  Optional<Body> get(String name, Optional<ETag> known) {
    try (ResponseInputStream<GetObjectResponse> in =
        client.getObject(
            request ->
                request
                    .bucket(bucket)
                    .key(prefix + name)
                    .ifNoneMatch(known.map(ETag::value).orElse(null)))) {
      GetObjectResponse response = in.response();
      byte[] bytes = readFully(in, response.contentLength());
      Stat stat = stat(bytes.length, response.lastModified(), response.eTag());
      WriteHistory writes = WriteHistory.parse(response.metadata().get(WriteHistory.KEY));
      return Optional.of(new Body(bytes, seen(stat, Tombstone.is(bytes), writes)));
    } catch (S3Exception e) {
      return absent(e);
    } catch (IOException e) {
      throw RetryableException.create("the body is incomplete", e);
    }
  }

  static boolean isNotModified(S3Exception e) {
    return e.statusCode() == NOT_MODIFIED;
  }

  private static byte[] readFully(ResponseInputStream<?> in, @Nullable Long length)
      throws IOException {
    if (length == null) {
      return in.readAllBytes();
    }
    byte[] bytes = new byte[Math.toIntExact(length)];
    int read = in.readNBytes(bytes, 0, bytes.length);
    if (read < bytes.length) {
      in.abort();
      throw new EOFException(read + " of " + length + " bytes");
    }
    return bytes;
  }

  /** What is known of an object without reading it; reads what may be a tombstone. */
  Optional<Version.Seen> look(String name) {
    HeadObjectResponse response;
    try {
      response = client.headObject(request -> request.bucket(bucket).key(prefix + name));
    } catch (S3Exception e) {
      return absent(e);
    }
    if (response.contentLength() == Tombstone.SIZE) {
      return get(name, Optional.empty()).map(Body::seen);
    }
    Stat stat = stat(response.contentLength(), response.lastModified(), response.eTag());
    WriteHistory writes = WriteHistory.parse(response.metadata().get(WriteHistory.KEY));
    return Optional.of(seen(stat, false, writes));
  }

  /** Absence, or the exception again; a HEAD has no body to say that the bucket is absent. */
  private static <T> Optional<T> absent(S3Exception e) {
    if (e.statusCode() == ABSENT && !S3Errors.code(e).equals("NoSuchBucket")) {
      return Optional.empty();
    }
    throw e;
  }

  /** Whether {@code e} says that the condition of a PUT or DELETE did not hold. */
  static boolean isLost(S3Exception e) {
    return e.statusCode() == 412
        || (e.statusCode() == ABSENT && S3Errors.code(e).equals("NoSuchKey"));
  }

  ETag put(String name, byte[] bytes, Header header, WriteHistory writes) {
    PutObjectRequest request =
        PutObjectRequest.builder()
            .bucket(bucket)
            .key(prefix + name)
            .ifMatch(header.ifMatch)
            .ifNoneMatch(header.ifNoneMatch)
            .metadata(metadata(writes))
            .contentType(CONTENT_TYPE)
            .build();
    return etag(client.putObject(request, body(bytes, 0, bytes.length)).eTag());
  }

  /** Begins an upload in parts and returns its id. */
  String beginParts(String name, WriteHistory writes) {
    return client
        .createMultipartUpload(
            request ->
                request
                    .bucket(bucket)
                    .key(prefix + name)
                    .metadata(metadata(writes))
                    .contentType(CONTENT_TYPE))
        .uploadId();
  }

  /** Uploads {@code length} bytes from {@code offset} on. */
  CompletedPart putPart(
      String name, String upload, int number, byte[] bytes, int offset, int length) {
    String etag =
        client
            .uploadPart(
                request ->
                    request.bucket(bucket).key(prefix + name).uploadId(upload).partNumber(number),
                body(bytes, offset, length))
            .eTag();
    return CompletedPart.builder().partNumber(number).eTag(etag).build();
  }

  /** Makes an object of the parts; some servers do not tell its ETag. */
  Optional<ETag> completeParts(String name, String upload, List<CompletedPart> parts) {
    return Optional.ofNullable(
            client
                .completeMultipartUpload(
                    request ->
                        request
                            .bucket(bucket)
                            .key(prefix + name)
                            .uploadId(upload)
                            .multipartUpload(all -> all.parts(parts)))
                .eTag())
        .filter(etag -> !etag.isBlank())
        .map(Requests::etag);
  }

  void abortParts(String name, String upload) {
    client.abortMultipartUpload(
        request -> request.bucket(bucket).key(prefix + name).uploadId(upload));
  }

  void delete(String name) {
    client.deleteObject(request -> request.bucket(bucket).key(prefix + name));
  }

  /** Deletes one version; only for servers that honour the condition. */
  void delete(String name, ETag etag) {
    client.deleteObject(request -> request.bucket(bucket).key(prefix + name).ifMatch(etag.value()));
  }

  /** Deletes up to 1,000 objects and returns what is wrong with those that it could not delete. */
  List<S3Error> delete(List<String> names) {
    List<ObjectIdentifier> objects = new ArrayList<>();
    for (String name : names) {
      objects.add(ObjectIdentifier.builder().key(prefix + name).build());
    }
    DeleteObjectsResponse response =
        client.deleteObjects(
            request -> request.bucket(bucket).delete(all -> all.objects(objects).quiet(true)));
    return response.errors();
  }

  /**
   * Lists up to {@code max} objects.
   *
   * @param delimiter after which names are cut off, and given as prefixes; null for none
   * @param next of the page before, or null for the first one
   */
  Page list(String below, @Nullable String delimiter, @Nullable String next, int max) {
    ListObjectsV2Response response =
        client.listObjectsV2(
            request ->
                request
                    .bucket(bucket)
                    .prefix(prefix + below)
                    .delimiter(delimiter)
                    .continuationToken(next)
                    .maxKeys(max));
    List<Listed> objects = new ArrayList<>();
    response
        .contents()
        .forEach(
            object ->
                objects.add(
                    new Listed(
                        object.key().substring(prefix.length()),
                        stat(object.size(), object.lastModified(), object.eTag()))));
    List<String> prefixes =
        response.commonPrefixes().stream()
            .map(common -> common.prefix().substring(prefix.length()))
            .toList();
    boolean more = Boolean.TRUE.equals(response.isTruncated());
    return new Page(objects, prefixes, more ? response.nextContinuationToken() : null);
  }

  void createBucket() {
    client.createBucket(request -> request.bucket(bucket));
  }

  private static RequestBody body(byte[] bytes, int offset, int length) {
    return RequestBody.fromContentProvider(
        () -> new ByteArrayInputStream(bytes, offset, length), length, CONTENT_TYPE);
  }

  private static Map<String, String> metadata(WriteHistory writes) {
    return Map.of(WriteHistory.KEY, writes.toString());
  }

  private static Version.Seen seen(Stat stat, boolean isTombstone, WriteHistory writes) {
    return new Version.Seen(stat, new Version(stat.etag(), isTombstone, writes));
  }

  /** Times are cut to seconds, which is all that a response to GET or HEAD has. */
  private static Stat stat(long size, Instant lastModified, String etag) {
    return new Stat(size, lastModified.truncatedTo(ChronoUnit.SECONDS), etag(etag));
  }

  private static ETag etag(String quoted) {
    return new ETag(quoted.replace("\"", ""));
  }
}
