package io.persidict.store.s3;

import io.persidict.store.BulkExecutor;
import io.persidict.store.Listed;
import io.persidict.store.s3.Requests.Page;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.exception.RetryableException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.S3Error;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Deletes many objects, up to {@value #MAX} with each request. What was seen of each of them before
 * tells, after an answer that did not come, which of them are still to be deleted.
 */
record BatchDelete(Mutations mutations, BulkExecutor executor) {
  static final int MAX = 1_000;

  /** Deletes entries, with one look at each before. */
  void delete(Stream<String> names) {
    List<String> batch = new ArrayList<>(MAX);
    for (Iterator<String> i = names.iterator(); i.hasNext(); ) {
      batch.add(i.next());
      if (batch.size() == MAX || !i.hasNext()) {
        delete(live(batch), attempts -> Set.of());
        batch.clear();
      }
    }
  }

  private Map<String, Delete> live(List<String> names) {
    return byName(executor.each(names.stream().distinct(), this::live).flatMap(Optional::stream));
  }

  private Optional<Delete> live(String name) {
    return mutations
        .look(name)
        .filter(there -> !there.isTombstone())
        .map(there -> Delete.of(mutations, name, there));
  }

  /** Deletes what has been listed. */
  void deleteListed(Page page, Predicate<String> which) {
    delete(
        byName(listed(page, which).map(object -> Delete.listed(mutations, object))),
        attempts -> Set.of());
  }

  /**
   * Deletes what has been listed on a server on which a delete may be lost although it was
   * acknowledged: looks at each object before, and at the listing again afterwards.
   *
   * @param again lists the same objects again
   */
  void deleteListed(Page page, Predicate<String> which, Function<Retry, Page> again) {
    delete(
        byName(executor.each(listed(page, which), this::seen).flatMap(Optional::stream)),
        attempts -> {
          Set<String> left = new HashSet<>();
          again.apply(attempts).objects().forEach(object -> left.add(object.name()));
          return left;
        });
  }

  private Optional<Delete> seen(Listed object) {
    Delete listed = Delete.listed(mutations, object);
    return listed.seen().isPresent()
        ? Optional.of(listed)
        : mutations.look(object.name()).map(there -> Delete.of(mutations, object.name(), there));
  }

  private static Stream<Listed> listed(Page page, Predicate<String> which) {
    return page.objects().stream().filter(object -> which.test(object.name()));
  }

  private static Map<String, Delete> byName(Stream<Delete> deletes) {
    Map<String, Delete> byName = new LinkedHashMap<>();
    deletes.forEach(each -> byName.put(each.name(), each));
    return byName;
  }

  /**
   * Deletes objects until none of them is left.
   *
   * @param remaining names what is there after a delete that was acknowledged
   */
  private void delete(Map<String, Delete> objects, Function<Retry, Set<String>> remaining) {
    Map<String, Delete> left = objects;
    try (Retry attempts = new Retry(mutations.faults(), "delete " + objects.size() + " objects")) {
      while (!left.isEmpty()) {
        Set<String> doubtful = new HashSet<>(left.keySet());
        Set<String> unanswered = left.keySet();
        try {
          List<S3Error> errors = errors(left.keySet());
          left.keySet().forEach(name -> mutations.recent().saw(name, Optional.empty()));
          Set<String> failed = names(errors);
          if (left.keySet().containsAll(failed)) { // or else any of them may have failed
            unanswered = failed;
            attempts.outcomeUnknown();
            doubtful.retainAll(remaining.apply(attempts));
            doubtful.addAll(failed);
          }
          if (!errors.isEmpty()) {
            attempts.outcomeUnknown();
            attempts.failed(exception(errors.get(0)));
          } else if (!doubtful.isEmpty()) {
            attempts.overtaken(RetryableException.create("objects are there after their deletion"));
          }
        } catch (SdkException e) {
          if (S3Errors.mayHaveTakenEffect(e)) {
            attempts.outcomeUnknown();
          }
          attempts.failed(e);
        }
        left = undone(left, doubtful, unanswered);
      }
    }
  }

  /** Makes the request; that an object was absent is no error. */
  private List<S3Error> errors(Set<String> names) {
    return mutations.requests().delete(names).stream()
        .filter(error -> !Requests.NO_SUCH_KEY.equals(error.code()))
        .toList();
  }

  private Set<String> names(List<S3Error> errors) {
    return errors.stream().map(mutations.requests()::name).collect(Collectors.toSet());
  }

  /** Those of the doubtful ones that are still to be deleted. */
  private Map<String, Delete> undone(
      Map<String, Delete> deletes, Set<String> doubtful, Set<String> unanswered) {
    return byName(
        executor
            .each(
                deletes.values().stream().filter(each -> doubtful.contains(each.name())),
                each -> undone(each, unanswered.contains(each.name())))
            .flatMap(Optional::stream));
  }

  private Optional<Delete> undone(Delete delete, boolean unanswered) {
    Optional<Version> now = lookAgain(delete.name());
    return delete.decide(delete.seen(), now, unanswered).isPresent()
        ? Optional.empty()
        : now.map(there -> Delete.of(mutations, delete.name(), there));
  }

  /** What has become of an object; until that is seen, nobody knows it. */
  private Optional<Version> lookAgain(String name) {
    try (Retry attempts = new Retry(mutations.faults(), "delete " + name)) {
      attempts.outcomeUnknown();
      return mutations.look(name, attempts);
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
