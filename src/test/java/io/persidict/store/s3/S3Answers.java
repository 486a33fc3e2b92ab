package io.persidict.store.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.persidict.store.s3.LoopbackBucket.Thing;
import java.io.ByteArrayOutputStream;
import java.net.URLEncoder;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the server does with each kind of request. */
final class S3Answers {
  private static final DateTimeFormatter AMZ_DATE =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'");
  private static final Duration MAX_SKEW = Duration.ofMinutes(15);
  private static final Pattern SIGNATURE =
      Pattern.compile("AWS4-HMAC-SHA256 Credential=[^/]+/\\d{8}/([^/]+)/s3/aws4_request,.*");
  private static final Pattern KEY = Pattern.compile("<Key>(.*?)</Key>", Pattern.DOTALL);
  private static final Pattern PART =
      Pattern.compile("<PartNumber>(\\d+)</PartNumber>", Pattern.DOTALL);
  private static final Pattern RANGE = Pattern.compile("bytes=0-(\\d{1,9})");
  private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");
  private static final String META = "x-amz-meta-";

  /** How many characters of metadata an object has at most. */
  private static final int MAX_METADATA = 2_048;

  private final LoopbackS3 server;
  private final S3Request request;
  private final LoopbackBucket bucket;
  private final Map<String, Optional<Thing>> before;

  private S3Answers(
      LoopbackS3 server,
      S3Request request,
      LoopbackBucket bucket,
      Map<String, Optional<Thing>> before) {
    this.server = server;
    this.request = request;
    this.bucket = bucket;
    this.before = before;
  }

  /**
   * Carries out a request.
   *
   * @param before what lay where the request came in that changes it without a condition; where
   *     that has been replaced since, the change is lost, and acknowledged
   */
  static S3Answer answer(
      LoopbackS3 server, S3Request request, Map<String, Optional<Thing>> before) {
    checkAccess(server, request);
    if (request.operation().equals("CreateBucket")) {
      server.createBucket(request.bucket());
      return S3Answer.of(200);
    }
    LoopbackBucket bucket = server.buckets.get(request.bucket());
    if (bucket == null) {
      throw S3Answer.refusal(404, "NoSuchBucket", "The specified bucket does not exist");
    }
    S3Answers answers = new S3Answers(server, request, bucket, before);
    return switch (request.operation()) {
      case "GetObject" -> answers.get();
      case "HeadObject" -> answers.head();
      case "PutObject" -> answers.put();
      case "DeleteObject" -> answers.delete();
      case "ListObjectsV2" -> answers.list();
      case "DeleteObjects" -> answers.deleteMany();
      case "CreateMultipartUpload" -> answers.begin();
      case "UploadPart" -> answers.part();
      case "CompleteMultipartUpload" -> answers.complete();
      case "AbortMultipartUpload" -> answers.abort();
      default -> S3Answer.error(405, "MethodNotAllowed", request.method());
    };
  }

  /** The keys of what a request changes without a condition. */
  static List<String> unconditionallyChanged(S3Request request) {
    return switch (request.operation()) {
      case "PutObject", "DeleteObject" ->
          request.isConditionalWrite() ? List.of() : List.of(request.key());
      case "DeleteObjects" -> List.copyOf(keys(request));
      default -> List.of();
    };
  }

  private static Set<String> keys(S3Request request) {
    Set<String> keys = new LinkedHashSet<>();
    Matcher key = KEY.matcher(new String(request.body(), UTF_8));
    while (key.find()) {
      keys.add(unescape(key.group(1)));
    }
    return keys;
  }

  /** What holds of an object unless a change without a condition came in earlier than it. */
  private Predicate<Optional<Thing>> notOvertaken(String key) {
    return current ->
        !before.containsKey(key) || current.orElse(null) == before.get(key).orElse(null);
  }

  // ---- who, where, when, and whether the body is what was signed

