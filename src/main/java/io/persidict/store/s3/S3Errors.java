package io.persidict.store.s3;

import io.persidict.metrics.RequestCounts;
import io.persidict.store.Stat;
import io.persidict.store.StoreException;
import io.persidict.store.UnreadableException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLHandshakeException;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.RetryableException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Tells faults that may pass from those that stay, and says in a sentence what is wrong, where, and
 * which setting to look at.
 */
record S3Errors(S3Server server, String bucket, String prefix, RequestCounts counts) {
  /** No answer in time, and too many requests. */
  private static final Set<Integer> PASSING_STATUS = Set.of(408, 429);

  /** Not implemented, and another version of HTTP. */
  private static final Set<Integer> LASTING_STATUS = Set.of(501, 505);

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

  /** How much is told of what a server says, in characters. */
  private static final int LONGEST = 1_000;

  /** What the SDK has in the place of a body that it cannot read. */
  private static final String UNREAD = "<eof/>";

  private static final String UNKNOWN = "; it is not known whether that took effect";

  /** Whether the same request may well succeed later. */
  static boolean isRetryable(SdkException e) {
    if (e instanceof S3Exception answer) {
      return PASSING_STATUS.contains(answer.statusCode())
          || (answer.statusCode() >= 500 && !LASTING_STATUS.contains(answer.statusCode()))
          || PASSING_CODE.contains(code(answer))
          || (answer.statusCode() >= 400 && isCutOff(answer));
    }
    return cause(e, IOException.class) != null
        || cause(e, XMLStreamException.class) != null; // an answer that was cut off
  }

  /** Whether the body that tells what went wrong is none that the SDK could read to its end. */
  private static boolean isCutOff(S3Exception answer) {
    AwsErrorDetails details = answer.awsErrorDetails();
    return details != null
        && details.rawResponse() != null
        && details.errorCode() == null
        && details.rawResponse().asUtf8String().equals(UNREAD);
  }

  /** Whether the server may have done what was asked in spite of {@code e}. */
  static boolean mayHaveTakenEffect(SdkException e) {
    if (e instanceof S3Exception answer) {
      boolean refused = answer.statusCode() >= 300 && answer.statusCode() < 500;
      return (!refused || answer.statusCode() == 408)
          && !LASTING_STATUS.contains(answer.statusCode())
          && !code(answer).equals("SlowDown");
    }
    return !isUnreachable(e)
        && !isWithoutConnection(e)
        && cause(e, UnsentException.class) == null
        && cause(e, SSLHandshakeException.class) == null;
  }

  /** Whether none of the store's connections came free. */
  private static boolean isWithoutConnection(SdkException e) {
    String message = String.valueOf(e.getMessage());
    return message.contains("connection from the pool") || message.contains("connection from pool");
  }

  /** Whether no connection could be made. */
  static boolean isUnreachable(SdkException e) {
    return cause(e, UnknownHostException.class) != null
        || cause(e, ConnectException.class) != null
        || isWithoutTimelyConnection(e)
        || cause(e, NoRouteToHostException.class) != null;
  }

  /** Whether it is the kind of a read's timeout that says that no connection was made in time. */
  private static boolean isWithoutTimelyConnection(SdkException e) {
    SocketTimeoutException timeout = cause(e, SocketTimeoutException.class);
    return timeout != null && String.valueOf(timeout.getMessage()).startsWith("Connect to ");
  }

  /** That a request was not made, such as for want of credentials. */
  static SdkException unsent(Throwable failure) {
    return SdkClientException.create(failure.getMessage(), new UnsentException(failure));
  }

