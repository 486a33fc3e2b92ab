package io.persidict.store.s3;

import static java.lang.System.Logger.Level.DEBUG;

import io.persidict.metrics.FlightRecorder;
import io.persidict.store.StoreException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * The attempts of one operation: repeated after faults that may pass, with random pauses that grow,
 * until the server's timeout is over. While they last, the thread is not interrupted; an interrupt
 * is handed on at the end.
 */
final class Retry implements AutoCloseable {
  /** How long is waited after the first fault at most. Tests of many faults shorten it. */
  static volatile Duration firstPause = Duration.ofMillis(40);

  private static final System.Logger LOGGER = System.getLogger(Retry.class.getName());
  private static final Duration FIRST_CONFLICT_PAUSE = Duration.ofMillis(1);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);
  private static final Duration PATIENCE_WHEN_OPENING = Duration.ofSeconds(1);

  /** How often the parts of an operation may be done from the first on, each in time of its own. */
  private static final int MAX_BEGINNINGS = 3;

  private final S3Errors faults;
  private final String doing;
  private final Duration timeout;
  private final Duration withoutServer;
  private final long begun = System.nanoTime();

  /** When the part of the operation began that is attempted now. */
  private long since = begun;

  private int beginnings;
  private boolean outcomeUnknown;
  private long pause = firstPause.toNanos();
  private long conflictPause = FIRST_CONFLICT_PAUSE.toNanos();
  private boolean interrupted = Thread.interrupted();

  /**
   * @param doing what the operation does, as in "cannot read ..."
   */
  Retry(S3Errors faults, String doing) {
    this(faults, doing, faults.server().timeout(), faults.server().timeout());
  }

  private Retry(S3Errors faults, String doing, Duration timeout, Duration withoutServer) {
    this.faults = faults;
    this.doing = doing;
    this.timeout = timeout;
    this.withoutServer = withoutServer;
  }

  /** The attempts to open a bucket, which soon end where no S3 server is. */
  static Retry opening(S3Errors faults) {
    return new Retry(faults, "open the bucket", faults.server().timeout(), PATIENCE_WHEN_OPENING);
  }

  /** Makes a request that may be repeated as it is. */
  static <T> T of(S3Errors faults, String doing, Supplier<T> request) {
    return of(new Retry(faults, doing), request);
  }

  /** Makes a request that is not worth another attempt. */
  static <T> T once(S3Errors faults, String doing, Supplier<T> request) {
    return of(new Retry(faults, doing, Duration.ZERO, Duration.ZERO), request);
  }

  private static <T> T of(Retry all, Supplier<T> request) {
    try (Retry attempts = all) {
      while (true) {
        try {
          return request.get();
        } catch (SdkException e) {
          attempts.failed(e);
        }
      }
    }
  }

  /**
   * Waits for the next attempt.
   *
   * @throws io.persidict.store.StoreException if another would make no difference, or time is up
   */
  void failed(SdkException e) {
    boolean broken = Thread.interrupted() || e instanceof AbortedException;
    interrupted |= broken;
    if (!broken && !S3Errors.isRetryable(e)) {
      throw explained(e);
    }
    long nanos = ThreadLocalRandom.current().nextLong(1, pause);
    long then = System.nanoTime() + nanos;
    if (isTooLate(then)
        || ((S3Errors.isUnreachable(e) || S3Errors.isForeign(e))
            && then - since > withoutServer.toNanos())) {
      throw explained(e);
    }
    faults.counts().retried();
    LOGGER.log(
        DEBUG,
        "S3 {0} and is asked again in {1} ms",
        e instanceof S3Exception answer ? "answered " + answer.statusCode() : "did not answer",
        Duration.ofNanos(nanos).toMillis());
    FlightRecorder.retry(e instanceof S3Exception answer ? answer.statusCode() : 0, nanos);
    if (!broken) {
      pause = Math.min(2 * pause, LONGEST_PAUSE.toNanos());
      LockSupport.parkNanos(this, nanos);
    }
  }

  /** Notes that the parts of the operation are done from the first on. */
  void begins() {
    beginnings++;
  }

  /** Starts the time anew, after a part of the operation is done; unless that leads nowhere. */
  void succeeded() {
    if (beginnings <= MAX_BEGINNINGS) {
      since = System.nanoTime();
      pause = firstPause.toNanos();
    }
  }

  private boolean isTooLate(long time) {
    return time - since > timeout.toNanos();
  }

  /** A change may have taken effect, or may yet. */
  void outcomeUnknown() {
    outcomeUnknown = true;
  }

  /** What became of all changes is known. */
  void outcomeKnown() {
    outcomeUnknown = false;
  }

  /**
   * Lets those who were faster get on, after a condition was lost that is worth another try.
   *
   * @throws io.persidict.store.StoreException if time is up
   */
  void overtaken(SdkException e) {
    if (isTooLate(System.nanoTime())) {
      throw explained(e);
    }
    LockSupport.parkNanos(this, ThreadLocalRandom.current().nextLong(1, conflictPause));
    conflictPause = Math.min(2 * conflictPause, firstPause.toNanos());
  }

  private StoreException explained(SdkException e) {
    Duration tried = Duration.ofNanos(System.nanoTime() - begun);
    return outcomeUnknown ? faults.unknown(doing, tried, e) : faults.explain(doing, tried, e);
  }

  /** That nobody can know what became of the last change, to which there was no answer. */
  StoreException unknown() {
    return faults.unknown(doing);
  }

  @Override
  public void close() {
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