  private static void checkAccess(LoopbackS3 server, S3Request request) {
    Matcher signature = SIGNATURE.matcher(request.header("Authorization").orElse(""));
    if (!signature.matches() || server.forbidden.contains(request.bucket())) {
      throw S3Answer.refusal(403, "AccessDenied", "Access Denied");
    }
    if (!signature.group(1).equals(LoopbackS3.REGION)) {
      throw new S3Answer.Refusal(
          S3Answer.error(
                  400,
                  "AuthorizationHeaderMalformed",
                  "The region '" + signature.group(1) + "' is wrong")
              .with("x-amz-bucket-region", LoopbackS3.REGION));
    }
    Instant signed =
        LocalDateTime.parse(request.header("x-amz-date").orElseThrow(), AMZ_DATE)
            .toInstant(ZoneOffset.UTC);
    if (Duration.between(signed, server.now()).abs().compareTo(MAX_SKEW) > 0) {
      throw S3Answer.refusal(403, "RequestTimeTooSkewed", "The difference is too large.");
    }
    if (!request.operation().equals("DeleteObjects") && hasChecksum(request)) {
      throw S3Answer.refusal(501, "NotImplemented", "Checksums, which older servers do not know.");
    }
    String hash = request.header("x-amz-content-sha256").orElse("");
    boolean chunked =
        hash.startsWith("STREAMING") || request.header("Content-Encoding").isPresent();
    boolean unsigned = hash.equals("UNSIGNED-PAYLOAD");
    if (chunked || !(unsigned || hash.equals(LoopbackBucket.hash("SHA-256", request.body())))) {
      throw S3Answer.refusal(400, "XAmzContentSHA256Mismatch", "The body is another.");
    }
  }

  private static boolean hasChecksum(S3Request request) {
    return request.headers().keySet().stream()
        .anyMatch(name -> name.matches("(?i)content-md5|x-amz-checksum-.*"));
  }

  // ---- objects

  private Thing existing() {
    return bucket
        .get(request.key())
        .orElseThrow(() -> S3Answer.refusal(404, "NoSuchKey", "The key does not exist."));
  }

  private S3Answer get() {
    Thing thing = existing();
    if (server.mischief().refusesToRead(request.key())) {
      return S3Answer.error(403, "InvalidObjectState", "It is in an archive.");
    }
    String given = request.header("If-None-Match").orElse("");
    String known =
        server.has(Quirk.QUOTED_CONDITIONS) && !given.startsWith("\"") ? "" : unquoted(given);
    S3Answer answer =
        known.equals(thing.etag()) ? S3Answer.of(304) : described(asked(thing), thing);
    return answer.with("ETag", quoted(thing.etag()));
  }

  /** What was asked for of an object: the beginning, or all. */
  private S3Answer asked(Thing thing) {
    int size = thing.bytes().length;
    Matcher range = RANGE.matcher(request.header("Range").orElse(""));
    if (!range.matches()) {
      return S3Answer.of(200, Map.of(), thing.bytes());
    }
    if (size == 0) {
      return S3Answer.error(416, "InvalidRange", "The requested range is not satisfiable");
    }
    int end = Math.min(size, Integer.parseInt(range.group(1)) + 1);
    return S3Answer.of(
        206,
        Map.of("Content-Range", "bytes 0-" + (end - 1) + "/" + size),
        Arrays.copyOf(thing.bytes(), end));
  }

  private S3Answer head() {
    Thing thing = existing();
    return described(S3Answer.of(200), thing)
        .with("Content-Length", String.valueOf(thing.bytes().length));
  }

  private static S3Answer described(S3Answer answer, Thing thing) {
    S3Answer described =
        answer
            .with("ETag", quoted(thing.etag()))
            .with(
                "Last-Modified",
                DateTimeFormatter.RFC_1123_DATE_TIME.format(
                    thing.lastModified().atOffset(ZoneOffset.UTC)));
    for (Map.Entry<String, String> each : thing.metadata().entrySet()) {
      described = described.with(META + each.getKey(), each.getValue());
    }
    return described;
  }

  private S3Answer put() {
    Thing thing = thing(request.body(), LoopbackBucket.md5(request.body()), metadata());
    if (request.isConditionalWrite()) {
      if (server.has(Quirk.NO_CONDITIONS)) {
        return S3Answer.error(501, "NotImplemented", "A header is not implemented.");
      }
      if (server.has(Quirk.REFUSES_CONDITIONS)) {
        return lost();
      }
    } else if (!notOvertaken(request.key()).test(bucket.get(request.key()))) {
      return S3Answer.of(200).with("ETag", quoted(thing.etag()));
    }
    if (request.header("If-Match").isPresent() && bucket.get(request.key()).isEmpty()) {
      return S3Answer.error(404, "NoSuchKey", "The key does not exist.");
    }
    return bucket.put(request.key(), thing, condition())
        ? S3Answer.of(200).with("ETag", quoted(thing.etag()))
        : lost();
  }

