package io.persidict.store.s3;

import io.persidict.store.ETag;
import io.persidict.store.Listed;
import io.persidict.store.Stat;
import io.persidict.store.StoreException;
import io.persidict.store.UnreadableException;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.SdkResponse;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.RetryableException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CommonPrefix;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.DeleteObjectResponse;
import software.amazon.awssdk.services.s3.model.DeleteObjectsResponse;
import software.amazon.awssdk.services.s3.model.EncodingType;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Error;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/**
 * The requests on the objects below a prefix, each made once. Whatever the SDK and its HTTP client
 * throw leaves here as an {@link SdkException}, and what a server leaves out is made up for by
 * another request or refused by a {@link io.persidict.store.StoreException}. Bodies go in and out
 * without being copied.
 *
 * <p>ETags in conditions are sent without quotes, which is what most servers take and what some
 * take alone, until a server turns out to want them.
 */
final class Requests {
  private static final String CONTENT_TYPE = "application/octet-stream";
  static final String NO_SUCH_KEY = "NoSuchKey";
  private static final int ABSENT = 404;
  private static final int NOT_MODIFIED = 304;
  private static final int UNSATISFIABLE = 416;
  private static final int NO_CONTENT = 204;
  private static final int PARTIAL_CONTENT = 206;

  /**
   * What may be absence, or one of several refusals, of which an answer without a body is silent.
   */
  private static final Set<Integer> REFUSED = Set.of(400, 403, ABSENT);

  /** By which a server's own answer is known, but for those that proxies have stripped of it. */
  private static final String REQUEST_ID = "x-amz-request-id";

  private final S3Client client;
  private final S3Errors faults;
  private final String bucket;
  private final String prefix;
  private volatile boolean quotesConditions;
  private volatile boolean quotesKnown;
  private volatile boolean keepsMetadata;

  Requests(S3Client client, S3Errors faults) {
    this.client = client;
    this.faults = faults;
    this.bucket = faults.bucket();
    this.prefix = faults.prefix();
  }

  /** What is under a name, with its bytes. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Body(byte[] bytes, Version.Seen seen) {}

  /** A condition of a PUT; null members say nothing. */
  record Header(@Nullable ETag ifMatch, @Nullable String ifNoneMatch) {
    static final Header NONE = new Header(null, null);
    static final Header ABSENT = new Header(null, "*");

    static Header matches(ETag etag) {
      return new Header(etag, null);
    }
  }

  /** Makes a request. */
  private static <T> T call(Supplier<T> request) {
    try {
      return request.get();
    } catch (SdkException | StoreException e) {
      throw e;
    } catch (CancellationException e) {
      throw AbortedException.create("the thread was interrupted", e);
    } catch (RuntimeException e) {
      throw SdkClientException.create("the request failed, or its answer makes no sense: " + e, e);
    }
  }

  /** Whether ETags in conditions are sent in quotes. */
  boolean quotesConditions() {
    return quotesConditions;
  }

  /** From now on, sends ETags in conditions with quotes or without. */
  void quoteConditions(boolean quoted) {
    quotesConditions = quoted;
  }

  /** Whether it has been seen that the server tells objects' user metadata. */
  boolean keepsMetadata() {
    return keepsMetadata;
  }

  private static String text(ETag etag, boolean quoted) {
    return quoted ? '"' + etag.value() + '"' : etag.value();
  }

  /** One page of a listing; whatever lies there, tombstones included. */
  record Page(
      List<Listed> objects, List<String> prefixes, @Nullable String from, @Nullable String next) {}

  /**
   * Reads an object.
   *
   * @return empty if there is none
   * @throws S3Exception with status 304 if it is the known version
   */
  Optional<Body> get(String name, Optional<ETag> known) {
    try {
      Body body = call(() -> read(name, known));
      if (known.equals(Optional.of(body.seen().version().etag()))) {
        quotesKnown = true; // the bytes need not have been sent
      }
      return Optional.of(body);
    } catch (S3Exception e) {
      return absent(e);
    }
  }

