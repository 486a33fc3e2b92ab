package io.persidict.store.s3;

import io.persidict.metrics.RequestCounts;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttribute;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.core.interceptor.SdkExecutionAttribute;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Counts the requests of a client, of which each is made once, and tells of what fails before it is
 * made that nothing was sent.
 */
final class RequestInterceptor implements ExecutionInterceptor {
  /** Of a name of its own, for the SDK allows each only once, however often we are loaded. */
  private static final ExecutionAttribute<Boolean> MADE =
      new ExecutionAttribute<>("persidict-made-" + WriterIds.random(12));

  private final RequestCounts counts;

  RequestInterceptor(RequestCounts counts) {
    this.counts = counts;
  }

  @Override
  public void beforeTransmission(
      Context.BeforeTransmission context, ExecutionAttributes attributes) {
    attributes.putAttribute(MADE, true);
  }

  @Override
  public Throwable modifyException(
      Context.FailedExecution context, ExecutionAttributes attributes) {
    Throwable failure = context.exception();
    return attributes.getAttribute(MADE) != null || failure instanceof AbortedException
        ? failure
        : S3Errors.unsent(failure);
  }

  @Override
  public void afterExecution(Context.AfterExecution context, ExecutionAttributes attributes) {
    count(attributes, "success");
  }

  @Override
  public void onExecutionFailure(Context.FailedExecution context, ExecutionAttributes attributes) {
    count(
        attributes,
        context.exception() instanceof S3Exception answer
            ? outcome(answer.statusCode())
            : "unanswered");
  }

  private static String outcome(int status) {
    return switch (status) {
      case 304 -> "not-modified";
      case 404 -> "absent";
      case 409, 412 -> "lost";
      case 429, 503 -> "throttled";
      default -> status >= 500 ? "fault" : "refused";
    };
  }

  private void count(ExecutionAttributes attributes, String outcome) {
    String operation = attributes.getAttribute(SdkExecutionAttribute.OPERATION_NAME);
    counts.made(operation == null ? "unknown" : operation, outcome);
  }
}