  private Thing thing(byte[] bytes, String etag, Map<String, String> metadata) {
    return new Thing(bytes, etag, server.now().truncatedTo(ChronoUnit.MILLIS), metadata);
  }

  private Map<String, String> metadata() {
    Map<String, String> metadata = new HashMap<>();
    request
        .headers()
        .forEach(
            (name, value) -> {
              if (name.toLowerCase(java.util.Locale.ROOT).startsWith(META)) {
                metadata.put(name.substring(META.length()), value);
              }
            });
    int size = metadata.entrySet().stream().mapToInt(S3Answers::size).sum();
    if (size > MAX_METADATA) {
      throw new S3Answer.Refusal(
          S3Answer.error(400, "MetadataTooLarge", "Your metadata is too large."));
    }
    return metadata;
  }

  private static int size(Map.Entry<String, String> metadata) {
    return metadata.getKey().length() + metadata.getValue().length();
  }

  /** A quoted ETag is as it stands, and so none that there is, or the other way round. */
  private Predicate<Optional<Thing>> condition() {
    Optional<String> match =
        request
            .header("If-Match")
            .map(
                etag ->
                    !server.has(Quirk.QUOTED_CONDITIONS)
                        ? etag
                        : etag.startsWith("\"") ? unquoted(etag) : "not " + etag);
    Optional<String> noneMatch = request.header("If-None-Match");
    return current ->
        (match.isEmpty() || (current.isPresent() && current.get().etag().equals(match.get())))
            && (noneMatch.isEmpty() || current.isEmpty());
  }

  private static S3Answer lost() {
    return S3Answer.error(412, "PreconditionFailed", "A precondition did not hold");
  }

  private S3Answer delete() {
    boolean done =
        bucket.delete(
            request.key(),
            server.honoursConditionalDeletes() ? condition() : notOvertaken(request.key()));
    return done || !server.honoursConditionalDeletes() ? S3Answer.of(204) : lost();
  }

  private S3Answer deleteMany() {
    Optional<String> md5 = request.header("Content-MD5");
    if (server.has(Quirk.WANTS_CONTENT_MD5) ? md5.isEmpty() : !hasChecksum(request)) {
      return S3Answer.error(400, "InvalidRequest", "Missing required header: Content-MD5");
    }
    byte[] digest = HexFormat.of().parseHex(LoopbackBucket.md5(request.body()));
    if (md5.isPresent() && !md5.get().equals(Base64.getEncoder().encodeToString(digest))) {
      return S3Answer.error(400, "BadDigest", "The body is another.");
    }
    Set<String> keys = keys(request);
    if (keys.isEmpty() || keys.size() > 1000) {
      return S3Answer.error(400, "MalformedXML", keys.size() + " keys");
    }
    StringBuilder xml = new StringBuilder("<DeleteResult>");
    for (String each : keys) {
      if (server.mischief().refusesToDelete(each)) {
        xml.append(
            "<Error><Key>%s</Key><Code>InternalError</Code></Error>".formatted(escape(each)));
      } else {
        bucket.delete(each, notOvertaken(each));
        xml.append("<Deleted><Key>%s</Key></Deleted>".formatted(escape(each)));
      }
    }
    return S3Answer.xml(xml.append("</DeleteResult>").toString());
  }

  // ---- listings

  private S3Answer list() {
    String prefix = request.query().getOrDefault("prefix", "");
    String delimiter = request.query().getOrDefault("delimiter", "");
    String after =
        server.has(Quirk.LIST_IGNORES_TOKEN)
            ? ""
            : decoded(request.query().getOrDefault("continuation-token", ""));
    int max = Math.min(1000, Integer.parseInt(request.query().getOrDefault("max-keys", "1000")));
    StringBuilder xml = new StringBuilder("<ListBucketResult><Name>");
    xml.append(escape(request.bucket())).append("</Name>");
    if (encodesNames()) {
      xml.append("<EncodingType>url</EncodingType>");
    }
    xml.append("<Prefix>").append(name(prefix)).append("</Prefix>");
    if (!delimiter.isEmpty()) {
      xml.append("<Delimiter>").append(name(delimiter)).append("</Delimiter>");
    }
    int count = 0;
    String last = after;
    boolean truncated = false;
    for (Map.Entry<String, Thing> each : bucket.list(prefix, after).entrySet()) {
      String common = common(each.getKey(), prefix, delimiter);
      if (!common.isEmpty() && last.startsWith(common)) {
        continue;
      }
      if (count++ == max) {
        truncated = true;
        break;
      }
      xml.append(
          common.isEmpty() ? contents(each.getKey(), each.getValue()) : commonPrefix(common));
      last = common.isEmpty() ? each.getKey() : common + Character.MAX_VALUE;
    }
    xml.append("<IsTruncated>").append(truncated).append("</IsTruncated>");
    if (truncated) {
      xml.append("<NextContinuationToken>")
          .append(encoded(last))
          .append("</NextContinuationToken>");
    }
    return S3Answer.xml(xml.append("</ListBucketResult>").toString());
  }