  private Body read(String name, Optional<ETag> known) {
    boolean quoted = quotesKnown;
    return get(
        request ->
            request
                .bucket(bucket)
                .key(prefix + name)
                .ifNoneMatch(known.map(etag -> text(etag, quoted)).orElse(null)),
        in -> {
          GetObjectResponse response = in.response();
          requireWhole(response);
          byte[] bytes = readFully(in, response.contentLength(), name);
          Stat stat = stat(bytes.length, response.lastModified(), response.eTag());
          return new Body(bytes, seen(stat, Tombstone.is(bytes), response.metadata()));
        });
  }

  /** What is done with the answer to a GET. */
  private interface Reader<T> {
    T read(ResponseInputStream<GetObjectResponse> in) throws IOException;
  }

  /** Asks for an object; what is left unread of it is broken off, as it may have no end. */
  private <T> T get(Consumer<GetObjectRequest.Builder> request, Reader<T> reader) {
    try (ResponseInputStream<GetObjectResponse> in = client.getObject(request)) {
      requireObject(in.response());
      requireEnd(in.response());
      return reader.read(in);
    } catch (IOException e) {
      throw RetryableException.create("the body is incomplete", e);
    }
  }

  /**
   * Reads the first bytes of an object; as many more as tell a tombstone, which is absence.
   *
   * @param atMost how many are returned
   */
  Optional<byte[]> peek(String name, int atMost) {
    byte[] beginning;
    try {
      beginning = call(() -> read(name, Math.max(atMost, Tombstone.SIZE + 1)));
    } catch (S3Exception e) {
      if (e.statusCode() != UNSATISFIABLE) {
        return absent(e);
      }
      beginning = new byte[0]; // nothing is there to begin with
    }
    return Tombstone.is(beginning)
        ? Optional.empty()
        : Optional.of(Arrays.copyOf(beginning, Math.min(atMost, beginning.length)));
  }

  /** Reads no more than so many bytes, also where the server sends all. */
  private byte[] read(String name, int atMost) {
    return get(
        request -> request.bucket(bucket).key(prefix + name).range("bytes=0-" + (atMost - 1)),
        in -> {
          requireBeginning(in.response());
          Long length = in.response().contentLength();
          int count = length == null ? atMost : (int) Math.min(length, atMost);
          byte[] bytes = in.readNBytes(count);
          if (length != null && bytes.length < count) {
            throw new EOFException(bytes.length + " of " + length + " bytes");
          }
          if (length == null ? isPart(in.response()) : length <= atMost) {
            requireNoMore(in);
          }
          return bytes;
        });
  }

  private static void requireObject(GetObjectResponse response) {
    requireOfS3(response, response.eTag() != null || response.lastModified() != null);
  }

  static boolean isNotModified(S3Exception e) {
    return e.statusCode() == NOT_MODIFIED;
  }

  private byte[] readFully(
      ResponseInputStream<GetObjectResponse> in, @Nullable Long length, String name)
      throws IOException {
    try {
      return length == null ? readToEnd(in, name) : readExactly(in, length, name);
    } catch (OutOfMemoryError e) {
      throw length == null
          ? faults.unreadable(
              name,
              stat(in, UnreadableException.MAX_SIZE),
              "more bytes than the heap has room for now")
          : faults.unreadable(
              name, stat(in, length), length + " bytes, for which the heap has no room now");
    }
  }

  private byte[] readToEnd(ResponseInputStream<GetObjectResponse> in, String name)
      throws IOException {
    byte[] bytes = in.readNBytes(UnreadableException.MAX_SIZE + 1);
    requireSize(in, bytes.length, name);
    return bytes;
  }

  private byte[] readExactly(ResponseInputStream<GetObjectResponse> in, long length, String name)
      throws IOException {
    requireSize(in, length, name);
    byte[] bytes = new byte[Math.toIntExact(length)];
    int read = in.readNBytes(bytes, 0, bytes.length);
    if (read < bytes.length) {
      throw new EOFException(read + " of " + length + " bytes");
    }
    requireNoMore(in);
    return bytes;
  }

  /** Sees to it that chunks do not go on after the length, or the part, of an object. */
  private void requireNoMore(ResponseInputStream<GetObjectResponse> in) throws IOException {
    if (in.read() >= 0) {
      throw faults.unfit(
          "sends more bytes of an object than it says (Content-Length) or was asked for");
    }
  }

  private void requireWhole(GetObjectResponse response) {
    if (isPart(response)) {
      throw faults.unfit("sends a part of an object (206) where the whole was asked for");
    }
  }

