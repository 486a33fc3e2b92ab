package io.persidict.store.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Makes of AWS's answer that of another server. */
final class Quirks {
  private Quirks() {}

  static S3Answer applied(Set<Quirk> quirks, S3Request request, S3Answer answer) {
    S3Answer changed = answer;
    for (Quirk quirk : quirks) {
      changed = applied(quirk, request, changed);
    }
    return changed;
  }

  private static S3Answer applied(Quirk quirk, S3Request request, S3Answer answer) {
    String operation = request.operation();
    boolean head = operation.equals("HeadObject");
    return switch (quirk) {
      case HEAD_WITHOUT_LENGTH ->
          head && answer.status() == 200 ? answer.with("Content-Length", "") : answer;
      case HEAD_WITHOUT_LAST_MODIFIED -> head ? without(answer, "Last-Modified") : answer;
      case HEAD_WITHOUT_ETAG -> head ? without(answer, "ETag") : answer;
      case PUT_WITHOUT_ETAG -> operation.equals("PutObject") ? without(answer, "ETag") : answer;
      case WEAK_ETAGS ->
          answer.headers().containsKey("ETag")
              ? answer.with("ETag", "W/" + answer.headers().get("ETag"))
              : answer;
      case NOT_MODIFIED_FOR_LOST -> isLostPut(request, answer) ? S3Answer.of(304) : answer;
      case CONFLICT_FOR_LOST ->
          isLostPut(request, answer)
              ? S3Answer.error(409, "PreconditionFailed", "A precondition did not hold")
              : answer;
      case LIST_WITHOUT_IS_TRUNCATED -> inBody(answer, "<IsTruncated>.*?</IsTruncated>");
      case NO_LAST_MODIFIED -> without(answer, "Last-Modified");
      case NO_ETAG -> inBody(without(answer, "ETag"), "<ETag>.*?</ETag>");
      case NO_METADATA -> without(answer, "x-amz-meta-" + WriteHistory.KEY);
      case LIST_WITHOUT_TOKEN ->
          inBody(answer, "<NextContinuationToken>.*?</NextContinuationToken>");
      case LOSES_UNCONDITIONAL,
          CAPITALIZED_HEADERS,
          QUOTED_CONDITIONS,
          NO_CONDITIONS,
          REFUSES_CONDITIONS,
          LIST_IGNORES_TOKEN,
          LIST_UNENCODED,
          WANTS_CONTENT_MD5 ->
          answer;
    };
  }

  private static boolean isLostPut(S3Request request, S3Answer answer) {
    return request.operation().equals("PutObject") && answer.status() == 412;
  }

  private static S3Answer without(S3Answer answer, String header) {
    Map<String, String> left = new LinkedHashMap<>(answer.headers());
    left.remove(header);
    return new S3Answer(answer.status(), left, answer.body(), answer.delivery());
  }

  private static S3Answer inBody(S3Answer answer, String removed) {
    String text = new String(answer.body(), UTF_8);
    return text.startsWith("<ListBucketResult>")
        ? new S3Answer(
            answer.status(),
            answer.headers(),
            text.replaceAll(removed, "").getBytes(UTF_8),
            answer.delivery())
        : answer;
  }
}