  private static final class UnsentException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnsentException(Throwable cause) {
      super(cause);
    }
  }

  /** That an answer is not the server's; what the server has done or holds is not known by it. */
  static SdkException foreign(SdkHttpResponse answer) {
    return RetryableException.create("an answer of another", new ForeignAnswerException(answer));
  }

  /** Whether something else than the server answered. */
  static boolean isForeign(SdkException e) {
    return cause(e, ForeignAnswerException.class) != null;
  }

  private static final class ForeignAnswerException extends IOException {
    private static final long serialVersionUID = 1L;

    ForeignAnswerException(SdkHttpResponse answer) {
      super(
          answer.statusCode()
              + answer
                  .firstMatchingHeader("Content-Type")
                  .map(type -> ", " + bounded(type))
                  .orElse(""));
    }
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

  /** Why something cannot be done, and was not. */
  StoreException explain(String doing, Duration tried, SdkException e) {
    return new StoreException(cannot(doing) + reason(tried, e), e);
  }

  /** Why something has not succeeded, of which nobody can know whether it was done. */
  StoreException unknown(String doing, Duration tried, SdkException e) {
    return new StoreException(cannot(doing) + reason(tried, e) + UNKNOWN, e);
  }

  /** The same after an answer that told nothing. */
  StoreException unknown(String doing) {
    return new StoreException(
        cannot(doing) + "there was no answer, and others have written it meanwhile" + UNKNOWN);
  }

  /**
   * That the server lacks what every store needs.
   *
   * @param what it does or leaves out, as in "the server ..."
   */
  StoreException unfit(String what) {
    return new StoreException("cannot use " + place() + " (" + server + "): the server " + what);
  }

  UnreadableException tooLarge(String name, Stat stat) {
    String atLeast = stat.size() > UnreadableException.MAX_SIZE + 1L ? "" : "at least ";
    return unreadable(
        name,
        stat,
        atLeast + stat.size() + " bytes; at most " + UnreadableException.MAX_SIZE + " are read");
  }

  /** That {@code name} cannot be read since it has {@code what}. */
  UnreadableException unreadable(String name, Stat stat, String what) {
    return new UnreadableException(
        place() + name + " (" + server + ")", "has " + what, Optional.of(stat));
  }

  private static Duration seconds(Duration tried) {
    return Duration.ofSeconds(Math.max(1, tried.plusMillis(500).toSeconds()));
  }

  private static String message(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
  }

  private String cannot(String doing) {
    return "cannot " + doing + " in " + place() + " (" + server + "): ";
  }

  private String reason(Duration tried, SdkException e) {
    if (e instanceof S3Exception answer) {
      return reason(answer);
    }
    UnknownHostException unknown = cause(e, UnknownHostException.class);
    if (unknown != null) {
      return "there is no host "
          + unknown.getMessage()
          + "; check s3.endpoint, s3.region, and s3.path-style if the bucket is part of that name";
    }
    if (isUnreachable(e)) {
      return "no connection can be made (" + message(e) + "); check s3.endpoint and the network";
    }
    if (e instanceof AbortedException) {
      return "the thread was interrupted again and again";
    }
    if (isWithoutConnection(e)) {
      return "none of the "
          + server.maxConnections()
          + " connections came free within "
          + seconds(tried)
          + "; raise s3.max-connections";
    }
    ForeignAnswerException foreign = cause(e, ForeignAnswerException.class);
    if (foreign != null) {
      return "the answer is none of an S3 server, but such as a proxy's page ("
          + foreign.getMessage()
          + "); check s3.endpoint and what lies between";
    }
    if (cause(e, IOException.class) != null) {
      return "no answer within "
          + seconds(tried)
          + " ("
          + message(e)
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
      case "AccessDenied", "AllAccessDisabled" -> forbidden(e, code);
      case "NotImplemented" ->
          answer(e, code)
              + "; it must know If-None-Match: * and If-Match of PutObject, DeleteObjects and"
              + " version 2 of ListObjects";
      case "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken" ->
          "the server does not accept the credentials ("
              + code
              + "); check what the AWS default chain finds, such as AWS_ACCESS_KEY_ID or a profile";
      default ->
          e.statusCode() == 301
              ? "the bucket is in another region" + region(e) + "; set s3.region"
              : e.statusCode() == 403 && code.isEmpty() ? forbidden(e, code) : answer(e, code);
    };
  }

  private String forbidden(S3Exception e, String code) {
    return "access is forbidden: "
        + answer(e, code)
        + "; the credentials need s3:GetObject, s3:PutObject and s3:DeleteObject on the objects and"
        + " s3:ListBucket on the bucket "
        + bucket
        + ", whose policy, lock or retention must not forbid it";
  }

  private static String answer(S3Exception e, String code) {
    AwsErrorDetails details = e.awsErrorDetails();
    String message = details == null ? null : details.errorMessage();
    return "the server answered "
        + e.statusCode()
        + (code.isEmpty() ? "" : " " + bounded(code))
        + (message == null ? "" : ", " + bounded(message));
  }

  private static String bounded(String text) {
    return text.substring(0, Math.min(LONGEST, text.length()));
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
        : details
            .sdkHttpResponse()
            .firstMatchingHeader(name)
            .map(value -> before + bounded(value))
            .orElse("");
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