  private void requireBeginning(GetObjectResponse response) {
    String range = response.contentRange();
    if (isPart(response) && range != null && !range.matches("(?i)bytes[ =]+0-.*")) {
      throw faults.unfit("sends another part of an object than its beginning, which was asked for");
    }
  }

  private static boolean isPart(SdkResponse response) {
    return response.sdkHttpResponse().statusCode() == PARTIAL_CONTENT;
  }

  /** Sees to it that an object is not taken for whole whose end nothing marks. */
  private void requireEnd(GetObjectResponse response) {
    Long length = response.contentLength();
    boolean hasChunks =
        response.sdkHttpResponse().firstMatchingHeader("Transfer-Encoding").isPresent();
    if (length == null ? !hasChunks : length < 0) {
      throw faults.unfit("sends an object without its length (Content-Length)");
    }
  }

  private void requireSize(ResponseInputStream<GetObjectResponse> in, long size, String name) {
    if (size > UnreadableException.MAX_SIZE) {
      throw faults.tooLarge(name, stat(in, size));
    }
  }

  private Stat stat(ResponseInputStream<GetObjectResponse> in, long size) {
    return stat(size, in.response().lastModified(), in.response().eTag());
  }

  /** What is known of an object without reading it; reads what may be absent, or a tombstone. */
  Optional<Version.Seen> look(String name) {
    HeadObjectResponse response;
    try {
      response =
          call(() -> client.headObject(request -> request.bucket(bucket).key(prefix + name)));
    } catch (S3Exception e) {
      if (REFUSED.contains(e.statusCode())) {
        return get(name, Optional.empty()).map(Body::seen); // whose answer says what is the matter
      }
      throw e;
    }
    Long size = response.contentLength();
    boolean mustRead =
        size == null
            || size < 0
            || isPart(response) // whose size is not the object's
            || size == Tombstone.SIZE
            || response.lastModified() == null
            || response.eTag() == null;
    if (mustRead) {
      return get(name, Optional.empty()).map(Body::seen);
    }
    Stat stat = stat(size, response.lastModified(), response.eTag());
    return Optional.of(seen(stat, false, response.metadata()));
  }

  /** Absence of the object, or the exception again: the bucket's, or a proxy's of its server. */
  private static <T> Optional<T> absent(S3Exception e) {
    if (e.statusCode() == ABSENT && S3Errors.code(e).equals(NO_SUCH_KEY)) {
      return Optional.empty();
    }
    throw e;
  }

  /**
   * Whether {@code e} says that the condition of a PUT or DELETE did not hold, in one of the ways
   * in which servers say so.
   */
  static boolean isLost(S3Exception e) {
    return switch (e.statusCode()) {
      case 412, NOT_MODIFIED -> true;
      case ABSENT -> S3Errors.code(e).equals(NO_SUCH_KEY);
      default -> S3Errors.code(e).equals("PreconditionFailed");
    };
  }

  /** Writes an object; some servers do not tell its ETag. */
  Optional<ETag> put(String name, byte[] bytes, Header header, WriteHistory writes) {
    PutObjectRequest request =
        PutObjectRequest.builder()
            .bucket(bucket)
            .key(prefix + name)
            .ifMatch(header.ifMatch == null ? null : text(header.ifMatch, quotesConditions))
            .ifNoneMatch(header.ifNoneMatch)
            .metadata(metadata(writes))
            .contentType(CONTENT_TYPE)
            .build();
    PutObjectResponse response =
        call(() -> client.putObject(request, body(bytes, 0, bytes.length)));
    requireOfS3WithoutBody(response, response.eTag() != null);
    return told(response.eTag());
  }

  /**
   * Sees to it that an answer which is not the server's, such as a proxy's page, is not taken for
   * one: it tells neither what was done nor what is there.
   *
   * @param told whether it tells what the server's answer does
   */
  private static void requireOfS3(SdkResponse response, boolean told) {
    SdkHttpResponse http = response.sdkHttpResponse();
    if (!told && http.firstMatchingHeader(REQUEST_ID).isEmpty()) {
      throw S3Errors.foreign(http);
    }
  }

