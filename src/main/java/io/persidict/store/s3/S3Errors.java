package io.persidict.store.s3;

import io.persidict.store.StoreException;
import java.io.IOException;
import java.net.UnknownHostException;
import java.util.Set;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Tells faults that may pass from those that stay, and says in a sentence what is wrong, where, and
 * which setting to look at.
 */
record S3Errors(S3Server server, String bucket, String prefix) {
  private static final Set<Integer> PASSING_STATUS = Set.of(429, 500, 502, 503, 504);
  private static final Set<String> PASSING_CODE =
      Set.of(
          "ConditionalRequestConflict",
          "InternalError",
          "NoSuchUpload",
          "OperationAborted",
          "RequestTimeout",
          "ServiceUnavailable",
          "SlowDown",
          "Throttling");

  /** Whether the same request may well succeed later. */
  static boolean isRetryable(SdkException e) {
    if (e instanceof S3Exception answer) {
      return PASSING_STATUS.contains(answer.statusCode()) || PASSING_CODE.contains(code(answer));
    }
    return cause(e, IOException.class) != null
        || cause(e, XMLStreamException.class) != null; // an answer that was cut off
  }

  static String code(S3Exception e) {
    AwsErrorDetails details = e.awsErrorDetails();
    return details == null || details.errorCode() == null ? "" : details.errorCode();
  }

  private static <T extends Throwable> @Nullable T cause(Throwable e, Class<T> type) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (type.isInstance(cause)) {
        return type.cast(cause);
      }
    }
    return null;
  }

  /** The place, as the store names itself. */
  String place() {
    return "s3://" + bucket + "/" + prefix;
  }

  StoreException explain(String doing, SdkException e) {
    return new StoreException(
        "cannot " + doing + " in " + place() + " (" + server + "): " + reason(e), e);
  }

  private String reason(SdkException e) {
    if (e instanceof S3Exception answer) {
      return reason(answer);
    }
    UnknownHostException unknown = cause(e, UnknownHostException.class);
    if (unknown != null) {
      return "there is no host "
          + unknown.getMessage()
          + "; check s3.endpoint, s3.region, and s3.path-style if the bucket is part of that name";
    }
    IOException io = cause(e, IOException.class);
    if (io != null) {
      return "no answer within "
          + server.timeout()
          + " ("
          + (io.getMessage() == null ? io.getClass().getSimpleName() : io.getMessage())
          + "); check s3.endpoint, s3.timeout and the network";
    }
    return String.valueOf(e.getMessage());
  }

  private String reason(S3Exception e) {
    String code = code(e);
    return switch (code) {
      case "NoSuchBucket" ->
          "there is no bucket " + bucket + "; create it, or check its name and s3.endpoint";
      case "PermanentRedirect",
          "AuthorizationHeaderMalformed",
          "IllegalLocationConstraintException" ->
          "the bucket is in another region" + region(e) + "; set s3.region";
      case "RequestTimeTooSkewed", "RequestExpired" ->
          "this machine's clock is off: the server refuses requests made at its time"
              + serverTime(e)
              + "; set the clock";
      case "AccessDenied", "AllAccessDisabled" -> forbidden();
      case "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken" ->
          "the server does not accept the credentials ("
              + code
              + "); check what the AWS default chain finds, such as AWS_ACCESS_KEY_ID or a profile";
      default ->
          e.statusCode() == 301
              ? "the bucket is in another region" + region(e) + "; set s3.region"
              : e.statusCode() == 403 ? forbidden() : answer(e, code);
    };
  }

  private String forbidden() {
    return "access is forbidden; the credentials need s3:GetObject, s3:PutObject and"
        + " s3:DeleteObject on the objects and s3:ListBucket on the bucket "
        + bucket;
  }

  private static String answer(S3Exception e, String code) {
    AwsErrorDetails details = e.awsErrorDetails();
    String message = details == null ? null : details.errorMessage();
    return "the server answered "
        + e.statusCode()
        + (code.isEmpty() ? "" : " " + code)
        + (message == null ? "" : ", " + message);
  }

  private static String region(S3Exception e) {
    return header(e, "x-amz-bucket-region", ", ");
  }

  private static String serverTime(S3Exception e) {
    return header(e, "Date", ", while it is ");
  }

  private static String header(S3Exception e, String name, String before) {
    AwsErrorDetails details = e.awsErrorDetails();
    return details == null || details.sdkHttpResponse() == null
        ? ""
        : details.sdkHttpResponse().firstMatchingHeader(name).map(before::concat).orElse("");
  }

  /** What is wrong before any request can be made: no credentials, no region. */
  StoreException noCredentials(SdkClientException e) {
    return new StoreException(
        "cannot open "
            + place()
            + " ("
            + server
            + "): the AWS default chain finds no credentials; give them as AWS_ACCESS_KEY_ID and"
            + " AWS_SECRET_ACCESS_KEY, as a profile, or by the machine's role",
        e);
  }

  StoreException noRegion(SdkClientException e) {
    return new StoreException(
        "cannot open "
            + place()
            + " ("
            + server
            + "): no region is known; set s3.region, aws.region or AWS_REGION",
        e);
  }
}
