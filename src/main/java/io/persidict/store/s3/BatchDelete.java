package io.persidict.store.s3;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.S3Error;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Deletes many objects, whatever they hold, {@value #MAX} with each request. */
record BatchDelete(Requests requests, RecentVersions recent, S3Errors faults) {
  static final int MAX = 1_000;

  void delete(Stream<String> names) {
    List<String> batch = new ArrayList<>(MAX);
    for (Iterator<String> i = names.iterator(); i.hasNext(); ) {
      batch.add(i.next());
      if (batch.size() == MAX) {
        delete(batch);
        batch.clear();
      }
    }
    if (!batch.isEmpty()) {
      delete(batch);
    }
  }

  private void delete(List<String> batch) {
    try (Retry attempts = new Retry(faults, "delete " + batch.size() + " objects")) {
      while (true) {
        try {
          List<S3Error> errors = requests.delete(batch);
          batch.forEach(name -> recent.saw(name, Optional.empty()));
          if (errors.isEmpty()) {
            return;
          }
          attempts.failed(exception(errors.get(0)));
        } catch (SdkException e) {
          attempts.failed(e);
        }
      }
    }
  }

  /** What is wrong with one object of a batch, as if it had been deleted by itself. */
  private static S3Exception exception(S3Error error) {
    return (S3Exception)
        S3Exception.builder()
            .awsErrorDetails(
                AwsErrorDetails.builder()
                    .errorCode(error.code())
                    .errorMessage(error.key() + ": " + error.message())
                    .build())
            .build();
  }
}