  /** The same of an answer that never has a body. */
  private static void requireOfS3WithoutBody(SdkResponse response, boolean told) {
    SdkHttpResponse http = response.sdkHttpResponse();
    boolean chunked =
        http.firstMatchingHeader("Transfer-Encoding").isPresent()
            && http.firstMatchingHeader(REQUEST_ID).isEmpty();
    if (chunked
        || http.firstMatchingHeader("Content-Length").filter(n -> !n.equals("0")).isPresent()) {
      throw S3Errors.foreign(http);
    }
    requireOfS3(response, told);
  }

  private static Optional<ETag> told(@Nullable String etag) {
    return Optional.ofNullable(etag)
        .map(Requests::plain)
        .filter(text -> !text.isEmpty())
        .map(ETag::new);
  }

  /** Begins an upload in parts and returns its id. */
  String beginParts(String name, WriteHistory writes) {
    CreateMultipartUploadResponse response =
        call(
            () ->
                client.createMultipartUpload(
                    request ->
                        request
                            .bucket(bucket)
                            .key(prefix + name)
                            .metadata(metadata(writes))
                            .contentType(CONTENT_TYPE)));
    if (response.uploadId() == null) {
      throw S3Errors.foreign(response.sdkHttpResponse());
    }
    return response.uploadId();
  }

  /** Uploads {@code length} bytes from {@code offset} on. */
  CompletedPart putPart(
      String name, String upload, int number, byte[] bytes, int offset, int length) {
    UploadPartResponse response =
        call(
            () ->
                client.uploadPart(
                    request ->
                        request
                            .bucket(bucket)
                            .key(prefix + name)
                            .uploadId(upload)
                            .partNumber(number),
                    body(bytes, offset, length)));
    requireOfS3WithoutBody(response, response.eTag() != null);
    if (response.eTag() == null) {
      throw faults.unfit("tells no ETag of a part that it was sent (UploadPart)");
    }
    return CompletedPart.builder().partNumber(number).eTag(response.eTag()).build();
  }

  /** Makes an object of the parts; some servers do not tell its ETag. */
  Optional<ETag> completeParts(String name, String upload, List<CompletedPart> parts) {
    CompleteMultipartUploadResponse response =
        call(
            () ->
                client.completeMultipartUpload(
                    request ->
                        request
                            .bucket(bucket)
                            .key(prefix + name)
                            .uploadId(upload)
                            .multipartUpload(all -> all.parts(parts))));
    requireOfS3(response, response.eTag() != null || response.key() != null);
    return told(response.eTag());
  }

  void abortParts(String name, String upload) {
    call(
        () ->
            client.abortMultipartUpload(
                request -> request.bucket(bucket).key(prefix + name).uploadId(upload)));
  }

  void delete(String name) {
    requireDeleted(
        call(() -> client.deleteObject(request -> request.bucket(bucket).key(prefix + name))));
  }

  /** Deletes one version; only for servers that honour the condition. */
  void delete(String name, ETag etag) {
    String match = text(etag, quotesConditions);
    requireDeleted(
        call(
            () ->
                client.deleteObject(
                    request -> request.bucket(bucket).key(prefix + name).ifMatch(match))));
  }

  private static void requireDeleted(DeleteObjectResponse response) {
    requireOfS3WithoutBody(response, response.sdkHttpResponse().statusCode() == NO_CONTENT);
  }

  /**
   * Deletes up to 1,000 objects and returns what is wrong with those that it could not delete. Asks
   * for the names of the others, so that a page which names none is no success.
   */
  List<S3Error> delete(Collection<String> names) {
    List<ObjectIdentifier> objects = new ArrayList<>();
    for (String name : names) {
      objects.add(ObjectIdentifier.builder().key(prefix + name).build());
    }
    DeleteObjectsResponse response =
        call(
            () ->
                client.deleteObjects(
                    request -> request.bucket(bucket).delete(all -> all.objects(objects))));
    requireOfS3(response, response.hasDeleted() || response.hasErrors());
    return response.errors();
  }

  /** The name of the object that {@code error} is about. */
  String name(S3Error error) {
    String key = String.valueOf(error.key());
    return key.startsWith(prefix) ? key.substring(prefix.length()) : key;
  }