  private static String common(String key, String prefix, String delimiter) {
    int end = delimiter.isEmpty() ? -1 : key.indexOf(delimiter, prefix.length());
    return end < 0 ? "" : key.substring(0, end + delimiter.length());
  }

  private boolean encodesNames() {
    return request.query().getOrDefault("encoding-type", "").equals("url")
        && !server.has(Quirk.LIST_UNENCODED);
  }

  /** As it is listed. */
  private String name(String text) {
    return encodesNames() ? URLEncoder.encode(text, UTF_8).replace("%2F", "/") : escape(text);
  }

  private String contents(String key, Thing thing) {
    return "<Contents><Key>%s</Key><LastModified>%s</LastModified><ETag>&quot;%s&quot;</ETag><Size>%d</Size></Contents>"
        .formatted(name(key), thing.lastModified(), thing.etag(), thing.bytes().length);
  }

  private String commonPrefix(String prefix) {
    return "<CommonPrefixes><Prefix>" + name(prefix) + "</Prefix></CommonPrefixes>";
  }

  // ---- uploads in parts

  private S3Answer begin() {
    String id = UUID.randomUUID().toString();
    bucket.uploads.put(id, new LoopbackBucket.Parts(request.key(), metadata(), new TreeMap<>()));
    return S3Answer.xml(
        "<InitiateMultipartUploadResult><UploadId>%s</UploadId></InitiateMultipartUploadResult>"
            .formatted(id));
  }

  private LoopbackBucket.Parts upload() {
    LoopbackBucket.Parts upload = bucket.uploads.get(request.query().get("uploadId"));
    if (upload == null || !upload.key().equals(request.key())) {
      throw S3Answer.refusal(404, "NoSuchUpload", "There is no such upload.");
    }
    return upload;
  }

  private S3Answer part() {
    synchronized (bucket) {
      upload().parts().put(Integer.parseInt(request.query().get("partNumber")), request.body());
    }
    return S3Answer.of(200).with("ETag", quoted(LoopbackBucket.md5(request.body())));
  }

  private S3Answer complete() {
    LoopbackBucket.Parts upload = upload();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int count = 0;
    Matcher part = PART.matcher(new String(request.body(), UTF_8));
    while (part.find()) {
      bytes.writeBytes(upload.parts().get(Integer.parseInt(part.group(1))));
      count++;
    }
    Thing thing =
        thing(
            bytes.toByteArray(),
            LoopbackBucket.md5(bytes.toByteArray()) + "-" + count,
            upload.metadata());
    bucket.put(upload.key(), thing, current -> true);
    bucket.uploads.remove(request.query().get("uploadId"));
    return S3Answer.xml(
        "<CompleteMultipartUploadResult><ETag></ETag></CompleteMultipartUploadResult>");
  }

  private S3Answer abort() {
    upload();
    bucket.uploads.remove(request.query().get("uploadId"));
    return S3Answer.of(204);
  }

  // ---- texts

  private static String quoted(String etag) {
    return '"' + etag + '"';
  }

  private static String unquoted(String etag) {
    return etag.replace("\"", "");
  }

  private static String encoded(String text) {
    return Base64.getUrlEncoder().encodeToString(text.getBytes(UTF_8));
  }

  private static String decoded(String text) {
    return new String(Base64.getUrlDecoder().decode(text), UTF_8);
  }

  /** Also what is no character of XML, and so makes it malformed. */
  private static String escape(String text) {
    String escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    return CONTROL.matcher(escaped).replaceAll(c -> "&#x%x;".formatted((int) c.group().charAt(0)));
  }

  private static String unescape(String text) {
    return text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&");
  }
}
