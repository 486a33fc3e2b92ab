package io.persidict.store.s3;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A request as the server reads it; the key is empty for requests on a bucket. */
@SuppressWarnings("ArrayRecordComponent")
record S3Request(
    String method,
    String bucket,
    String key,
    Map<String, String> query,
    Map<String, String> headers,
    byte[] body) {

  static S3Request read(HttpExchange http) throws IOException {
    String path = http.getRequestURI().getRawPath().substring(1);
    int slash = path.indexOf('/');
    Map<String, String> query = new HashMap<>();
    String raw = http.getRequestURI().getRawQuery();
    if (raw != null) {
      for (String each : raw.split("&")) {
        int equals = each.indexOf('=');
        query.put(
            decode(equals < 0 ? each : each.substring(0, equals)),
            equals < 0 ? "" : decode(each.substring(equals + 1)));
      }
    }
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    http.getRequestHeaders().forEach((name, values) -> headers.put(name, values.get(0)));
    return new S3Request(
        http.getRequestMethod(),
        decode(slash < 0 ? path : path.substring(0, slash)),
        slash < 0 ? "" : decode(path.substring(slash + 1)),
        query,
        headers,
        http.getRequestBody().readAllBytes());
  }

  private static String decode(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name));
  }

  /** S3's name of it. */
  String operation() {
    if (key.isEmpty()) {
      return switch (method) {
        case "GET" -> "ListObjectsV2";
        case "PUT" -> "CreateBucket";
        case "POST" -> "DeleteObjects";
        default -> method;
      };
    }
    return switch (method) {
      case "GET" -> "GetObject";
      case "HEAD" -> "HeadObject";
      case "PUT" -> query.containsKey("uploadId") ? "UploadPart" : "PutObject";
      case "POST" ->
          query.containsKey("uploads") ? "CreateMultipartUpload" : "CompleteMultipartUpload";
      case "DELETE" -> query.containsKey("uploadId") ? "AbortMultipartUpload" : "DeleteObject";
      default -> method;
    };
  }

  /** Whether it may change what is stored. */
  boolean isWrite() {
    return !method.equals("GET") && !method.equals("HEAD");
  }

  boolean isConditionalWrite() {
    return isWrite() && (headers.containsKey("If-Match") || headers.containsKey("If-None-Match"));
  }
}