  /**
   * Lists up to {@code max} objects.
   *
   * @param delimiter after which names are cut off, and given as prefixes; null for none
   * @param next of the page before, or null for the first one
   */
  Page list(String below, @Nullable String delimiter, @Nullable String next, int max) {
    ListObjectsV2Response response =
        call(
            () ->
                client.listObjectsV2(
                    request ->
                        request
                            .bucket(bucket)
                            .prefix(prefix + below)
                            .delimiter(delimiter)
                            .continuationToken(next)
                            .encodingType(EncodingType.URL) // XML cannot hold every name
                            .maxKeys(max)));
    requireListing(response);
    List<Listed> objects = new ArrayList<>();
    for (S3Object object : response.contents()) {
      listed(object, prefix + below).ifPresent(objects::add);
    }
    List<String> prefixes = new ArrayList<>();
    for (CommonPrefix common : response.commonPrefixes()) {
      prefixes.add(listed(common, prefix + below, String.valueOf(delimiter)));
    }
    String token = response.nextContinuationToken();
    if (Boolean.FALSE.equals(response.isTruncated())) {
      token = null;
    } else if (token == null && response.isTruncated() != null) {
      throw faults.unfit(
          "says that a listing goes on, but not where (NextContinuationToken); it needs version 2"
              + " of ListObjects");
    }
    return new Page(objects, prefixes, next, token);
  }

  /**
   * Sees to it that a page which is no listing, such as a proxy's, is not taken for an empty one.
   */
  private static void requireListing(ListObjectsV2Response response) {
    if (response.name() == null
        && response.isTruncated() == null
        && response.keyCount() == null
        && response.contents().isEmpty()) {
      throw S3Errors.foreign(response.sdkHttpResponse());
    }
  }

  /** A listed object; what the listing leaves out is asked for, and it may be gone by then. */
  private Optional<Listed> listed(S3Object object, String below) {
    if (object.key() == null || object.size() == null || object.size() < 0) {
      throw faults.unfit("lists an object without its key or size (ListObjectsV2)");
    }
    if (!object.key().startsWith(below)) {
      throw elsewhere();
    }
    String name = object.key().substring(prefix.length());
    if (object.eTag() == null || object.lastModified() == null) {
      return look(name).map(seen -> new Listed(name, seen.stat()));
    }
    return Optional.of(new Listed(name, stat(object.size(), object.lastModified(), object.eTag())));
  }

  private String listed(CommonPrefix common, String below, String delimiter) {
    String text = String.valueOf(common.prefix());
    if (!text.startsWith(below) || text.equals(below) || !text.endsWith(delimiter)) {
      throw elsewhere();
    }
    return text.substring(prefix.length());
  }

  private StoreException elsewhere() {
    return faults.unfit("lists what does not lie below the prefix asked for (ListObjectsV2)");
  }

  void createBucket() {
    call(() -> client.createBucket(request -> request.bucket(bucket)));
  }

  private static RequestBody body(byte[] bytes, int offset, int length) {
    return RequestBody.fromContentProvider(
        () -> new ByteArrayInputStream(bytes, offset, length), length, CONTENT_TYPE);
  }

  private static Map<String, String> metadata(WriteHistory writes) {
    return Map.of(WriteHistory.KEY, writes.toString());
  }

  private Version.Seen seen(Stat stat, boolean isTombstone, Map<String, String> metadata) {
    WriteHistory writes = WriteHistory.NONE;
    for (Map.Entry<String, String> each : metadata.entrySet()) {
      if (each.getKey().equalsIgnoreCase(WriteHistory.KEY)) {
        writes = WriteHistory.parse(each.getValue());
        keepsMetadata = true;
      }
    }
    return new Version.Seen(stat, new Version(stat.etag(), isTombstone, writes));
  }

  /** Times are cut to seconds, which is all that a response to GET or HEAD has. */
  private Stat stat(long size, @Nullable Instant lastModified, @Nullable String etag) {
    if (lastModified == null) {
      throw faults.unfit("does not tell when an object was written (Last-Modified)");
    }
    return new Stat(
        size,
        lastModified.truncatedTo(ChronoUnit.SECONDS),
        told(etag).orElseThrow(() -> faults.unfit("tells no ETag of an object")));
  }

  /** Without quotes, and without the sign by which proxies weaken it. */
  private static String plain(String etag) {
    return etag.replaceFirst("^W/", "").replace("\"", "").strip();
  }
}
